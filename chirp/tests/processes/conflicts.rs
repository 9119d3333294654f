//! `chirp conflicts` against real regions whose clocks differ by a minute.

use std::process::Command;

use serde_json::Value;

use crate::lab::{Lab, LabPlan, REGIONS, US};

fn report(resolver: &str, defects: &[&str]) -> Value {
    report_with(resolver, LabPlan { defects, ..LabPlan::default() })
}

/// What the command says of three regions of which one is a minute ahead.
fn report_with(resolver: &str, plan: LabPlan<'_>) -> Value {
    let top = format!("seed_users = 6\nfollows_per_user = 0\nresolver = \"{resolver}\"");
    let lab = Lab::serving(&LabPlan { regions: REGIONS, top: &top, clock_offsets_ms: &[(US, 60_000)], ..plan });
    let config = lab.config();
    let arguments = ["conflicts", "--pairs", "4", "--json", "--config", config.to_str().unwrap()];
    let output = Command::new(env!("CARGO_BIN_EXE_chirp")).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((report["quiet"].as_bool(), report["replication_stopped"].as_bool()), (Some(true), Some(true)));
    assert_eq!((report["resolver"].as_str(), report["clock_skew_ms"].as_i64()), (Some(resolver), Some(60_000)));
    for row in report["rows"].as_array().unwrap() {
        assert_eq!(row["agreed"], row["pairs"], "{resolver}: {row}");
        let ended = ["survived", "superseded", "lost"].map(|key| row[key].as_u64().unwrap()).iter().sum::<u64>();
        assert_eq!((row["acknowledged"].as_u64(), ended), (Some(8), 8), "{resolver}: {row}");
    }
    report
}

fn number(report: &Value, kind: &str, key: &str) -> u64 {
    let row = report["rows"].as_array().unwrap().iter().find(|row| row["kind"] == kind).unwrap();
    row[key].as_u64().unwrap()
}

#[test]
fn last_write_wins_loses_acknowledged_updates_where_clocks_differ() {
    let report = report("last-write-wins", &[]);
    // Every other pair has its first update where the clock is ahead, hence the later one loses.
    let lost =
        [("removal-edit", 2), ("block-follow", 2), ("contact-cosmetic", 4), ("same-field", 2), ("later-behind", 4)];
    for (kind, lost) in lost {
        assert_eq!(number(&report, kind, "lost"), lost, "{kind}: {report:#}");
    }
    for kind in ["likes", "seen-then-behind"] {
        assert_eq!(number(&report, kind, "lost"), 0, "{kind}: {report:#}");
    }
}

#[test]
fn fields_lose_only_what_competes_for_the_same_field() {
    let report = report("crdt", &[]);
    for (kind, survived) in [("block-follow", 8), ("contact-cosmetic", 8), ("likes", 8)] {
        assert_eq!(number(&report, kind, "survived"), survived, "{kind}: {report:#}");
    }
    assert_eq!(number(&report, "removal-edit", "lost"), 0, "{report:#}");
    assert_eq!(number(&report, "later-behind", "lost"), 4, "{report:#}");
    assert_eq!(number(&report, "seen-then-behind", "lost"), 0, "{report:#}");
}

/// Tokens are required, so that each request has to bring the one that it needs, moderators' too.
#[test]
fn the_semantic_resolver_loses_nothing() {
    let end = "[tokens]\nkey = \"a key that is long enough for a test\"\nrequired = true\n";
    let report = report_with("semantic", LabPlan { end, ..LabPlan::default() });
    let lost: u64 = report["rows"].as_array().unwrap().iter().map(|row| row["lost"].as_u64().unwrap()).sum();
    assert_eq!(lost, 0, "{report:#}");
    assert_eq!(number(&report, "block-follow", "superseded"), 4, "{report:#}");
    assert_eq!(number(&report, "removal-edit", "acknowledged"), 8, "moderators', too: {report:#}");
}

#[test]
fn the_defect_wall_clock_stamps_loses_what_was_written_by_somebody_who_had_seen_the_other() {
    let report = report("last-write-wins", &["wall-clock-stamps"]);
    assert_eq!(number(&report, "seen-then-behind", "lost"), 4, "{report:#}");
}
