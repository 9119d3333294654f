//! `junit.xml`, read back.

use crate::fixture;
use quick_xml::{Reader, events::Event};
use verdict::Findings;

/// Suite, case, and how it ended: `ok`, `failure <type>`, `error <type>`.
fn cases(findings: &Findings) -> Vec<(String, String, String)> {
    let text = report::junit::write(findings);
    let mut reader = Reader::from_str(&text);
    let (mut suite, mut found) = (String::new(), Vec::new());
    loop {
        match reader.read_event().unwrap() {
            Event::Eof => return found,
            Event::Start(element) | Event::Empty(element) => {
                let attribute = |name: &str| {
                    let attribute = element.try_get_attribute(name).unwrap();
                    attribute.map_or_else(String::new, |value| {
                        value.normalized_value(quick_xml::XmlVersion::Explicit1_0).unwrap().into_owned()
                    })
                };
                match element.name().as_ref() {
                    b"testsuite" => suite = attribute("name"),
                    b"testcase" => found.push((suite.clone(), attribute("name"), "ok".to_owned())),
                    kind @ (b"failure" | b"error" | b"skipped") => {
                        let kind = String::from_utf8_lossy(kind).into_owned();
                        found.last_mut().unwrap().2 = format!("{kind} {}", attribute("type"));
                    }
                    _ => {}
                }
            }
            _ => {}
        }
    }
}

fn ending(findings: &Findings, suite: &str, name: &str) -> String {
    let found = cases(findings);
    let case = found.iter().find(|case| case.0 == suite && case.1 == name);
    case.unwrap_or_else(|| panic!("no case {suite}/{name} in {found:?}")).2.clone()
}

#[test]
fn a_run_that_kept_its_promises_is_green() {
    let found = cases(&fixture::passed());
    assert!(found.iter().all(|case| case.2 == "ok"), "{found:?}");
    assert_eq!(found.len(), 1 + 5 + 4 + 2, "the run, its objectives, its rules of trust, two proofs");
}

#[test]
fn a_broken_promise_is_a_failure_and_what_is_unknown_an_error() {
    let findings = fixture::lost_writes();
    assert_eq!(ending(&findings, "run", "verdict"), "failure objective-failed");
    assert_eq!(ending(&findings, "objectives", "no-lost-writes"), "failure objective-failed");
    assert_eq!(ending(&findings, "objectives", "failback"), "error inconclusive");
    assert_eq!(ending(&findings, "objectives", "recovery"), "ok");
}

#[test]
fn what_can_not_be_told_is_never_green() {
    let findings = fixture::inconclusive();
    assert_eq!(ending(&findings, "run", "verdict"), "error inconclusive");
    assert_eq!(ending(&findings, "trust", "fault-proof"), "error inconclusive");
    assert_eq!(ending(&findings, "faults", "eu-dies: effect proven"), "error inconclusive");
    assert_eq!(ending(&findings, "faults", "eu-dies: removal proven"), "ok");
    assert_eq!(ending(&fixture::empty(), "run", "verdict"), "error inconclusive", "also with no objective at all");
}

#[test]
fn what_the_tested_system_says_stays_text() {
    let found = cases(&fixture::hostile());
    assert!(found.iter().any(|case| case.1.contains("<script>")), "{found:?}");
    assert_eq!(found.len(), 12, "no case was added or swallowed by it");
}

#[test]
fn the_file_reads_well() {
    insta::assert_snapshot!(report::junit::write(&fixture::lost_writes()));
}
