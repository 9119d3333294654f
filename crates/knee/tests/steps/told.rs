//! What a search comes to, in a sentence.

use crate::world::Run;
use knee::{Faults, Knee, Made, Range, Search, Seen, Setting, State, Step};
use plan::resolved::LoadModel;
use verdict::Verdict;

fn setting() -> Setting {
    Setting {
        landfall: "0.1.0".to_owned(),
        started_unix_us: 0,
        plan: "shop".to_owned(),
        plan_sha256: "3f9c".to_owned(),
        seed: "7".to_owned(),
        model: LoadModel::Open,
        peak: 100.0,
        faults: Faults::None,
        objectives: vec!["availability".to_owned()],
    }
}

/// A search in which `look` says what is seen; it stops after so many steps.
fn told(most: usize, look: impl Fn(f64, bool) -> (Seen, &'static str)) -> Knee {
    let mut search = Search::new(Range::new(0.5, 8.0, 2.0, 0.5).unwrap(), Faults::None.variants());
    let mut steps = Vec::new();
    while let Some(ask) = search.next().filter(|_| steps.len() < most) {
        let (seen, why) = look(ask.factor, ask.repeats);
        let findings = Run::good().judged();
        let made =
            Made { number: steps.len() + 1, factor: ask.factor, lost: None, repeats: ask.repeats, load: String::new() };
        let of = Step::of(made, "run".to_owned(), &findings);
        search.take(seen);
        steps.push(Step { seen, why: why.to_owned(), ..of });
    }
    let stopped = (steps.len() == most).then(|| "stopped by a signal".to_owned());
    Knee::new(setting(), &search, steps, stopped)
}

fn breaks_above(limit: f64) -> impl Fn(f64, bool) -> (Seen, &'static str) {
    move |factor, _| if factor <= limit { (Seen::Held, "") } else { (Seen::Broke, "availability: 90 %, limit 99 %") }
}

#[test]
fn a_knee_that_was_found_is_an_interval_with_its_reason() {
    let knee = told(99, breaks_above(3.0));
    assert_eq!((knee.state, knee.verdict), (State::Found, Verdict::Pass));
    assert_eq!(
        knee.sentence,
        "The knee lies between 283/s (×2.83), which held, and 400/s (×4), which broke twice (availability: 90 %, limit 99 %)."
    );
    assert_eq!(knee.steps[0].response_p99, "20 ms");
    assert_eq!((knee.steps[0].requests, knee.steps[0].failed_share), (900, Some(0.0)));
}

#[test]
fn what_is_not_found_is_inconclusive_and_says_why() {
    let late = |factor: f64, _: bool| match factor {
        factor if factor <= 2.0 => (Seen::Held, ""),
        _ => (Seen::GeneratorLate, "the generator's own send lag: p99 41 ms, limit 10 ms"),
    };
    let dropped = |factor: f64, _: bool| match factor {
        factor if factor <= 2.0 => (Seen::Held, ""),
        factor if factor < 3.0 => (Seen::CantTell, "9 % dropped"),
        _ => (Seen::Broke, "slow"),
    };
    for (knee, state, sentence) in [
        (
            told(99, late),
            State::GeneratorsEdge,
            "The knee was not found, but it lies above 200/s (×2), which held: at 283/s (×2.83) it is the generator's edge, not the \
             target's (the generator's own send lag: p99 41 ms, limit 10 ms).",
        ),
        (
            told(99, dropped),
            State::CantTell,
            "The knee lies between 200/s (×2), which held, and 400/s (×4), which broke twice (slow), but no closer: what 283/s (×2.83) \
             does can't be told (9 % dropped).",
        ),
        (
            told(99, breaks_above(99.0)),
            State::Above,
            "Every load up to 800/s (×8) held: the knee lies above it; raise --to.",
        ),
        (
            told(99, breaks_above(0.1)),
            State::Below,
            "Even 50/s (×0.5) broke twice (availability: 90 %, limit 99 %): the knee lies below it; lower --from.",
        ),
        (
            told(99, |_, _| (Seen::TooLittle, "12 of 299")),
            State::TooLittle,
            "No load up to ×8 was enough to be judged (12 of 299).",
        ),
        (
            told(3, breaks_above(99.0)),
            State::Stopped,
            "The knee was not found, but it lies above 200/s (×2), which held: stopped by a signal.",
        ),
        (told(0, breaks_above(99.0)), State::Stopped, "The knee was not found: stopped by a signal."),
    ] {
        assert_eq!((knee.state, knee.verdict, knee.sentence.as_str()), (state, Verdict::Inconclusive, sentence));
    }
}

#[test]
fn a_load_that_held_the_second_time_is_named() {
    let knee = told(99, |factor, repeats| match (factor <= 3.0, factor == 2.0 && !repeats) {
        (true, false) => (Seen::Held, ""),
        _ => (Seen::Broke, "slow"),
    });
    assert_eq!(knee.state, State::Found);
    assert!(knee.notes.contains(&"×2 did not hold the first time and held the second.".to_owned()), "{:?}", knee.notes);
}
