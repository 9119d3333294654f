//! The return home is scored like the way out.

use crate::story::{EU, EUROPE, Story, US, at};
use plan::resolved::{Objective, ObjectiveKind};
use record::{EventKind, Outcome};
use verdict::{Verdict, findings::Failback};

fn failback(tell: impl FnOnce(&mut Story)) -> Failback {
    let mut story = Story::good();
    story.forget(EUROPE);
    story.serve(EUROPE, 0.0, 12.1, EU);
    story.fail(EUROPE, 12.1, 16.3, Outcome::Timeout);
    story.without_event(|kind| matches!(kind, EventKind::ServedByStarted { .. }));
    tell(&mut story);
    let findings = story.judged();
    assert_eq!(findings.faults[0].failback.len(), 1, "only europe's home was hit");
    findings.faults[0].failback[0].clone()
}

fn seconds(failback: &Failback) -> Option<f64> {
    failback.time.map(|time| (time.as_secs_f64() * 10.0).round() / 10.0)
}

#[test]
fn the_time_runs_from_the_proof_of_the_repair() {
    let back = failback(|story| {
        story.serve(EUROPE, 16.3, 27.0, US);
        story.serve(EUROPE, 27.0, 40.0, EU);
    });
    assert_eq!((seconds(&back), back.first_home, back.failed_back), (Some(2.2), Some(at(27.0)), Some(at(27.0))));
    let early = failback(|story| {
        story.serve(EUROPE, 16.3, 24.4, US);
        story.serve(EUROPE, 24.4, 40.0, EU);
    });
    assert_eq!(seconds(&early), Some(0.0), "home before the proof");
}

#[test]
fn a_gradual_return_ends_when_nearly_all_are_home() {
    let back = failback(|story| {
        story.serve(EUROPE, 16.3, 33.0, US);
        story.serve(EUROPE, 28.0, 40.0, EU);
    });
    assert_eq!((back.first_home, back.failed_back), (Some(at(28.0)), Some(at(33.0))));
}

#[test]
fn a_return_that_goes_back_and_forth_is_none_until_it_stays() {
    let back = failback(|story| {
        story.serve(EUROPE, 16.3, 26.0, US);
        story.serve(EUROPE, 26.0, 28.0, EU);
        story.serve(EUROPE, 28.0, 30.0, US);
        story.serve(EUROPE, 30.0, 40.0, EU);
    });
    assert_eq!((back.first_home, back.failed_back), (Some(at(26.0)), Some(at(30.0))));
}

#[test]
fn a_home_that_answers_few_has_nobody_back() {
    let back = failback(|story| {
        story.serve(EUROPE, 16.3, 27.0, US);
        story.serve(EUROPE, 27.0, 40.0, EU);
        story.fail(EUROPE, 27.0, 40.0, Outcome::ServerError);
    });
    assert_eq!((back.time, back.failed_back), (None, None));
    assert!(back.text.contains("only partly home again"), "{}", back.text);
    assert!(back.failed > 300, "{} failed on the way back", back.failed);
}

#[test]
fn who_never_left_and_never_failed_need_not_return() {
    let mut story = Story::good();
    story.forget(EUROPE);
    story.serve(EUROPE, 0.0, 40.0, EU);
    story.without_event(|kind| matches!(kind, EventKind::ServedByStarted { .. }));
    let back = &story.judged().faults[0].failback[0];
    assert_eq!((back.moved, seconds(back)), (false, Some(0.0)));
}

#[test]
fn who_failed_until_the_end_is_not_home() {
    let back = failback(|story| story.fail(EUROPE, 16.3, 40.0, Outcome::Refused));
    assert_eq!((back.moved, back.time), (false, None));
    assert_eq!(back.at_least.map(|time| time.as_secs_f64()), Some(15.2));
}

#[test]
fn a_fault_between_other_regions_leaves_nothing_to_return_from() {
    let mut story = Story::good();
    story.plan.faults[0].kind = plan::fault::Command {
        region: None,
        hook: plan::resolved::CommandHook {
            inject: vec!["true".to_owned()],
            heal: vec!["true".to_owned()],
            verify_effect: vec!["true".to_owned()],
            verify_removal: vec!["true".to_owned()],
            timeout: std::time::Duration::from_secs(1),
            environment: std::collections::BTreeMap::new(),
        },
    }
    .into();
    let findings = story.judged();
    assert!(findings.faults[0].failback.is_empty());
    let failback = findings.objectives.iter().find(|objective| objective.name == "failback").unwrap();
    assert_eq!(failback.verdict, Verdict::Inconclusive);
}

/// Home at 27 s, where reads take that long until `until`; every stretch has enough samples for a p99.
fn returned(latency_ms: u64, until: f64, samples: u32) -> Failback {
    failback(returning(latency_ms, until, samples))
}

