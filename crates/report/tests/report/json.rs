//! `report.json`.

use crate::fixture;
use serde_json::Value;

#[test]
fn it_is_the_findings_and_nothing_else() {
    for findings in [fixture::passed(), fixture::lost_writes(), fixture::empty(), fixture::hostile()] {
        let text = report::json::write(&findings);
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), serde_json::to_value(&findings).unwrap());
        let head = format!("{{\n  \"format\": \"{}\",\n", verdict::findings::FORMAT);
        assert!(text.ends_with("}\n") && text.starts_with(&head), "{}", &text[..60]);
    }
}

#[test]
fn the_same_findings_give_the_same_bytes() {
    assert_eq!(
        report::json::write(&fixture::twenty_populations()),
        report::json::write(&fixture::twenty_populations())
    );
}

#[test]
fn a_second_of_the_run_does_not_take_a_line() {
    let text = report::json::write(&fixture::passed());
    assert!(text.lines().count() < 3_000, "{} lines", text.lines().count());
}
