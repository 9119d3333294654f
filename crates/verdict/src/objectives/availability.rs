//! "Share of intended requests that succeed, over the whole run after the warm-up, at least this."
//!
//! Per population, and the worst counts: an average hides the few who had nothing ("success-ratio is biased to busy
//! users", `definitions.md`). What the generator dropped or never sent is left out (see `rules::experience`).
//!
//! A share is also told as what it costs: the part of thirty days' error budget, 1 − min of all requests, that the failures
//! of this run would have burnt at this load ("one such outage costs X % of the month", `definitions.md`).
//!
//! So few requests that a single failure would break the promise (n < 1 ÷ (1 − min)) can't show that it was kept.

use super::{Found, Judgement};
use crate::{
    evidence::Evidence,
    findings::{ExperiencePhase, Operations, PhaseName, Quantity, Scope, Span, Verdict},
    words,
};
use units::{PopulationName, Share};

pub(super) fn judge(
    evidence: &Evidence<'_>,
    found: &Found<'_>,
    min: Share,
    only: Option<&PopulationName>,
) -> Judgement {
    let limit = min.fraction();
    let limit_text = words::share(limit);
    let populations = evidence.plan.populations.iter().enumerate();
    let wanted = populations.filter(|(_, population)| only.is_none_or(|only| population.name == *only));
    let cases = wanted.map(|(population, _)| {
        let whole =
            found.experience.iter().find(|one| one.population == population && one.operations == Operations::All);
        let phase = whole.and_then(|one| one.phases.iter().find(|phase| phase.phase == PhaseName::Whole));
        let (verdict, reason) = verdict(phase, min);
        let share = phase.and_then(|phase| phase.availability);
        (verdict, -share.unwrap_or(2.0), (population, share, reason))
    });
    let whom = only.map_or_else(|| "every population's".to_owned(), |name| format!("{name}'s"));
    let mut judgement = Judgement {
        verdict: Verdict::Inconclusive,
        promise: format!("at least {limit_text} of {whom} requests succeed"),
        measured: Quantity::not_measured(),
        limit: Quantity::share(limit, limit_text),
        limit_is_most: false,
        reason: "no such population".to_owned(),
        scope: Scope::default(),
        evidence: None,
    };
    if let Some((verdict, (population, share, reason))) = super::worst(cases.collect()) {
        let who = evidence.population_name(population);
        judgement.verdict = verdict;
        judgement.measured = share
            .map_or_else(Quantity::not_measured, |share| Quantity::share(share, words::share_against(share, limit)));
        judgement.reason = format!("{who}: {reason}{}", budget(share, limit, evidence));
        judgement.scope = Scope { text: who, population: Some(population), ..Scope::default() };
        let timeline = &evidence.timeline;
        judgement.evidence = share.map(|_| Span { from: timeline.measured_from, to: timeline.measured_until });
    }
    judgement
}

/// The part of a 30-day error budget that the run burnt, as a clause; empty where nothing failed or nothing may.
fn budget(share: Option<f64>, limit: f64, evidence: &Evidence<'_>) -> String {
    const MONTH_SECONDS: f64 = 30.0 * 86_400.0;
    let Some(failing) = share.map(|share| 1.0 - share).filter(|failing| *failing > 0.0 && limit < 1.0) else {
        return String::new();
    };
    let timeline = &evidence.timeline;
    let seconds = timeline.measured_until.saturating_since(timeline.measured_from).as_secs_f64();
    format!(
        ", which burns {} of a 30-day error budget",
        words::share(failing * seconds / ((1.0 - limit) * MONTH_SECONDS))
    )
}

fn verdict(phase: Option<&ExperiencePhase>, min: Share) -> (Verdict, String) {
    let Some((phase, share)) = phase.and_then(|phase| phase.availability.map(|share| (phase, share))) else {
        return (Verdict::Inconclusive, "no request was made".to_owned());
    };
    let counted = format!("{} of {} succeeded", words::count(phase.ok), words::counted(phase.requests, "request"));
    // In parts per million, so that a share of exactly the limit holds it.
    let holds = u128::from(phase.ok) * 1_000_000 >= u128::from(phase.requests) * u128::from(min.parts_per_million());
    let spare = u64::from(1_000_000 - min.parts_per_million());
    let needed = if spare == 0 { 1 } else { 1_000_000_u64.div_ceil(spare) };
    debug_assert!((0.0..=1.0).contains(&share));
    match (holds, phase.requests >= needed) {
        (false, _) => (Verdict::Fail, counted),
        (true, true) => (Verdict::Pass, counted),
        (true, false) => {
            (Verdict::Inconclusive, format!("{counted}, too few to show it (at least {})", words::count(needed)))
        }
    }
}