fn returning(latency_ms: u64, until: f64, samples: u32) -> impl FnOnce(&mut Story) {
    move |story| {
        story.serve(EUROPE, 16.3, 27.0, US);
        story.serve(EUROPE, 27.0, until, EU);
        let home = story.traffic.iter_mut().filter(|stretch| stretch.population == EUROPE && stretch.from > 26.9);
        home.for_each(|stretch| stretch.latency_ms = latency_ms);
        story.serve(EUROPE, until, 40.0, EU);
        story.traffic.iter_mut().for_each(|stretch| stretch.per_tenth *= samples);
    }
}

#[test]
fn a_return_is_cold_until_reads_are_as_fast_as_before() {
    let seconds = |back: &Failback| back.cold.map(|cold| cold.as_secs_f64().round());
    let warm = returned(60, 32.0, 2);
    assert_eq!((seconds(&warm), warm.cold_text.as_str()), (Some(0.0), "as fast as before at once"));
    let cold = returned(400, 32.0, 2);
    assert_eq!((seconds(&cold), cold.cold_text.as_str()), (Some(5.0), "then as fast as before"));
    let for_ever = returned(400, 40.0, 2);
    assert_eq!(
        (seconds(&for_ever), for_ever.cold_text.as_str()),
        (None, "still slower than before when the load ended")
    );
    let unknown = returned(400, 32.0, 1);
    assert_eq!(unknown.cold, None);
    assert_eq!(unknown.cold_text, "not measured: the baseline has too few reads for a p99");
}

/// Home at 27 s, where requests fail beside others that succeed until `until`.
fn failing(until: f64) -> impl FnOnce(&mut Story) {
    move |story| {
        returning(60, 32.0, 2)(story);
        story.fail(EUROPE, 27.0, until, Outcome::ServerError);
    }
}

#[test]
fn a_return_is_cold_while_requests_fail() {
    let back = failback(failing(31.0));
    assert_eq!(back.cold.map(|cold| cold.as_secs_f64()), Some(4.0));
    assert_eq!(back.cold_text, "then with as few failures as before");
    let back = failback(failing(40.0));
    // No window of three seconds that begins before 37 s held the success share.
    assert_eq!((back.cold, back.cold_at_least.map(|least| least.as_secs_f64())), (None, Some(10.0)));
    assert_eq!(back.cold_text, "as fast as before, but still failing when the load ended");
}

#[test]
fn the_cold_return_is_promised() {
    use Verdict::{Fail, Inconclusive, Pass};
    type Tell = Box<dyn FnOnce(&mut Story)>;
    let slow = |until: f64, samples: u32| -> Tell { Box::new(returning(400, until, samples)) };
    let never_left: Tell = Box::new(|story| story.serve(EUROPE, 12.1, 40.0, EU));
    let cases = [
        ("5 s ±1 s within 6 s", slow(32.0, 2), 6, Pass),
        ("5 s ±1 s are not surely within 5 s", slow(32.0, 2), 5, Inconclusive),
        ("5 s ±1 s are not surely more than 4 s", slow(32.0, 2), 4, Inconclusive),
        ("5 s ±1 s are more than 3 s", slow(32.0, 2), 3, Fail),
        ("as fast as before at once", Box::new(returning(60, 32.0, 2)), 0, Pass),
        ("failing for 4 s", Box::new(failing(31.0)), 2, Fail),
        ("failing for at least 10 s", Box::new(failing(40.0)), 8, Fail),
        ("failing for at least 10 s may be 12 s", Box::new(failing(40.0)), 12, Inconclusive),
        ("slow for at least 13 s", slow(40.0, 2), 11, Fail),
        ("the baseline can't say what is slow", slow(32.0, 1), 60, Inconclusive),
        ("nobody left home", never_left, 0, Pass),
    ];
    for (case, tell, max, expected) in cases {
        let mut story = Story::good();
        story.forget(EUROPE);
        story.serve(EUROPE, 0.0, 12.1, EU);
        if case != "nobody left home" {
            story.fail(EUROPE, 12.1, 16.3, Outcome::Refused);
        }
        tell(&mut story);
        story.without_event(|kind| matches!(kind, EventKind::ServedByStarted { .. }));
        let kind = ObjectiveKind::ColdReturn { max: std::time::Duration::from_secs(max), population: None };
        story.plan.objectives = vec![Objective { name: "cold".to_owned(), kind }];
        let found = story.judged().objectives.remove(0);
        assert_eq!(found.verdict, expected, "{case}: {} ({})", found.reason, found.measured.text);
    }
    let mut story = Story::without_fault();
    let kind = ObjectiveKind::ColdReturn { max: std::time::Duration::from_secs(9), population: None };
    story.plan.objectives = vec![Objective { name: "cold".to_owned(), kind }];
    assert_eq!(story.judged().objectives[0].verdict, Inconclusive, "without a fault nobody returns");
}
