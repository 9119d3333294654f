//! Promises against what was found.
//!
//! Each kind has its own module and gives a [`Judgement`] from the findings alone; then what trust has to say is applied to
//! all of them in one place. Merging keeps the worst: pass < inconclusive < fail. A definite failure stays a failure even
//! when other things can't be told, since nothing that is still unknown could mend it; one that the measurement itself may
//! have caused doesn't (see `rules::trust`).

mod amplification;
mod availability;
mod blast_radius;
mod burn_rate;
mod cold_return;
mod coming_home;
mod consistency;
mod detection;
mod error_budget;
mod failback;
mod histories;
mod metastable;
mod never_moved;
mod recovery;
mod response;
pub(crate) mod stop_guard;
mod uptime;
mod writes;

use crate::{
    evidence::Evidence,
    findings::{
        Amplification, BlastRadius, FaultFinding, HistoryFinding, LedgerFinding, Neighbour, ObjectiveFinding,
        PhaseName, Quantity, Scope, Span, Verdict,
    },
    rules::trust::{Topic, Trust, brief},
};
use plan::resolved::{Objective, ObjectiveKind, RunPhase};
use units::PopulationName;

/// What objectives are judged by.
pub(crate) struct Found<'a> {
    pub(crate) faults: &'a [FaultFinding],
    pub(crate) ledger: Option<&'a LedgerFinding>,
    pub(crate) history: Option<&'a HistoryFinding>,
    pub(crate) neighbours: &'a [Neighbour],
    pub(crate) blast_radius: Option<&'a BlastRadius>,
    pub(crate) amplification: &'a [Amplification],
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

impl Judgement {
    /// Nothing was measured, for that reason.
    fn unknown(limit: Quantity, reason: &str) -> Self {
        Self {
            verdict: Verdict::Inconclusive,
            promise: String::new(),
            measured: Quantity::not_measured(),
            limit,
            limit_is_most: true,
            reason: reason.to_owned(),
            scope: Scope::default(),
            evidence: None,
        }
    }
}

/// The populations that a promise is about.
fn populations<'a>(evidence: &'a Evidence<'_>, only: Option<&'a PopulationName>) -> impl Iterator<Item = usize> + 'a {
    let populations = evidence.plan.populations.iter().enumerate();
    populations.filter(move |(_, population)| only.is_none_or(|only| population.name == *only)).map(|(index, _)| index)
}

/// `every population's`, `europe's`.
fn whose(only: Option<&PopulationName>) -> String {
    only.map_or_else(|| "every population's".to_owned(), |name| format!("{name}'s"))
}

/// The part of the run that a promise is about.
fn phase_name(phase: Option<RunPhase>) -> PhaseName {
    match phase {
        None => PhaseName::Whole,
        Some(RunPhase::Baseline) => PhaseName::Baseline,
        Some(RunPhase::Fault) => PhaseName::Fault,
        Some(RunPhase::After) => PhaseName::After,
    }
}

/// ` before the first fault`, ` while faults are in effect` …; empty for the whole run.
fn when(phase: Option<RunPhase>) -> &'static str {
    match phase {
        None => "",
        Some(RunPhase::Baseline) => " before the first fault",
        Some(RunPhase::Fault) => " while faults are in effect",
        Some(RunPhase::After) => " after the faults",
    }
}

/// Where a part of the run lies.
fn span(evidence: &Evidence<'_>, phase: Option<RunPhase>) -> Option<Span> {
    let timeline = &evidence.timeline;
    let whole = Span { from: timeline.measured_from, to: timeline.measured_until };
    match phase {
        None => Some(whole),
        Some(RunPhase::Baseline) => timeline.baseline,
        Some(RunPhase::Fault) => timeline.fault_windows().next(),
        Some(RunPhase::After) => {
            let healed = timeline.fault_windows().map(|window| window.to).min()?;
            Some(Span { from: healed, ..whole }).filter(|span| span.from < span.to)
        }
    }
}

