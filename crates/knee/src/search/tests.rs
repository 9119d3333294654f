#![expect(clippy::unwrap_used, reason = "tests may panic")]

use super::*;
use Seen::{Broke, CantTell, GeneratorLate, Held, TooLittle};
use proptest::prelude::*;

/// Carries a search out; gives every step with what was seen. Panics when it takes more steps than it may.
fn search(range: Range, look: impl FnMut(Ask) -> Seen) -> (Search, Vec<(Ask, Seen)>) {
    search_in(1, range, look)
}

/// The same where a load must hold in several variants.
fn search_in(variants: usize, range: Range, mut look: impl FnMut(Ask) -> Seen) -> (Search, Vec<(Ask, Seen)>) {
    let mut search = Search::new(range, NonZeroUsize::new(variants).unwrap());
    let mut steps = Vec::new();
    while let Some(ask) = search.next() {
        assert!(steps.len() < search.steps_max(), "more than {} steps: {steps:?}", search.steps_max());
        let seen = look(ask);
        search.take(seen);
        steps.push((ask, seen));
    }
    (search, steps)
}

/// The factors that were tried, a repetition with a `'`.
fn told(steps: &[(Ask, Seen)]) -> String {
    let one = |(ask, _): &(Ask, Seen)| format!("{}{}", ask.factor, if ask.repeats { "'" } else { "" });
    steps.iter().map(one).collect::<Vec<_>>().join(" ")
}

fn range() -> Range {
    Range::new(0.25, 16.0, 2.0, 0.1).unwrap()
}

/// The same with the variant: `4b'` is the repetition of four times the load in the second variant.
fn told_in(steps: &[(Ask, Seen)]) -> String {
    let letter = |variant: usize| char::from(b"abcdefgh"[variant]);
    let one =
        |(ask, _): &(Ask, Seen)| format!("{}{}{}", ask.factor, letter(ask.variant), if ask.repeats { "'" } else { "" });
    steps.iter().map(one).collect::<Vec<_>>().join(" ")
}

#[test]
fn a_load_holds_when_it_holds_in_every_variant() {
    // The second variant is the one that binds, and is tried first as soon as that is known.
    let truths = [8.5, 3.3, 5.0];
    let (search, steps) = search_in(3, Range::new(1.0, 16.0, 2.0, 0.25).unwrap(), |ask| {
        if ask.factor <= truths[ask.variant] { Held } else { Broke }
    });
    assert_eq!(told_in(&steps), "1a 1b 1c 2a 2b 2c 4a 4b 4b' 2.83b 2.83a 2.83c 3.36b 3.36b'");
    assert_eq!((search.held(), search.broke(), search.binding()), (Some(2.83), Some(3.36), Some(1)));
    assert!(search.is_found());
}

#[test]
fn a_variant_that_held_the_second_time_is_no_reason_to_leave_the_others_out() {
    let unsteady = |ask: Ask| if ask.variant == 0 && !ask.repeats { Broke } else { Held };
    let (search, steps) = search_in(2, Range::new(1.0, 2.0, 2.0, 1.0).unwrap(), unsteady);
    assert_eq!(told_in(&steps), "1a 1a' 1b 2a 2a' 2b");
    assert_eq!((search.held(), search.broke(), search.unsteady()), (Some(2.0), None, [1.0, 2.0].as_slice()));
}

#[test]
fn the_ramp_finds_what_breaks_and_the_bisection_closes_in() {
    let (search, steps) = search(range(), |ask| if ask.factor <= 3.3 { Held } else { Broke });
    assert_eq!(told(&steps), "0.25 0.5 1 2 4 4' 2.83 3.36 3.36' 3.08");
    assert_eq!((search.held(), search.broke(), search.is_found()), (Some(3.08), Some(3.36), true));
}

#[test]
fn what_held_the_second_time_holds_and_is_unsteady() {
    let breaks = |ask: Ask| if ask.factor > 4.0 || (ask.factor == 2.0 && !ask.repeats) { Broke } else { Held };
    let (search, steps) = search(range(), breaks);
    assert!(told(&steps).starts_with("0.25 0.5 1 2 2' 4 8 8' 5.66"), "{}", told(&steps));
    assert_eq!(search.unsteady(), [2.0]);
    assert!(search.held().unwrap() >= 4.0);
}

