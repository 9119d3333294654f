//! A region that can do one request per millisecond, and gets more: simulated, with time as a value.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

use std::collections::VecDeque;

use proptest::prelude::*;

use super::*;

const DEADLINE: Duration = Duration::from_millis(1000);

fn limits(in_flight_max: usize) -> Limits {
    Limits {
        connections_max: 1,
        in_flight_max,
        write_deadline: DEADLINE,
        read_deadline: DEADLINE,
        health_deadline: DEADLINE,
        drain: DEADLINE,
    }
}

/// What came of the requests of the last second.
#[derive(Debug, Default)]
struct Outcome {
    in_time: usize,
    late: usize,
    refused: usize,
}

/// Twenty seconds in which `per_ms` writes arrive per millisecond and one is done; the server does not know
/// whose time is over.
fn overrun(gate: &mut Gate, per_ms: usize) -> Outcome {
    let mut queue = VecDeque::new();
    let mut outcome = Outcome::default();
    for ms in 0..20_000_u64 {
        let now = Duration::from_millis(ms);
        let counts = ms >= 19_000;
        for _ in 0..per_ms {
            match gate.enter(Class::Write) {
                Ok(()) => queue.push_back(now),
                Err(_) => outcome.refused += usize::from(counts),
            }
        }
        if let Some(began) = queue.pop_front() {
            let took = now - began;
            gate.leave(Class::Write, now, Some(took));
            outcome.in_time += usize::from(counts && took <= DEADLINE);
            outcome.late += usize::from(counts && took > DEADLINE);
        }
    }
    outcome
}

#[test]
fn twice_the_load_is_half_refused_and_the_rest_is_done_in_time() {
    let mut gate = Gate::new(&limits(100_000), &Defects::default());
    let outcome = overrun(&mut gate, 2);
    assert!(outcome.in_time >= 990 && outcome.refused >= 900 && outcome.late == 0, "{outcome:?}");
    assert!(gate.reads.limit.admits(0) && gate.reads.limit.places() == 100_000, "reads have their own limit");
}

#[test]
fn without_it_everybody_waits_and_nobody_is_served_in_time() {
    let defects = Defects::new([Defect::NoLoadShedding]);
    let mut gate = Gate::new(&limits(100_000), &defects);
    let outcome = overrun(&mut gate, 2);
    assert!(outcome.in_time == 0 && outcome.refused == 0 && outcome.late >= 990, "{outcome:?}");
}

#[test]
fn what_a_region_can_do_is_not_refused() {
    let mut gate = Gate::new(&limits(1024), &Defects::default());
    let outcome = overrun(&mut gate, 1);
    assert!(outcome.in_time >= 999 && outcome.refused == 0, "{outcome:?}");
    assert_eq!(gate.writes.limit.places(), 1024);
}

#[test]
fn a_limit_falls_with_a_standing_delay_only_and_comes_back() {
    // (what it is, how long its requests take in turn, whether the limit falls)
    let cases: [(&str, [u64; 4], bool); 4] = [
        ("all are quick", [1, 2, 3, 4], false),
        ("a burst: some are slow", [1, 900, 900, 900], false),
        ("all have to wait", [300, 400, 300, 900], true),
        ("all are rather slow, but not too slow", [150, 160, 180, 190], false),
    ];
    for (case, took, falls) in cases {
        let mut limit = Limit::new(320, DEADLINE);
        let mut now = Duration::ZERO;
        let mut end = |limit: &mut Limit, took: u64| {
            now += Duration::from_millis(50);
            assert!(limit.admits(limit.places() - 1));
            limit.ended(now, Duration::from_millis(took));
        };
        (0..400).for_each(|turn| end(&mut limit, took[turn % 4]));
        assert_eq!(limit.places() < 320, falls, "{case}: {}", limit.places());
        assert!(limit.places() >= 10, "{case}: the floor");
        (0..400).for_each(|_| end(&mut limit, 1));
        assert_eq!(limit.places(), 320, "{case}: back");
    }
}

#[tokio::test(start_paused = true)]
async fn places_are_given_back_however_a_request_ends() {
    let overload = Overload::new(&limits(2), &Defects::default());
    let first = overload.enter(Class::Read).unwrap();
    let second = overload.enter(Class::Write).unwrap();
    assert_eq!(overload.enter(Class::Read).unwrap_err(), Full::All(2));
    assert_eq!(overload.in_flight(), 2);
    first.answered(true);
    drop(second);
    assert_eq!((overload.in_flight(), overload.limit(Class::Read)), (0, 2));
    let open = Overload::new(&limits(1), &Defects::new([Defect::NoLoadShedding]));
    let places: Vec<_> = (0..5).map(|_| open.enter(Class::Read).unwrap()).collect();
    assert_eq!(open.in_flight(), 5, "with the defect nobody is refused");
    drop(places);
}

#[test]
fn reads_and_writes_are_told_apart() {
    for (method, class) in [(Method::GET, "read"), (Method::HEAD, "read"), (Method::PUT, "write")] {
        assert_eq!(Class::of(&method).name(), class, "{method}");
    }
}

proptest! {
    #[test]
    fn a_limit_stays_within_its_bounds(
        ceiling in 1_usize..5000,
        ends in prop::collection::vec((0_u64..500, 0_u64..5000, 0_usize..6000), 0..200),
    ) {
        let mut limit = Limit::new(ceiling, DEADLINE);
        let mut now = Duration::ZERO;
        for (wait, took, in_flight) in ends {
            now += Duration::from_millis(wait);
            limit.admits(in_flight);
            limit.ended(now, Duration::from_millis(took));
            prop_assert!((1..=ceiling).contains(&limit.places()));
        }
    }
}
