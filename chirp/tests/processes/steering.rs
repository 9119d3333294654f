//! Users are sent to the nearest region that is healthy.

use std::net::{IpAddr, Ipv4Addr};

use crate::lab::{AP, EU, Lab, LabPlan, US, wait_until};
use crate::resolver::{resolve, resolve_over_tcp};

/// Somebody near each of them.
const NEAR_EU: &str = "127.65.0.9";
const NEAR_US: &str = "127.66.0.9";
const NEAR_AP: &str = "127.67.0.9";

fn address(lab: &Lab, region: &str) -> Ipv4Addr {
    match lab.listen(region).ip() {
        IpAddr::V4(address) => address,
        IpAddr::V6(_) => unreachable!("labs are on IPv4"),
    }
}

/// A lab whose health checker has found every region healthy.
fn steered(defects: &[&str]) -> Lab {
    let limits = "health_deadline_ms = 2000";
    let plan = LabPlan { regions: &[EU, US, AP], defects, limits, ..LabPlan::default() };
    let mut lab = Lab::serving(&plan);
    lab.start_dns();
    for region in [EU, US, AP] {
        wait_until("the region is found healthy", || last_verdict(&lab, region) == Some(true));
    }
    lab
}

fn last_verdict(lab: &Lab, region: &str) -> Option<bool> {
    let events = lab.process("dns").events();
    let of_region = |event: &&serde_json::Value| event["event"] == "health" && event["region"] == region;
    events.iter().rev().find(of_region).and_then(|event| event["healthy"].as_bool())
}

fn last_reason(lab: &Lab, region: &str) -> String {
    let events = lab.process("dns").events();
    let of_region = |event: &&serde_json::Value| event["event"] == "health" && event["region"] == region;
    events.iter().rev().find(of_region).and_then(|event| event["reason"].as_str()).unwrap_or_default().to_owned()
}

/// Waits until somebody is sent there.
#[track_caller]
fn wait_for_steering(lab: &Lab, source: &str, region: &str) {
    wait_until(&format!("{source} is sent to {region}"), || resolve(lab.dns, source, None) == address(lab, region));
}

#[test]
fn everyone_is_sent_to_the_nearest_region() {
    let lab = steered(&[]);
    for (source, region) in [(NEAR_EU, EU), (NEAR_US, US), (NEAR_AP, AP), ("127.99.0.9", EU)] {
        wait_for_steering(&lab, source, region);
    }
    assert_eq!(resolve(lab.dns, NEAR_EU, Some("127.66.3.0")), address(&lab, US), "the subnet, not the resolver");
    assert_eq!(resolve_over_tcp(lab.dns, "127.67.3.0"), address(&lab, AP));
}

#[test]
fn the_users_of_a_dead_region_are_moved_and_come_back_with_it() {
    let mut lab = steered(&[]);
    lab.kill(EU);
    wait_for_steering(&lab, NEAR_EU, US);
    // The answers change first; the event is on its way to us.
    wait_until("the flip is told", || last_verdict(&lab, EU) == Some(false));
    assert_eq!(last_reason(&lab, EU), "connection refused");
    wait_for_steering(&lab, NEAR_AP, AP);
    lab.start(EU).wait_for("serving");
    wait_for_steering(&lab, NEAR_EU, EU);
}

#[test]
fn with_no_healthy_region_everyone_gets_the_nearest_one() {
    let mut lab = steered(&[]);
    for region in [EU, US, AP] {
        lab.kill(region);
    }
    for region in [EU, US, AP] {
        wait_until("the region is found dead", || last_verdict(&lab, region) == Some(false));
    }
    assert_eq!(resolve(lab.dns, NEAR_US, None), address(&lab, US));
}

#[test]
fn a_region_whose_storage_is_stuck_is_left_although_it_answers() {
    let lab = steered(&[]);
    lab.set(US, "storage-stalled");
    wait_for_steering(&lab, NEAR_US, AP);
    wait_until("the flip is told", || last_verdict(&lab, US) == Some(false));
    assert!(last_reason(&lab, US).starts_with("status 503: storage"), "{}", last_reason(&lab, US));
    lab.clear(US);
    wait_for_steering(&lab, NEAR_US, US);
}

#[test]
fn the_defect_shallow_health_keeps_users_in_a_region_whose_storage_is_stuck() {
    let lab = steered(&["shallow-health"]);
    lab.set(US, "storage-stalled");
    assert_eq!(lab.get(US, "/healthz").status, 200);
    let probes = || lab.metric(US, "chirp_http_requests_total{method=\"GET\",route=\"/healthz\",status=\"200\"}");
    let before = probes().unwrap();
    wait_until("many more probes went well", || probes().unwrap() > before + 20.0);
    assert_eq!(last_verdict(&lab, US), Some(true));
    assert_eq!(resolve(lab.dns, NEAR_US, None), address(&lab, US));
}

#[test]
fn the_defect_dns_never_moves_leaves_users_with_a_dead_region() {
    let mut lab = steered(&["dns-never-moves"]);
    lab.kill(EU);
    wait_until("the region is found dead", || last_verdict(&lab, EU) == Some(false));
    assert_eq!(resolve(lab.dns, NEAR_EU, None), address(&lab, EU));
    assert!(lab.process("dns").events().iter().any(|event| event["name"] == "dns-never-moves"));
}
