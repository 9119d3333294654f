#![expect(clippy::unwrap_used, reason = "tests may panic")]
//! Sums, inverses and parts as properties; shapes with known answers as tables.

use super::{Arrival, Draws, Hold, Parts, Schedule, Shape, Users, fleet, journeys_in_session};
use plan::resolved::{Arrivals, ConnectionPolicy, Load, LoadModel, Pacing, Stage};
use proptest::prelude::*;
use std::{collections::BTreeSet, sync::Arc, time::Duration};
use units::{Part, Rate, Seed, Share};

fn rate(value: f64) -> Rate {
    Rate::per_second(value).unwrap()
}

fn seconds(value: f64) -> Duration {
    Duration::from_secs_f64(value)
}

fn constant(value: f64, length: f64) -> Stage {
    Stage::Constant { rate: rate(value), duration: seconds(length) }
}

fn linear(from: f64, to: f64, length: f64) -> Stage {
    Stage::Linear { from: rate(from), to: rate(to), duration: seconds(length) }
}

fn exponential(from: f64, to: f64, length: f64) -> Stage {
    Stage::Exponential { from: rate(from), to: rate(to), duration: seconds(length) }
}

fn stage() -> impl Strategy<Value = Stage> {
    prop_oneof![
        (0.0..500.0, 0.1..20.0).prop_map(|(value, length)| constant(value, length)),
        (0.0..500.0, 0.0..500.0, 0.1..20.0).prop_map(|(from, to, length)| linear(from, to, length)),
        (0.1..500.0, 0.1..500.0, 0.1..20.0).prop_map(|(from, to, length)| exponential(from, to, length)),
    ]
}

fn shape() -> impl Strategy<Value = Shape> {
    prop::collection::vec(stage(), 1..4).prop_map(|stages| Shape::new(&stages))
}

fn texture() -> impl Strategy<Value = Arrivals> {
    prop_oneof![Just(Arrivals::Regular), Just(Arrivals::Poisson)]
}

fn share(percent: u32) -> Share {
    Share::from_parts_per_million(percent * 10_000).unwrap()
}

/// Shape, time in seconds, arrivals due by then.
#[test]
fn cumulative_counts_have_closed_forms() {
    let table: &[(&str, Vec<Stage>, f64, f64)] = &[
        ("a constant rate grows evenly", vec![constant(200.0, 10.0)], 2.5, 500.0),
        ("nothing is due after the end that was not due at it", vec![constant(200.0, 10.0)], 99.0, 2_000.0),
        ("a ramp from nothing has a triangle under it", vec![linear(0.0, 100.0, 10.0)], 10.0, 500.0),
        ("half of its time is a quarter of its area", vec![linear(0.0, 100.0, 10.0)], 5.0, 125.0),
        ("a ramp down is the same from the other side", vec![linear(100.0, 0.0, 10.0)], 5.0, 375.0),
        ("doubling each second from 1 gives (2^3 - 1) / ln 2", vec![exponential(1.0, 8.0, 3.0)], 3.0, 10.098_865),
        ("stages follow each other", vec![constant(10.0, 1.0), linear(10.0, 30.0, 2.0)], 2.0, 10.0 + 15.0),
        ("an exponential with equal ends is constant", vec![exponential(7.0, 7.0, 4.0)], 2.0, 14.0),
    ];
    for (sentence, stages, at, expected) in table {
        let found = Shape::new(stages).cumulative(seconds(*at));
        assert!((found - expected).abs() < 1e-5, "{sentence}: {found} is not {expected}");
    }
}

proptest! {
    /// Who judges a recording counts what is due by the plan's own formula: it must be the one that the generator follows.
    #[test]
    fn as_many_are_due_by_the_plan_as_by_the_shape(stages in prop::collection::vec(stage(), 1..4), at in 0.0..70.0) {
        let by_shape = Shape::new(&stages).cumulative(seconds(at));
        let load = Load { stages, ..any_load() };
        prop_assert!((load.due(seconds(at)) - by_shape).abs() < 1e-6 * by_shape.max(1.0), "{} and {by_shape}", load.due(seconds(at)));
    }
}

fn any_load() -> Load {
    Load {
        model: LoadModel::Open,
        stages: Vec::new(),
        arrivals: Arrivals::Regular,
        pacing: Pacing::Precise,
        connections: ConnectionPolicy { keep_alive: true, users_max: 1 },
        start_within: Duration::ZERO,
        threads: None,
    }
}

