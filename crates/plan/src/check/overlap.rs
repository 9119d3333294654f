//! Which faults can be in force together.
//!
//! Each fault *takes* things, and *needs* others in order that its effect and its removal can be proven:
//!
//! | fault | takes | needs |
//! |---|---|---|
//! | region-loss R | the processes of R | |
//! | region-isolated R from users | the users' link to R | the processes of R |
//! | region-isolated R from peers | each link between R and another region | the processes of R |
//! | region-isolated R from both | both of these | the processes of R |
//! | partition A, B | the link between A and B | the processes of A and B |
//! | link-delay R | the users' link to R | the processes of R |
//! | link-delay R, P | the link between R and P | the processes of R and P |
//! | command | nothing that can be known from here | |
//!
//! One rule: **two faults can't be together when one takes what the other takes or needs.** A dead region can't be seen to
//! be cut off; a link that is cut twice is still cut when the first fault is healed, so that its removal can't be proven;
//! a delay on a link that is cut can't be measured.
//!
//! Together means: from the injection of one until its removal is surely proven, that is until the end of its time and
//! `verify_within` after it. Directions of a partition are not told apart: one link, one fault.

use crate::{
    mistakes::{Code, Collector, Mistake, Span},
    resolved::{Fault, FaultKind, IsolatedFrom},
};
use std::time::Duration;
use units::{RegionName, duration::Text};

/// Something that a fault takes or needs.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Thing {
    Processes(RegionName),
    UserLink(RegionName),
    /// Ordered by name.
    PeerLink(RegionName, RegionName),
}

/// Reports each pair of faults that can't be together. `spans` has each fault's place.
pub(crate) fn check(faults: &[(Fault, Span)], regions: &[RegionName], mistakes: &mut Collector<'_>) {
    for (index, (later, span)) in faults.iter().enumerate() {
        for (earlier, other) in &faults[..index] {
            if let Some(thing) = overlap(earlier, later).and_then(|()| clash(earlier, later, regions)) {
                let free = free_at(earlier).max(Duration::ZERO);
                let message = format!("`{}` and `{}` can't be together: {thing}", earlier.name, later.name);
                let hint = format!("`{}` is surely gone at {} (its end and `verify_within`)", earlier.name, Text(free));
                mistakes.add(Mistake::new(Code::Conflict, *span, message).also(*other, "the other fault").hint(hint));
            }
        }
    }
}

/// When its removal is surely proven.
fn free_at(fault: &Fault) -> Duration {
    fault.until() + fault.verify_within
}

fn overlap(one: &Fault, other: &Fault) -> Option<()> {
    (one.at < free_at(other) && other.at < free_at(one)).then_some(())
}

/// What both lay claim to, in words.
fn clash(one: &Fault, other: &Fault, regions: &[RegionName]) -> Option<String> {
    let (takes_one, takes_other) = (takes(&one.kind, regions), takes(&other.kind, regions));
    if let Some(thing) = takes_one.iter().find(|thing| takes_other.contains(thing)) {
        return Some(format!("both take {thing}"));
    }
    let needed = |takes: &[Thing], needs: &[Thing]| takes.iter().find(|thing| needs.contains(thing)).cloned();
    let thing = needed(&takes_one, &needs(&other.kind)).or_else(|| needed(&takes_other, &needs(&one.kind)))?;
    Some(format!("one takes {thing}, the other can't be proven without"))
}

fn takes(kind: &FaultKind, regions: &[RegionName]) -> Vec<Thing> {
    match kind {
        FaultKind::RegionLoss { region } => vec![Thing::Processes(region.clone())],
        FaultKind::RegionIsolated { region, from, .. } => {
            let users = matches!(from, IsolatedFrom::Users | IsolatedFrom::Both);
            let peers = matches!(from, IsolatedFrom::Peers | IsolatedFrom::Both);
            let others = regions.iter().filter(|other| peers && *other != region);
            users
                .then(|| Thing::UserLink(region.clone()))
                .into_iter()
                .chain(others.map(|other| link(region, other)))
                .collect()
        }
        FaultKind::Partition { between, and, .. } => vec![link(between, and)],
        FaultKind::LinkDelay { region, peer: Some(peer), .. } => vec![link(region, peer)],
        FaultKind::LinkDelay { region, peer: None, .. } => vec![Thing::UserLink(region.clone())],
        FaultKind::Command { .. } => Vec::new(),
    }
}

fn needs(kind: &FaultKind) -> Vec<Thing> {
    match kind {
        FaultKind::RegionLoss { .. } | FaultKind::Command { .. } => Vec::new(),
        FaultKind::RegionIsolated { .. } | FaultKind::Partition { .. } | FaultKind::LinkDelay { .. } => {
            kind.regions().into_iter().map(|region| Thing::Processes(region.clone())).collect()
        }
    }
}

fn link(one: &RegionName, other: &RegionName) -> Thing {
    if one <= other { Thing::PeerLink(one.clone(), other.clone()) } else { Thing::PeerLink(other.clone(), one.clone()) }
}

impl std::fmt::Display for Thing {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Processes(region) => write!(formatter, "the processes of {region}"),
            Self::UserLink(region) => write!(formatter, "the users' link to {region}"),
            Self::PeerLink(one, other) => write!(formatter, "the link between {one} and {other}"),
        }
    }
}
