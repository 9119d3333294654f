//! `landfall compare` reads what `chirp conflicts --json` prints. The two share no code: the sample that the reader's own
//! tests use must have the form of what the tool prints today.

use crate::support::{Landfall, beside, landfall, root, until};
use serde_json::Value;
use std::{collections::BTreeSet, fs, time::Duration};

const SAMPLE: &str = "crates/landfall/src/command/compare/collisions/sample.json";

/// The names of all members, and of all kinds.
fn form(report: &Value) -> BTreeSet<String> {
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    let rows = report["rows"].as_array().unwrap();
    let of_rows = rows.iter().flat_map(|row| {
        let kind = row["kind"].as_str().unwrap();
        keys(row).into_iter().map(move |key| format!("{kind}: {key}"))
    });
    keys(report).into_iter().chain(of_rows).collect()
}

#[test]
fn the_sample_of_collisions_has_the_form_that_chirp_prints() {
    let _turn = beside();
    let folder = tempfile::tempdir().unwrap();
    let plan = folder.path().join("plan.yaml");
    let target = "target: {chirp: {regions: [us-east-1, eu-west-1], users: 20, clock_offsets: {eu-west-1: 60s}}}";
    fs::write(&plan, format!("version: 1\n{target}\nload: {{rate: 1/s, for: 30s}}\n")).unwrap();
    let out = folder.path().join("lab");
    let _lab = Landfall::start(&["lab", plan.to_str().unwrap(), "--out", out.to_str().unwrap()]);
    let config = out.join("chirp.toml");
    let printed = until(Duration::from_secs(120), "both regions serve", || {
        let ended = landfall(&["chirp", "conflicts", "--json", "--pairs", "1", "--config", config.to_str()?]);
        let report: Value = serde_json::from_str(&ended.stdout).ok()?;
        (report["regions"].as_array()?.len() == 2).then_some(report)
    });
    let sample = fs::read_to_string(root().join(SAMPLE)).unwrap();
    assert_eq!(form(&printed), form(&serde_json::from_str(&sample).unwrap()));
}
