//! What lies exactly on an edge: of a window, of a limit, of a part of the run.

use crate::story::{AMERICA, Answer, EU, EUROPE, READ, Story, Stretch, US, at, share};
use plan::{
    fault::Repeat,
    resolved::{Objective, ObjectiveKind},
};
use record::{EventKind, Outcome};
use std::time::Duration;
use verdict::{
    Findings,
    Verdict::{self, Fail, Inconclusive, Pass},
    findings::{Operations, PhaseName, Recovery, RecoveryState},
};

fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// Europe is served from its home until the fault, and then as `tell` says.
fn europe(tell: impl FnOnce(&mut Story)) -> Story {
    let mut story = Story::good();
    story.forget(EUROPE);
    story.serve(EUROPE, 0.0, 12.1, EU);
    tell(&mut story);
    story
}

fn reads(findings: &Findings) -> &Recovery {
    findings.faults[0].recovery.iter().find(|one| one.population == EUROPE && one.class == "read").unwrap()
}

/// What becomes of a promise.
fn promised(story: &Story, kind: ObjectiveKind) -> Verdict {
    let mut story = story.clone();
    story.plan.objectives = vec![Objective { name: "promise".to_owned(), kind }];
    story.judged().objectives[0].verdict
}

#[test]
fn the_last_window_that_fits_decides_and_one_that_does_not_is_cut() {
    // The load ends at 40 s, and a window takes three seconds.
    for (good, state) in [(37.0, RecoveryState::Recovered), (37.1, RecoveryState::Undecided)] {
        let story = europe(|story| {
            story.fail(EUROPE, 12.1, good, Outcome::Refused);
            story.serve(EUROPE, good, 40.0, US);
        });
        assert_eq!(reads(&story.judged()).state, state, "good from {good} s on");
    }
}

#[test]
fn a_lower_bound_breaks_a_promise_only_above_its_limit() {
    // From 12.1 s until the end: 27.9 s at least.
    let story = europe(|story| story.fail(EUROPE, 12.1, 40.0, Outcome::Refused));
    for (max, expected) in [(27_900, Inconclusive), (27_800, Fail)] {
        let kind = ObjectiveKind::RecoveryTime { max: millis(max), class: None, population: None };
        assert_eq!(promised(&story, kind), expected, "{max} ms");
    }
}

#[test]
fn two_seconds_of_silence_are_down_between_failures_and_more_are_not() {
    for (silent, down) in [(2.0, 6_000), (2.1, 4_000)] {
        let again = 14.1 + silent;
        let story = europe(|story| {
            story.fail(EUROPE, 12.1, 14.1, Outcome::Refused);
            story.fail(EUROPE, again, again + 2.0, Outcome::Refused);
            story.serve(EUROPE, again + 2.0, 40.0, US);
        });
        assert_eq!(reads(&story.judged()).down.0, millis(down), "{silent} s of silence");
    }
}

#[test]
fn a_second_that_begins_when_the_fault_is_gone_is_after_it() {
    let requests = |healed: f64| {
        let mut story = Story::good();
        story.without_event(|kind| matches!(kind, EventKind::FaultHealed(_)));
        story.event(healed, EventKind::FaultHealed("eu-dies".into()));
        let findings = story.judged();
        let all = findings.experience.iter().find(|one| one.population == AMERICA && one.operations == Operations::All);
        all.unwrap().phases.iter().find(|phase| phase.phase == PhaseName::Fault).unwrap().requests
    };
    assert_eq!([24.8, 25.0, 25.1].map(requests), [390, 390, 420], "thirteen seconds, thirteen, and fourteen");
}

#[test]
fn a_time_apart_by_exactly_a_window_is_an_outage_of_its_own() {
    for (window, outages) in [(3_000, 2), (3_001, 1)] {
        let mut story = Story::good();
        story.plan.trust.recovered_window = millis(window);
        story.plan.faults[0].repeat = Repeat { times: 2, every: Duration::from_secs(15), rolling: false };
        assert_eq!(story.judged().faults.len(), outages, "3 s between two times, a window of {window} ms");
    }
}

