//! Availability and response times against their promises.

use crate::story::{AMERICA, EUROPE, READ, Story, share};
use plan::resolved::{Objective, ObjectiveKind};
use std::time::Duration;
use verdict::{
    Verdict::{self, Fail, Inconclusive, Pass},
    findings::{ObjectiveFinding, Operations, PhaseName},
};

fn judged(story: &Story, kind: ObjectiveKind) -> ObjectiveFinding {
    let mut story = story.clone();
    story.plan.objectives = vec![Objective { name: "promise".to_owned(), kind }];
    story.judged().objectives.remove(0)
}

fn availability(story: &Story, percent: f64, population: Option<&str>) -> Verdict {
    judged(
        story,
        ObjectiveKind::Availability {
            min: share(percent),
            population: population.map(Into::into),
            class: None,
            step: None,
            phase: None,
        },
    )
    .verdict
}

#[test]
fn the_worst_population_counts() {
    let story = Story::good();
    // 1,014 of 1,140 of europe's requests succeed: 88.947 %.
    let cases = [
        (88.9, None, Pass),
        (88.95, None, Fail),
        (88.95, Some("europe"), Fail),
        (99.9, Some("america"), Pass),
        (99.95, Some("america"), Inconclusive),
        (100.0, Some("america"), Pass),
        (50.0, Some("atlantis"), Inconclusive),
    ];
    for (percent, population, expected) in cases {
        assert_eq!(availability(&story, percent, population), expected, "{percent} % of {population:?}");
    }
}

#[test]
fn exactly_the_limit_holds_it() {
    let mut story = Story::without_fault();
    // Ten seconds of 1,140 requests over 38 s: 12 failures are exactly 1 of 96.
    story.forget(EUROPE);
    story.serve(EUROPE, 0.0, 36.2, Some(0));
    story.fail(EUROPE, 36.2, 40.0, record::Outcome::Wrong);
    // 36.2 − 2 = 34.2 s of 38 s are 90 %.
    assert_eq!(availability(&story, 90.0, Some("europe")), Pass);
    assert_eq!(availability(&story, 90.0001, Some("europe")), Fail);
}

#[test]
fn the_warm_up_is_not_promised() {
    let mut story = Story::without_fault();
    story.forget(AMERICA);
    story.fail(AMERICA, 0.0, 2.0, record::Outcome::Refused);
    story.serve(AMERICA, 2.0, 40.0, Some(1));
    assert_eq!(availability(&story, 99.9, Some("america")), Pass);
    let findings = story.judged();
    assert_eq!(findings.errors.iter().map(|group| group.count).sum::<u64>(), 60, "but it is shown");
    let mut story = Story::without_fault();
    story.forget(AMERICA);
    story.serve(AMERICA, 0.0, 2.0, Some(1));
    story.traffic.iter_mut().filter(|stretch| stretch.to == 2.0).for_each(|stretch| stretch.latency_ms = 5_000);
    story.serve(AMERICA, 2.0, 40.0, Some(1));
    let max = Duration::from_millis(100);
    let (percentile, step, population) = (99.0, None, None);
    let kind = ObjectiveKind::ResponseTime {
        percentile,
        max,
        step,
        population,
        baseline_only: false,
        class: None,
        phase: None,
    };
    assert_eq!(judged(&story, kind).verdict, Pass, "nor is its response time");
}

#[test]
fn dropped_arrivals_are_the_measurements_hole_and_not_the_services_failure() {
    let mut story = Story::without_fault();
    story.dropped = 10;
    let findings = story.judged();
    let whole = findings.experience.iter().find(|one| one.population == AMERICA && one.operations == Operations::All);
    let whole = whole.unwrap().phases.iter().find(|phase| phase.phase == PhaseName::Whole).unwrap();
    assert_eq!(whole.availability, Some(1.0));
    assert_eq!(availability(&story, 99.0, None), Inconclusive);
    assert_eq!((findings.load.dropped, findings.load.unsent_share), (800, Some(1.0 / 3.0)));
}

#[test]
fn a_fast_refusal_is_no_fast_answer() {
    let mut story = Story::good();
    let failing = story.traffic.iter_mut().filter(|stretch| !stretch.outcome.is_ok());
    failing.for_each(|stretch| stretch.latency_ms = 1);
    let response = |percentile| ObjectiveKind::ResponseTime {
        percentile,
        max: Duration::from_millis(30),
        step: None,
        population: Some("europe".into()),
        baseline_only: false,
        class: None,
        phase: None,
    };
    assert_eq!(judged(&story, response(1.0)).verdict, Fail, "the fastest per cent of successes takes 40 ms");
}

#[test]
fn response_times_are_promised_per_step_population_and_phase() {
    let mut story = Story::good();
    let slow = story.traffic.iter_mut().filter(|stretch| stretch.population == AMERICA && stretch.step == READ);
    slow.for_each(|stretch| stretch.latency_ms = 400);
    let cases = [
        (None, None, false, Fail),
        (Some("timeline"), None, false, Fail),
        (Some("post"), None, false, Pass),
        (None, Some("europe"), false, Pass),
        (Some("timeline"), Some("america"), true, Fail),
        (Some("post"), Some("america"), true, Pass),
    ];
    for (step, population, baseline_only, expected) in cases {
        let kind = ObjectiveKind::ResponseTime {
            percentile: 90.0,
            max: Duration::from_millis(200),
            step: step.map(Into::into),
            population: population.map(Into::into),
            baseline_only,
            class: None,
            phase: None,
        };
        let found = judged(&story, kind);
        assert_eq!(found.verdict, expected, "{step:?} of {population:?}, baseline {baseline_only}: {}", found.reason);
    }
}

#[test]
fn the_worst_window_is_found_where_it_was() {
    let findings = Story::good().judged();
    let europe = findings.experience.iter().find(|one| one.population == EUROPE && one.operations == Operations::All);
    let europe = europe.unwrap();
    let second = europe.worst_second.as_ref().unwrap();
    assert_eq!((second.ok, second.requests, second.span.from), (0, 30, crate::story::at(13.0)));
    let ten = europe.worst_ten_seconds.as_ref().unwrap();
    assert_eq!((ten.requests - ten.ok, ten.requests), (126, 300));
    assert_eq!(europe.down.0, Duration::from_millis(4_200));
    let span = europe.affected.unwrap();
    assert_eq!((span.from, span.to), (crate::story::at(12.1), crate::story::at(16.3)));
}
