//! Clocks whose truth is known: whatever the path does, the truth is inside the stated bound, every time.

#![expect(clippy::unwrap_used, reason = "tests may panic")]

use super::*;
use proptest::prelude::*;
use std::cmp::Ordering;
use std::time::Duration;

const MS: i64 = 1_000_000;
const SECOND: i64 = 1_000 * MS;

/// A remote clock: it reads `offset` when the local one reads zero, and then runs at a rate that changes every second.
#[derive(Debug, Clone)]
struct Remote {
    offset: i64,
    /// For each second, in millionths.
    drift_ppm: Vec<i64>,
    /// When it is set, and by how much.
    step: Option<(i64, i64)>,
}

impl Remote {
    fn steady(offset: i64, drift_ppm: i64) -> Self {
        Self { offset, drift_ppm: vec![drift_ppm; 1], step: None }
    }

    /// What it reads when the local clock reads `local`, cut off to the microsecond as messages have it.
    fn reads(&self, local: i64) -> i64 {
        let exact = self.exact(local);
        exact.div_euclid(1000) * 1000
    }

    fn exact(&self, local: i64) -> i64 {
        let mut drift = 0;
        let mut from = 0;
        for second in 0.. {
            let rate = self.drift_ppm[second % self.drift_ppm.len()];
            let to = (from + SECOND).min(local);
            drift += (to - from).max(0) * rate / 1_000_000;
            from = to;
            if from >= local {
                break;
            }
        }
        let step = self.step.filter(|(at, _)| local >= *at).map_or(0, |(_, by)| by);
        local + self.offset + drift + step
    }
}

/// An exchange that begins at `sent` and takes that long each way and in between.
fn exchange(remote: &Remote, sent: i64, there: i64, between: i64, back: i64) -> Sample {
    Sample {
        sent: LocalReading::from_nanos(sent.div_euclid(1000) * 1000),
        remote_received: RemoteReading::from_nanos(remote.reads(sent + there)),
        remote_sent: RemoteReading::from_nanos(remote.reads(sent + there + between)),
        received: LocalReading::from_nanos((sent + there + between + back).div_euclid(1000) * 1000),
    }
}

fn limits(floor_ms: u64) -> ClockLimits {
    ClockLimits { floor: Duration::from_millis(floor_ms), ..ClockLimits::default() }
}

/// One probe: when after the one before, and what it took: there, between, back.
type Probe = (i64, i64, i64, i64);

fn probes() -> impl Strategy<Value = Vec<Probe>> {
    let delay = || prop_oneof![0..MS, 0..50 * MS, 0..2 * SECOND];
    prop::collection::vec((MS..20 * SECOND, delay(), 0..5 * MS, delay()), 1..60)
}

fn remotes() -> impl Strategy<Value = Remote> {
    (-1_000_000 * SECOND..1_000_000 * SECOND, prop::collection::vec(-199_i64..=199, 1..50))
        .prop_map(|(offset, drift_ppm)| Remote { offset, drift_ppm, step: None })
}

/// Feeds all probes over a path whose messages take `floor_ms` and what the probe says; returns when each was over.
fn feed(filter: &mut ClockFilter, remote: &Remote, probes: &[Probe], floor_ms: u64) -> Vec<i64> {
    // As short as a local clock that is slow shows it.
    let floor = floor_ms as i64 * 999_800;
    let mut sent = 0;
    let mut over = Vec::new();
    for (after, there, between, back) in probes {
        sent += after;
        let sample = exchange(remote, sent, floor + there, *between, floor + back);
        assert_eq!(filter.feed(sample), Ok(Heard::Consistent));
        over.push(sent + 2 * floor + there + between + back);
    }
    over
}

