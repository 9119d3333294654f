//! Which faults can be in force together.
//!
//! Each fault *takes* things, and *needs* others in order that its effect and its removal can be proven; each kind says which
//! ([`crate::fault::kind::Kind::claims`]), and the reference has the table.
//!
//! One rule: **two faults can't be together when one takes what the other takes or needs.** A dead region can't be seen to
//! be cut off; a link that is cut twice is still cut when the first fault is healed, so that its removal can't be proven;
//! a delay on a link that is cut can't be measured.
//!
//! Together means: from the injection of one until its removal is surely proven, that is until the end of its time and
//! `verify_within` after it; a fault that comes several times is there from the first to the last. Directions of a partition
//! are not told apart: one link, one fault.

use crate::{
    fault::{Fault, claims::Thing},
    mistakes::{Code, Collector, Mistake, Span},
};
use std::time::Duration;
use units::{RegionName, duration::Text};

/// Reports each pair of faults that can't be together. `spans` has each fault's place.
pub(crate) fn check(faults: &[(Fault, Span)], regions: &[RegionName], mistakes: &mut Collector<'_>) {
    for (index, (later, span)) in faults.iter().enumerate() {
        for (earlier, other) in &faults[..index] {
            if let Some(mistake) = mistake(earlier, later, *span, regions) {
                mistakes.add(mistake.also(*other, "the other fault"));
            }
        }
    }
}

/// That the two can't be together, if so; `span` is the place of the later one.
pub(crate) fn mistake(earlier: &Fault, later: &Fault, span: Span, regions: &[RegionName]) -> Option<Mistake> {
    let thing = overlaps(earlier, later).then(|| clash(earlier, later, regions)).flatten()?;
    let message = format!("`{}` and `{}` can't be together: {thing}", earlier.name, later.name);
    let free = Text(free_at(earlier));
    let hint = format!("`{}` is surely gone at {free} (its end and `verify_within`)", earlier.name);
    Some(Mistake::new(Code::Conflict, span, message).hint(hint))
}

/// Whether the two are there at the same time and can't be.
pub(crate) fn clash_in_time(one: &Fault, other: &Fault, regions: &[RegionName]) -> bool {
    overlaps(one, other) && clash(one, other, regions).is_some()
}

/// When its removal is surely proven.
pub(crate) fn free_at(fault: &Fault) -> Duration {
    fault.latest_until() + fault.verify_within
}

fn overlaps(one: &Fault, other: &Fault) -> bool {
    one.at < free_at(other) && other.at < free_at(one)
}

/// What both lay claim to, in words.
fn clash(one: &Fault, other: &Fault, regions: &[RegionName]) -> Option<String> {
    let (one, other) = (one.kind.claims(regions), other.kind.claims(regions));
    if let Some(thing) = one.takes.iter().find(|thing| other.takes.contains(thing)) {
        return Some(format!("both take {thing}"));
    }
    let needed = |takes: &[Thing], needs: &[Thing]| takes.iter().find(|thing| needs.contains(thing)).cloned();
    let thing = needed(&one.takes, &other.needs).or_else(|| needed(&other.takes, &one.needs))?;
    Some(format!("one takes {thing}, the other can't be proven without"))
}
