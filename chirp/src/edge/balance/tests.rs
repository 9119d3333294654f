#![expect(clippy::unwrap_used, reason = "tests may panic")]

use std::time::Duration;

use proptest::prelude::*;

use super::budget::RetryBudget;
use super::load::Recent;
use super::outlier::{Limits, Outlier};
use super::{Balance, NoRegion};
use crate::config::Balancer;
use crate::defects::{Defect, Defects};
use crate::probe::{CheckKind, State};

const S: Duration = Duration::from_secs(1);

fn settings() -> Balancer {
    Balancer {
        check: CheckKind::Deep,
        health_interval: S,
        health_timeout: S,
        health_jitter_percent: 20,
        failures_to_unhealthy: 1,
        successes_to_healthy: 1,
        ejection_failures: 3,
        ejection_min: 2 * S,
        ejection_max: 10 * S,
        ejected_percent_max: 50,
        fail_open: true,
        in_flight_max: 100,
        in_flight_per_region_max: 2,
        idle_per_region_max: 4,
        idle: S,
        deadline: 10 * S,
        attempt_timeout: 2 * S,
        connect_timeout: S,
        attempts_max: 3,
        retry_percent: 10,
        retry_reserve: 5,
    }
}

fn state(letter: char) -> Option<State> {
    match letter {
        '+' => Some(State::Serving),
        '-' => Some(State::Failing),
        'p' => Some(State::Passive),
        'd' => Some(State::Draining),
        '?' => None,
        other => panic!("no state {other}"),
    }
}

/// Regions 1, 0, 2 by nearness, in these states (by index).
fn balance(states: &str, settings: Balancer, defects: &[Defect]) -> Balance {
    let mut balance = Balance::new(settings, vec![1, 0, 2], Defects::new(defects.iter().copied()));
    for (region, letter) in states.chars().enumerate() {
        if let Some(state) = state(letter) {
            balance.found(region, state);
        }
    }
    balance
}