proptest! {
    #[test]
    fn the_truth_is_inside_the_bound_every_time(
        remote in remotes(), probes in probes(), floor_ms in 0_u64..80, asked in prop::collection::vec(0..900 * SECOND, 8),
    ) {
        let mut filter = ClockFilter::new(limits(floor_ms));
        let over = feed(&mut filter, &remote, &probes, floor_ms);
        for local in over.into_iter().chain(asked) {
            let truth = remote.exact(local);
            let estimate = filter.estimate(LocalReading::from_nanos(local)).unwrap();
            let error = Duration::from_nanos((truth - local).abs_diff(estimate.offset.as_nanos()));
            prop_assert!(error <= estimate.bound, "off by {error:?}, stated {:?}", estimate.bound);
            let back = filter.to_local(RemoteReading::from_nanos(remote.reads(local))).unwrap();
            prop_assert!(back.may_be(LocalReading::from_nanos(local)), "{back:?} is not {local}");
            let there = filter.to_remote(LocalReading::from_nanos(local)).unwrap();
            prop_assert!(there.may_be(RemoteReading::from_nanos(truth)), "{there:?} is not {truth}");
        }
    }

    #[test]
    fn another_exchange_never_widens_the_bound_and_a_quicker_path_narrows_it(
        remote in remotes(), probes in probes(), asked in 0..600 * SECOND,
    ) {
        let asked = LocalReading::from_nanos(asked);
        let mut bounds = Vec::new();
        let mut filter = ClockFilter::new(ClockLimits { window: Duration::from_secs(1 << 30), ..limits(0) });
        let mut sent = 0;
        for (after, there, between, back) in &probes {
            sent += after;
            filter.feed(exchange(&remote, sent, *there, *between, *back)).unwrap();
            bounds.push(filter.estimate(asked).unwrap().bound);
        }
        prop_assert!(bounds.is_sorted_by(|earlier, later| later <= earlier), "{bounds:?}");
        let quick: Vec<Probe> = probes.iter().map(|&(after, there, between, back)| (after, there / 10, between, back / 10)).collect();
        let mut quicker = ClockFilter::new(limits(0));
        let mut slower = ClockFilter::new(limits(0));
        feed(&mut slower, &remote, &probes[..1], 0);
        feed(&mut quicker, &remote, &quick[..1], 0);
        let bound = |filter: &ClockFilter| filter.estimate(LocalReading::from_nanos(probes[0].0)).unwrap().bound;
        let rounding = Duration::from_micros(3);
        prop_assert!(bound(&quicker) <= bound(&slower) + rounding);
    }

    #[test]
    fn a_claimed_order_is_the_true_order(
        remote in remotes(), probes in probes(), here in 0..60 * SECOND, apart in -SECOND..SECOND,
    ) {
        let mut filter = ClockFilter::new(limits(0));
        feed(&mut filter, &remote, &probes, 0);
        let there = filter.to_local(RemoteReading::from_nanos(remote.reads(here + apart))).unwrap();
        let here = Stamp { at: LocalReading::from_nanos(here), bound: Duration::ZERO };
        match order(here, there) {
            Some(Ordering::Less) => prop_assert!(apart > 0),
            Some(Ordering::Greater) => prop_assert!(apart < 0),
            Some(Ordering::Equal) => prop_assert!(false, "equal is never known"),
            None => {}
        }
    }

    #[test]
    fn a_step_is_noticed_by_the_next_exchange_and_never_converts_what_was_before(
        remote in remotes(), probes in probes(), forward: bool, asked in prop::collection::vec(0..100 * SECOND, 8),
    ) {
        let by = if forward { 5 * SECOND } else { -5 * SECOND };
        let mut filter = ClockFilter::new(limits(0));
        let over = feed(&mut filter, &remote, &probes, 0);
        let last = *over.last().unwrap();
        let at = last + SECOND;
        let remote = Remote { step: Some((at, by)), ..remote };
        let sample = exchange(&remote, at + MS, 10 * MS, MS, 10 * MS);
        let heard = filter.feed(sample).unwrap();
        let Heard::Stepped(step) = heard else { return Err(TestCaseError::fail("the step was not noticed")) };
        prop_assert!(Duration::from_nanos(step.by.as_nanos().abs_diff(by)) <= step.bound, "{step}");
        prop_assert_eq!(filter.steps(), 1);
        for local in asked.into_iter().map(|asked| asked + last - 50 * SECOND).filter(|local| *local >= 0) {
            // Right, or not answered: never wrong.
            if let Ok(stamp) = filter.to_local(RemoteReading::from_nanos(remote.reads(local))) {
                prop_assert!(stamp.may_be(LocalReading::from_nanos(local)), "{stamp:?} is not {local}");
            }
            if let Ok(estimate) = filter.estimate(LocalReading::from_nanos(local)) {
                let error = Duration::from_nanos((remote.exact(local) - local).abs_diff(estimate.offset.as_nanos()));
                prop_assert!(error <= estimate.bound);
            }
        }
        let later = at + 20 * SECOND;
        prop_assert!(filter.to_local(RemoteReading::from_nanos(remote.reads(later))).is_ok(), "soon it is known again");
    }

    #[test]
    fn no_reading_makes_it_panic(readings in prop::collection::vec(any::<(i64, i64, i64, i64)>(), 1..20), at: i64) {
        let mut filter = ClockFilter::new(limits(1));
        for (sent, remote_received, remote_sent, received) in readings {
            let _ = filter.feed(Sample {
                sent: LocalReading::from_nanos(sent),
                remote_received: RemoteReading::from_nanos(remote_received),
                remote_sent: RemoteReading::from_nanos(remote_sent),
                received: LocalReading::from_nanos(received),
            });
            let _ = filter.estimate(LocalReading::from_nanos(at));
            let _ = filter.to_local(RemoteReading::from_nanos(at));
            let _ = filter.to_remote(LocalReading::from_nanos(at));
        }
    }
}

