//! "Past one of these limits the load stops, every fault is healed, and the run ends and has failed."
//!
//! What must not be exceeded was: the conductor saw it as it happened, and its event says what and by how much. That is a fail
//! whatever the run would have shown later. Unless the generator itself was late: then the failures and the delays that the
//! guard saw may be its own, and it can't be told whose they are. The run was ended either way.
//!
//! A guard that was not exceeded proves nothing, and isn't listed: a run without objectives doesn't pass because of it.

use crate::{
    evidence::Evidence,
    findings::{ObjectiveFinding, Quantity, Scope, Span, Verdict},
    rules::trust::Trust,
    words,
};
use plan::resolved::StopGuard;

pub(crate) fn judge(evidence: &Evidence<'_>, trust: &[Trust]) -> Option<ObjectiveFinding> {
    let (at, exceeded) = evidence.timeline.stop_guard.as_ref()?;
    let doubts: Vec<&str> =
        trust.iter().filter(|rule| rule.blames_generator()).map(|rule| rule.finding.text.as_str()).collect();
    let zero = evidence.timeline.load_started.unwrap_or_default();
    let mut reason = format!("exceeded at {}: {exceeded}", words::load_clock(*at, zero));
    if !doubts.is_empty() {
        reason = format!("{reason}, but this can't be trusted: {}", doubts.join("; "));
    }
    let guard = evidence.plan.stop_guard.as_ref();
    let from = guard.map(|guard| at.since_start().saturating_sub(guard.window).into());
    Some(ObjectiveFinding {
        name: "stop_guard".to_owned(),
        kind: "stop-guard".to_owned(),
        promise: guard.map_or_else(|| "the stop guard is not exceeded".to_owned(), promise),
        measured: Quantity::text(exceeded),
        limit: guard.map_or_else(Quantity::not_measured, |guard| Quantity::text(&limits(guard).join(", "))),
        limit_is_most: true,
        verdict: if doubts.is_empty() { Verdict::Fail } else { Verdict::Inconclusive },
        reason,
        scope: Scope { text: "everybody".to_owned(), ..Scope::default() },
        evidence: from.map(|from| Span { from, to: *at }),
    })
}

fn promise(guard: &StopGuard) -> String {
    format!("within {} at most {}", words::duration(guard.window), limits(guard).join(", "))
}

fn limits(guard: &StopGuard) -> Vec<String> {
    let failed = guard.failed_max.map(|max| format!("{} failed", words::share(max.fraction())));
    let response = guard.response_time.map(|limit| format!("p{} {}", limit.percentile, words::duration(limit.max)));
    failed.into_iter().chain(response).collect()
}
