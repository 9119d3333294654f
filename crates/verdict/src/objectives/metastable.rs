//! "No fault leaves a bad state behind that outlives it" (`definitions.md`: metastable failure).
//!
//! See `rules::metastable`. A service that is still bad without keeping itself so broke the promise to recover, not this one, but
//! whether it would stay so isn't known. A run that ends too early after the removal can't tell.

use super::{Found, Judgement};
use crate::{
    evidence::Evidence,
    findings::{MarkKind, Quantity, Scope, Span, StabilityState, Verdict},
};

pub(super) fn judge(evidence: &Evidence<'_>, found: &Found<'_>) -> Judgement {
    let cases = found.faults.iter().map(|fault| {
        let stability = fault.stability.as_ref();
        let verdict = match stability.map(|stability| stability.state) {
            Some(StabilityState::Stable) => Verdict::Pass,
            Some(StabilityState::Metastable) => Verdict::Fail,
            Some(StabilityState::StillBad | StabilityState::Undecided) | None => Verdict::Inconclusive,
        };
        let text = stability.map_or("its removal is not proven, or there is no baseline", |stability| &stability.text);
        (verdict, 0.0, (fault, text))
    });
    let mut judgement = Judgement {
        promise: "after every fault the service comes back by itself".to_owned(),
        ..Judgement::unknown(Quantity::text("stable"), "no fault was injected, so there was nothing to come back from")
    };
    if let Some((verdict, (fault, text))) = super::worst(cases.collect()) {
        judgement.verdict = verdict;
        judgement.measured = match verdict {
            Verdict::Pass => Quantity::text("stable"),
            Verdict::Fail => Quantity::text("metastable"),
            Verdict::Inconclusive => Quantity::not_measured(),
        };
        judgement.reason = format!("{}: {text}", fault.name);
        let healed = fault.mark(MarkKind::Healed).and_then(|mark| mark.at);
        judgement.evidence = healed.map(|from| Span { from, to: evidence.timeline.measured_until.max(from) });
        judgement.scope =
            Scope { text: format!("everybody, {}", fault.name), fault: Some(fault.name.clone()), ..Scope::default() };
    }
    judgement
}