/// Shape, arrivals, seconds when that many are due.
#[test]
fn intended_times_invert_the_count() {
    let table: &[(&str, Vec<Stage>, f64, Option<f64>)] = &[
        ("arrival 500 of 200/s is due after 2.5 s", vec![constant(200.0, 10.0)], 500.0, Some(2.5)),
        ("the total itself is never due", vec![constant(200.0, 10.0)], 2_000.0, None),
        ("a ramp's quarter is at half of its time", vec![linear(0.0, 100.0, 10.0)], 125.0, Some(5.0)),
        (
            "a pause moves what comes after it",
            vec![constant(10.0, 1.0), constant(0.0, 5.0), constant(10.0, 1.0)],
            15.0,
            Some(6.5),
        ),
        (
            "what is due at a pause's end is due when load is offered again",
            vec![constant(0.0, 5.0), constant(10.0, 1.0)],
            0.0,
            Some(5.0),
        ),
    ];
    for (sentence, stages, count, expected) in table {
        let found = Shape::new(stages).when(*count).map(|found| found.as_secs_f64());
        let near = match (found, *expected) {
            (Some(found), Some(expected)) => (found - expected).abs() < 1e-6,
            (found, expected) => found == expected,
        };
        assert!(near, "{sentence}: {found:?} is not {expected:?}");
    }
}

#[test]
fn regular_arrivals_of_a_whole_number_of_seconds_are_exactly_the_rate() {
    for (percent, expected) in [(100, 1_800), (45, 810), (30, 540), (25, 450), (1, 18)] {
        for seed in 0..50 {
            let shape = Arc::new(Shape::new(&[constant(300.0, 6.0)]));
            let found = Schedule::new(shape, share(percent), Arrivals::Regular, Seed::new(seed), Part::WHOLE).count();
            assert_eq!(found, expected, "{percent} % of 1,800 with seed {seed}");
        }
    }
}

#[test]
fn poisson_gaps_have_the_mean_and_spread_of_an_exponential() {
    let shape = Arc::new(Shape::new(&[constant(1_000.0, 100.0)]));
    let schedule = Schedule::new(shape, Share::WHOLE, Arrivals::Poisson, Seed::new(7), Part::WHOLE);
    let times: Vec<f64> = schedule.map(|arrival| arrival.intended.as_secs_f64()).collect();
    let gaps: Vec<f64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let mean = gaps.iter().sum::<f64>() / gaps.len() as f64;
    let variance = gaps.iter().map(|gap| (gap - mean).powi(2)).sum::<f64>() / gaps.len() as f64;
    let long = gaps.iter().filter(|gap| **gap > 3.0 * mean).count() as f64 / gaps.len() as f64;
    assert!((times.len() as f64 - 100_000.0).abs() < 5.0 * 100_000_f64.sqrt(), "{} arrivals", times.len());
    assert!((variance.sqrt() / mean - 1.0).abs() < 0.02, "coefficient of variation {}", variance.sqrt() / mean);
    assert!((long - (-3.0_f64).exp()).abs() < 0.003, "{long} of the gaps are longer than three means");
}

/// How far values of 0 to 1 are from uniform ones, most of all at both ends (Anderson and Darling 1952).
fn anderson_darling(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let count = values.len() as f64;
    let pairs = values.iter().zip(values.iter().rev()).enumerate();
    let sum: f64 = pairs.map(|(rank, (low, high))| (2 * rank + 1) as f64 * (low.ln() + (1.0 - high).ln())).sum();
    -count - sum / count
}

/// The gaps between arrivals, each as the chance that one of the shape's Poisson process is shorter.
fn chances(shape: &Arc<Shape>, texture: Arrivals, seed: u64) -> Vec<f64> {
    let schedule = Schedule::new(Arc::clone(shape), share(50), texture, Seed::new(seed), Part::WHOLE);
    let reached: Vec<f64> = schedule.map(|arrival| shape.cumulative(arrival.intended) / 2.0).collect();
    reached.windows(2).map(|pair| -(pair[0] - pair[1]).exp_m1()).collect()
}

