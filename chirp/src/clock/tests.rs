#![expect(clippy::unwrap_used, reason = "tests may panic")]

use proptest::prelude::*;

use super::*;

const BOUND: Duration = Duration::from_millis(500);

fn clock(region: &str) -> Clock {
    Clock::new(RegionName::parse(region).unwrap(), HybridTime::default(), BOUND)
}

#[test]
fn a_tick_is_the_wall_clock_and_within_a_millisecond_the_counter() {
    let mut clock = clock("eu");
    assert_eq!(clock.tick(1000).to_string(), "1000.0@eu");
    assert_eq!(clock.tick(1000).to_string(), "1000.1@eu");
    assert_eq!(clock.tick(999).to_string(), "1000.2@eu", "a wall clock that steps back is not followed");
    assert_eq!(clock.tick(1001).to_string(), "1001.0@eu");
}

#[test]
fn a_counter_that_overflows_goes_on_in_the_next_millisecond() {
    let last = HybridTime::from_packed((1000 << COUNTER_BITS) | COUNTER_MAX);
    let mut clock = Clock::new(RegionName::parse("eu").unwrap(), last, BOUND);
    assert_eq!(clock.tick(1000).to_string(), "1001.0@eu");
}

#[test]
fn a_remote_stamp_beyond_the_bound_is_reported_and_followed_only_to_the_bound() {
    // (remote ms ahead of our 10000, reported, our wall ms afterwards)
    let cases = [
        (-9000, None, 10_000),
        (0, None, 10_000),
        (500, None, 10_500),
        (501, Some(501), 10_500),
        (3_600_000, Some(3_600_000), 10_500),
    ];
    for (ahead, reported, wall_ms) in cases {
        let mut clock = clock("eu");
        let remote = HybridTime::at_wall_ms(10_000_u64.saturating_add_signed(ahead));
        let observed = clock.observe(10_000, remote);
        assert_eq!(observed, reported.map(Duration::from_millis), "{ahead} ms ahead");
        assert_eq!(clock.tick(10_000).time.wall_ms(), wall_ms, "{ahead} ms ahead");
    }
}

#[test]
fn a_write_that_replaces_a_value_from_the_future_is_above_it_and_the_clock_stays() {
    let mut clock = clock("eu");
    let future: Stamp = "99999999.5@us".parse().unwrap();
    let stamp = clock.tick_above(10_000, Some(&future));
    assert!(stamp > future);
    assert_eq!(stamp.to_string(), "99999999.6@eu");
    assert_eq!(clock.tick(10_001).to_string(), "10001.0@eu");
}

#[test]
fn a_stamp_is_refused_if_it_is_not_one() {
    for text in ["", "1.2", "1@eu", "x.1@eu", "1.1048576@eu", "99999999999999.0@eu", "1.0@", "1.0@E U", "-1.0@eu"] {
        assert!(text.parse::<Stamp>().is_err(), "{text:?}");
    }
}

/// What happens at one of three regions: wall time passes, then it writes, or reads what another wrote.
#[derive(Clone, Debug)]
struct Step {
    region: usize,
    passes_ms: u64,
    hears_of: Option<usize>,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = (0..3_usize, 0..20_u64, proptest::option::of(0..3_usize))
        .prop_map(|(region, passes_ms, hears_of)| Step { region, passes_ms, hears_of });
    proptest::collection::vec(step, 1..200)
}

proptest! {
    /// Clocks that are up to 250 ms wrong: what a region writes after it heard of a write is above that
    /// write, its own writes go up, no two stamps are equal, and no clock runs away from the wall clocks.
    #[test]
    fn causes_are_stamped_before_effects(
        offsets in proptest::array::uniform3(-250_i64..=250),
        steps in steps(),
    ) {
        let mut clocks = [clock("ap"), clock("eu"), clock("us")];
        let mut newest: [Option<Stamp>; 3] = [None, None, None];
        let mut given = std::collections::BTreeSet::new();
        let mut true_ms = 1_763_766_000_000_u64;
        for step in steps {
            true_ms += step.passes_ms;
            let now_ms = true_ms.saturating_add_signed(offsets[step.region]);
            let heard = step.hears_of.and_then(|other| newest[other].clone());
            if let Some(heard) = &heard {
                let ahead = clocks[step.region].observe(now_ms, heard.time);
                prop_assert_eq!(ahead, None, "500 ms hold two clocks that are 250 ms wrong");
            }
            let stamp = clocks[step.region].tick(now_ms);
            if let Some(heard) = heard {
                prop_assert!(stamp > heard, "{} does not follow {}", stamp, heard);
            }
            if let Some(own) = &newest[step.region] {
                prop_assert!(stamp.time > own.time);
            }
            prop_assert!(stamp.time.wall_ms() <= true_ms + 251, "{} ran away from {}", stamp, true_ms);
            prop_assert!(given.insert(stamp.clone()), "{} was given twice", stamp);
            newest[step.region] = Some(stamp);
        }
    }

    /// Whatever wall clocks and remote stamps do, a region's own stamps only go up.
    #[test]
    fn a_clock_never_goes_back(
        events in proptest::collection::vec((0_u64..100_000, proptest::option::of(0_u64..u64::MAX)), 1..100),
    ) {
        let mut clock = clock("eu");
        let mut last = HybridTime::default();
        for (now_ms, remote) in events {
            if let Some(remote) = remote {
                clock.observe(now_ms, HybridTime::from_packed(remote));
            }
            let time = clock.tick(now_ms).time;
            prop_assert!(time > last);
            last = time;
        }
    }

    /// The text of a stamp is the stamp, and stamps sort as (wall, counter, region).
    #[test]
    fn a_stamp_comes_back_from_its_text(packed in proptest::array::uniform2(any::<u64>())) {
        let [first, second] = packed.map(HybridTime::from_packed);
        let stamp = Stamp { time: first, region: RegionName::parse("eu-west-1").unwrap() };
        prop_assert_eq!(&stamp.to_string().parse::<Stamp>().unwrap(), &stamp);
        let parts = |time: HybridTime| (time.wall_ms(), time.counter());
        prop_assert_eq!(first.cmp(&second), parts(first).cmp(&parts(second)));
    }
}
