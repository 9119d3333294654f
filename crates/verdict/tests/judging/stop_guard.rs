//! Runs that their stop guard ended.

use crate::story::{EUROPE, Story, at, share};
use plan::resolved::{ResponseLimit, StopGuard};
use record::{Event, EventKind, Outcome};
use std::time::Duration;
use verdict::{
    Findings,
    Verdict::{Fail, Inconclusive, Pass},
    findings::{EventTag, ObjectiveFinding},
};

const EXCEEDED: &str = "52.4% of 412 requests failed within 10s, limit 50%";

fn guard() -> StopGuard {
    let response_time = Some(ResponseLimit { percentile: 99.0, max: Duration::from_secs(8) });
    StopGuard { failed_max: Some(share(50.0)), response_time, window: Duration::from_secs(10) }
}

/// Europe fails from 20 s on, and the guard ends the run at 30 s.
fn guarded() -> Story {
    let mut story = Story::without_fault();
    story.plan.stop_guard = Some(guard());
    story.forget(EUROPE);
    story.serve(EUROPE, 0.0, 20.0, Some(0));
    story.fail(EUROPE, 20.0, 30.0, Outcome::Refused);
    story.events.push(Event::new(at(30.0), EventKind::StopGuard, "landfall", EXCEEDED));
    story.events.push(Event::new(at(30.0), EventKind::Aborted, "landfall", "ended by the stop guard"));
    story
}

fn of_guard(findings: &Findings) -> Option<&ObjectiveFinding> {
    findings.objectives.iter().find(|objective| objective.kind == "stop-guard")
}

#[test]
fn a_run_that_its_guard_ended_has_failed_and_says_so_first() {
    let findings = guarded().judged();
    let guard = of_guard(&findings).unwrap();
    assert_eq!((guard.verdict, findings.summary.verdict), (Fail, Fail));
    assert_eq!(guard.promise, "within 10 s at most 50 % failed, p99 8 s");
    assert_eq!(guard.reason, format!("exceeded at T+30.0 s: {EXCEEDED}"));
    assert_eq!(findings.objectives[0].kind, "stop-guard");
    assert!(findings.summary.sentence.ends_with(&format!(", but the stop guard ended the run: {EXCEEDED}.")));
    let complete = findings.trust.iter().find(|rule| rule.rule == "complete").unwrap();
    assert_eq!(complete.text, "the run was ended by its stop guard at T+30.0 s");
    assert_eq!(complete.verdict, Inconclusive);
    let line = findings.events.iter().find(|line| line.event == "stop-guard").unwrap();
    assert_eq!((line.tag, line.text.as_str()), (EventTag::Abort, EXCEEDED));
}

#[test]
fn what_a_late_generator_may_have_caused_is_nobodys_failure() {
    let mut story = guarded();
    story.send_lag = Duration::from_millis(400);
    let findings = story.judged();
    let guard = of_guard(&findings).unwrap();
    assert_eq!((guard.verdict, findings.summary.verdict), (Inconclusive, Inconclusive));
    assert!(guard.reason.contains("but this can't be trusted: "), "{}", guard.reason);
}

#[test]
fn a_guard_that_was_not_exceeded_is_no_promise_that_was_kept() {
    let mut story = Story::without_fault();
    story.plan.stop_guard = Some(guard());
    let findings = story.judged();
    assert!(of_guard(&findings).is_none());
    assert_eq!(findings.summary.verdict, Pass);
    story.plan.objectives.clear();
    assert_eq!(story.judged().summary.verdict, Inconclusive);
}