#[test]
fn the_gaps_of_a_poisson_process_are_exponential_whatever_the_shape() {
    let up_and_down = [linear(20.0, 180.0, 10.0), exponential(180.0, 20.0, 10.0)];
    for stages in [vec![constant(100.0, 20.0)], up_and_down.to_vec()] {
        let shape = Arc::new(Shape::new(&stages));
        let found: Vec<f64> = (0..400).map(|seed| anderson_darling(chances(&shape, Arrivals::Poisson, seed))).collect();
        // The published limits of a distribution that is wholly known (Stephens 1974), within what chance leaves of 400.
        for (limit, expected, off) in [(2.492, 0.05, 0.033), (3.857, 0.01, 0.015)] {
            let alarms = found.iter().filter(|one| **one > limit).count() as f64 / 400.0;
            assert!((alarms - expected).abs() < off, "{alarms} over {limit}, expected {expected}: {stages:?}");
        }
        let even = anderson_darling(chances(&shape, Arrivals::Regular, 1));
        assert!(even > 100.0, "evenly spaced arrivals have {even}");
    }
}

#[test]
fn the_shape_thins_and_thickens_a_poisson_process() {
    let shape = Arc::new(Shape::new(&[constant(100.0, 100.0), constant(900.0, 100.0)]));
    let schedule = Schedule::new(shape, Share::WHOLE, Arrivals::Poisson, Seed::new(3), Part::WHOLE);
    let early = schedule.filter(|arrival| arrival.intended < seconds(100.0)).count() as f64;
    assert!((early - 10_000.0).abs() < 500.0, "{early} arrivals in the first stage");
}

#[test]
fn another_population_has_other_times() {
    let shape = Arc::new(Shape::new(&[constant(50.0, 4.0)]));
    let times = |seed: Seed| -> Vec<Arrival> {
        Schedule::new(Arc::clone(&shape), Share::WHOLE, Arrivals::Regular, seed, Part::WHOLE).collect()
    };
    let run = Seed::new(1);
    assert_eq!(times(run.derive("europe")), times(run.derive("europe")), "same seed, same arrivals");
    assert_ne!(times(run.derive("europe")), times(run.derive("asia")), "populations don't arrive in step");
}

#[test]
fn sessions_have_the_planned_mean() {
    for mean in [1.0, 1.5, 5.0, 20.0] {
        let count = 40_000;
        let total: u64 = (0..count)
            .map(|number| u64::from(journeys_in_session(mean, &mut Draws::new(Seed::new(9).derive_number(number)))))
            .sum();
        let found = total as f64 / count as f64;
        assert!((found / mean - 1.0).abs() < 0.03, "sessions of {mean} journeys have {found}");
    }
}

#[test]
fn draws_stay_in_their_range_and_reach_its_ends() {
    let mut draws = Draws::new(Seed::new(5));
    let found: BTreeSet<u64> = (0..1_000).map(|_| draws.within(3, 7)).collect();
    assert_eq!(found, (3..=7).collect());
    assert_eq!(draws.within(9, 9), 9, "a range of one number has no choice");
    let _ = draws.within(0, u64::MAX);
    for _ in 0..1_000 {
        let pause = draws.around(seconds(0.1), seconds(0.1));
        assert!(pause <= seconds(0.2), "{pause:?} is more than the mean and its jitter");
    }
    assert_eq!(draws.around(seconds(0.3), Duration::ZERO), seconds(0.3));
}

#[test]
fn closed_users_come_and_go_with_the_shape() {
    let shape = Shape::new(&[linear(0.0, 10.0, 10.0), constant(10.0, 10.0), linear(10.0, 0.0, 10.0)]);
    let users: Vec<_> = Users::new(&shape, &[Share::WHOLE], &Parts::whole(1)).into_iter().collect();
    assert_eq!(users.len(), 10);
    let (from, to) = users[4].spans[0];
    assert!((from.as_secs_f64() - 4.5).abs() < 0.01, "the fifth user comes when 4.5 are due, not after {from:?}");
    assert!((to.as_secs_f64() - 25.5).abs() < 0.01, "and leaves at 25.5 s, not {to:?}");
    assert!(users.iter().all(|user| user.spans.len() == 1));
}