#[test]
fn the_nearest_region_that_can_serve_is_chosen() {
    use NoRegion::{Full, Unusable};
    // (why, states, requests under way by region, tried, fail open, chosen)
    type Case = (&'static str, &'static str, [usize; 3], &'static [usize], bool, Result<usize, NoRegion>);
    let cases: [Case; 17] = [
        ("all serve: the nearest", "+++", [0, 0, 0], &[], true, Ok(1)),
        ("the nearest fails: the next", "+-+", [0, 0, 0], &[], true, Ok(0)),
        ("two fail: the third", "--+", [0, 0, 0], &[], true, Ok(2)),
        ("a draining region gets nothing new", "+d+", [0, 0, 0], &[], true, Ok(0)),
        ("a passive one neither", "pp+", [0, 0, 0], &[], true, Ok(2)),
        ("one that nobody has looked at neither", "+?+", [0, 0, 0], &[], true, Ok(0)),
        ("a full one spills over", "+++", [0, 2, 0], &[], true, Ok(0)),
        ("two full ones, too", "+++", [2, 2, 0], &[], true, Ok(2)),
        ("all full: refused", "+++", [2, 2, 2], &[], true, Err(Full)),
        ("full is not a reason to ask a sick one", "-+-", [0, 2, 0], &[], true, Err(Full)),
        ("a retry goes to another", "+++", [0, 0, 0], &[1], true, Ok(0)),
        ("a retry has no region left", "-+-", [0, 0, 0], &[1], true, Err(Unusable)),
        ("none serves: fail open to the nearest", "---", [0, 0, 0], &[], true, Ok(1)),
        ("none serves: draining after the others", "-d-", [0, 0, 0], &[], true, Ok(0)),
        ("none serves: never a passive one", "ppp", [0, 0, 0], &[], true, Err(Unusable)),
        ("none serves, all others passive", "pdp", [0, 0, 0], &[], true, Ok(1)),
        ("none serves, fail closed", "---", [0, 0, 0], &[], false, Err(Unusable)),
    ];
    for (why, states, in_flight, tried, fail_open, chosen) in cases {
        let mut balance = balance(states, Balancer { fail_open, ..settings() }, &[]);
        for (region, count) in in_flight.into_iter().enumerate() {
            balance.regions[region].in_flight = count;
        }
        assert_eq!(balance.pick(S, tried), chosen, "{why}");
    }
}

#[test]
fn a_place_is_held_from_pick_to_release() {
    let mut balance = balance("+++", settings(), &[]);
    assert_eq!([(); 3].map(|()| balance.pick(S, &[]).unwrap()), [1, 1, 0]);
    balance.release(1);
    assert_eq!(balance.pick(S, &[]), Ok(1));
}

#[test]
fn failures_in_a_row_eject_and_the_ejections_grow() {
    let limits = Limits { failures: 3, min: 2 * S, max: 10 * S };
    // (why, at second, failed, out for seconds)
    let cases = [
        ("one failure", 0, true, None),
        ("two", 0, true, None),
        ("a success resets", 0, false, None),
        ("one", 1, true, None),
        ("two", 1, true, None),
        ("three in a row: out", 1, true, Some(2)),
        ("stragglers change nothing", 2, true, None),
        ("in again: the count is at zero", 3, true, None),
        ("two", 3, true, None),
        ("out for twice as long", 3, true, Some(4)),
        ("one", 7, true, None),
        ("two", 7, true, None),
        ("and twice that", 7, true, Some(8)),
        ("one", 15, true, None),
        ("two", 15, true, None),
        ("at most the limit", 15, true, Some(10)),
        ("one, twenty seconds after it was in again", 45, true, None),
        ("two", 45, true, None),
        ("two of four ejections are forgotten", 45, true, Some(8)),
    ];
    let mut outlier = Outlier::default();
    for (why, second, failed, out) in cases {
        let now = second * S;
        assert_eq!(outlier.record(failed, now, limits, true), out.map(|seconds| seconds * S), "{why}");
        assert_eq!(outlier.is_ejected(now), out.is_some() || why.starts_with("stragglers"), "{why}");
    }
    assert!(!outlier.readmit(52 * S) && outlier.readmit(53 * S) && !outlier.readmit(53 * S), "told once");
}

fn fail(balance: &mut Balance, region: usize, now: Duration) -> Option<Duration> {
    (0..3).fold(None, |ejected, _| ejected.or(balance.record(region, true, now)))
}

#[test]
fn no_more_than_the_share_is_ejected_at_a_time() {
    // (percent of three regions, ejected when all fail)
    for (percent, ejected) in [(0, 0), (10, 1), (50, 1), (67, 2), (100, 3)] {
        let mut balance = balance("+++", Balancer { ejected_percent_max: percent, ..settings() }, &[]);
        let count = (0..3).filter(|region| fail(&mut balance, *region, S).is_some()).count();
        assert_eq!(count, ejected, "{percent} %");
    }
}

#[test]
fn an_ejected_region_is_left_until_its_time_is_over() {
    let mut balance = balance("+++", settings(), &[]);
    assert_eq!(fail(&mut balance, 1, S), Some(2 * S));
    assert_eq!(balance.pick(S, &[]), Ok(0));
    assert_eq!(balance.readmit(2 * S), [] as [usize; 0]);
    assert_eq!(balance.readmit(3 * S), [1]);
    assert_eq!(balance.pick(3 * S, &[]), Ok(1));
}

#[test]
fn the_defect_no_outlier_ejection_keeps_a_failing_region() {
    let mut balance = balance("+++", settings(), &[Defect::NoOutlierEjection]);
    assert_eq!(fail(&mut balance, 1, S), None);
    assert_eq!(balance.pick(S, &[]), Ok(1));
}

#[test]
fn a_partly_unhealthy_region_keeps_the_share_it_can_carry() {
    // (requests, failures, kept of a thousand)
    for (requests, failures, kept) in
        [(10, 10, 1000), (20, 0, 1000), (100, 28, 1000), (100, 50, 700), (100, 90, 140), (100, 100, 0)]
    {
        let mut recent = Recent::default();
        (0..requests).for_each(|number| recent.record(number < failures, S));
        assert_eq!(recent.kept(S), kept, "{failures} of {requests}");
        assert_eq!(recent.kept(11 * S), 1000, "forgotten after ten seconds");
    }
}

#[test]
fn what_a_partly_unhealthy_region_cannot_carry_spills_over() {
    let mut balance = balance("+++", settings(), &[]);
    for number in 0..100 {
        balance.record(1, number % 2 == 0, S);
    }
    let mut picked = [0; 3];
    for _ in 0..1000 {
        let region = balance.pick(S, &[]).unwrap();
        balance.release(region);
        picked[region] += 1;
    }
    assert!((650..750).contains(&picked[1]), "seven in ten stay: {picked:?}");
    assert_eq!(picked[0] + picked[1], 1000, "the rest goes to the next: {picked:?}");
}

#[test]
fn without_a_budget_a_retry_is_always_granted_and_may_hit_the_same_region() {
    let mut balance = balance("-+-", settings(), &[Defect::RetriesWithoutBudget]);
    for _ in 0..1000 {
        assert!(balance.try_retry(S));
    }
    assert_eq!(balance.pick(S, &[1]), Ok(1));
}

/// What happens to a balance, for histories of random ones.
#[derive(Clone, Debug)]
enum Step {
    Wait(u64),
    Find(usize, State),
    Request { failed: bool },
}

fn step() -> impl Strategy<Value = Step> {
    let state = prop_oneof![Just(State::Serving), Just(State::Failing), Just(State::Passive), Just(State::Draining)];
    prop_oneof![
        (0..3000_u64).prop_map(Step::Wait),
        (0..3_usize, state).prop_map(|(region, state)| Step::Find(region, state)),
        any::<bool>().prop_map(|failed| Step::Request { failed }),
        any::<bool>().prop_map(|failed| Step::Request { failed }),
    ]
}

proptest! {
    /// Whenever a retry is granted, those of the last ten seconds are at most the reserve and a tenth of
    /// the requests of the same time.
    #[test]
    fn the_budget_bounds_retries_in_every_window(
        steps in proptest::collection::vec((0..700_u64, any::<bool>()), 1..300),
    ) {
        let mut budget = RetryBudget::new(10, 5);
        let (mut now, mut requests, mut retries) = (Duration::ZERO, Vec::new(), Vec::new());
        for (wait, is_request) in steps {
            now += Duration::from_millis(wait);
            if is_request {
                budget.count_request(now);
                requests.push(now);
                continue;
            }
            if !budget.try_retry(now) {
                continue;
            }
            retries.push(now);
            let since = now.as_secs().saturating_sub(9);
            let recent = |times: &[Duration]| times.iter().filter(|time| time.as_secs() >= since).count();
            prop_assert!(recent(&retries) <= 5 + recent(&requests) / 10);
        }
    }

    /// Whatever happens: no passive region is chosen, no region above its cap, never more ejected than
    /// the share, and a usable region is found if there is one.
    #[test]
    fn the_choice_keeps_its_promises(steps in proptest::collection::vec(step(), 1..200)) {
        let mut balance = balance("+++", settings(), &[]);
        let (mut now, mut states) = (Duration::ZERO, [State::Serving; 3]);
        for step in steps {
            match step {
                Step::Wait(ms) => now += Duration::from_millis(ms),
                Step::Find(region, found) => {
                    balance.found(region, found);
                    states[region] = found;
                }
                Step::Request { failed } => {
                    let usable = balance.any_usable(now);
                    if let Ok(region) = balance.pick(now, &[]) {
                        prop_assert_ne!(states[region], State::Passive);
                        prop_assert!(!usable || states[region] == State::Serving);
                        balance.record(region, failed, now);
                        balance.release(region);
                    } else {
                        prop_assert!(!usable);
                    }
                }
            }
            prop_assert!(balance.look(now).filter(|look| look.ejected).count() <= 1);
            prop_assert!(balance.look(now).all(|look| look.in_flight <= 2));
        }
    }
}
