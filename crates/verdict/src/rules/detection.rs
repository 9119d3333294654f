//! T_detect: "first visible reaction: route change, alert, health flip" (`definitions.md`).
//!
//! The first of these after the injection's command and before the removal's proof: the service's own health or steering
//! declares a targeted region unhealthy, or a population's steering leads away from a targeted region. Both are the
//! service's reactions, seen from outside; nothing is inferred from the users' failures.
//!
//! An attached target that shows neither has no detection mark, which is not the same as "not detected".

use crate::{
    evidence::Evidence,
    findings::{Length, Mark, MarkKind},
};
use record::EventKind;

/// The detection mark of a fault.
pub(crate) fn detection(evidence: &Evidence<'_>, fault: usize) -> Mark {
    let times = &evidence.timeline.faults[fault];
    let targets = evidence.targets(fault);
    let window = times.window(evidence.timeline.end);
    let is_reaction = |kind: &EventKind| match kind {
        EventKind::HealthChanged { region, healthy: false } => {
            evidence.plan.region_index(region).is_some_and(|region| targets.contains(&region))
        }
        EventKind::SteeringChanged { from: Some(from), to, .. } => {
            targets.contains(from) && to.is_none_or(|to| !targets.contains(&to))
        }
        _ => false,
    };
    let reaction = window.and_then(|window| {
        evidence
            .events
            .iter()
            .find(|event| window.from <= event.at && event.at <= window.to && is_reaction(&event.kind))
    });
    match reaction {
        Some(event) => Mark {
            kind: MarkKind::Detected,
            at: Some(event.at),
            error: Some(Length::default()),
            source: Some(event.source.clone()),
            not_measured: None,
        },
        None => Mark::unknown(MarkKind::Detected, "no change of health or steering was seen"),
    }
}
