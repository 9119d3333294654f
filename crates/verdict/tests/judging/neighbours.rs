//! Did a fault reach those whose home it was not aimed at? Different, same enough, or not enough data.

use crate::story::{AMERICA, READ, Story, Stretch, US};
use record::Outcome;
use std::time::Duration;
use verdict::{
    Findings,
    findings::{Answer, Conclusion, Measure, Neighbour},
};

/// A run of 40 s of baseline and 58 s of fault and after; in the fault `failing` of a hundred tenths fail for america.
fn america(failing: f64, per_tenth: u32) -> Neighbour {
    america_told(failing, per_tenth, |_| {})
}

/// The same, with more to tell.
fn america_told(failing: f64, per_tenth: u32, tell: impl FnOnce(&mut Story)) -> Neighbour {
    let findings = judged(failing, per_tenth, tell);
    assert_eq!(findings.neighbours.len(), 1, "europe's home was the target");
    findings.neighbours[0].clone()
}

fn judged(failing: f64, per_tenth: u32, tell: impl FnOnce(&mut Story)) -> Findings {
    let mut story = long(failing, per_tenth);
    tell(&mut story);
    story.judged()
}

/// 40 s of baseline and 58 s of fault and after, of america alone.
pub(crate) fn long(failing: f64, per_tenth: u32) -> Story {
    let mut story = Story::good();
    let stage = &mut story.plan.load.stages[0];
    if let plan::resolved::Stage::Constant { duration, .. } = stage {
        *duration = Duration::from_secs(100);
    }
    for event in &mut story.events {
        let shift = if event.at > crate::story::at(20.0) { 60 } else { 30 };
        if event.at > crate::story::at(3.0) {
            event.at = event.at + Duration::from_secs(shift);
        }
    }
    story.traffic.clear();
    story.serve(AMERICA, 0.0, 42.0, US);
    let mut credit = 0.0;
    for tenth in 420..1_000 {
        let (from, to) = (f64::from(tenth) / 10.0, f64::from(tenth + 1) / 10.0);
        credit += failing;
        if credit >= 1.0 {
            credit -= 1.0;
            story.fail(AMERICA, from, to, Outcome::Timeout);
        } else {
            story.serve(AMERICA, from, to, US);
        }
    }
    story.traffic.iter_mut().for_each(|stretch| stretch.per_tenth *= per_tenth);
    story.probes.clear();
    story.ends = false;
    story
}

/// Latencies between two times grow by so much.
pub(crate) fn slow(story: &mut Story, from: f64, to: f64, millis: u64) {
    let mut apart = Vec::new();
    for stretch in &mut story.traffic {
        if stretch.from < to && to < stretch.to {
            apart.push(Stretch { from: to, ..stretch.clone() });
            stretch.to = to;
        }
        if stretch.from < from && from < stretch.to {
            apart.push(Stretch { from, latency_ms: stretch.latency_ms + millis, ..stretch.clone() });
            stretch.to = from;
        } else if from <= stretch.from && stretch.to <= to {
            stretch.latency_ms += millis;
        }
    }
    story.traffic.extend(apart);
}

fn answer(found: &Neighbour, measure: Measure) -> (Answer, Option<Answer>) {
    let one = found.comparisons.iter().find(|one| one.measure == measure).unwrap();
    (one.answer, one.control)
}

#[test]
fn response_times_are_compared_like_failures() {
    let slower = america_told(0.0, 4, |story| slow(story, 42.0, 100.0, 60));
    assert_eq!(slower.conclusion, Conclusion::Affected, "{}", slower.text);
    assert_eq!(answer(&slower, Measure::Failing), (Answer::Same, Some(Answer::Same)));
    for measure in [Measure::ResponseP50, Measure::ResponseP95, Measure::ResponseP99] {
        assert_eq!(answer(&slower, measure), (Answer::Worse, Some(Answer::Same)), "{measure:?}");
    }
    assert!(slower.text.contains("median rose from 43"), "{}", slower.text);
    let faster = america_told(0.0, 4, |story| slow(story, 0.0, 42.0, 60));
    assert_eq!(faster.conclusion, Conclusion::Unaffected, "who got faster isn't harmed: {}", faster.text);
    let within = america_told(0.0, 4, |story| slow(story, 42.0, 100.0, 10));
    assert_eq!(within.conclusion, Conclusion::Unaffected, "10 ms are within 20 ms: {}", within.text);
}

