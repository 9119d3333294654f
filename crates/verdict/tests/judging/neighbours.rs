//! Did a fault reach those whose home it was not aimed at? Different, same enough, or not enough data.

use crate::story::{AMERICA, Story, US};
use record::Outcome;
use std::time::Duration;
use verdict::findings::{Conclusion, Neighbour};

/// A run of 40 s of baseline and 50 s of fault; in the fault `failing` of a hundred tenths fail for america.
fn america(failing: f64, per_tenth: u32) -> Neighbour {
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
    let findings = story.judged();
    assert_eq!(findings.neighbours.len(), 1, "europe's home was the target");
    findings.neighbours[0].clone()
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
