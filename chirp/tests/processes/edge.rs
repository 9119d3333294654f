//! An edge in front of real regions: they die, drain, fail, and its users notice as little as possible.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use serde_json::Value;

use crate::http::{Reply, request};
use crate::lab::{EU, HEALTH, Lab, LabPlan, US, wait_until};
use crate::resolver::resolve;
use crate::upstream::{Manner, Upstream};

const EDGE: &str = "edge-eu";
const EDGE_US: &str = "edge-us";

/// Two regions, and an edge near the first that has found both of them.
fn behind_an_edge(plan: &LabPlan<'_>) -> Lab {
    let mut lab = Lab::serving(&LabPlan { regions: &[EU, US], edges: &[(EDGE, EU)], ..*plan });
    lab.start_edge(EDGE);
    for region in [EU, US] {
        wait_until("the edge has found both", || last_health(&lab, region) == Some(true));
    }
    lab
}

fn events(lab: &Lab, event: &str, region: &str) -> Vec<Value> {
    let is_wanted = |said: &Value| said["event"] == event && said["region"] == region;
    lab.process(EDGE).events().into_iter().filter(is_wanted).collect()
}

fn last_health(lab: &Lab, region: &str) -> Option<bool> {
    events(lab, "health", region).last().and_then(|event| event["healthy"].as_bool())
}

fn ask(lab: &Lab, path: &str) -> Reply {
    lab.get(EDGE, path)
}

#[test]
fn a_request_goes_to_the_nearest_region_and_what_it_carries_goes_with_it() {
    let lab = behind_an_edge(&LabPlan::default());
    let headers = [("x-request-id", "req-1"), ("idempotency-key", "k")];
    let body = r#"{"author":"user-1","text":"through the edge"}"#;
    let reply = request(lab.listen(EDGE), "POST", "/v1/posts", &headers, body).unwrap();
    assert_eq!((reply.status, reply.header("x-region")), (201, Some(EU)), "{reply:?}");
    assert_eq!((reply.header("x-edge"), reply.header("x-request-id")), (Some(EDGE), Some("req-1")), "{reply:?}");
    let again = request(lab.listen(EDGE), "POST", "/v1/posts", &headers, body).unwrap();
    assert_eq!(again.header("idempotent-replayed"), Some("true"), "{again:?}");
    assert_eq!(again.json()["id"], reply.json()["id"]);
    assert_eq!(ask(&lab, "/v1/users/nobody").status, 404, "a region's no is passed on");
    assert_eq!(ask(&lab, "/v2/nothing").status, 404);
    assert_eq!(lab.timeline(EDGE, "user-1").len(), 1);
    let huge = "a".repeat(70_000);
    assert_eq!(lab.send(EDGE, "POST", "/v1/posts", &huge).status, 413);
    let late = request(lab.listen(EDGE), "GET", "/v1/users/user-1", &[("x-deadline-ms", "0")], "").unwrap();
    assert_eq!(late.status, 504, "{late:?}");
    let malformed = request(lab.listen(EDGE), "GET", "/v1/users/user-1", &[("x-deadline-ms", "soon")], "").unwrap();
    assert_eq!(malformed.status, 400, "{malformed:?}");
    assert_eq!(lab.get(EDGE, "/livez").status, 200);
}

#[test]
fn readers_go_on_when_the_region_behind_the_edge_is_killed() {
    // Everything that fails may be repeated: then nothing fails.
    let balancer = format!("{HEALTH}\nretry_reserve = 1000");
    let mut lab = behind_an_edge(&LabPlan { balancer: &balancer, ..LabPlan::default() });
    let (edge, stop, answered) = (lab.listen(EDGE), AtomicBool::new(false), AtomicUsize::new(0));
    let read = || {
        let mut bad = Vec::new();
        while !stop.load(Ordering::SeqCst) {
            let reply = request(edge, "GET", "/v1/users/user-1", &[], "");
            match reply {
                Ok(reply) if reply.status == 200 => drop(answered.fetch_add(1, Ordering::SeqCst)),
                other => bad.push(other),
            }
        }
        bad
    };
    let bad: Vec<_> = std::thread::scope(|scope| {
        let readers: Vec<_> = (0..4).map(|_| scope.spawn(read)).collect();
        wait_until("reads are under way", || answered.load(Ordering::SeqCst) > 100);
        lab.kill(EU);
        let before = answered.load(Ordering::SeqCst);
        wait_until("reads go on", || answered.load(Ordering::SeqCst) > before + 200);
        stop.store(true, Ordering::SeqCst);
        readers.into_iter().flat_map(|reader| reader.join().unwrap()).collect()
    });
    assert!(bad.is_empty(), "{bad:?}");
    assert_eq!(ask(&lab, "/v1/users/user-1").header("x-region"), Some(US));
    assert!(lab.metric(EDGE, "chirp_edge_retries_total{granted=\"true\"}") >= Some(1.0));
    wait_until("the checks find it dead", || last_health(&lab, EU) == Some(false));
    lab.start(EU).wait_for("serving");
    wait_until("its users are back", || ask(&lab, "/v1/users/user-1").header("x-region") == Some(EU));
}

