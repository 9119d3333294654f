//! What a region heard it passes on: dead origins, dead links and lost disks stop nobody.

use crate::http::request;
use crate::lab::{AP, EU, Lab, LabPlan, REGIONS, US, wait_for_posts};
use crate::relay::Relay;

/// A start waits for its peers only shortly, for here some of them are dead for long.
const PLAN: LabPlan<'_> = LabPlan {
    regions: REGIONS,
    top: "seed_users = 6\nfollows_per_user = 0",
    replication: "heartbeat_ms = 100\nretry_ms_max = 200\nanti_entropy_ms = 100\ncatch_up_patience_ms = 2000",
    limits: "write_deadline_ms = 60000\nread_deadline_ms = 60000",
    ..LabPlan::PLAIN
};

#[test]
fn what_a_dead_region_told_one_peer_reaches_the_other() {
    let mut lab = Lab::serving(&PLAN);
    lab.kill(AP);
    for number in 0..20 {
        lab.post(EU, "user-1", &format!("{number}"), None);
    }
    wait_for_posts(&lab, &[US], "user-1", 20);
    lab.kill(EU);
    lab.start(AP).wait_for("serving");
    wait_for_posts(&lab, &[AP], "user-1", 20);
    assert_eq!(lab.timeline(AP, "user-1"), lab.timeline(US, "user-1"));
    let relayed = lab.metric(AP, "chirp_replication_relayed_total{peer=\"eu-west-1\"}").unwrap();
    assert!(relayed >= 20.0, "{relayed}");
    // The dead one is back: nothing is new to anybody, and nothing is there twice.
    lab.start(EU).wait_for("serving");
    lab.post(EU, "user-1", "back", None);
    wait_for_posts(&lab, REGIONS, "user-1", 21);
}

#[test]
fn a_dead_link_is_gone_around() {
    let (relay, listener) = Relay::bind();
    let links = [(AP, EU, relay.address)];
    let replication =
        "heartbeat_ms = 100\npoll_wait_ms = 200\ntimeout_ms = 300\nretry_ms_max = 100\nanti_entropy_ms = 100";
    let mut lab = Lab::new(&LabPlan { links: &links, replication, ..PLAN });
    relay.forward(listener, lab.peer_listen(EU));
    lab.serve(REGIONS);
    lab.post(EU, "user-1", "before", None);
    wait_for_posts(&lab, REGIONS, "user-1", 1);
    relay.set_black_hole(true);
    lab.post(EU, "user-1", "during", None);
    wait_for_posts(&lab, REGIONS, "user-1", 2);
    assert_eq!(lab.metric(AP, "chirp_replication_reachable{peer=\"eu-west-1\"}"), Some(0.0), "and not by the link");
    relay.set_black_hole(false);
    lab.post(EU, "user-1", "after", None);
    wait_for_posts(&lab, REGIONS, "user-1", 3);
}

#[test]
fn a_region_that_comes_back_with_an_empty_disk_has_its_own_past_before_it_serves() {
    let mut lab = Lab::serving(&PLAN);
    let ids: Vec<String> = (0..20).map(|number| lab.post(EU, "user-1", &format!("{number}"), None)).collect();
    wait_for_posts(&lab, &[US, AP], "user-1", 20);
    lab.kill(EU);
    std::fs::remove_dir_all(lab.data(EU)).unwrap();
    lab.start(EU).wait_for("serving");
    assert!(ids.iter().rev().eq(lab.timeline(EU, "user-1").iter()), "from the first request on");
    lab.post(EU, "user-1", "new log", None);
    wait_for_posts(&lab, REGIONS, "user-1", 21);
}

#[test]
fn a_region_can_be_told_to_fetch_all_that_others_hold() {
    let mut lab = Lab::serving(&LabPlan { replication: "anti_entropy_ms = 3600000\nheartbeat_ms = 100", ..PLAN });
    lab.kill(AP);
    lab.post(EU, "user-1", "hello", None);
    wait_for_posts(&lab, &[US], "user-1", 1);
    lab.kill(EU);
    lab.start(AP).wait_for("serving");
    let sync = |peers: &str| {
        let body = format!(r#"{{"peers":[{peers}]}}"#);
        request(lab.peer_listen(AP), "POST", "/admin/sync", &[], &body).unwrap()
    };
    assert_eq!(sync("\"us-east-1\"").status, 200);
    assert_eq!(lab.timeline(AP, "user-1").len(), 1, "it is here when the answer is");
    let failed = sync("\"us-east-1\",\"eu-west-1\"");
    assert_eq!(failed.status, 503);
    let error = failed.json()["error"].as_str().unwrap().to_owned();
    assert!(error.starts_with("eu-west-1: ") && !error.contains("us-east-1"), "{error}");
    assert_eq!(sync("\"mars\"").json()["error"], "mars: mars is no peer of this region");
}

#[test]
fn what_goes_over_the_links_is_counted_where_it_is_asked_for() {
    let lab = Lab::serving(&LabPlan { regions: &[EU, US], ..PLAN });
    lab.post(EU, "user-1", "hello", None);
    wait_for_posts(&lab, &[US], "user-1", 1);
    let counted = |region: &str, name: &str, labels: &str| {
        lab.metric(region, &format!("chirp_cross_region_{name}_total{{{labels}}}")).unwrap_or_default()
    };
    for kind in ["log", "copies"] {
        assert!(counted(US, "requests", &format!("peer=\"{EU}\",kind=\"{kind}\"")) >= 1.0, "{kind}");
    }
    for direction in ["sent", "received"] {
        assert!(counted(US, "bytes", &format!("peer=\"{EU}\",direction=\"{direction}\"")) > 100.0, "{direction}");
    }
    assert_eq!(counted(US, "requests", &format!("peer=\"{US}\",kind=\"log\"")), 0.0, "nobody asks itself");
}
