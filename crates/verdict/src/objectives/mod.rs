//! Promises against what was found.
//!
//! Each kind has its own module and gives a [`Judgement`] from the findings alone; then what trust has to say is applied to
//! all of them in one place. Merging keeps the worst: pass < inconclusive < fail. A definite failure stays a failure even
//! when other things can't be told, since nothing that is still unknown could mend it; one that the measurement itself may
//! have caused doesn't (see `rules::trust`).

mod availability;
mod failback;
mod recovery;
mod response;
pub(crate) mod stop_guard;
mod writes;

use crate::{
    evidence::Evidence,
    findings::{Experience, FaultFinding, LedgerFinding, ObjectiveFinding, Quantity, Scope, Span, Verdict},
    rules::trust::{Topic, Trust},
};
use plan::resolved::{Objective, ObjectiveKind};

/// What objectives are judged by.
pub(crate) struct Found<'a> {
    pub(crate) faults: &'a [FaultFinding],
    pub(crate) experience: &'a [Experience],
    pub(crate) ledger: Option<&'a LedgerFinding>,
}

/// What was found about a promise.
#[derive(Debug, Clone)]
struct Judgement {
    verdict: Verdict,
    promise: String,
    measured: Quantity,
    limit: Quantity,
    limit_is_most: bool,
    reason: String,
    scope: Scope,
    evidence: Option<Span>,
}

/// Judges one objective.
pub(crate) fn judge(
    evidence: &Evidence<'_>,
    found: &Found<'_>,
    trust: &[Trust],
    objective: &Objective,
) -> ObjectiveFinding {
    let judgement = match &objective.kind {
        ObjectiveKind::RecoveryTime { max, class } => recovery::judge(evidence, found, *max, *class),
        ObjectiveKind::Failback { max } => failback::judge(evidence, found, *max),
        ObjectiveKind::LostWrites { max } => writes::lost(found, *max),
        ObjectiveKind::DivergedWrites { max } => writes::diverged(found, *max),
        ObjectiveKind::Availability { min, population } => {
            availability::judge(evidence, found, *min, population.as_ref())
        }
        ObjectiveKind::ResponseTime { percentile, max, step, population, baseline_only } => {
            let wanted = response::Wanted {
                percent: *percentile,
                max: *max,
                step: step.as_ref(),
                population: population.as_ref(),
                baseline_only: *baseline_only,
            };
            response::judge(evidence, &wanted)
        }
    };
    finding(objective, temper(judgement, topic(&objective.kind), trust))
}

/// The finding of an objective whose check crashed.
pub(crate) fn crashed(objective: &Objective, message: &str) -> ObjectiveFinding {
    finding(
        objective,
        Judgement {
            verdict: Verdict::Inconclusive,
            promise: kind_name(&objective.kind).to_owned(),
            measured: Quantity::not_measured(),
            limit: Quantity::not_measured(),
            limit_is_most: true,
            reason: format!("its check crashed: {message}"),
            scope: Scope::default(),
            evidence: None,
        },
    )
}

/// Failed first, then inconclusive, then passed; of equals in the plan's order.
pub(crate) fn sort(objectives: &mut [ObjectiveFinding]) {
    objectives.sort_by_key(|objective| std::cmp::Reverse(objective.verdict));
}

fn finding(objective: &Objective, judgement: Judgement) -> ObjectiveFinding {
    ObjectiveFinding {
        name: objective.name.clone(),
        kind: kind_name(&objective.kind).to_owned(),
        promise: judgement.promise,
        measured: judgement.measured,
        limit: judgement.limit,
        limit_is_most: judgement.limit_is_most,
        verdict: judgement.verdict,
        reason: judgement.reason,
        scope: judgement.scope,
        evidence: judgement.evidence,
    }
}

/// Takes back what can't be trusted.
fn temper(mut judgement: Judgement, topic: Topic, trust: &[Trust]) -> Judgement {
    let doubts = trust.iter().filter(|rule| match judgement.verdict {
        Verdict::Pass => rule.spoils_passes.contains(&topic),
        Verdict::Fail => rule.spoils_fails.contains(&topic),
        Verdict::Inconclusive => false,
    });
    let doubts: Vec<&str> = doubts.map(|rule| rule.finding.text.as_str()).collect();
    if !doubts.is_empty() {
        judgement.verdict = Verdict::Inconclusive;
        judgement.reason = format!("{}, but this can't be trusted: {}", judgement.reason, doubts.join("; "));
    }
    judgement
}

fn topic(kind: &ObjectiveKind) -> Topic {
    match kind {
        ObjectiveKind::RecoveryTime { .. } => Topic::Recovery,
        ObjectiveKind::Failback { .. } => Topic::Failback,
        ObjectiveKind::LostWrites { .. } | ObjectiveKind::DivergedWrites { .. } => Topic::DataLoss,
        ObjectiveKind::Availability { .. } => Topic::Availability,
        ObjectiveKind::ResponseTime { .. } => Topic::Latency,
    }
}

fn kind_name(kind: &ObjectiveKind) -> &'static str {
    match kind {
        ObjectiveKind::RecoveryTime { .. } => "recovery-time",
        ObjectiveKind::Failback { .. } => "failback",
        ObjectiveKind::LostWrites { .. } => "lost-writes",
        ObjectiveKind::DivergedWrites { .. } => "diverged-writes",
        ObjectiveKind::Availability { .. } => "availability",
        ObjectiveKind::ResponseTime { .. } => "response-time",
    }
}

/// The worst of several cases: by verdict, then by how bad (greater is worse), then the first.
fn worst<T>(cases: Vec<(Verdict, f64, T)>) -> Option<(Verdict, T)> {
    let rank = |one: &(Verdict, f64, T), other: &(Verdict, f64, T)| one.0.cmp(&other.0).then(one.1.total_cmp(&other.1));
    // `max_by` takes the last of equals.
    cases.into_iter().rev().max_by(rank).map(|(verdict, _, case)| (verdict, case))
}