#[test]
fn a_user_can_come_back() {
    let shape = Shape::new(&[constant(2.0, 5.0), constant(1.0, 5.0), constant(2.0, 5.0)]);
    let users: Vec<_> = Users::new(&shape, &[Share::WHOLE], &Parts::whole(1)).into_iter().collect();
    assert_eq!(users[0].spans.len(), 1, "one is there all the time");
    assert_eq!(users[1].spans.len(), 2, "the other leaves and comes back");
}

#[test]
fn a_crowd_does_not_enter_in_one_instant() {
    let shape = Shape::new(&[constant(10_000.0, 60.0)]);
    let users = Users::new(&shape, &[Share::WHOLE], &Parts::whole(1));
    let last = users.into_iter().map(|user| user.spans[0].0).max().unwrap();
    assert!((last.as_secs_f64() - 2.0).abs() < 0.01, "10,000 users take two seconds to enter, not {last:?}");
}

proptest! {
    #[test]
    fn the_inverse_of_the_count_is_the_time(shape in shape(), fraction in 0.0..1.0_f64) {
        prop_assume!(shape.total() > 0.0);
        let count = shape.total() * fraction;
        let at = shape.when(count);
        prop_assume!(at.is_some());
        // A nanosecond of rounding is worth at most peak × 1e-9 arrivals.
        prop_assert!((shape.cumulative(at.unwrap()) - count).abs() < 1e-5, "{} is not {count}", shape.cumulative(at.unwrap()));
    }

    #[test]
    fn counts_never_go_back(shape in shape(), earlier in 0.0..60.0_f64, later in 0.0..60.0_f64) {
        let (earlier, later) = (earlier.min(later), earlier.max(later));
        prop_assert!(shape.cumulative(seconds(earlier)) <= shape.cumulative(seconds(later)) + 1e-9);
    }

    #[test]
    fn due_is_the_number_of_intended_times_so_far(shape in shape(), seed: u64, at in 0.0..60.0_f64) {
        let schedule = Schedule::new(Arc::new(shape), share(37), Arrivals::Regular, Seed::new(seed), Part::WHOLE);
        let counted = schedule.clone().take_while(|arrival| arrival.intended <= seconds(at)).count() as u64;
        prop_assert_eq!(schedule.due(seconds(at)), Some(counted));
    }

    #[test]
    fn parts_add_up_to_the_whole(shape in shape(), texture in texture(), seed: u64, agents in 1..4_u64, threads in 1..6_usize) {
        let shape = Arc::new(shape);
        let times = |part: Part| Schedule::new(Arc::clone(&shape), share(60), texture, Seed::new(seed), part);
        let mut parts: Vec<Arrival> = (0..agents)
            .flat_map(|agent| Part::new(agent, agents).unwrap().split(threads))
            .flat_map(times)
            .collect();
        parts.sort_by_key(|arrival| arrival.number);
        let whole: Vec<Arrival> = times(Part::WHOLE).collect();
        prop_assert_eq!(parts, whole);
    }

    #[test]
    fn arrivals_of_any_fleet_add_up(shape in shape(), texture in texture(), seed: u64, agents in fleet(3), threads in 1..4_usize) {
        let shape = Arc::new(shape);
        let times = |population: usize, part: Part| {
            Schedule::new(Arc::clone(&shape), share(33), texture, Seed::new(seed).derive_number(population as u64), part)
        };
        for population in 0..3 {
            let cut = agents.iter().flat_map(|agent| agent.split(threads)).filter_map(|parts| parts.of(population).cloned());
            let mut parts: Vec<Arrival> = cut.flat_map(|part| times(population, part)).collect();
            parts.sort_by_key(|arrival| arrival.number);
            prop_assert_eq!(parts, times(population, Part::WHOLE).collect::<Vec<_>>());
        }
    }

    #[test]
    fn closed_users_of_any_fleet_add_up(shape in shape(), agents in fleet(3), threads in 1..5_usize) {
        let shares = [share(45), share(30), share(25)];
        let mut parts: Vec<_> = agents
            .iter()
            .flat_map(|agent| agent.split(threads))
            .flat_map(|parts| Users::new(&shape, &shares, &parts))
            .collect();
        parts.sort_by_key(|user| user.number);
        let whole: Vec<_> = Users::new(&shape, &shares, &Parts::whole(shares.len())).into_iter().collect();
        prop_assert_eq!(parts, whole);
    }

    #[test]
    fn the_users_of_a_population_are_cut_evenly(count in 1..400_u32, cut in 1..6_u64) {
        let shape = Shape::new(&[constant(f64::from(count), 1_000.0)]);
        let shares = [share(50), share(50)];
        let here = |index| {
            let parts = Parts::new(vec![Part::new(index, cut), None]);
            Users::new(&shape, &shares, &parts).into_iter().count()
        };
        let counts: Vec<usize> = (0..cut).map(here).collect();
        let (fewest, most) = (counts.iter().min().unwrap(), counts.iter().max().unwrap());
        prop_assert!(most - fewest <= 1, "{counts:?}");
    }

    #[test]
    fn populations_are_within_one_user_of_their_share(count in 1..400_u32, cut in 1..99_u32) {
        let shares = [share(cut), share(100 - cut)];
        let shape = Shape::new(&[constant(f64::from(count), 1_000.0)]);
        let first = Users::new(&shape, &shares, &Parts::whole(shares.len())).into_iter().filter(|user| user.population == 0).count();
        let exact = f64::from(count) * f64::from(cut) / 100.0;
        prop_assert!((first as f64 - exact).abs() <= 1.0, "{first} of {count} at {cut} %");
    }
}

