//! "Share of intended requests that succeed, at least this": over the whole run after the warm-up, or over one part of it, of all
//! requests or of one class or step.
//!
//! Per population, and the worst counts: an average hides the few who had nothing ("success-ratio is biased to busy
//! users", `definitions.md`). What the generator dropped or never sent is left out (see `rules::experience`).
//!
//! A share is also told as what it costs: the part of thirty days' error budget, 1 − min of all requests, that the failures
//! of this run would have burnt at this load ("one such outage costs X % of the month", `definitions.md`).
//!
//! So few requests that a single failure would break the promise (n < 1 ÷ (1 − min)) can't show that it was kept.

use super::Judgement;
use crate::{
    evidence::{Counts, Evidence},
    findings::{PhaseName, Quantity, Scope, Verdict},
    words,
};
use plan::resolved::{OperationClass, RunPhase};
use units::{PopulationName, Share, StepName};

/// What is promised.
pub(super) struct Wanted<'a> {
    pub(super) min: Share,
    pub(super) population: Option<&'a PopulationName>,
    pub(super) class: Option<OperationClass>,
    pub(super) step: Option<&'a StepName>,
    pub(super) phase: Option<RunPhase>,
}

pub(super) fn judge(evidence: &Evidence<'_>, wanted: &Wanted<'_>) -> Judgement {
    let limit = wanted.min.fraction();
    let limit_text = words::share(limit);
    let cases = super::populations(evidence, wanted.population).map(|population| {
        let counts = counts(evidence, wanted, population);
        let (verdict, reason) = verdict(counts, wanted.min);
        let share = counts.success();
        (verdict, -share.unwrap_or(2.0), (population, share, reason))
    });
    let what = operations(wanted);
    let mut judgement = Judgement {
        promise: format!(
            "at least {limit_text} of {} {what} succeed{}",
            super::whose(wanted.population),
            super::when(wanted.phase)
        ),
        limit_is_most: false,
        ..Judgement::unknown(Quantity::share(limit, limit_text), "no such population")
    };
    if let Some((verdict, (population, share, reason))) = super::worst(cases.collect()) {
        let who = evidence.population_name(population);
        judgement.verdict = verdict;
        judgement.measured = share
            .map_or_else(Quantity::not_measured, |share| Quantity::share(share, words::share_against(share, limit)));
        let is_whole = wanted.phase.is_none() && wanted.class.is_none() && wanted.step.is_none();
        let cost = if is_whole { budget(share, limit, evidence) } else { String::new() };
        judgement.reason = format!("{who}: {reason}{cost}");
        let about = if is_whole { String::new() } else { format!(", {what}{}", super::when(wanted.phase)) };
        judgement.scope = Scope {
            text: format!("{who}{about}"),
            population: Some(population),
            class: wanted.class.map(|class| class.as_str().to_owned()),
            step: wanted.step.map(ToString::to_string),
            ..Scope::default()
        };
        judgement.evidence = share.and_then(|_| super::span(evidence, wanted.phase));
    }
    judgement
}

/// `requests`, `reads`, `requests of post`.
fn operations(wanted: &Wanted<'_>) -> String {
    let what = wanted.class.map_or_else(|| "requests".to_owned(), |class| format!("{}s", class.as_str()));
    wanted.step.map_or(what.clone(), |step| format!("{what} of {step}"))
}

fn counts(evidence: &Evidence<'_>, wanted: &Wanted<'_>, population: usize) -> Counts {
    let steps: Vec<_> = evidence.plan.journeys.iter().flat_map(|journey| &journey.steps).collect();
    let name = super::phase_name(wanted.phase);
    evidence.requests.counts(population, |step, phase| {
        wanted.step.is_none_or(|only| steps[step].name == *only)
            && wanted.class.is_none_or(|only| evidence.requests.class_of(step) == only)
            && (name == PhaseName::Whole || name == phase)
    })
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

fn verdict(counts: Counts, min: Share) -> (Verdict, String) {
    let requests = counts.requests();
    if requests == 0 {
        return (Verdict::Inconclusive, "no request was made".to_owned());
    }
    let counted = format!("{} of {} succeeded", words::count(counts.ok), words::counted(requests, "request"));
    // In parts per million, so that a share of exactly the limit holds it.
    let holds = u128::from(counts.ok) * 1_000_000 >= u128::from(requests) * u128::from(min.parts_per_million());
    let spare = u64::from(1_000_000 - min.parts_per_million());
    let needed = if spare == 0 { 1 } else { 1_000_000_u64.div_ceil(spare) };
    match (holds, requests >= needed) {
        (false, _) => (Verdict::Fail, counted),
        (true, true) => (Verdict::Pass, counted),
        (true, false) => {
            (Verdict::Inconclusive, format!("{counted}, too few to show it (at least {})", words::count(needed)))
        }
    }
}