#[test]
fn a_dead_edge_is_left_by_the_geo_dns() {
    let edges = &[(EDGE, EU), (EDGE_US, US)];
    let plan = LabPlan { regions: &[EU, US], edges, steering: "kind = \"balancer\"", ..LabPlan::default() };
    let mut lab = Lab::serving(&plan);
    lab.start_edge(EDGE);
    lab.start_edge(EDGE_US);
    lab.start_dns();
    let address = |lab: &Lab, edge: &str| match lab.listen(edge).ip() {
        IpAddr::V4(address) => address,
        IpAddr::V6(_) => unreachable!("labs are on IPv4"),
    };
    let sent_to = |lab: &Lab, source: &str, edge: Ipv4Addr| {
        wait_until("users are sent to this edge", || resolve(lab.dns, source, None) == edge);
    };
    sent_to(&lab, "127.65.0.9", address(&lab, EDGE));
    sent_to(&lab, "127.66.0.9", address(&lab, EDGE_US));
    lab.kill(EDGE);
    sent_to(&lab, "127.65.0.9", address(&lab, EDGE_US));
    lab.start_edge(EDGE);
    sent_to(&lab, "127.65.0.9", address(&lab, EDGE));
}

/// A lab with two stand-ins instead of regions behind an edge. The first is the nearest.
fn with_stand_ins(balancer: &str, defects: &[&str], manners: [Manner; 2]) -> (Lab, [Upstream; 2]) {
    let stand_ins = manners.map(Upstream::start);
    let links = [(EDGE, EU, stand_ins[0].address), (EDGE, US, stand_ins[1].address)];
    let balancer = format!("{HEALTH}\n{balancer}");
    let edges = &[(EDGE, EU)];
    let plan = LabPlan { regions: &[EU, US], edges, defects, links: &links, balancer: &balancer, ..LabPlan::default() };
    let mut lab = Lab::new(&plan);
    lab.start_edge(EDGE);
    for region in [EU, US] {
        wait_until("the edge has looked at both", || last_health(&lab, region).is_some());
    }
    (lab, stand_ins)
}

/// How often the stand-ins were asked for 100 requests that all fail.
fn attempts_of_a_hundred(defects: &[&str]) -> usize {
    let balancer = "retry_percent = 10\nretry_reserve = 10\nejection_failures = 1000";
    let (lab, stand_ins) = with_stand_ins(balancer, defects, [Manner::Fails, Manner::Fails]);
    for _ in 0..100 {
        assert_eq!(ask(&lab, "/v1/users/user-1").status, 503);
    }
    stand_ins.iter().map(Upstream::requests).sum()
}

#[test]
fn the_budget_bounds_what_trouble_adds_and_the_defect_retries_without_budget_lifts_it() {
    let attempts = attempts_of_a_hundred(&[]);
    // A reserve of 10, and 10 % of what comes in; a slow machine may see the reserve again after ten seconds.
    assert!((100..200).contains(&attempts), "{attempts}");
    assert_eq!(attempts_of_a_hundred(&["retries-without-budget"]), 300, "three tries each");
}