#[test]
fn the_generators_edge_is_never_an_end_of_the_interval() {
    let late = |ask: Ask| if ask.factor <= 3.3 { Held } else { GeneratorLate };
    let (late, steps) = search(range(), late);
    assert_eq!(told(&steps), "0.25 0.5 1 2 4 4' 2.83 3.36 3.36' 3.08");
    assert_eq!((late.held(), late.broke(), late.is_found()), (Some(3.08), None, false));
    assert_eq!(late.untold(), Some(Untold { factor: 3.36, by_generator: true }));
}

#[test]
fn the_knee_may_lie_below_the_generators_edge() {
    let (search, _) = search(range(), |ask| match ask.factor {
        factor if factor <= 2.5 => Held,
        factor if factor <= 3.0 => Broke,
        _ => GeneratorLate,
    });
    assert!(search.is_found());
    assert!(search.held().unwrap() <= 2.5 && search.broke().unwrap() > 2.5);
}

#[test]
fn a_failure_that_could_not_be_seen_again_breaks_nothing() {
    let look = |ask: Ask| match (ask.factor <= 2.0, ask.repeats) {
        (true, _) => Held,
        (false, false) => Broke,
        (false, true) => CantTell,
    };
    let (search, _) = search(range(), look);
    assert_eq!((search.broke(), search.is_found()), (None, false));
    assert!(search.untold().is_some_and(|untold| !untold.by_generator));
}

#[test]
fn a_ramp_goes_on_over_too_little_load() {
    let look = |ask: Ask| match ask.factor {
        factor if factor < 1.0 => TooLittle,
        factor if factor < 5.0 => Held,
        _ => Broke,
    };
    let (search, steps) = search(range(), look);
    assert!(told(&steps).starts_with("0.25 0.5 1 2 4 8 8' 5.66"), "{}", told(&steps));
    assert!(search.is_found());
}

#[test]
fn the_ends_of_a_range_are_said() {
    let (all, steps) = search(range(), |_| Held);
    assert_eq!(told(&steps), "0.25 0.5 1 2 4 8 16");
    assert_eq!((all.held(), all.broke()), (Some(16.0), None));
    let (none, steps) = search(range(), |_| Broke);
    assert_eq!(told(&steps), "0.25 0.25'");
    assert_eq!((none.held(), none.broke(), none.is_found()), (None, Some(0.25), false));
    let (nothing, _) = search(range(), |_| TooLittle);
    assert_eq!((nothing.held(), nothing.broke(), nothing.untold()), (None, None, None));
}

#[test]
fn a_range_of_one_load_takes_one_step() {
    let one = Range::new(1.0, 1.0, 2.0, 0.1).unwrap();
    assert_eq!(told(&search(one, |_| Held).1), "1");
    assert_eq!(told(&search(one, |_| Broke).1), "1 1'");
}

#[test]
fn ranges_that_cannot_be_searched_are_refused() {
    for (from, to, ramp, precision) in [
        (2.0, 1.0, 2.0, 0.1),
        (0.0, 1.0, 2.0, 0.1),
        (1.0, f64::NAN, 2.0, 0.1),
        (1.0, 5_000.0, 2.0, 0.1),
        (1.0, 2.0, 1.0, 0.1),
        (1.0, 2.0, f64::INFINITY, 0.1),
        (1.0, 2.0, 2.0, 0.001),
        (1.0, 2.0, 2.0, 2.0),
    ] {
        assert!(Range::new(from, to, ramp, precision).is_err(), "{from} {to} {ramp} {precision}");
    }
}

#[test]
fn steps_have_three_digits() {
    for (exact, text) in
        [(2.828_427, "2.83"), (0.353_553, "0.354"), (11.313_7, "11.3"), (0.001_234_5, "0.00123"), (941.2, "941")]
    {
        assert_eq!(rounded(exact).to_string(), text);
    }
}

