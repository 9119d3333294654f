#![expect(clippy::unwrap_used, reason = "tests may panic")]

use proptest::prelude::*;

use super::*;

const RULES: BreakerRules = BreakerRules {
    window: Duration::from_secs(10),
    calls_min: 4,
    failure_percent: 50,
    open_min: Duration::from_secs(1),
    open_max: Duration::from_secs(8),
    probe_patience: Duration::from_secs(5),
};

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn breaker(now: Instant) -> Breaker {
    Breaker::new(RULES, 7, now)
}

/// Admits and records each outcome at the same instant; answers how many were admitted.
fn call(breaker: &mut Breaker, outcomes: &[CallOutcome], now: Instant) -> usize {
    let mut admitted = 0;
    for outcome in outcomes {
        if let Some(admission) = breaker.admit(now) {
            admitted += 1;
            breaker.record(admission, *outcome, now);
        }
    }
    admitted
}

use CallOutcome::{Bad, Good};

#[test]
fn it_opens_at_the_share_of_failures_and_not_before() {
    let now = Instant::now();
    // (what is said, outcomes, state after them)
    let cases: [(&str, &[CallOutcome], BreakerState); 6] = [
        ("nothing has happened", &[], BreakerState::Closed),
        ("three failures are too few to say anything", &[Bad, Bad, Bad], BreakerState::Closed),
        ("four failures in a row are enough", &[Bad, Bad, Bad, Bad], BreakerState::Open),
        ("half of four is the share", &[Good, Good, Bad, Bad], BreakerState::Open),
        ("two of five is below it", &[Good, Good, Good, Bad, Bad], BreakerState::Closed),
        ("one good call in between does not save it", &[Bad, Good, Bad, Bad], BreakerState::Open),
    ];
    for (what, outcomes, state) in cases {
        let mut breaker = breaker(now);
        call(&mut breaker, outcomes, now);
        assert_eq!(breaker.state(), state, "{what}");
    }
}

#[test]
fn failures_older_than_the_window_are_forgotten() {
    let now = Instant::now();
    let mut breaker = breaker(now);
    call(&mut breaker, &[Bad, Bad, Bad], now);
    call(&mut breaker, &[Bad], now + ms(11_000));
    assert_eq!(breaker.state(), BreakerState::Closed);
    call(&mut breaker, &[Bad, Bad, Bad], now + ms(12_000));
    assert_eq!(breaker.state(), BreakerState::Open, "four within the window");
}

#[test]
fn an_open_breaker_lets_nothing_through_until_its_wait_is_over_and_then_exactly_one() {
    let now = Instant::now();
    let mut breaker = breaker(now);
    call(&mut breaker, &[Bad; 4], now);
    let until = breaker.opens_to_probe_at().unwrap();
    assert!(until >= now + ms(750) && until <= now + ms(1000), "three quarters to all of the wait");
    assert!(breaker.admit(until - ms(1)).is_none());
    let probe = breaker.admit(until).unwrap();
    assert_eq!(breaker.state(), BreakerState::HalfOpen);
    for later in 0..100 {
        assert!(breaker.admit(until + ms(later)).is_none(), "the probe is under way");
    }
    breaker.record(probe, Good, until + ms(100));
    assert_eq!(breaker.state(), BreakerState::Closed);
    assert_eq!(call(&mut breaker, &[Good; 9], until + ms(100)), 9);
}

#[test]
fn a_failed_probe_opens_it_for_twice_as_long_up_to_the_limit() {
    let mut now = Instant::now();
    let mut breaker = breaker(now);
    call(&mut breaker, &[Bad; 4], now);
    for full in [1000, 2000, 4000, 8000, 8000, 8000] {
        let wait = breaker.opens_to_probe_at().unwrap() - now;
        assert!(wait >= ms(full * 3 / 4) && wait <= ms(full), "{wait:?} of {full} ms");
        now += wait;
        assert_eq!(call(&mut breaker, &[Bad], now), 1);
        assert_eq!(breaker.state(), BreakerState::Open);
    }
}

#[test]
fn a_relapse_soon_after_closing_waits_longer_and_a_quiet_window_makes_it_forget() {
    for (quiet_ms, full_ms) in [(100, 2000), (10_000, 1000)] {
        let now = Instant::now();
        let mut breaker = breaker(now);
        call(&mut breaker, &[Bad; 4], now);
        let closed = breaker.opens_to_probe_at().unwrap();
        call(&mut breaker, &[Good], closed);
        let relapse = closed + ms(quiet_ms);
        call(&mut breaker, &[Bad; 4], relapse);
        let wait = breaker.opens_to_probe_at().unwrap() - relapse;
        assert!(wait > ms(full_ms / 2) && wait <= ms(full_ms), "{quiet_ms} ms quiet: {wait:?}");
    }
}

