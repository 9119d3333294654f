//! "The service's own health or steering notices every fault within this time" (`definitions.md`: time to detect).
//!
//! Counted from the fault's effect, whose proof may be late by its error bound. A fault that was missed broke the promise; one of
//! which nobody failed for long need not be noticed, and nothing is shown.

use super::{Found, Judgement};
use crate::{
    findings::{Length, MarkKind, Quantity, Scope, Span, Verdict},
    words,
};
use std::time::Duration;

pub(super) fn judge(found: &Found<'_>, max: Duration) -> Judgement {
    let cases = found.faults.iter().map(|fault| {
        let error = fault.mark(MarkKind::Active).and_then(|mark| mark.error).unwrap_or_default().0;
        let verdict = match (fault.detection.after, fault.detection.missed) {
            (Some(Length(after)), _) if after + error <= max => Verdict::Pass,
            (Some(Length(after)), _) if after > max => Verdict::Fail,
            (None, Some(true)) => Verdict::Fail,
            _ => Verdict::Inconclusive,
        };
        (verdict, fault.detection.after.map_or(f64::INFINITY, Length::as_secs_f64), fault)
    });
    let mut judgement = Judgement {
        promise: format!("the service notices every fault within {}", words::duration(max)),
        ..Judgement::unknown(
            Quantity::seconds(max.into(), words::duration(max)),
            "no fault was injected, so there was nothing to notice",
        )
    };
    if let Some((verdict, fault)) = super::worst(cases.collect()) {
        judgement.verdict = verdict;
        judgement.reason = format!("{}: {}", fault.name, fault.detection.text);
        if let Some(after) = fault.detection.after {
            judgement.measured = Quantity::seconds(after, words::duration_against(after.0, max));
        }
        let at = |kind| fault.mark(kind).and_then(|mark| mark.at);
        judgement.evidence =
            at(MarkKind::Active).zip(at(MarkKind::Detected)).map(|(from, to)| Span { from, to: to.max(from) });
        judgement.scope = Scope { text: fault.name.clone(), fault: Some(fault.name.clone()), ..Scope::default() };
    }
    judgement
}
