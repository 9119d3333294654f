//! "A percentile of the response time of successes, at most this."
//!
//! Response time is done − intended, so waiting counts. The percentile is taken of one merged histogram, never of
//! percentiles; below the number of samples that it needs it isn't taken at all, and the promise is inconclusive.
//! Per population where none is named, and the worst counts: the far and slow are not averaged away by the near and fast.

use super::Judgement;
use crate::{
    evidence::Evidence,
    findings::{Percentile, PhaseName, Quantity, Scope, Verdict},
    rules::percentile::percentile,
    words,
};
use plan::resolved::{OperationClass, RunPhase};
use std::time::Duration;
use units::{PopulationName, StepName};

/// What is promised.
pub(super) struct Wanted<'a> {
    pub(super) percent: f64,
    pub(super) max: Duration,
    pub(super) step: Option<&'a StepName>,
    pub(super) population: Option<&'a PopulationName>,
    pub(super) class: Option<OperationClass>,
    pub(super) phase: Option<RunPhase>,
}

pub(super) fn judge(evidence: &Evidence<'_>, wanted: &Wanted<'_>) -> Judgement {
    let max = wanted.max;
    let populations = evidence.plan.populations.iter().enumerate();
    let those = populations.filter(|(_, population)| wanted.population.is_none_or(|only| population.name == *only));
    let cases = those.map(|(population, _)| {
        let percentile = measure(evidence, wanted, population);
        let verdict = match percentile.value {
            None => Verdict::Inconclusive,
            Some(value) if value.0 <= max => Verdict::Pass,
            Some(_) => Verdict::Fail,
        };
        let bad = percentile.value.map_or(0.0, |value| value.as_secs_f64());
        (verdict, bad, (population, percentile))
    });
    let name = format!("p{}", wanted.percent);
    let mut judgement = Judgement {
        verdict: Verdict::Inconclusive,
        promise: promise(wanted, &name),
        measured: Quantity::not_measured(),
        limit: Quantity::seconds(max.into(), words::duration(max)),
        limit_is_most: true,
        reason: "no such population".to_owned(),
        scope: Scope::default(),
        evidence: None,
    };
    if let Some((verdict, (population, percentile))) = super::worst(cases.collect()) {
        let who = evidence.population_name(population);
        judgement.verdict = verdict;
        judgement.reason = reason(&who, &name, &percentile);
        if let Some(value) = percentile.value {
            judgement.measured = Quantity::seconds(value, words::duration_against(value.0, max));
        }
        let step = wanted.step.map(ToString::to_string);
        judgement.scope = Scope {
            text: step.as_ref().map_or_else(|| who.clone(), |step| format!("{who}, {step}")),
            population: Some(population),
            step,
            ..Scope::default()
        };
        judgement.evidence = super::span(evidence, wanted.phase);
    }
    judgement
}

fn promise(wanted: &Wanted<'_>, name: &str) -> String {
    let whom = wanted.population.map_or_else(|| "every population".to_owned(), ToString::to_string);
    let step = wanted.step.map_or_else(String::new, |step| format!(" of {step}"));
    let class = wanted.class.map_or_else(String::new, |class| format!(" of {}s", class.as_str()));
    let when = super::when(wanted.phase);
    format!("{name}{step}{class} is at most {} for {whom}{when}", words::duration(wanted.max))
}

fn reason(who: &str, name: &str, percentile: &Percentile) -> String {
    match (percentile.value, percentile.low, percentile.high) {
        (None, ..) => format!("{who}: {}", percentile.text),
        (Some(_), Some(low), Some(high)) => format!(
            "{who}: {name} {} of {} (95 % interval {} to {})",
            percentile.text,
            words::counted(percentile.samples, "sample"),
            words::duration(low.0),
            words::duration(high.0)
        ),
        (Some(_), ..) => format!(
            "{who}: {name} {} of {}, too few to bound it from above",
            percentile.text,
            words::counted(percentile.samples, "sample")
        ),
    }
}

fn measure(evidence: &Evidence<'_>, wanted: &Wanted<'_>, population: usize) -> Percentile {
    let steps: Vec<_> = evidence.plan.journeys.iter().flat_map(|journey| &journey.steps).collect();
    let name = super::phase_name(wanted.phase);
    let histogram = evidence.requests.response(population, |step, phase| {
        let is_step = wanted.step.is_none_or(|only| steps[step].name == *only);
        let is_class = wanted.class.is_none_or(|only| evidence.requests.class_of(step) == only);
        is_step && is_class && (name == PhaseName::Whole || name == phase)
    });
    percentile(&histogram, wanted.percent)
}