#[test]
fn the_bound_is_half_the_round_trip_less_the_floor() {
    // The table of the literature: us-east-1 to eu-west-1 has a round trip of 69.6 ms; light in fibre needs 26.7 ms one way.
    let cases =
        [("no floor", 0.0, 34.8), ("light in vacuum, 18.2 ms", 18.2, 16.6), ("light in fibre, 26.7 ms", 26.7, 8.1)];
    for (sentence, floor_ms, expected_ms) in cases {
        let floor = Duration::from_secs_f64(floor_ms / 1000.0);
        let mut filter = ClockFilter::new(ClockLimits { floor, ..ClockLimits::default() });
        let one_way = 34_800_000;
        filter.feed(exchange(&Remote::steady(7 * SECOND, 0), SECOND, one_way, 0, one_way)).unwrap();
        let estimate = filter.estimate(LocalReading::from_nanos(SECOND + one_way)).unwrap();
        let bound_ms = estimate.bound.as_secs_f64() * 1000.0;
        assert!((bound_ms - expected_ms).abs() < 0.02, "{sentence}: {bound_ms} ms");
        assert!(
            estimate.offset.as_nanos().abs_diff(7 * SECOND) < 20_000,
            "{sentence}: symmetric, so the middle is right"
        );
    }
}

#[test]
fn an_asymmetric_path_moves_the_middle_but_not_out_of_the_bound() {
    let mut filter = ClockFilter::new(limits(0));
    filter.feed(exchange(&Remote::steady(0, 0), SECOND, 90 * MS, 0, 10 * MS)).unwrap();
    let estimate = filter.estimate(LocalReading::from_nanos(SECOND + 100 * MS)).unwrap();
    assert!(estimate.offset.as_nanos() > 39 * MS, "whoever takes the middle for the truth is wrong by 40 ms");
    assert!(estimate.bound >= Duration::from_millis(50));
}