#[test]
fn results_of_an_earlier_era_count_for_nothing() {
    let now = Instant::now();
    let mut breaker = breaker(now);
    let late: Vec<_> = (0..10).map(|_| breaker.admit(now).unwrap()).collect();
    call(&mut breaker, &[Bad; 4], now);
    let until = breaker.opens_to_probe_at().unwrap();
    breaker.record(late[0], Good, until);
    assert_eq!(breaker.state(), BreakerState::Open, "a late success does not close an open one");
    let probe = breaker.admit(until).unwrap();
    breaker.record(late[1], Good, until);
    assert_eq!(breaker.state(), BreakerState::HalfOpen, "nor is it the probe's");
    breaker.record(late[2], Bad, until);
    assert_eq!(breaker.state(), BreakerState::HalfOpen, "a late failure does not open it again");
    breaker.release(late[3]);
    assert!(breaker.admit(until).is_none(), "nor does giving one up free the probe's place");
    breaker.record(probe, Good, until);
    assert_eq!(breaker.state(), BreakerState::Closed);
    breaker.record(late[4], Bad, until);
    breaker.record(late[5], Bad, until);
    breaker.record(late[6], Bad, until);
    breaker.record(late[7], Bad, until);
    assert_eq!(breaker.state(), BreakerState::Closed);
}

#[test]
fn a_probe_that_was_given_up_or_lost_makes_room_for_the_next() {
    let now = Instant::now();
    let mut breaker = breaker(now);
    call(&mut breaker, &[Bad; 4], now);
    let until = breaker.opens_to_probe_at().unwrap();
    let first = breaker.admit(until).unwrap();
    breaker.release(first);
    let second = breaker.admit(until).unwrap();
    assert!(breaker.admit(until).is_none());
    // The second one is never heard of again.
    let third = breaker.admit(until + RULES.probe_patience).unwrap();
    breaker.record(second, Good, until + RULES.probe_patience);
    assert_eq!(breaker.state(), BreakerState::HalfOpen, "the lost one's result is not the third one's");
    breaker.record(third, Bad, until + RULES.probe_patience);
    assert_eq!(breaker.state(), BreakerState::Open);
}

/// What may happen to a breaker.
#[derive(Clone, Debug)]
enum Step {
    Advance(u64),
    Admit,
    /// The outcome of the call under way with this number, modulo how many there are.
    End(usize, Option<CallOutcome>),
}

fn step() -> impl Strategy<Value = Step> {
    let outcome = prop_oneof![Just(Some(Good)), Just(Some(Bad)), Just(Some(Bad)), Just(None)];
    prop_oneof![
        (0_u64..1500).prop_map(Step::Advance),
        Just(Step::Admit),
        Just(Step::Admit),
        (any::<usize>(), outcome).prop_map(|(which, outcome)| Step::End(which, outcome)),
    ]
}

proptest! {
    /// Whatever the order of calls, results and losses: of the calls that a half-open breaker has let
    /// through never two are under way (but one that it has given up), an open one admits nobody before its wait is over, and no wait is longer
    /// than the limit.
    #[test]
    fn at_most_one_probe_is_under_way(steps in proptest::collection::vec(step(), 1..300)) {
        let mut now = Instant::now();
        let mut breaker = breaker(now);
        // With when a probe was let through; none for the calls of a closed breaker.
        let mut under_way: Vec<(Admission, Option<Instant>)> = Vec::new();
        for step in steps {
            match step {
                Step::Advance(by) => now += ms(by),
                Step::Admit => {
                    let open_until = breaker.opens_to_probe_at();
                    if let Some(admission) = breaker.admit(now) {
                        prop_assert!(open_until.is_none_or(|until| now >= until));
                        let is_probe = breaker.state() == BreakerState::HalfOpen;
                        under_way.push((admission, is_probe.then_some(now)));
                    }
                }
                Step::End(which, outcome) if !under_way.is_empty() => {
                    let (admission, _) = under_way.swap_remove(which % under_way.len());
                    match outcome {
                        Some(outcome) => breaker.record(admission, outcome, now),
                        None => breaker.release(admission),
                    }
                }
                Step::End(..) => {}
            }
            let probes = under_way.iter().filter_map(|(_, probe)| *probe);
            let waited_for = probes.filter(|since| now.duration_since(*since) < RULES.probe_patience);
            prop_assert!(waited_for.count() <= 1);
            if let Some(until) = breaker.opens_to_probe_at() {
                prop_assert!(until <= now + RULES.open_max);
            }
        }
    }

    /// However long a provider was bad: when it is good again, the breaker closes with the first call
    /// after its longest wait.
    #[test]
    fn it_always_comes_back(bad in 4_usize..200) {
        let mut now = Instant::now();
        let mut breaker = breaker(now);
        for _ in 0..bad {
            call(&mut breaker, &[Bad], now);
            now += ms(300);
        }
        now += RULES.open_max;
        prop_assert_eq!(call(&mut breaker, &[Good], now), 1);
        prop_assert_eq!(breaker.state(), BreakerState::Closed);
    }
}
