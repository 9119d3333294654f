//! Faults of a running Chirp, in one run of the real program: each is measured to be there, and measured to be gone.

use crate::support::{alone, beside, landfall, processes_with, root};
use serde_json::Value;
use std::{collections::BTreeMap, fs, path::Path};

#[test]
fn what_is_wrong_with_a_running_chirp_is_measured_and_so_is_its_end() {
    let _alone = alone();
    each_is_proven("wrong-on-purpose", 12);
}

#[test]
fn what_is_wrong_in_other_ways_is_measured_too() {
    let _beside = beside();
    each_is_proven("wrong-in-turn", 24);
}

/// How often a plan is run: a proof that a busy machine was too slow for is given in another run, one that can't be given in none.
const RUNS_MAX: usize = 3;

/// Runs that plan: so many faults, and each of them proven and proven gone.
fn each_is_proven(plan: &str, faults_count: usize) {
    let plan = root().join(format!("crates/landfall/tests/real/plans/{plan}.yaml"));
    let (mut unproven, mut told) = without_proof(&plan, faults_count);
    for _ in 1..RUNS_MAX {
        if unproven.is_empty() {
            return;
        }
        let again;
        (again, told) = without_proof(&plan, faults_count);
        unproven.retain(|proof, _| again.contains_key(proof));
    }
    assert!(unproven.is_empty(), "not proven in {RUNS_MAX} runs: {unproven:#?}\nthe last one:\n{told}");
}

/// What is not proven: (fault, proof) and what was said instead.
type Unproven = BTreeMap<(String, &'static str), String>;

/// What was not proven in a run of that plan, and all that the run told.
fn without_proof(plan: &Path, faults_count: usize) -> (Unproven, String) {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    let ended = landfall(&["run", plan.to_str().unwrap(), "--out", out.to_str().unwrap()]);
    // Pass or inconclusive: a small machine may be too slow to say more of the users.
    assert!([0, 96].contains(&ended.code()), "{}", ended.stderr);
    assert_eq!(processes_with(out.to_str().unwrap()), [], "the run left processes behind");
    let report: Value = serde_json::from_str(&fs::read_to_string(out.join("report.json")).unwrap()).unwrap();
    let faults = report["faults"].as_array().unwrap();
    assert_eq!(faults.len(), faults_count, "{faults:#?}");
    let mut unproven = Unproven::new();
    for fault in faults {
        let name = fault["name"].as_str().unwrap();
        let wanted = if name == "unkeyed" { "assumed" } else { "proven" };
        for proof in ["effect", "removal"] {
            if fault[proof]["state"] != wanted {
                unproven.insert((name.to_owned(), proof), fault[proof].to_string());
            }
        }
    }
    (unproven, ended.stderr)
}
