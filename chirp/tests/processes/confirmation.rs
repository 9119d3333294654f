//! A write is answered when as many regions have it as the configuration wants, and then it survives them.

use crate::http::{Reply, request};
use crate::lab::{AP, EU, Lab, LabPlan, REGIONS, US, wait_until};

const REPLICATION: &str = "heartbeat_ms = 100\nretry_ms_max = 100\nanti_entropy_ms = 100\ncatch_up_patience_ms = 1000";
/// Shorter than the patience of a test, for here writes do miss it.
const SHORT: &str = "write_deadline_ms = 1500\nread_deadline_ms = 60000";
const LONG: &str = "write_deadline_ms = 60000\nread_deadline_ms = 60000";

fn plan<'a>(top: &'a str, limits: &'a str) -> LabPlan<'a> {
    LabPlan { regions: REGIONS, top, replication: REPLICATION, limits, ..LabPlan::default() }
}

fn write(lab: &Lab, text: &str) -> Reply {
    let body = serde_json::json!({ "author": "user-1", "text": text }).to_string();
    request(lab.listen(EU), "POST", "/v1/posts", &[("idempotency-key", text)], &body).unwrap()
}

#[test]
fn a_write_waits_for_as_many_regions_as_the_configuration_says() {
    // (durability, with both others, with one, with none)
    let cases = [("local", [201, 201, 201]), ("remote", [201, 201, 503]), ("quorum", [201, 201, 503])];
    for (durability, statuses) in cases {
        let top = format!("seed_users = 6\nfollows_per_user = 0\ndurability = \"{durability}\"");
        let mut lab = Lab::serving(&plan(&top, SHORT));
        let mut found = Vec::new();
        for victim in [None, Some(US), Some(AP)] {
            if let Some(victim) = victim {
                lab.kill(victim);
            }
            // A poll of the dead one from before its death may still be on its way through this process.
            let last = || write(&lab, &format!("{victim:?}"));
            let reply = if victim == Some(AP) { std::iter::repeat_with(last).take(3).last().unwrap() } else { last() };
            found.push(reply.status);
            if reply.status == 503 {
                let error = reply.json();
                assert!(
                    error["error"].as_str().unwrap().starts_with("on disk here, but 0 of 1 other regions"),
                    "{error}"
                );
                assert!(error["hint"].as_str().unwrap().contains("outcome is unknown"), "{error}");
                assert_eq!(reply.header("retry-after"), Some("1"));
            }
        }
        assert_eq!(found, statuses, "{durability}");
        if durability != "local" {
            let waits = lab.metric(EU, "chirp_acknowledgement_wait_seconds_count").unwrap();
            assert!(waits >= 2.0, "{waits}");
            assert!(lab.metric(EU, "chirp_acknowledgement_missed_total").unwrap() >= 1.0);
            lab.start(US).wait_for("serving");
            assert_eq!(write(&lab, "Some(\"ap-southeast-1\")").status, 201, "the retry, when somebody can confirm it");
            assert_eq!(lab.timeline(EU, "user-1").len(), 3, "and it made no second post");
        }
    }
}

/// Writes until the region dies with its disk; answers how many acknowledged posts the survivors lack.
fn lost_with_the_disk(durability: &str) -> usize {
    let top = format!("seed_users = 6\nfollows_per_user = 0\ndurability = \"{durability}\"");
    let mut lab = Lab::serving(&plan(&top, LONG));
    let acknowledged: Vec<String> = (0..30)
        .map(|number| {
            let reply = write(&lab, &format!("{number}"));
            assert_eq!(reply.status, 201, "{reply:?}");
            reply.json()["id"].as_str().unwrap().to_owned()
        })
        .collect();
    lab.kill(EU);
    std::fs::remove_dir_all(lab.data(EU)).unwrap();
    wait_until("the survivors agree", || lab.timeline(US, "user-1") == lab.timeline(AP, "user-1"));
    // Whoever has the most has told the other by then: one asks the other for everything.
    for (region, other) in [(US, AP), (AP, US)] {
        let body = format!(r#"{{"peers":["{other}"]}}"#);
        assert_eq!(request(lab.peer_listen(region), "POST", "/admin/sync", &[], &body).unwrap().status, 200);
    }
    let kept = lab.timeline(US, "user-1");
    assert_eq!(kept, lab.timeline(AP, "user-1"));
    acknowledged.iter().filter(|id| !kept.contains(id)).count()
}

#[test]
fn what_a_majority_has_survives_the_death_of_the_disk_that_took_it() {
    for durability in ["remote", "quorum"] {
        assert_eq!(lost_with_the_disk(durability), 0, "{durability}");
    }
}
