#![expect(clippy::unwrap_used, reason = "tests may panic")]

use super::*;
use plan::resolved::Property;
use std::path::Path;

/// The stored recording in which every promise is kept.
fn good() -> Recording {
    stored("good")
}

fn stored(name: &str) -> Recording {
    Recording::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recordings").join(name)).unwrap()
}

fn judged_with_a_crash_in(check: &'static str) -> Findings {
    judge_guarded(&good(), &mut Guard::crashing_on(check))
}

#[test]
fn a_crashed_check_leaves_the_rest_and_makes_the_run_inconclusive() {
    assert_eq!(judge(&good()).summary.verdict, Verdict::Pass, "the control: nothing crashes");
    let checks = [
        "freshness",
        "fault eu-dies",
        "experience",
        "blast radius",
        "errors",
        "ledger",
        "sessions",
        "updates",
        "order",
        "lists",
        "cycles",
        "linearizability",
        "deletes",
        "counters",
        "deliveries",
        "split writes",
        "ids",
        "staleness",
        "load",
        "generator",
        "series",
        "events",
        "objective recovery",
        "objective nothing lost",
    ];
    for check in checks {
        let findings = judged_with_a_crash_in(check);
        assert_eq!(findings.summary.verdict, Verdict::Inconclusive, "{check}");
        let rule = findings.trust.iter().find(|rule| rule.rule == "checks").unwrap();
        assert_eq!(rule.verdict, Verdict::Inconclusive);
        assert!(rule.text.contains(&format!("{check}: crashed on purpose")), "{}", rule.text);
        assert_eq!(findings.objectives.len(), 6, "every promise is still answered for");
    }
}

#[test]
fn a_crashed_objective_is_inconclusive_and_its_neighbours_are_not() {
    let findings = judged_with_a_crash_in("objective availability");
    for objective in &findings.objectives {
        let expected = if objective.name == "availability" { Verdict::Inconclusive } else { Verdict::Pass };
        assert_eq!(objective.verdict, expected, "{}: {}", objective.name, objective.reason);
    }
}

#[test]
fn what_a_crashed_check_would_have_found_is_not_measured() {
    let findings = judged_with_a_crash_in("ledger");
    let lost = findings.objectives.iter().find(|objective| objective.name == "nothing lost").unwrap();
    assert_eq!((lost.verdict, lost.measured.value), (Verdict::Inconclusive, None));
    let findings = judged_with_a_crash_in("fault eu-dies");
    let recovery = findings.objectives.iter().find(|objective| objective.name == "recovery").unwrap();
    assert_eq!((recovery.verdict, recovery.measured.value), (Verdict::Inconclusive, None));
    assert_eq!(findings.faults.len(), 0);
    let findings = judged_with_a_crash_in("experience");
    let availability = findings.objectives.iter().find(|objective| objective.name == "availability").unwrap();
    assert_eq!((findings.experience.len(), availability.verdict), (0, Verdict::Pass), "counted by itself");
}

/// Of histories that keep everything: what the crashed check would have said is inconclusive, all else passes.
#[test]
fn a_crashed_check_of_histories_leaves_the_other_properties() {
    let kept = stored("histories-kept");
    assert_eq!(judge(&kept).summary.verdict, Verdict::Pass, "the control: nothing crashes");
    let checks: [(&'static str, &[Property]); 11] = [
        ("sessions", &[Property::ReadYourWrites, Property::MonotonicReads]),
        ("updates", &[Property::LostUpdates, Property::MonotonicWrites, Property::WritesFollowReads]),
        ("order", &[Property::MonotonicWrites, Property::WritesFollowReads, Property::ListAnomalies]),
        ("lists", &[Property::Duplicates, Property::ListAnomalies]),
        ("cycles", &[Property::ListAnomalies]),
        ("linearizability", &[Property::Linearizability]),
        ("deletes", &[Property::Resurrected]),
        ("counters", &[Property::Miscounts]),
        ("deliveries", &[Property::MissingDeliveries]),
        ("split writes", &[Property::SplitWrites]),
        ("ids", &[Property::ReusedIds]),
    ];
    for (check, properties) in checks {
        let findings = judge_guarded(&kept, &mut Guard::crashing_on(check));
        assert_eq!(findings.summary.verdict, Verdict::Inconclusive, "{check}");
        for objective in &findings.objectives {
            let is_its_own = properties.iter().any(|property| property.as_str() == objective.name);
            let expected = if is_its_own { Verdict::Inconclusive } else { Verdict::Pass };
            assert_eq!(objective.verdict, expected, "{check} crashed, {}: {}", objective.name, objective.reason);
        }
    }
}
