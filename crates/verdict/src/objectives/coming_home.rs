//! Promises about populations on their way home after a fault ([`super::failback`], [`super::cold_return`]): whose way counts, which of
//! them was worst, and what is said of it.
//!
//! Counted are populations whose home was a target. Where there is none (a fault between peers), or no fault was injected, nothing
//! is measured.

use super::{Found, Judgement};
use crate::{
    evidence::Evidence,
    findings::{Failback, Length, Quantity, Scope, Span, Verdict},
    words,
};
use std::time::Duration;
use units::PopulationName;

/// What one promise makes of one population's way home.
pub(super) struct Told {
    pub(super) verdict: Verdict,
    /// The longest is the worst of one verdict.
    pub(super) taken: Length,
    pub(super) measured: Quantity,
    pub(super) text: String,
    pub(super) evidence: Option<Span>,
}

/// `promise` is given who and within what.
pub(super) fn judge(
    evidence: &Evidence<'_>,
    found: &Found<'_>,
    (max, only): (Duration, Option<&PopulationName>),
    promise: impl Fn(&str, &str) -> String,
    tell: impl Fn(&Failback) -> Told,
) -> Judgement {
    let wanted = |one: &&Failback| only.is_none_or(|only| evidence.plan.populations[one.population].name == *only);
    let cases = found.faults.iter().flat_map(|fault| fault.failback.iter().filter(wanted).map(move |one| (fault, one)));
    let cases = cases.map(|(fault, one)| {
        let told = tell(one);
        (told.verdict, told.taken.0.as_secs_f64(), (fault.name.as_str(), one.population, told))
    });
    let whom = only.map_or_else(|| "every population".to_owned(), ToString::to_string);
    let limit = words::duration(max);
    let mut judgement = Judgement {
        promise: promise(&whom, &limit),
        ..Judgement::unknown(
            Quantity::seconds(max.into(), limit),
            "no population's home was hit by a fault, so there was nothing to return from",
        )
    };
    if let Some((verdict, (fault, population, told))) = super::worst(cases.collect()) {
        let who = evidence.population_name(population);
        judgement.verdict = verdict;
        judgement.measured = told.measured;
        judgement.reason = format!("{who}: {}", told.text);
        judgement.evidence = told.evidence;
        judgement.scope = Scope {
            text: format!("{who}, {fault}"),
            population: Some(population),
            fault: Some(fault.to_owned()),
            ..Scope::default()
        };
    }
    judgement
}
