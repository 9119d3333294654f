//! Faults of a running Chirp, in one run of the real program: each is measured to be there, and measured to be gone.

use crate::support::{alone, beside, landfall, processes_with, root};
use serde_json::Value;
use std::fs;

#[test]
fn what_is_wrong_with_a_running_chirp_is_measured_and_so_is_its_end() {
    let _alone = alone();
    each_is_proven("wrong-on-purpose", 10);
}

#[test]
fn what_is_wrong_in_other_ways_is_measured_too() {
    let _beside = beside();
    each_is_proven("wrong-in-turn", 24);
}

/// Runs that plan: so many faults, and each of them proven and proven gone.
fn each_is_proven(plan: &str, faults_count: usize) {
    let plan = root().join(format!("crates/landfall/tests/real/plans/{plan}.yaml"));
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    let ended = landfall(&["run", plan.to_str().unwrap(), "--out", out.to_str().unwrap()]);
    // Pass or inconclusive: a small machine may be too slow to say more of the users.
    assert!([0, 96].contains(&ended.code()), "{}", ended.stderr);
    assert_eq!(processes_with(out.to_str().unwrap()), [], "the run left processes behind");
    let report: Value = serde_json::from_str(&fs::read_to_string(out.join("report.json")).unwrap()).unwrap();
    let faults = report["faults"].as_array().unwrap();
    assert_eq!(faults.len(), faults_count, "{faults:#?}");
    for fault in faults {
        let wanted = if fault["name"] == "unkeyed" { "assumed" } else { "proven" };
        for proof in ["effect", "removal"] {
            assert_eq!(
                fault[proof]["state"], wanted,
                "{}: its {proof}: {}\n{}",
                fault["name"], fault[proof], ended.stderr
            );
        }
    }
}
