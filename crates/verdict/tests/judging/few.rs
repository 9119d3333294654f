//! Few requests prove nothing: what takes a number of them is not told with fewer.

use crate::story::{EU, EUROPE, READ, Story, Stretch, US, at};
use record::Outcome;
use verdict::findings::{Experience, MarkKind, Operations, RecoveryState};

/// Europe's reads of a tenth of a second each, at these instants.
fn reads(story: &mut Story, instants: &[f64], per_tenth: u32, outcome: Outcome, served_by: Option<usize>) {
    for from in instants {
        let (from, to, attempts) = (*from, from + 0.1, 3);
        let (population, step, latency_ms) = (EUROPE, READ, 40);
        let stretch = Stretch { population, step, from, to, per_tenth, outcome, served_by, latency_ms, attempts };
        story.traffic.push(stretch);
    }
}

/// One instant per second.
fn seconds(from: u32, to: u32) -> Vec<f64> {
    (from..to).map(f64::from).collect()
}

/// Europe is silent.
fn silent(mut story: Story) -> Story {
    story.forget(EUROPE);
    story
}

#[test]
fn ten_seconds_of_attempts_take_twenty_requests() {
    let worst = |per_second: u32| {
        let mut story = silent(Story::without_fault());
        reads(&mut story, &seconds(2, 40), per_second, Outcome::Ok, EU);
        story.judged().amplification[EUROPE].worst
    };
    assert_eq!((worst(1), worst(2)), (None, Some(3.0)), "ten requests, and twenty");
}

#[test]
fn the_worst_second_takes_five_requests() {
    let worst = |until: f64| {
        let mut story = silent(Story::without_fault());
        let tenths = |from: f64, to: f64| -> Vec<f64> {
            let tenths = ((to - from) * 10.0).round() as u32;
            (0..tenths).map(|tenth| from + f64::from(tenth) / 10.0).collect()
        };
        reads(&mut story, &tenths(0.0, 20.0), 1, Outcome::Ok, EU);
        reads(&mut story, &tenths(20.0, until), 1, Outcome::Refused, None);
        reads(&mut story, &tenths(21.0, 40.0), 1, Outcome::Ok, EU);
        let findings = story.judged();
        let is_europe = |one: &&Experience| one.population == EUROPE && one.operations == Operations::All;
        findings.experience.iter().find(is_europe).unwrap().worst_second.as_ref().map(|window| window.share)
    };
    assert_eq!((worst(20.4), worst(20.5)), (Some(1.0), Some(0.0)), "four failed in it, and five");
}

#[test]
fn a_window_of_user_time_takes_five_requests() {
    let lengths = |per_second: u32| -> Vec<u64> {
        let mut story = silent(Story::without_fault());
        reads(&mut story, &seconds(0, 40), per_second, Outcome::Ok, EU);
        let findings = story.judged();
        let europe = findings.uptime.iter().find(|one| one.population == Some(EUROPE)).unwrap();
        europe.worst.iter().map(|window| window.length.0.as_secs()).collect()
    };
    assert_eq!((lengths(4), lengths(5)), (vec![10, 30], vec![1, 10, 30]));
}

#[test]
fn two_answers_show_no_shift() {
    let shifted = |per_second: u32| {
        let mut story = silent(Story::good());
        story.serve(EUROPE, 0.0, 12.1, EU);
        story.fail(EUROPE, 12.1, 16.3, Outcome::Timeout);
        reads(&mut story, &seconds(17, 24), per_second, Outcome::Ok, US);
        let findings = story.judged();
        findings.faults[0].marks.iter().find(|mark| mark.kind == MarkKind::Shifted).unwrap().at
    };
    assert_eq!((shifted(1), shifted(2)), (None, Some(at(17.0))), "two in two seconds, and four");
}

#[test]
fn who_never_moved_takes_five_requests() {
    let never = |instants: &[f64]| {
        let mut story = silent(Story::good());
        story.serve(EUROPE, 0.0, 12.1, EU);
        reads(&mut story, instants, 1, Outcome::Ok, US);
        story.judged().faults[0].steering[0].clone()
    };
    // From 16.1 s on everybody could have moved, and at 24 s the fault is mended.
    let four = never(&[15.0, 17.0, 19.0, 21.0, 23.0]);
    assert_eq!(four.never_moved, None);
    assert!(four.text.ends_with("never moved: too few requests to tell"), "{}", four.text);
    assert_eq!(never(&[17.0, 18.5, 20.0, 21.5, 23.0]).never_moved, Some(0.0));
}

#[test]
fn a_few_successes_before_silence_are_no_recovery() {
    let mut story = silent(Story::good());
    story.serve(EUROPE, 0.0, 12.1, EU);
    story.fail(EUROPE, 12.1, 21.0, Outcome::Timeout);
    reads(&mut story, &[21.0], 2, Outcome::Ok, US);
    // Once its mending has begun, at 24 s, they come back, and fail first.
    story.fail(EUROPE, 24.5, 26.0, Outcome::Timeout);
    story.serve(EUROPE, 26.0, 40.0, EU);
    let findings = story.judged();
    let europe =
        findings.faults[0].recovery.iter().find(|one| one.population == EUROPE && one.class == "read").unwrap();
    assert_eq!(europe.state, RecoveryState::Recovered, "{}", europe.text);
    assert_eq!(europe.recovered, Some(at(26.0)), "two successes in three seconds, where the baseline had sixty");
}