#[test]
fn what_says_nothing_is_refused_and_changes_nothing() {
    let remote = Remote::steady(3 * SECOND, 0);
    let mut filter = ClockFilter::new(limits(20));
    filter.feed(exchange(&remote, 10 * SECOND, 25 * MS, 0, 25 * MS)).unwrap();
    let before = filter.estimate(LocalReading::from_nanos(11 * SECOND));
    let turned = |sample: Sample| Sample { received: sample.sent, sent: sample.received, ..sample };
    let cases = [
        ("an answer before the question", turned(exchange(&remote, 11 * SECOND, 25 * MS, 0, 25 * MS))),
        ("faster than light", exchange(&remote, 11 * SECOND, 5 * MS, 0, 5 * MS)),
        (
            "a step forward within the exchange",
            exchange(
                &Remote { step: Some((11 * SECOND + 26 * MS, 5 * SECOND)), ..remote.clone() },
                11 * SECOND,
                25 * MS,
                3 * MS,
                25 * MS,
            ),
        ),
        ("overtaken by a later one", exchange(&remote, 9 * SECOND, 25 * MS, 0, 3 * SECOND)),
        ("no clock's", exchange(&Remote::steady(i64::MAX / 2, 0), 11 * SECOND, 25 * MS, 0, 25 * MS)),
    ];
    let expected = ["received", "round trip", "round trip", "began later", "73 years"];
    for ((sentence, sample), expected) in cases.into_iter().zip(expected) {
        let refused = filter.feed(sample).unwrap_err();
        assert!(refused.to_string().contains(expected), "{sentence}: {refused}");
        assert_eq!(filter.estimate(LocalReading::from_nanos(11 * SECOND)), before, "{sentence}");
    }
}

#[test]
fn a_clock_that_goes_back_within_an_exchange_is_forgotten_at_once() {
    let remote = Remote { step: Some((11 * SECOND + 26 * MS, -5 * SECOND)), ..Remote::steady(3 * SECOND, 0) };
    let mut filter = ClockFilter::new(limits(0));
    filter.feed(exchange(&remote, 10 * SECOND, 25 * MS, 0, 25 * MS)).unwrap();
    let refused = filter.feed(exchange(&remote, 11 * SECOND, 25 * MS, 3 * MS, 25 * MS)).unwrap_err();
    assert!(matches!(refused, Refused::RemoteBackwards(_)), "{refused}");
    assert_eq!(filter.estimate(LocalReading::from_nanos(12 * SECOND)), Err(Unknown::NoSample));
    assert_eq!(filter.feed(exchange(&remote, 12 * SECOND, 25 * MS, 0, 25 * MS)), Ok(Heard::Consistent));
    let again = RemoteReading::from_nanos(remote.reads(13 * SECOND));
    assert_eq!(filter.to_local(again), Err(Unknown::BeforeStep), "the clock has shown this reading before");
    assert!(filter.to_local(RemoteReading::from_nanos(remote.reads(18 * SECOND))).is_ok());
}

#[test]
fn a_rate_that_is_no_clocks_is_noticed_as_a_step() {
    let remote = Remote::steady(0, 5_000);
    let mut filter = ClockFilter::new(limits(0));
    for second in 1..60 {
        filter.feed(exchange(&remote, second * SECOND, MS, 0, MS)).unwrap();
    }
    assert!(filter.steps() > 10, "{}", filter.steps());
}

#[test]
fn a_restart_forgets_everything() {
    let mut filter = ClockFilter::new(limits(0));
    assert_eq!(filter.estimate(LocalReading::from_nanos(0)), Err(Unknown::NoSample));
    filter.feed(exchange(&Remote::steady(0, 0), SECOND, MS, 0, MS)).unwrap();
    filter.restart();
    assert_eq!(filter.estimate(LocalReading::from_nanos(0)), Err(Unknown::NoSample));
    let other_boot = exchange(&Remote::steady(-900 * SECOND, 0), SECOND / 2, MS, 0, MS);
    assert_eq!(filter.feed(other_boot), Ok(Heard::Consistent), "another boot's clock is no step");
}

#[test]
fn a_step_says_what_it_was() {
    let remote = Remote { step: Some((20 * SECOND, 5 * SECOND)), ..Remote::steady(0, 0) };
    let mut filter = ClockFilter::new(limits(0));
    filter.feed(exchange(&remote, 10 * SECOND, MS, 0, MS)).unwrap();
    let Ok(Heard::Stepped(step)) = filter.feed(exchange(&remote, 21 * SECOND, MS, 0, MS)) else { panic!("a step") };
    assert_eq!(
        step.to_string(),
        "the remote clock moved by +5.000000 s ± 0.004202 s against this one within 11.0 s: it was set, or runs at a rate \
         that is no clock's"
    );
}
