//! What was acknowledged survives, however the process ends.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::http::request;
use crate::lab::{EU, Lab, LabPlan, wait_until};

/// Acknowledged posts: (id, text).
type Acknowledged = Mutex<Vec<(String, String)>>;

/// Writes from several threads until the region dies, which it does after `kill_after` acknowledgements.
fn write_until_killed(lab: &mut Lab, round: usize, kill_after: usize, acknowledged: &Acknowledged) {
    let address = lab.listen(EU);
    let count = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for writer in 0..3 {
            let count = &count;
            scope.spawn(move || {
                for number in 0.. {
                    let text = format!("round {round} writer {writer} number {number}");
                    let body = serde_json::json!({ "author": format!("user-{writer}"), "text": text }).to_string();
                    let Ok(reply) = request(address, "POST", "/v1/posts", &[], &body) else { return };
                    assert_eq!(reply.status, 201, "{reply:?}");
                    let id = reply.json()["id"].as_str().unwrap().to_owned();
                    acknowledged.lock().unwrap().push((id, text));
                    count.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
        wait_until("enough acknowledgements", || count.load(Ordering::SeqCst) >= kill_after);
        lab.kill(EU);
    });
}

fn lost(lab: &Lab, acknowledged: &Acknowledged) -> Vec<String> {
    let acknowledged = acknowledged.lock().unwrap();
    let is_lost = |id: &str, text: &str| {
        let reply = lab.get(EU, &format!("/v1/posts/{id}"));
        reply.status != 200 || reply.json()["text"] != text
    };
    acknowledged.iter().filter(|(id, text)| is_lost(id, text)).map(|(_, text)| text.clone()).collect()
}

#[test]
fn kill_9_again_and_again_loses_nothing_that_was_acknowledged() {
    let mut lab = Lab::new(&LabPlan::default());
    let acknowledged = Acknowledged::default();
    for round in 0..10 {
        lab.start(EU).wait_for("serving");
        assert_eq!(lost(&lab, &acknowledged), Vec::<String>::new(), "after {round} kills");
        // Moments that differ, early and late, and fall anywhere within a commit.
        write_until_killed(&mut lab, round, 1 + (round * 7) % 23, &acknowledged);
    }
    lab.start(EU).wait_for("serving");
    assert_eq!(lost(&lab, &acknowledged), Vec::<String>::new());
    let mut listed: Vec<String> = (0..3).flat_map(|writer| lab.timeline(EU, &format!("user-{writer}"))).collect();
    let total = listed.len();
    listed.sort();
    listed.dedup();
    assert_eq!(listed.len(), total, "no post is listed twice");
    let acknowledged = acknowledged.lock().unwrap();
    assert!(acknowledged.iter().all(|(id, _)| listed.contains(id)), "time lines hold what was acknowledged");
}

#[test]
fn the_defect_ack_before_durable_loses_the_acknowledged_tail() {
    let mut lab = Lab::new(&LabPlan { defects: &["ack-before-durable"], ..LabPlan::default() });
    let acknowledged = Acknowledged::default();
    // One kill may fall just after the lazy sync; not every one does.
    let loses = (0..10).any(|round| {
        lab.start(EU).wait_for("serving");
        write_until_killed(&mut lab, round, 10, &acknowledged);
        lab.start(EU).wait_for("serving");
        let any = !lost(&lab, &acknowledged).is_empty();
        lab.kill(EU);
        any
    });
    assert!(loses, "ten kills lost nothing");
}

#[test]
fn the_defect_ack_before_durable_shows_what_it_acknowledged_while_it_lives() {
    let lab = Lab::serving(&LabPlan { defects: &["ack-before-durable"], ..LabPlan::default() });
    let ids: Vec<String> = (0..20).map(|number| lab.post(EU, "user-1", &format!("{number}"), None)).collect();
    assert!(ids.iter().rev().eq(lab.timeline(EU, "user-1").iter()));
    assert_eq!(lab.process(EU).events()[0], serde_json::json!({ "event": "defect", "name": "ack-before-durable" }));
    assert!(lab.process(EU).log().contains("DEFECT ON PURPOSE"));
    assert_eq!(lab.metric(EU, "chirp_defect{name=\"ack-before-durable\"}"), Some(1.0));
}

#[test]
fn a_region_that_is_told_to_stop_stops_cleanly() {
    let mut lab = Lab::serving(&LabPlan::default());
    let id = lab.post(EU, "user-1", "before the stop", None);
    let mut process = lab.take(EU);
    let killed = std::process::Command::new("kill").args(["-TERM", &process.id().to_string()]).status().unwrap();
    assert!(killed.success());
    assert_eq!(process.wait().code(), Some(0));
    assert_eq!(process.count("stopping"), 1);
    lab.start(EU).wait_for("serving");
    assert_eq!(lab.get(EU, &format!("/v1/posts/{id}")).status, 200);
}

#[test]
fn a_process_ends_with_its_standard_input_also_with_a_stalled_storage() {
    let mut lab = Lab::serving(&LabPlan::default());
    lab.start_dns();
    lab.set(EU, "storage-stalled");
    for name in [EU, "dns"] {
        let mut process = lab.take(name);
        process.close_stdin();
        assert_eq!(process.wait().code(), Some(0), "{name}: {}", process.log());
    }
}