proptest! {
    /// "Generated to `from` by one, from there by others" is the whole: nothing twice, nothing missing, in any cut.
    #[test]
    fn whoever_goes_on_in_the_middle_generates_exactly_the_rest(
        shape in shape(), texture in texture(), percent in 1..=100_u32, seed in any::<u64>(),
        of in 1..5_u64, index in any::<prop::sample::Index>(), others in 1..4_usize, from in 0.0..60.0_f64,
    ) {
        let (shape, from) = (Arc::new(shape), seconds(from));
        let part = Part::new(index.index(of as usize) as u64, of).unwrap();
        let schedule = |part| Schedule::new(Arc::clone(&shape), share(percent), texture, Seed::new(seed), part);
        let whole: Vec<Arrival> = schedule(part.clone()).collect();
        let mut all: Vec<Arrival> = whole.iter().copied().filter(|arrival| arrival.intended < from).collect();
        let rest: Vec<Arrival> = schedule(part.clone()).since(from).collect();
        let mut shared: Vec<Arrival> = part.split(others).flat_map(|part| schedule(part).since(from)).collect();
        shared.sort_by_key(|arrival| arrival.number);
        prop_assert_eq!(&shared, &rest);
        all.extend(rest);
        prop_assert_eq!(all, whole);
    }

    /// The same users are there, from the moment that somebody goes on with them; those who were there then come one after the other.
    #[test]
    fn users_that_somebody_goes_on_with_are_there_as_before(
        stages in prop::collection::vec((0.0..80.0_f64, 0.0..80.0_f64, 0.5..20.0_f64), 1..4), from in 0.0..60.0_f64, at in 0.0..60.0_f64,
    ) {
        let stages: Vec<Stage> = stages.into_iter().map(|(begin, end, length)| linear(begin, end, length)).collect();
        let (shape, from) = (Shape::new(&stages), seconds(from));
        let users = || Users::new(&shape, &[share(60), share(40)], &Parts::whole(2));
        // Eighty users enter within 16 ms.
        let at = seconds(at).max(from + seconds(0.05));
        let there = |users: Users| {
            let there = |spans: &[(Duration, Duration)]| spans.iter().any(|(enters, leaves)| (*enters..*leaves).contains(&at));
            users.into_iter().filter(|user| there(&user.spans)).map(|user| (user.number, user.population)).collect::<Vec<_>>()
        };
        prop_assert_eq!(there(users().since(from)), there(users()));
        for user in users().since(from) {
            prop_assert!(user.spans.iter().all(|(enters, leaves)| *enters >= from && enters < leaves), "{:?}", user);
        }
    }
}