#[test]
fn a_region_that_fails_users_is_ejected_although_its_checks_go_well() {
    let balancer = "ejection_ms_min = 3600000\nejection_ms_max = 3600000";
    let (lab, stand_ins) = with_stand_ins(balancer, &[], [Manner::Fails, Manner::Serves]);
    for _ in 0..20 {
        ask(&lab, "/v1/users/user-1");
    }
    let ejected = events(&lab, "ejected", EU);
    assert_eq!(ejected.len(), 1, "{ejected:?}");
    assert_eq!((ejected[0]["for_ms"].as_u64(), ejected[0]["edge"].as_str()), (Some(3_600_000), Some(EDGE)));
    assert_eq!(stand_ins[0].requests(), 5, "after five failures in a row nobody asks it");
    assert_eq!(ask(&lab, "/v1/users/user-1").status, 200);
    assert_eq!(lab.metric(EDGE, &format!("chirp_edge_region_ejected{{region=\"{EU}\"}}")), Some(1.0));
}

#[test]
fn the_defect_no_outlier_ejection_keeps_asking_a_region_that_fails() {
    let (lab, stand_ins) = with_stand_ins("", &["no-outlier-ejection"], [Manner::Fails, Manner::Serves]);
    for _ in 0..15 {
        ask(&lab, "/v1/users/user-1");
    }
    assert!(events(&lab, "ejected", EU).is_empty());
    assert_eq!(stand_ins[0].requests(), 15);
}

#[test]
fn a_write_without_a_key_is_not_sent_twice_and_one_with_a_key_is() {
    let (lab, stand_ins) = with_stand_ins("", &[], [Manner::Hangs, Manner::Serves]);
    let post = |headers: &[(&str, &str)]| {
        let body = r#"{"author":"user-1","text":"once"}"#;
        request(lab.listen(EDGE), "POST", "/v1/posts", headers, body).unwrap().status
    };
    assert_eq!(post(&[("x-deadline-ms", "300")]), 504, "its outcome is unknown");
    assert_eq!(stand_ins[1].requests(), 0);
    assert_eq!(post(&[("idempotency-key", "k")]), 200, "repeated elsewhere");
    assert_eq!(stand_ins[1].requests(), 1);
}

/// Connections that look well and are dead; what the requests after the region's return get.
fn after_a_black_hole(defects: &[&str]) -> Vec<u16> {
    let balancer =
        "attempts_max = 1\nejection_failures = 2\nejection_ms_min = 1\nejection_ms_max = 1\nattempt_timeout_ms = 200";
    let (lab, stand_ins) = with_stand_ins(balancer, defects, [Manner::Serves, Manner::Serves]);
    // Several at a time, so that several connections are kept.
    let at_once = |count: usize| -> Vec<u16> {
        let ask = || ask(&lab, "/v1/users/user-1").status;
        std::thread::scope(|scope| {
            let asked: Vec<_> = (0..count).map(|_| scope.spawn(ask)).collect();
            asked.into_iter().map(|status| status.join().unwrap()).collect()
        })
    };
    stand_ins[0].hold(6);
    assert_eq!(at_once(6), [200; 6]);
    let kept = || lab.metric(EDGE, &format!("chirp_edge_idle_connections{{region=\"{EU}\"}}"));
    wait_until("six connections are kept", || kept() == Some(6.0));
    stand_ins[0].deaden_connections();
    while events(&lab, "ejected", EU).is_empty() {
        ask(&lab, "/v1/users/user-1");
    }
    // A request may be the first to find that the ejection has ended; that is told as well.
    ask(&lab, "/v1/users/user-1");
    wait_until("it is readmitted", || !events(&lab, "readmitted", EU).is_empty());
    (0..3).map(|_| ask(&lab, "/v1/users/user-1").status).collect()
}

#[test]
fn a_region_that_was_given_up_is_met_again_on_new_connections() {
    assert_eq!(after_a_black_hole(&[]), [200; 3]);
}

#[test]
fn the_defect_edge_keeps_dead_connections_makes_users_wait_on_them() {
    assert!(after_a_black_hole(&["edge-keeps-dead-connections"]).contains(&504));
}

#[test]
fn a_passive_region_is_no_target_and_no_failure() {
    let (lab, stand_ins) = with_stand_ins("", &[], [Manner::Passive, Manner::Serves]);
    assert_eq!(last_health(&lab, EU), Some(false));
    assert_eq!(events(&lab, "health", EU)[0]["reason"], "passive");
    for _ in 0..20 {
        assert_eq!(ask(&lab, "/v1/users/user-1").status, 200);
    }
    assert_eq!((stand_ins[0].requests(), stand_ins[1].requests()), (0, 20));
    assert!(events(&lab, "ejected", EU).is_empty());
}