/// Judges one objective.
pub(crate) fn judge(
    evidence: &Evidence<'_>,
    found: &Found<'_>,
    trust: &[Trust],
    objective: &Objective,
) -> ObjectiveFinding {
    let judgement = match &objective.kind {
        ObjectiveKind::RecoveryTime { max, class, population } => {
            recovery::judge(evidence, found, *max, *class, population.as_ref())
        }
        ObjectiveKind::Failback { max, population } => failback::judge(evidence, found, *max, population.as_ref()),
        ObjectiveKind::ColdReturn { max, population } => cold_return::judge(evidence, found, *max, population.as_ref()),
        ObjectiveKind::LostWrites { max } => writes::lost(found, *max),
        ObjectiveKind::DivergedWrites { max } => writes::diverged(found, *max),
        ObjectiveKind::Violations { property, max } => histories::violations(found, *property, *max),
        ObjectiveKind::Staleness { percentile, max } => histories::staleness(evidence, *percentile, *max),
        ObjectiveKind::Consistency { level, within, min, population, phase } => {
            let (population, phase) = (population.as_ref(), *phase);
            let wanted = consistency::Wanted { level: *level, within: *within, min: *min, population, phase };
            consistency::judge(evidence, &wanted)
        }
        ObjectiveKind::Availability { min, population, class, step, phase } => {
            let (population, step) = (population.as_ref(), step.as_ref());
            let wanted = availability::Wanted { min: *min, population, class: *class, step, phase: *phase };
            availability::judge(evidence, &wanted)
        }
        ObjectiveKind::Uptime { min, window, population } => {
            uptime::judge(evidence, *min, *window, population.as_ref())
        }
        ObjectiveKind::ErrorBudget { target, max, population } => {
            error_budget::judge(evidence, *target, *max, population.as_ref())
        }
        ObjectiveKind::BurnRate { target, max, window, population } => {
            let population = population.as_ref();
            let wanted = burn_rate::Wanted { target: *target, max: *max, window: *window, population };
            burn_rate::judge(evidence, &wanted)
        }
        ObjectiveKind::BlastRadius { max } => blast_radius::judge(evidence, found, *max),
        ObjectiveKind::RetryAmplification { max, population } => {
            amplification::judge(evidence, found, *max, population.as_ref())
        }
        ObjectiveKind::NotMetastable => metastable::judge(evidence, found),
        ObjectiveKind::DetectionTime { max } => detection::judge(found, *max),
        ObjectiveKind::NeverMoved { max } => never_moved::judge(evidence, found, *max),
        ObjectiveKind::ResponseTime { percentile, max, step, population, baseline_only, class, phase } => {
            let wanted = response::Wanted {
                percent: *percentile,
                max: *max,
                step: step.as_ref(),
                population: population.as_ref(),
                class: *class,
                phase: phase.or(baseline_only.then_some(RunPhase::Baseline)),
            };
            response::judge(evidence, &wanted)
        }
    };
    finding(objective, temper(judgement, topics(&objective.kind), trust))
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
fn temper(mut judgement: Judgement, topics: &[Topic], trust: &[Trust]) -> Judgement {
    let spoilt = |by: &[Topic]| topics.iter().any(|topic| by.contains(topic));
    let doubts = trust.iter().filter(|rule| match judgement.verdict {
        Verdict::Pass => spoilt(&rule.spoils_passes),
        Verdict::Fail => spoilt(&rule.spoils_fails),
        Verdict::Inconclusive => false,
    });
    let doubts: Vec<String> = doubts.map(|rule| brief(&rule.finding.text)).collect();
    if !doubts.is_empty() {
        judgement.verdict = Verdict::Inconclusive;
        judgement.reason = format!("{}, but this can't be trusted: {}", judgement.reason, doubts.join("; "));
    }
    judgement
}

/// What it is judged from.
fn topics(kind: &ObjectiveKind) -> &'static [Topic] {
    match kind {
        ObjectiveKind::RecoveryTime { .. } => &[Topic::Recovery],
        ObjectiveKind::Failback { .. } | ObjectiveKind::ColdReturn { .. } => &[Topic::Failback],
        ObjectiveKind::LostWrites { .. } | ObjectiveKind::DivergedWrites { .. } => &[Topic::DataLoss],
        ObjectiveKind::Violations { .. } | ObjectiveKind::Staleness { .. } => &[Topic::DataLoss],
        ObjectiveKind::Consistency { .. } => &[Topic::DataLoss, Topic::Latency],
        ObjectiveKind::Availability { .. }
        | ObjectiveKind::Uptime { .. }
        | ObjectiveKind::ErrorBudget { .. }
        | ObjectiveKind::BurnRate { .. } => &[Topic::Availability],
        ObjectiveKind::BlastRadius { .. } => &[Topic::BlastRadius],
        ObjectiveKind::RetryAmplification { .. } => &[Topic::Availability],
        ObjectiveKind::NotMetastable | ObjectiveKind::DetectionTime { .. } | ObjectiveKind::NeverMoved { .. } => {
            &[Topic::Recovery]
        }
        ObjectiveKind::ResponseTime { .. } => &[Topic::Latency],
    }
}

fn kind_name(kind: &ObjectiveKind) -> &'static str {
    match kind {
        ObjectiveKind::RecoveryTime { .. } => "recovery-time",
        ObjectiveKind::Failback { .. } => "failback",
        ObjectiveKind::ColdReturn { .. } => "cold-return",
        ObjectiveKind::LostWrites { .. } => "lost-writes",
        ObjectiveKind::DivergedWrites { .. } => "diverged-writes",
        ObjectiveKind::Violations { property, .. } => property.as_str(),
        ObjectiveKind::Staleness { .. } => "staleness",
        ObjectiveKind::Consistency { .. } => "consistency",
        ObjectiveKind::Availability { .. } => "availability",
        ObjectiveKind::Uptime { .. } => "uptime",
        ObjectiveKind::ErrorBudget { .. } => "error-budget",
        ObjectiveKind::BurnRate { .. } => "burn-rate",
        ObjectiveKind::BlastRadius { .. } => "blast-radius",
        ObjectiveKind::RetryAmplification { .. } => "retry-amplification",
        ObjectiveKind::NotMetastable => "metastable",
        ObjectiveKind::DetectionTime { .. } => "detection-time",
        ObjectiveKind::NeverMoved { .. } => "never-moved",
        ObjectiveKind::ResponseTime { .. } => "response-time",
    }
}

/// The worst of several cases: by verdict, then by how bad (greater is worse), then the first.
fn worst<T>(cases: Vec<(Verdict, f64, T)>) -> Option<(Verdict, T)> {
    let rank = |one: &(Verdict, f64, T), other: &(Verdict, f64, T)| one.0.cmp(&other.0).then(one.1.total_cmp(&other.1));
    // `max_by` takes the last of equals.
    cases.into_iter().rev().max_by(rank).map(|(verdict, _, case)| (verdict, case))
}
