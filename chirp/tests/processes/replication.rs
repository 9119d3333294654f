//! Regions tell each other everything, whatever happens in between.

use std::net::TcpListener;

use crate::http::request;
use crate::lab::{AP, EU, Lab, LabPlan, REGIONS, US, wait_for_posts, wait_until};
use crate::relay::Relay;

/// A start waits for its peers for longer than any of these tests takes.
const PATIENT: &str = "heartbeat_ms = 100\nretry_ms_max = 200\ncatch_up_patience_ms = 600000";

fn three() -> LabPlan<'static> {
    LabPlan { regions: REGIONS, replication: PATIENT, ..LabPlan::default() }
}

#[test]
fn three_regions_write_and_end_with_the_same() {
    let lab = Lab::serving(&three());
    all_write_and_end_with_the_same(&lab);
    for region in REGIONS {
        assert_eq!(lab.timeline(region, "user-2"), lab.timeline(EU, "user-1"), "{region}");
        for peer in REGIONS.iter().filter(|peer| *peer != region) {
            let age = || lab.metric(region, &format!("chirp_replication_heartbeat_age_seconds{{peer=\"{peer}\"}}"));
            assert!(age().is_some_and(|age| age >= 0.0));
        }
    }
}

/// Three regions, however their logs travel.
pub(crate) fn all_write_and_end_with_the_same(lab: &Lab) {
    assert_eq!(lab.send(US, "PUT", "/v1/users/anna", r#"{"display_name":"Anna"}"#).status, 201);
    assert_eq!(lab.send(AP, "PUT", "/v1/users/user-1/follows/user-2", "").status, 200);
    for region in REGIONS {
        wait_until("anna is known", || lab.get(region, "/v1/users/anna").status == 200);
        wait_until("the follow is known", || {
            lab.get(region, "/v1/users/user-1/follows").json()["follows"] == serde_json::json!(["user-2"])
        });
        for number in 0..10 {
            lab.post(region, "user-2", &format!("{region} {number}"), None);
        }
    }
    wait_for_posts(lab, REGIONS, "user-1", 30);
    for region in REGIONS {
        assert_eq!(lab.timeline(region, "user-1"), lab.timeline(EU, "user-1"), "{region}");
        for peer in REGIONS.iter().filter(|peer| *peer != region) {
            let metric = |name: &str| lab.metric(region, &format!("chirp_replication_{name}{{peer=\"{peer}\"}}"));
            wait_until("a heartbeat", || metric("lag_seconds").is_some());
            assert!(metric("applied_total").is_some_and(|applied| applied >= 10.0));
            assert_eq!(metric("reachable"), Some(1.0));
        }
    }
}

#[test]
fn a_killed_region_catches_up_before_it_serves_and_gives_what_it_had() {
    let mut lab = Lab::serving(&three());
    // Acknowledged in the region that dies; its peers may or may not have heard of it.
    lab.post(EU, "user-1", "last words", None);
    lab.kill(EU);
    all_is_there_when_it_serves_again(&mut lab);
}

/// EU has been killed after one post; three regions, however their logs travel.
pub(crate) fn all_is_there_when_it_serves_again(lab: &mut Lab) {
    for number in 0..50 {
        lab.post(US, "user-1", &format!("us {number}"), None);
        lab.post(AP, "user-1", &format!("ap {number}"), None);
    }
    lab.start(EU).wait_for("serving");
    assert_eq!(lab.timeline(EU, "user-1").len(), 101, "all of it from the first request on");
    wait_for_posts(lab, REGIONS, "user-1", 101);
    assert_eq!(lab.timeline(EU, "user-1"), lab.timeline(US, "user-1"));
    assert_eq!(lab.timeline(EU, "user-1"), lab.timeline(AP, "user-1"));
}

#[test]
fn both_sides_killed_in_the_middle_of_replication_lose_and_repeat_nothing() {
    kills_lose_and_repeat_nothing(Lab::serving(&LabPlan {
        regions: &[EU, US],
        replication: PATIENT,
        ..LabPlan::default()
    }));
}

/// EU and US, however their logs travel.
pub(crate) fn kills_lose_and_repeat_nothing(mut lab: Lab) {
    let mut written = 0;
    for round in 0..4 {
        for number in 0..15 {
            lab.post(EU, "user-1", &format!("{round} {number}"), None);
            written += 1;
        }
        // The reader or the writer of the log dies with entries on their way.
        let victim = if round % 2 == 0 { US } else { EU };
        lab.kill(victim);
        lab.start(victim).wait_for("serving");
    }
    wait_for_posts(&lab, &[EU, US], "user-1", written);
    assert_eq!(lab.timeline(EU, "user-1"), lab.timeline(US, "user-1"));
}

#[test]
fn a_retry_in_another_region_makes_no_second_post() {
    let mut lab = Lab::serving(&LabPlan { regions: &[EU, US], ..LabPlan::default() });
    let first = lab.post(EU, "user-1", "hello", Some("key-1"));
    wait_for_posts(&lab, &[US], "user-1", 1);
    let headers = [("idempotency-key", "key-1")];
    let body = r#"{"author":"user-1","text":"hello"}"#;
    let retry = request(lab.listen(US), "POST", "/v1/posts", &headers, body).unwrap();
    assert_eq!((retry.status, retry.header("idempotent-replayed")), (201, Some("true")));
    assert_eq!(retry.json()["id"], first.as_str());
    assert_eq!(retry.json()["region"], EU, "it is the first post");

    // And if the other region has not heard of the first one: its origin is dead, and comes back.
    lab.kill(US);
    let first = lab.post(EU, "user-1", "again", Some("key-2"));
    lab.kill(EU);
    lab.start(US).wait_for("serving");
    assert_eq!(lab.post(US, "user-1", "again", Some("key-2")), first);
    lab.start(EU).wait_for("serving");
    wait_for_posts(&lab, &[EU, US], "user-1", 2);
    wait_until("both say the same", || lab.timeline(EU, "user-1") == lab.timeline(US, "user-1"));
}

#[test]
fn a_region_starts_alone_when_its_peers_cannot_be_reached() {
    let replication = "catch_up_patience_ms = 300\nretry_ms_max = 50";
    let mut lab = Lab::new(&LabPlan { replication, ..three() });
    lab.start(EU).wait_for("serving");
    lab.post(EU, "user-1", "alone", None);
    assert!(lab.process(EU).log().contains("serving without this peer"));
    assert_eq!(lab.metric(EU, "chirp_replication_reachable{peer=\"us-east-1\"}"), Some(0.0));
}

#[test]
fn a_region_that_is_catching_up_says_so_and_serves_nobody() {
    // A peer that takes the connection and never answers, and a patience that outlasts the test.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let links = [(EU, US, silent.local_addr().unwrap())];
    let replication = "catch_up_patience_ms = 3600000\ntimeout_ms = 3600000";
    let plan = LabPlan { regions: &[EU, US], replication, links: &links, ..LabPlan::default() };
    for (defects, health) in [(&[][..], 503), (&["shallow-health"][..], 200)] {
        let mut lab = Lab::new(&LabPlan { defects, ..plan });
        lab.start(EU);
        let read = lab.get(EU, "/v1/users/user-1");
        assert_eq!((read.status, read.header("retry-after")), (503, Some("1")), "{read:?}");
        assert_eq!(read.json()["error"], "catching up");
        assert_eq!(lab.send(EU, "POST", "/v1/posts", r#"{"author":"user-1","text":"x"}"#).status, 503);
        let check = lab.get(EU, "/healthz");
        assert_eq!(check.status, health, "{defects:?}: {check:?}");
        if health == 503 {
            assert_eq!(check.json()["reason"], "catching up");
        }
        assert_eq!(lab.process(EU).count("serving"), 0);
        assert_eq!(lab.metric(EU, "chirp_serving"), Some(0.0));
    }
}

#[test]
fn a_link_that_swallows_everything_is_noticed_and_used_again_after_it_heals() {
    let (relay, listener) = Relay::bind();
    let links = [(US, EU, relay.address)];
    let replication = "heartbeat_ms = 100\npoll_wait_ms = 200\ntimeout_ms = 300\nretry_ms_max = 100";
    let mut lab = Lab::new(&LabPlan { regions: &[EU, US], links: &links, replication, ..LabPlan::default() });
    relay.forward(listener, lab.peer_listen(EU));
    lab.serve(&[EU, US]);
    silence_is_noticed_and_its_end(&lab, &relay);
}

/// US reads EU over this relay, however the log travels.
pub(crate) fn silence_is_noticed_and_its_end(lab: &Lab, relay: &Relay) {
    lab.post(EU, "user-1", "before", None);
    wait_for_posts(lab, &[US], "user-1", 1);
    relay.set_black_hole(true);
    let reachable = || lab.metric(US, "chirp_replication_reachable{peer=\"eu-west-1\"}");
    wait_until("the silence is noticed", || reachable() == Some(0.0));
    lab.post(EU, "user-1", "during", None);
    lab.post(US, "user-1", "the other way works", None);
    wait_for_posts(lab, &[EU], "user-1", 3);
    assert_eq!(lab.timeline(US, "user-1").len(), 2, "the link is one-way dead");
    assert_eq!(lab.get(US, "/healthz").status, 200, "a dead link is no reason not to serve");
    relay.set_black_hole(false);
    wait_for_posts(lab, &[US], "user-1", 3);
    wait_until("the peer is heard again", || reachable() == Some(1.0));
    assert_eq!(lab.timeline(EU, "user-1"), lab.timeline(US, "user-1"));
}

#[test]
fn a_region_whose_clock_is_far_ahead_loses_nothing_and_costs_nobody_a_write() {
    let plan = LabPlan { regions: &[EU, US], clock_offsets_ms: &[(US, 60_000)], ..LabPlan::default() };
    let lab = Lab::serving(&plan);
    lab.post(US, "user-1", "from the future", None);
    assert_eq!(lab.send(US, "PUT", "/v1/users/user-1", r#"{"display_name":"future"}"#).status, 200);
    wait_for_posts(&lab, &[EU], "user-1", 1);
    wait_until("the name arrives", || lab.get(EU, "/v1/users/user-1").json()["display_name"] == "future");
    assert!(lab.metric(EU, "chirp_clock_ahead_total{peer=\"us-east-1\"}").is_some_and(|count| count > 0.0));
    assert_eq!(lab.metric(US, "chirp_clock_ahead_total{peer=\"eu-west-1\"}"), Some(0.0), "ours is behind, not ahead");
    // Written after the other was seen, in the region whose clock is a minute behind.
    assert_eq!(lab.send(EU, "PUT", "/v1/users/user-1", r#"{"display_name":"present"}"#).status, 200);
    for region in [EU, US] {
        wait_until("the later write wins", || lab.get(region, "/v1/users/user-1").json()["display_name"] == "present");
    }
}

#[test]
fn a_region_that_lost_its_disk_starts_a_new_log_that_its_peers_read() {
    let mut lab = Lab::serving(&LabPlan { regions: &[EU, US], ..LabPlan::default() });
    for number in 0..5 {
        lab.post(EU, "user-1", &format!("{number}"), None);
    }
    wait_for_posts(&lab, &[US], "user-1", 5);
    lab.kill(EU);
    std::fs::remove_dir_all(lab.data(EU)).unwrap();
    lab.start(EU).wait_for("serving");
    lab.post(EU, "user-1", "after the loss", None);
    wait_for_posts(&lab, &[US], "user-1", 6);
}

#[test]
fn peers_that_are_mixed_up_are_refused() {
    let (relay, listener) = Relay::bind();
    let links = [(US, EU, relay.address)];
    let replication = "catch_up_patience_ms = 300";
    let mut lab = Lab::new(&LabPlan { links: &links, replication, ..three() });
    relay.forward(listener, lab.peer_listen(AP));
    for region in REGIONS {
        lab.start(region);
    }
    wait_until("the mistake is told", || {
        lab.process(US).log().contains("is ap-southeast-1, not eu-west-1: the configuration of the peers is wrong")
    });
}