#[test]
fn a_held_load_keeps_its_rate_and_the_plan_goes_on_where_it_stood() {
    let ramp = Shape::new(&[linear(0.0, 100.0, 10.0), constant(100.0, 10.0)]);
    let held = ramp.held(&[Hold { from: seconds(4.0), to: Some(seconds(9.0)) }]);
    let values: Vec<f64> = [2.0, 4.0, 8.9, 9.0, 12.0, 15.0, 19.9].map(|at| held.value(seconds(at))).to_vec();
    for (found, expected) in values.iter().zip([20.0, 40.0, 40.0, 40.0, 70.0, 100.0, 100.0]) {
        assert!((found - expected).abs() < 1e-9, "{values:?}");
    }
    assert_eq!(held.duration(), ramp.duration(), "the end of the load stays where it is");
    assert!((held.total() - (1_500.0 - 500.0 + 200.0)).abs() < 1e-9, "5 s of the constant rate are not reached");
    let open = ramp.held(&[Hold { from: seconds(4.0), to: None }]);
    assert!((open.value(seconds(19.0)) - 40.0).abs() < 1e-9, "a hold without an end lasts as long as the load");
    let beyond = ramp.held(&[Hold { from: seconds(4.0), to: Some(seconds(99.0)) }]);
    assert_eq!(beyond.duration(), ramp.duration());
}

#[test]
fn there_is_nothing_to_hold_once_the_load_changes_no_more() {
    let shape = Shape::new(&[linear(0.0, 100.0, 10.0), constant(100.0, 10.0), constant(100.0, 10.0)]);
    assert!(!shape.is_constant_from(seconds(9.9)) && shape.is_constant_from(seconds(10.0)));
    assert!(!Shape::new(&[constant(1.0, 1.0), constant(2.0, 1.0)]).is_constant_from(seconds(0.5)), "a step is to come");
}

proptest! {
    /// Every part hears of a hold, and of its end, at another moment before it: together they have the held load, and no arrival is
    /// lost or comes twice.
    #[test]
    fn parts_that_hear_of_a_hold_in_time_are_the_held_load(
        shape in shape(), texture in texture(), seed: u64, agents in 1..4_u64, threads in 1..4_usize,
        from in 0.0..30.0_f64, length in 0.0..30.0_f64, heard in 0.0..1.0_f64,
    ) {
        let (shape, to) = (Arc::new(shape), from + length);
        let open = Arc::new(shape.held(&[Hold { from: seconds(from), to: None }]));
        let ended = Arc::new(shape.held(&[Hold { from: seconds(from), to: Some(seconds(to)) }]));
        let times = |shape: &Arc<Shape>, part| Schedule::new(Arc::clone(shape), share(60), texture, Seed::new(seed), part);
        let generated = |(index, part)| {
            let heard = (heard + 0.37 * index as f64).fract();
            let mut schedule = times(&shape, part);
            let mut all: Vec<Arrival> = Vec::new();
            let until = |schedule: &mut Schedule, all: &mut Vec<Arrival>, until: f64| {
                all.extend(std::iter::from_fn(|| schedule.next_if(|arrival| arrival.intended < seconds(until))));
            };
            until(&mut schedule, &mut all, from * heard);
            schedule.follow(Arc::clone(&open));
            until(&mut schedule, &mut all, from + length * heard);
            schedule.follow(Arc::clone(&ended));
            all.extend(schedule);
            all
        };
        let parts = (0..agents).flat_map(|agent| Part::new(agent, agents).unwrap().split(threads));
        let mut parts: Vec<Arrival> = parts.enumerate().flat_map(generated).collect();
        parts.sort_by_key(|arrival| arrival.number);
        prop_assert_eq!(parts, times(&ended, Part::WHOLE).collect::<Vec<_>>());
    }

    #[test]
    fn a_hold_adds_its_own_arrivals_and_takes_away_what_comes_after_the_end(shape in shape(), from in 0.0..1.0_f64, length in 0.0..1.0_f64, at in 0.0..1.0_f64) {
        let end = shape.duration().as_secs_f64();
        let (from, to) = (from * end, from * end + length * (end - from * end));
        let held = shape.held(&[Hold { from: seconds(from), to: Some(seconds(to)) }]);
        let near = |one: f64, other: f64| (one - other).abs() <= 1e-6 * (1.0 + one.abs());
        let rate = held.value(seconds((from + to) / 2.0));
        let at = at * end;
        let counted = held.cumulative(seconds(at));
        let expected = if at <= from {
            shape.cumulative(seconds(at))
        } else if at <= to {
            shape.cumulative(seconds(from)) + rate * (at - from)
        } else {
            shape.cumulative(seconds(at - (to - from))) + rate * (to - from)
        };
        prop_assert!(near(counted, expected), "{} is not {}", counted, expected);
    }
}
