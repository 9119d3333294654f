//! When the measurement can't be trusted, and what that spoils.

use crate::story::{AMERICA, EUROPE, Probe, READ, Story, at, plan, share};
use plan::{fault::Proving, resolved::ObjectiveKind};
use record::{Event, EventKind, Outcome};
use std::time::Duration;
use verdict::{
    Findings,
    Verdict::{self, Fail, Inconclusive, Pass},
    findings::Proof,
};

fn verdict_of(findings: &Findings, name: &str) -> Verdict {
    findings.objectives.iter().find(|objective| objective.name == name).unwrap().verdict
}

fn rule<'a>(findings: &'a Findings, name: &str) -> &'a verdict::findings::TrustFinding {
    findings.trust.iter().find(|rule| rule.rule == name).unwrap()
}

/// A run in which every promise is broken.
fn bad() -> Story {
    let mut story = Story::good();
    story.forget(EUROPE);
    story.serve(EUROPE, 0.0, 12.1, Some(0));
    story.fail(EUROPE, 12.1, 22.0, Outcome::Refused);
    story.serve(EUROPE, 22.0, 40.0, Some(1));
    let slow = story.traffic.iter_mut().filter(|stretch| stretch.population == AMERICA && stretch.step == READ);
    slow.for_each(|stretch| stretch.latency_ms = 900);
    story.probes.iter_mut().take(4).for_each(Probe::lose);
    story.without_event(|kind| matches!(kind, EventKind::ServedByStarted { .. }));
    story
}

const PROMISES: [&str; 5] = ["recovery", "failback", "nothing lost", "availability", "fast"];

#[test]
fn without_doubt_every_broken_promise_is_broken() {
    let findings = bad().judged();
    for name in PROMISES {
        assert_eq!(verdict_of(&findings, name), Fail, "{name}");
    }
    assert_eq!(findings.summary.verdict, Fail);
}

#[test]
fn an_effect_that_an_agent_has_not_confirmed_is_not_proven_although_it_was_seen() {
    let mut story = Story::good();
    let text = "eu-dies: its effect is not proven: agent 2 has not confirmed within 3s that its users' paths changed";
    let event = Event::new(at(15.0), EventKind::FaultUnproven("eu-dies".into()), "landfall", text);
    story.events.push(event);
    let findings = story.judged();
    assert!(
        matches!(&findings.faults[0].effect, Proof::NotProven { reason } if reason == text),
        "{:?}",
        findings.faults[0]
    );
    assert_eq!(rule(&findings, "fault-proof").verdict, Inconclusive);
    assert_eq!((verdict_of(&findings, "recovery"), verdict_of(&findings, "nothing lost")), (Inconclusive, Pass));
    assert_eq!(findings.summary.verdict, Inconclusive);
}

#[test]
fn a_proof_that_the_plan_takes_for_granted_is_told_as_that_and_never_as_a_proof() {
    let mut story = Story::good();
    story.plan.faults[0].verify.effect = Proving::Assume;
    let findings = story.judged();
    assert!(matches!(findings.faults[0].effect, Proof::Assumed { .. }), "{:?}", findings.faults[0].effect);
    assert!(findings.faults[0].removal.is_proven());
    let trust = rule(&findings, "fault-proof");
    assert_eq!((trust.verdict, trust.text.as_str()), (Pass, "1 fault without a proof, as the plan accepts"));
    let told = findings.notes.iter().any(|note| note.text.contains("the effect of eu-dies is assumed"));
    assert!(told, "{:#?}", findings.notes);
}

#[test]
fn what_a_doubt_does_to_passes_and_to_fails() {
    type Change = fn(&mut Story);
    // Verdicts of a good and of a bad run, in the order of the promises.
    let cases: [(&str, Change, [Verdict; 5], [Verdict; 5]); 7] = [
        (
            "send-lag",
            |story| story.send_lag = Duration::from_millis(40),
            [Inconclusive, Inconclusive, Pass, Inconclusive, Inconclusive],
            [Inconclusive, Inconclusive, Fail, Inconclusive, Inconclusive],
        ),
        (
            "saturation",
            |story| story.event(20.0, EventKind::GeneratorSaturated(true)),
            [Inconclusive, Inconclusive, Pass, Inconclusive, Inconclusive],
            [Inconclusive, Inconclusive, Fail, Inconclusive, Inconclusive],
        ),
        (
            "unsent",
            |story| story.dropped = 3,
            [Inconclusive, Inconclusive, Pass, Inconclusive, Inconclusive],
            [Fail, Fail, Fail, Fail, Fail],
        ),
        (
            "fault-proof",
            |story| story.without_event(|kind| matches!(kind, EventKind::FaultActive(_))),
            [Inconclusive, Inconclusive, Pass, Pass, Pass],
            [Inconclusive, Inconclusive, Fail, Fail, Fail],
        ),
        (
            "fault-proof",
            |story| story.without_event(|kind| matches!(kind, EventKind::FaultHealed(_))),
            [Pass, Inconclusive, Pass, Pass, Pass],
            [Fail, Inconclusive, Fail, Fail, Fail],
        ),
        (
            "complete",
            |story| story.event(39.0, EventKind::Aborted),
            [Inconclusive; 5],
            [Fail, Fail, Fail, Inconclusive, Inconclusive],
        ),
        ("complete", |story| story.ends = false, [Inconclusive; 5], [Fail, Fail, Fail, Inconclusive, Inconclusive]),
    ];
    for (name, change, good_expected, bad_expected) in cases {
        for (mut story, expected) in [(Story::good(), good_expected), (bad(), bad_expected)] {
            change(&mut story);
            let findings = story.judged();
            assert_eq!(rule(&findings, name).verdict, Inconclusive, "{name}");
            let found = PROMISES.map(|promise| verdict_of(&findings, promise));
            assert_eq!(found, expected, "{name}: {PROMISES:?}");
            assert!(findings.summary.verdict >= Inconclusive);
            let reasons: Vec<_> = findings.summary.reasons.iter().map(|reason| reason.about.as_str()).collect();
            assert!(reasons.contains(&name), "{reasons:?}");
        }
    }
}