#[test]
fn what_differs_from_itself_proves_nothing() {
    // Half of the requests fail in the fault, but the second half of the baseline had begun to fail already.
    let found = america_told(0.5, 4, |story| {
        for second in 22..42 {
            let from = f64::from(second);
            story.fail(AMERICA, from, from + 0.1, Outcome::Timeout);
            story.traffic.iter_mut().rev().take(2).for_each(|stretch| stretch.per_tenth *= 4);
        }
    });
    let control = answer(&found, Measure::Failing);
    assert_eq!(control, (Answer::NotEnoughData, Some(Answer::Worse)), "{}", found.text);
    assert!(found.text.contains("the baseline differs from itself"), "{}", found.text);
    assert_eq!(found.conclusion, Conclusion::NotEnoughData);
}

#[test]
fn a_baseline_that_never_became_steady_is_none() {
    let found = america_told(0.0, 4, |story| {
        // It warms up for 34 of its 40 seconds.
        for second in 0..34 {
            let from = 2.0 + f64::from(second);
            slow(story, from, from + 1.0, 400 - 10 * second as u64);
        }
    });
    assert_eq!(found.conclusion, Conclusion::NotEnoughData);
    assert!(found.text.contains("never became steady"), "{}", found.text);
    assert!(found.comparisons.is_empty(), "nothing is compared with it: {:?}", found.comparisons);
}

#[test]
fn failures_in_the_fault_are_no_change_from_a_baseline_that_was_none() {
    let warming = |warms_up: bool| {
        let tell = |story: &mut Story| {
            for second in 0..if warms_up { 34 } else { 0 } {
                let from = 2.0 + f64::from(second);
                slow(story, from, from + 1.0, 400 - 10 * second as u64);
            }
        };
        let findings = judged(0.5, 4, tell);
        let radius = findings.blast_radius.unwrap();
        (findings.neighbours[0].conclusion, radius.affected_users, radius.undecided_users, radius.family)
    };
    assert_eq!(warming(false), (Conclusion::Affected, 1.0, 0.0, 4), "the control: half of the requests fail");
    assert_eq!(warming(true), (Conclusion::NotEnoughData, 0.0, 1.0, 0), "of 34 s of warming up nothing can be said");
}

/// Each second the same few requests at once: a block of seconds is like any other, and the blocks show no error at all.
fn even(per_second: u32) -> impl FnOnce(&mut Story) {
    move |story| {
        let told =
            story.traffic.iter().find(|stretch| stretch.step == READ && stretch.outcome.is_ok()).unwrap().clone();
        story.forget(AMERICA);
        for second in 0..100 {
            let from = f64::from(second);
            story.traffic.push(Stretch {
                from,
                to: from + 0.1,
                per_tenth: per_second,
                population: AMERICA,
                ..told.clone()
            });
        }
    }
}

#[test]
fn requests_that_all_succeed_are_not_the_same_share_when_they_are_few() {
    // No failure in 120 and 116 requests: the true shares may be 1 % and more. No failure in 4,000 and more: they are not.
    for (per_second, expected) in [(3, Answer::NotEnoughData), (100, Answer::Same)] {
        let found = america_told(0.0, 1, even(per_second));
        assert_eq!(answer(&found, Measure::Failing).0, expected, "{per_second}/s: {}", found.text);
    }
}

#[test]
fn the_blast_radius_is_a_share_of_the_users_who_were_not_aimed_at() {
    let radius = |failing| judged(failing, 4, |_| {}).blast_radius.unwrap();
    let struck = radius(0.1);
    assert_eq!((struck.populations, struck.affected_populations, struck.affected_users), (1, 1, 1.0));
    assert_eq!((struck.regions, struck.affected_regions.as_slice()), (1, &[1][..]));
    let spared = radius(0.0);
    assert_eq!((spared.affected_users, spared.undecided_users, spared.family), (0.0, 0.0, 4));
    assert!(spared.affected_users.is_sign_positive(), "an empty sum is -0, and JSON would say so");
    assert_eq!((spared.control.compared, spared.control.different), (4, 0), "{}", spared.control.text);
}

#[test]
fn two_answers_and_a_third_for_want_of_data() {
    let cases = [
        ("no change in many requests", 0.0, 4, Conclusion::Unaffected),
        ("no change in few requests", 0.0, 1, Conclusion::Unaffected),
        ("a tenth of the requests fail", 0.1, 1, Conclusion::Affected),
        ("three in a thousand fail", 0.003, 1, Conclusion::NotEnoughData),
    ];
    for (case, failing, per_tenth, expected) in cases {
        let found = america(failing, per_tenth);
        assert_eq!(found.conclusion, expected, "{case}: {:?} to {:?}", found.change_low, found.change_high);
    }
}

#[test]
fn a_short_baseline_says_nothing() {
    let findings = Story::good().judged();
    assert_eq!(findings.neighbours[0].conclusion, Conclusion::NotEnoughData);
    assert_eq!((findings.neighbours[0].before, findings.neighbours[0].during), (Some(1.0), Some(1.0)));
    assert!(Story::without_fault().judged().neighbours.is_empty(), "without a fault nobody is a neighbour");
}
