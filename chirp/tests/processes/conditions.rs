//! Conditions of running processes: each is seen by what a user (or an asker) gets, and so is its end.

use std::net::IpAddr;

use crate::http::request;
use crate::lab::{EU, Lab, LabPlan, US, wait_until};
use crate::resolver::resolve;

const PROFILE: &str = "/v1/users/user-1";
const EDGE: &str = "edge-eu";

/// Sets a condition on whoever is named by `who`, and ends all of them there.
fn set(lab: &Lab, who: &[&str], what: &[&str]) {
    let (code, said) = lab.chirp(&[&["condition"], who, &["set"], what, &["--lease", "10m"]].concat());
    assert_eq!(code, Some(0), "{who:?} {what:?}: {said}");
}

fn clear(lab: &Lab, who: &[&str]) {
    assert_eq!(lab.chirp(&[&["condition"], who, &["clear"]].concat()), (Some(0), "none\n".into()), "{who:?}");
}

/// How many of ten reads end with each of these.
fn statuses(lab: &Lab, of: &str, wanted: u16) -> usize {
    (0..10).filter(|_| lab.get(of, PROFILE).status == wanted).count()
}

/// The wall clock of a region, by the stamp of a post.
fn stamp_ms(lab: &Lab, region: &str) -> u64 {
    let reply = lab.send(region, "POST", "/v1/posts", r#"{"author":"user-1","text":"what time is it?"}"#);
    assert_eq!(reply.status, 201, "{reply:?}");
    reply.json()["created"].as_str().unwrap().split('.').next().unwrap().parse().unwrap()
}

#[test]
fn a_region_is_wrong_as_it_is_told_and_right_again_afterwards() {
    let limits = "write_deadline_ms = 100\nhealth_deadline_ms = 1000";
    let lab = Lab::serving(&LabPlan { regions: &[EU, US], limits, ..LabPlan::default() });
    lab.send(EU, "PUT", PROFILE, r#"{"display_name":"Anna"}"#);
    let eu = ["--region", EU];

    set(&lab, &eu, &["http-errors=503", "--share", "30%"]);
    assert_eq!((statuses(&lab, EU, 503), statuses(&lab, US, 200)), (3, 10), "that share, in that region");
    clear(&lab, &eu);
    set(&lab, &eu, &["http-body=emptied"]);
    assert_eq!(lab.get(EU, PROFILE).body, "{}");
    clear(&lab, &eu);
    set(&lab, &eu, &["rate-limit=1/s"]);
    assert!(statuses(&lab, EU, 429) >= 5);
    clear(&lab, &eu);
    assert_eq!(statuses(&lab, EU, 200), 10);

    let now = stamp_ms(&lab, US);
    set(&lab, &eu, &["clock-offset=30m"]);
    assert!(stamp_ms(&lab, EU) > now + 1_700_000);
    clear(&lab, &eu);

    set(&lab, &eu, &["health-red"]);
    assert_eq!(lab.get(EU, "/healthz").status, 503);
    assert_eq!(statuses(&lab, EU, 200), 10, "it only says so");
    clear(&lab, &eu);
    for what in ["storage-full", "storage-stalled", "health-green"] {
        set(&lab, &eu, &[what]);
    }
    assert_eq!(lab.get(EU, "/healthz").status, 200, "it lies");
    let write = || lab.send(EU, "POST", "/v1/posts", r#"{"author":"user-1","text":"a"}"#);
    assert_eq!(write().status, 503);
    clear(&lab, &eu);

    let twice = || {
        let send = || lab.post(EU, "user-2", "once", Some("key"));
        send() == send()
    };
    assert!(twice());
    set(&lab, &eu, &["no-idempotency"]);
    assert!(!twice(), "a defect is set and cleared as a condition is");
    assert_eq!(lab.metric(EU, "chirp_defect{name=\"no-idempotency\"}"), Some(1.0));
    clear(&lab, &eu);
    assert!(twice());
    assert_eq!(lab.metric(EU, "chirp_defect{name=\"no-idempotency\"}"), None);
    assert_eq!(lab.metric(EU, "chirp_condition{name=\"no-idempotency\"}"), None);
}

#[test]
fn what_nobody_renews_ends_by_itself_and_is_told_loudly() {
    let lab = Lab::serving(&LabPlan::default());
    let short = lab.chirp(&["condition", "--region", EU, "set", "http-errors=500", "--lease", "300ms"]);
    assert_eq!(short.0, Some(0), "{short:?}");
    wait_until("it has ended", || lab.get(EU, PROFILE).status != 500);
    let told = || -> Vec<bool> {
        let events = lab.process(EU).events();
        let of = |event: &&serde_json::Value| event["event"] == "condition" && event["name"] == "http-errors";
        events.iter().filter(of).map(|event| event["on"].as_bool().unwrap()).collect()
    };
    wait_until("it is told", || told() == [true, false]);
    assert!(lab.process(EU).log().contains("WRONG ON PURPOSE"));
    let body = r#"{"name":"storage-full","lease_ms":0}"#;
    let json = [("content-type", "application/json")];
    let refused = request(lab.peer_listen(EU), "POST", "/admin/conditions", &json, body).unwrap();
    assert_eq!(refused.status, 400);
    assert!(refused.json()["error"].as_str().unwrap().contains("a lease is"), "{refused:?}");
    assert!(request(lab.listen(EU), "GET", "/admin/conditions", &[], "").unwrap().status == 404, "users cannot");
}

#[test]
fn the_geo_dns_and_an_edge_are_wrong_as_they_are_told() {
    let plan = LabPlan { regions: &[EU, US], edges: &[(EDGE, EU)], ..LabPlan::default() };
    let mut lab = Lab::serving(&plan);
    lab.start_edge(EDGE);
    lab.start_dns();
    let sent_to = |region: &str| IpAddr::V4(resolve(lab.dns, "127.65.0.9", None)) == lab.listen(region).ip();
    wait_until("it is sent to the nearest", || sent_to(EU));
    set(&lab, &["--dns"], &[&format!("dns-sends={US}")]);
    assert!(sent_to(US));
    clear(&lab, &["--dns"]);
    assert!(sent_to(EU));

    let healthy_events = || lab.process("dns").count("health");
    wait_until("both are found healthy", || healthy_events() == 2);
    set(&lab, &["--dns"], &["dns-frozen"]);
    set(&lab, &["--region", EU], &["health-red"]);
    let serving = || lab.metric(EDGE, &format!("chirp_edge_region_serving{{region=\"{EU}\"}}"));
    wait_until("the edge has seen it", || serving() == Some(0.0));
    assert!(sent_to(EU), "the geo-DNS has not");
    clear(&lab, &["--dns"]);
    wait_until("now it has", || sent_to(US));

    set(&lab, &["--edge", EDGE], &["http-errors=502"]);
    assert_eq!((statuses(&lab, EDGE, 502), statuses(&lab, US, 200)), (10, 10));
    clear(&lab, &["--edge", EDGE]);
    assert_eq!(statuses(&lab, EDGE, 200), 10);
    set(&lab, &["--edge", EDGE], &["health-red"]);
    assert_eq!(lab.get(EDGE, "/healthz").status, 503);
}