#[test]
fn no_sample_of_the_send_lag_is_no_proof_of_punctuality() {
    let mut story = Story::good();
    let mut recording = story.recording();
    recording.entries.retain(|entry| !matches!(entry, record::Entry::Arrivals(_)));
    let findings = verdict::judge(&recording);
    assert_eq!(rule(&findings, "send-lag").verdict, Inconclusive);
    assert_eq!(rule(&findings, "unsent").verdict, Inconclusive);
    story.send_lag = Duration::from_micros(4_990);
    assert_eq!(story.judged().summary.verdict, Pass, "just within the limit");
}

#[test]
fn a_plan_that_promises_nothing_proves_nothing() {
    let mut story = Story::good();
    story.plan.objectives.clear();
    let findings = story.judged();
    assert_eq!(findings.summary.verdict, Inconclusive);
    assert!(findings.summary.sentence.contains("promises nothing"), "{}", findings.summary.sentence);
}

#[test]
fn an_empty_recording_is_judged_without_a_word_too_much() {
    let recording = record::Recording::in_memory(crate::story::manifest(), plan(), Vec::new());
    let findings = verdict::judge(&recording);
    assert_eq!(findings.summary.verdict, Inconclusive);
    assert!(findings.objectives.iter().all(|objective| objective.verdict == Inconclusive));
    assert!(findings.experience.iter().all(|one| one.phases.is_empty()));
}

#[test]
fn a_failure_stays_a_failure_beside_what_cannot_be_told() {
    let mut story = Story::good();
    story.probes.iter_mut().take(1).for_each(Probe::lose);
    story.plan.objectives.iter_mut().find(|objective| objective.name == "availability").unwrap().kind =
        ObjectiveKind::Availability {
            min: share(99.9999),
            population: Some("america".into()),
            class: None,
            step: None,
            phase: None,
        };
    let findings = story.judged();
    assert_eq!(findings.summary.verdict, Fail);
    let order: Vec<_> = findings.objectives.iter().map(|objective| objective.verdict).collect();
    assert_eq!(order, [Fail, Inconclusive, Pass, Pass, Pass, Pass], "the worst first");
}

#[test]
fn a_recording_with_requests_out_of_time_is_doubted() {
    let mut story = Story::good();
    story.traffic.push(crate::story::Stretch { from: 9_000.0, to: 9_000.2, ..story.traffic[0].clone() });
    let findings = story.judged();
    assert_eq!(rule(&findings, "recording").verdict, Inconclusive);
}

#[test]
fn a_saturation_without_an_end_lasts_as_long_as_the_load() {
    let mut story = Story::good();
    story.event(20.0, EventKind::GeneratorSaturated(true));
    story.event(25.0, EventKind::GeneratorSaturated(true));
    let spans = story.judged().generator.saturated;
    let at = crate::story::at;
    assert_eq!(spans.iter().map(|span| (span.from, span.to)).collect::<Vec<_>>(), [(at(20.0), at(40.0))]);
}

/// Holds the load from 5 s to 8 s.
fn hold(story: &mut Story) {
    let held = EventKind::LoadHeld { from: at(5.0), how: "on the page".to_owned() };
    story.events.push(Event::new(at(4.0), held, "landfall", "the load is held"));
    story.events.push(Event::new(at(7.0), EventKind::HoldEnded { from: at(8.0) }, "landfall", "the load goes on"));
}

#[test]
fn nothing_passes_by_a_load_that_was_held_and_what_failed_has_failed() {
    let mut story = Story::good();
    hold(&mut story);
    let findings = story.judged();
    let held = rule(&findings, "held");
    let text = "the load was held from T+5.0 s to T+8.0 s, as was asked on the page: since then it was not the plan's";
    assert_eq!((held.text.as_str(), held.verdict), (text, Inconclusive));
    assert_eq!(findings.summary.verdict, Inconclusive);
    let verdicts = ["recovery", "availability", "nothing lost"].map(|name| verdict_of(&findings, name));
    assert_eq!(verdicts, [Inconclusive, Inconclusive, Pass], "no held load gives a lost write back");

    let mut story = bad();
    hold(&mut story);
    let findings = story.judged();
    assert!(PROMISES.iter().all(|name| verdict_of(&findings, name) == Fail), "{:?}", findings.objectives);
    assert!(
        Story::good().judged().trust.iter().all(|rule| rule.rule != "held"),
        "nothing is said where nobody held it"
    );
}

#[test]
fn a_hold_that_nobody_ended_ends_with_the_load() {
    let mut story = Story::good();
    let held = EventKind::LoadHeld { from: at(30.0), how: "by `landfall hold`".to_owned() };
    story.events.push(Event::new(at(29.0), held, "landfall", "the load is held"));
    let text = rule(&story.judged(), "held").text.clone();
    assert!(text.starts_with("the load was held from T+30.0 s to T+40.0 s, as was asked by `landfall hold`"), "{text}");
}