#[test]
fn ten_seconds_of_failures_that_nobody_notices_are_a_missed_detection() {
    for (until, missed) in [(23.0, true), (22.0, false)] {
        let mut story = europe(|story| {
            story.serve(EUROPE, 12.1, 13.0, EU);
            story.fail(EUROPE, 13.0, until, Outcome::Timeout);
            story.serve(EUROPE, until, 40.0, EU);
        });
        story.without_event(|kind| matches!(kind, EventKind::HealthChanged { .. } | EventKind::SteeringChanged { .. }));
        assert_eq!(story.judged().faults[0].detection.missed, Some(missed), "until {until} s");
    }
}

#[test]
fn the_worst_ten_seconds_are_the_first_of_equals_and_may_be_the_last_of_the_run() {
    let worst = |story: &Story, population: usize| {
        let findings = story.judged();
        let found = findings.amplification.iter().find(|one| one.population == population).unwrap();
        (found.worst_span.unwrap().from, found.worst.unwrap())
    };
    // Failed requests have three attempts: those of 12.1 to 16.3 s are all in the ten seconds from 7 to 12 s on.
    let (from, attempts) = worst(&Story::good(), EUROPE);
    assert_eq!(from, at(7.0), "{attempts} attempts for each request");
    let mut late = Story::without_fault();
    late.forget(AMERICA);
    late.serve(AMERICA, 0.0, 39.0, US);
    late.fail(AMERICA, 39.0, 40.0, Outcome::Refused);
    assert_eq!(worst(&late, AMERICA), (at(30.0), 1.2));
}

#[test]
fn of_two_regions_with_as_many_answers_the_first_of_the_plan_is_home() {
    let mut story = Story::without_fault();
    story.forget(EUROPE);
    story.serve(EUROPE, 0.0, 21.0, US);
    story.serve(EUROPE, 21.0, 40.0, EU);
    assert_eq!(story.judged().run.populations[EUROPE].home, Some(0), "19 s each after the warm-up");
}

#[test]
fn exactly_as_much_as_is_allowed_is_allowed() {
    let mut story = Story::good();
    (story.intended, story.dropped) = (|_, _| 50, 1);
    for (limit, expected) in [(2.0, Pass), (1.9999, Inconclusive)] {
        story.plan.trust.unsent_max = share(limit);
        let findings = story.judged();
        let rule = findings.trust.iter().find(|rule| rule.rule == "unsent").unwrap();
        assert_eq!(rule.verdict, expected, "1 of 50 dropped, and {limit} % allowed");
    }
    let mut open = Story::good();
    open.probes[3].answers = vec![Answer::Unknown, Answer::Unknown];
    for (max, expected) in [(1, Pass), (0, Inconclusive)] {
        assert_eq!(promised(&open, ObjectiveKind::LostWrites { max }), expected, "one may be lost, {max} allowed");
    }
}

#[test]
fn as_few_requests_as_a_single_failure_would_break_show_nothing() {
    let mut few = Story::without_fault();
    few.forget(EUROPE);
    // Three requests in a tenth of a second: eighteen.
    few.serve(EUROPE, 20.0, 20.6, EU);
    // One of 18 is 5.5556 %.
    for (percent, expected) in [(94.4444, Pass), (94.4445, Inconclusive)] {
        let population = Some("europe".into());
        let kind =
            ObjectiveKind::Availability { min: share(percent), population, class: None, step: None, phase: None };
        assert_eq!(promised(&few, kind), expected, "{percent} % of 18");
    }
}

#[test]
fn a_second_of_twenty_requests_says_how_often_they_were_tried() {
    let mut story = Story::without_fault();
    for (per_tenth, expected) in [(2, Some(3.0)), (1, None)] {
        story.traffic = vec![Stretch {
            population: EUROPE,
            step: READ,
            from: 20.0,
            to: 21.0,
            per_tenth,
            outcome: Outcome::Ok,
            served_by: EU,
            latency_ms: 40,
            attempts: 3,
        }];
        let found = story.judged().load.attempts_per_request_max;
        assert_eq!(found, expected, "{per_tenth} requests in a tenth of a second");
    }
}
