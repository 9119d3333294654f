//! Defects between regions: seen with the defect, absent without it. (The others are where what they break
//! is: in `durability` and `steering`.)

use crate::lab::{EU, Lab, LabPlan, US, wait_until};

/// Writes 100 posts in one region; answers how many the other has when it has read all of the log.
fn replicated(defects: &[&str]) -> usize {
    let lab = Lab::serving(&LabPlan { regions: &[EU, US], defects, ..LabPlan::default() });
    for number in 0..100 {
        lab.post(EU, "user-1", &format!("{number}"), Some(&format!("key {number}")));
    }
    // The log is in order: who knows this user has read everything before.
    assert_eq!(lab.send(EU, "PUT", "/v1/users/last", r#"{"display_name":"last"}"#).status, 201);
    wait_until("the log is read", || lab.get(US, "/v1/users/last").status == 200);
    assert_eq!(lab.timeline(EU, "user-1").len(), 100);
    lab.timeline(US, "user-1").len()
}

#[test]
fn drop_replication_loses_a_few_posts_for_ever_and_without_it_none_is_lost() {
    assert_eq!(replicated(&[]), 100);
    let kept = replicated(&["drop-replication"]);
    assert!((80..100).contains(&kept), "{kept} of 100");
    assert_eq!(replicated(&["drop-replication"]), kept, "the same posts every time");
}

#[test]
fn no_idempotency_makes_a_second_post_and_without_it_there_is_one() {
    for (defects, posts) in [(&[][..], 1), (&["no-idempotency"][..], 2)] {
        let lab = Lab::serving(&LabPlan { defects, ..LabPlan::default() });
        lab.post(EU, "user-1", "hello", Some("key"));
        lab.post(EU, "user-1", "hello", Some("key"));
        assert_eq!(lab.timeline(EU, "user-1").len(), posts, "{defects:?}");
    }
}

#[test]
fn frozen_lag_gauge_hides_that_replication_has_stopped_and_without_it_the_lag_grows() {
    for (defects, grows) in [(&[][..], true), (&["frozen-lag-gauge"][..], false)] {
        let lab = Lab::serving(&LabPlan { regions: &[EU, US], defects, ..LabPlan::default() });
        let metric = |name: &str| lab.metric(US, &format!("chirp_replication_{name}{{peer=\"{EU}\"}}"));
        wait_until("a heartbeat", || metric("lag_seconds").is_some());
        lab.set(US, "replication-stopped");
        lab.post(EU, "user-1", "unheard", None);
        let age = metric("heartbeat_age_seconds").unwrap();
        wait_until("the heartbeats are old", || metric("heartbeat_age_seconds").unwrap() > age + 2.0);
        // One clock: the lag is at least the age of the newest heartbeat, or what it was when that came.
        let lag = metric("lag_seconds").unwrap();
        assert_eq!(lag > 2.0, grows, "{defects:?}: {lag}");
        assert_eq!(metric("reachable"), Some(1.0), "nothing else tells");
        assert_eq!(lab.timeline(US, "user-1").len(), 0, "it is stopped");
        lab.clear(US);
        wait_until("it goes on", || lab.timeline(US, "user-1").len() == 1);
    }
}