prop_compose! {
    fn ranges()(from in 0.01_f64..10.0, times in 1.0_f64..90.0, ramp in 1.1_f64..10.0, precision in 0.01_f64..1.0) -> Range {
        Range::new(from, from * times, ramp, precision).unwrap()
    }
}

proptest! {
    /// Any monotone truth is found, within the bound of steps, and lies in the interval.
    #[test]
    fn the_interval_contains_the_truth(range in ranges(), place in 0.0_f64..1.2) {
        let truth = range.from() * 0.9 * (range.to() / range.from() * 1.2).powf(place);
        let (search, _) = search(range, |ask| if ask.factor <= truth { Held } else { Broke });
        match (search.held(), search.broke()) {
            (Some(held), Some(broke)) => {
                prop_assert!(held <= truth && truth < broke);
                prop_assert!(search.is_found(), "{held} to {broke} is wider than {}", range.precision());
            }
            (Some(held), None) => prop_assert!(held >= range.to() && truth >= range.to()),
            (None, Some(broke)) => prop_assert!(broke <= range.from() && truth < range.from()),
            (None, None) => prop_assert!(false, "nothing was seen"),
        }
    }

    /// The same of the smallest of several truths, and the variant that binds is one in which the load is too much.
    #[test]
    fn the_smallest_of_several_truths_is_found(
        range in ranges(),
        places in prop::collection::vec(0.0_f64..1.2, 1..5),
    ) {
        let at = |place: &f64| range.from() * 0.9 * (range.to() / range.from() * 1.2).powf(*place);
        let truths: Vec<f64> = places.iter().map(at).collect();
        let smallest = truths.iter().copied().fold(f64::INFINITY, f64::min);
        let look = |ask: Ask| if ask.factor <= truths[ask.variant] { Held } else { Broke };
        let (search, _) = search_in(truths.len(), range, look);
        prop_assert!(search.held().is_none_or(|held| held <= smallest));
        prop_assert!(search.broke().is_none_or(|broke| smallest < broke));
        prop_assert!(search.is_found() || smallest < range.from() || range.to() <= smallest);
        if let (Some(broke), Some(binding)) = (search.broke(), search.binding()) {
            prop_assert!(truths[binding] < broke);
        }
    }

    /// A generator that is late somewhere above hides the knee or doesn't, and never becomes it.
    #[test]
    fn a_late_generator_never_becomes_the_knee(range in ranges(), truth in 0.0_f64..1.2, edge in 0.0_f64..1.2) {
        let at = |place: f64| range.from() * 0.9 * (range.to() / range.from() * 1.2).powf(place);
        let (truth, edge) = (at(truth), at(edge));
        let (search, _) = search(range, |ask| match ask.factor {
            factor if factor > edge => GeneratorLate,
            factor if factor > truth => Broke,
            _ => Held,
        });
        prop_assert!(search.held().is_none_or(|held| held <= truth && held <= edge));
        prop_assert!(search.broke().is_none_or(|broke| truth < broke && broke <= edge));
        prop_assert!(search.untold().is_none_or(|untold| untold.factor > edge && untold.by_generator));
    }

    /// Whatever noise is seen: the search ends, and its interval was seen, the lower end to hold and the upper end to break twice.
    #[test]
    fn no_interval_is_claimed_that_was_not_seen(
        range in ranges(),
        noise in prop::collection::vec(prop::sample::select(vec![Held, Broke, GeneratorLate, CantTell, TooLittle]), 400),
    ) {
        let mut noise = noise.into_iter().cycle();
        let (search, steps) = search(range, |_| noise.next().unwrap());
        let seen = |factor: f64, wanted: Seen| steps.iter().filter(|(ask, seen)| ask.factor == factor && *seen == wanted).count();
        if let Some(held) = search.held() {
            prop_assert!(seen(held, Held) >= 1);
            prop_assert!(search.broke().is_none_or(|broke| held < broke));
        }
        prop_assert!(search.broke().is_none_or(|broke| seen(broke, Broke) == 2));
        for factor in search.unsteady() {
            prop_assert_eq!(seen(*factor, Held), 1);
        }
    }
}
