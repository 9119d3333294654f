//! What a run shows of a load, by runs with known answers.

use crate::world::{Run, checked};
use knee::Seen;
use record::EventKind;

fn seen(change: impl FnOnce(&mut Run)) -> (Seen, String) {
    let mut run = Run::good();
    change(&mut run);
    Seen::of(&run.judged())
}

#[test]
fn a_load_whose_promises_were_kept_held() {
    assert_eq!(seen(|_| {}), (Seen::Held, String::new()));
}

#[test]
fn a_broken_promise_is_told_with_its_numbers() {
    let (seen, why) = seen(|run| run.failed = 2);
    assert_eq!((seen, why.as_str()), (Seen::Broke, "availability: 98 %, limit 99 %"));
}

#[test]
fn a_run_that_its_guard_ended_broke() {
    let (seen, why) = seen(|run| {
        run.failed = 2;
        run.events.push((8, EventKind::StopGuard, "52% of 400 requests failed within 5s, limit 50%"));
        run.events.push((8, EventKind::Aborted, "ended by the stop guard"));
    });
    assert_eq!((seen, why.as_str()), (Seen::Broke, "stop_guard: 52% of 400 requests failed within 5s, limit 50%"));
}

#[test]
fn what_the_generator_did_is_not_the_targets() {
    let (late, why) = seen(|run| run.send_lag_ms = 400);
    assert_eq!(late, Seen::GeneratorLate);
    assert!(why.starts_with("the generator's own send lag: p99 400 ms, limit 10 ms"), "{why}");
    // Failures that a late generator may have caused are no failures of the target.
    let (late, _) = seen(|run| (run.send_lag_ms, run.failed) = (400, 50));
    assert_eq!(late, Seen::GeneratorLate);
    let (saturated, _) = seen(|run| run.events.push((4, EventKind::GeneratorSaturated(true), "a core is busy")));
    assert_eq!(saturated, Seen::GeneratorLate);
    let (unsent, why) = seen(|run| run.unsent = 20);
    assert_eq!(unsent, Seen::GeneratorLate);
    assert!(why.contains("dropped or never sent"), "{why}");
}

#[test]
fn arrivals_without_a_free_user_are_nobodys_limit() {
    let (seen, why) = seen(|run| run.dropped = 20);
    assert_eq!(seen, Seen::CantTell);
    assert!(why.contains("16.7 % of the arrivals were dropped") && why.ends_with("see users_max"), "{why}");
}

#[test]
fn too_few_requests_are_too_little_load() {
    let (seen, why) = seen(|run| run.rate = 5);
    assert_eq!(seen, Seen::TooLittle);
    assert!(why.contains("not enough samples (50 of 299)"), "{why}");
    let (seen, _) = self::seen(|run| {
        run.rate = 20;
        let objective = "objectives: [{response_time: {percentile: 99, max: 1s}}]\n";
        run.plan = checked("load: {rate: 100/s, for: 10s, warm_up: 1s}\n", objective);
    });
    assert_eq!(seen, Seen::TooLittle, "a p99 takes 299 samples");
}

#[test]
fn a_run_that_was_cut_short_tells_nothing() {
    let (seen, _) = seen(|run| run.events.push((5, EventKind::Aborted, "stopped by a signal")));
    assert_eq!(seen, Seen::CantTell);
}
