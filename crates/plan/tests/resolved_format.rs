//! Resolved plans are read back as they were written; newer and damaged ones are refused with a clear message.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

mod world;

use plan::resolved::{self, FormatError, ResolvedPlan};
use serde_json::{Value, json};
use std::error::Error as _;
use world::{World, plans};

fn example() -> ResolvedPlan {
    let (_, source) = plans("good").into_iter().find(|(name, _)| name == "lab").unwrap();
    plan::check(&source, &World).unwrap()
}

/// The example's JSON with `value` at `pointer`.
fn changed(pointer: &str, value: Value) -> String {
    let mut json: Value = serde_json::from_str(&resolved::write(&example()).unwrap()).unwrap();
    *json.pointer_mut(pointer).unwrap() = value;
    json.to_string()
}

#[test]
fn each_good_plan_is_read_back_as_it_was_written() {
    for (name, source) in plans("good") {
        let plan = plan::check(&source, &World).unwrap();
        let text = resolved::write(&plan).unwrap();
        assert_eq!(resolved::read(&text).unwrap(), plan, "{name}");
    }
}

#[test]
fn versions_are_told_apart() {
    let cases = [
        ("1.9", "this resolved plan has format 1.9, this Landfall knows 1.8: a newer Landfall is needed"),
        ("2.0", "this resolved plan has format 2.0, this Landfall knows 1.8: a newer Landfall is needed"),
        ("0.9", "\"0.9\" is no version of a resolved plan's format, such as 1.8"),
        ("one", "\"one\" is no version of a resolved plan's format, such as 1.8"),
    ];
    for (version, message) in cases {
        assert_eq!(resolved::read(&changed("/format", json!(version))).unwrap_err().to_string(), message);
    }
    // Newer formats are refused before their content is looked at.
    let newer = json!({"format": "3.4", "whatever": []}).to_string();
    assert!(matches!(resolved::read(&newer), Err(FormatError::Newer { .. })));
    let mut plan = example();
    plan.format = "1.9".to_owned();
    assert!(matches!(resolved::write(&plan), Err(FormatError::Newer { .. })));
}

#[test]
fn a_fault_of_an_older_plan_has_the_envelope_that_was_the_only_one() {
    let older = json!({
        "name": "lose-europe", "kind": {"kind": "region-loss", "region": "eu-west-1"},
        "at": "20s", "for": "25s", "lease": "15s", "verify_within": "10s",
    });
    let read = resolved::read(&changed("/faults/0", older)).unwrap();
    assert_eq!(read.faults, example().faults);
}

#[test]
fn what_contradicts_itself_is_refused() {
    let cases = [
        ("/populations/0/nearest", json!([0, 1]), "europe-cable doesn't rank the regions"),
        ("/populations/0/nearest", json!([0, 1, 7]), "europe-cable doesn't rank the regions"),
        ("/populations/0/paths", json!([]), ""),
        ("/populations/0/share", json!("44%"), "shares of 990000 parts per million"),
        ("/populations/0/paths/0/round_trip", json!("44"), "malformed"),
        ("/peer_paths/0/to", json!(3), "a path between regions that don't exist"),
        ("/regions/1/name", json!("us-east-1"), "two regions have the same name"),
        ("/load/stages", json!([]), "no load"),
        ("/journeys", json!([]), "no journeys"),
        ("/journeys/0/weight", json!(0), "read-home can't be walked"),
        ("/faults/0/kind/regions/0", json!("mars"), "lose-europe is about an unknown region"),
        ("/feeds", json!([{"name": "f", "columns": ["a"], "rows": [["1", "2"]]}]), "the feed f is uneven"),
        ("/target", json!({"kind": "chirp"}), "malformed"),
    ];
    for (pointer, value, expected) in cases {
        match resolved::read(&changed(pointer, value)) {
            Ok(_) => assert_eq!(expected, "", "{pointer}"),
            Err(FormatError::Malformed(error)) => assert_eq!(expected, "malformed", "{pointer}: {error}"),
            Err(error) => assert_eq!(error.to_string(), format!("this resolved plan contradicts itself: {expected}")),
        }
    }
    let nothing = resolved::read("").unwrap_err();
    assert!(nothing.source().is_some(), "{nothing}");
}
