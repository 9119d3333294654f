//! "Time from the first success at home after a fault until a population is served there as well as before, at most this": a cold
//! return (`rules::failback`), with empty caches and everybody asking at once.
//!
//! Counted are populations whose home was a target; one that never left it has nothing to return from, and is kept.

use super::{Found, Judgement};
use crate::{
    evidence::Evidence,
    findings::{Failback, Length, Quantity, Scope, Span, Verdict},
    words,
};
use std::time::Duration;
use units::PopulationName;

pub(super) fn judge(
    evidence: &Evidence<'_>,
    found: &Found<'_>,
    max: Duration,
    only: Option<&PopulationName>,
) -> Judgement {
    let wanted = |one: &&Failback| only.is_none_or(|only| evidence.plan.populations[one.population].name == *only);
    let cases = found.faults.iter().flat_map(|fault| fault.failback.iter().filter(wanted).map(move |one| (fault, one)));
    let cases = cases.map(|(fault, one)| {
        let taken = one.cold.or(one.cold_at_least).unwrap_or_default();
        (verdict(one, max), taken.as_secs_f64(), (fault.name.as_str(), one))
    });
    let whom = only.map_or_else(|| "every population".to_owned(), ToString::to_string);
    let limit = words::duration(max);
    let mut judgement = Judgement {
        promise: format!("{whom} is served as well as before within {limit} of its return"),
        ..Judgement::unknown(
            Quantity::seconds(max.into(), limit),
            "no population's home was hit by a fault, so there was nothing to return from",
        )
    };
    if let Some((verdict, (fault, one))) = super::worst(cases.collect()) {
        let who = evidence.population_name(one.population);
        judgement.verdict = verdict;
        judgement.measured = measured(one, max);
        judgement.reason = format!("{who}: {}", one.cold_text);
        judgement.evidence = one.first_home.zip(one.cold).map(|(from, cold)| Span { from, to: from + cold.0 });
        judgement.scope = Scope {
            text: format!("{who}, {fault}"),
            population: Some(one.population),
            fault: Some(fault.to_owned()),
            ..Scope::default()
        };
    }
    judgement
}

/// By the second: within one of the limit nothing is decided, unless it was not cold at all.
fn verdict(one: &Failback, max: Duration) -> Verdict {
    const ERROR: Duration = Duration::from_secs(1);
    match (one.cold, one.cold_at_least) {
        (Some(Length(Duration::ZERO)), _) => Verdict::Pass,
        (Some(Length(cold)), _) if cold + ERROR <= max => Verdict::Pass,
        (Some(Length(cold)), _) if cold > max + ERROR => Verdict::Fail,
        (None, Some(Length(at_least))) if at_least > max + ERROR => Verdict::Fail,
        _ => Verdict::Inconclusive,
    }
}

fn measured(one: &Failback, max: Duration) -> Quantity {
    match (one.cold, one.cold_at_least) {
        (Some(cold), _) if cold.0.is_zero() => Quantity::seconds(cold, words::duration(cold.0)),
        (Some(cold), _) => {
            let text = format!("{} ±1 s", words::duration_against(cold.0, max));
            Quantity { error: Some(1.0), ..Quantity::seconds(cold, text) }
        }
        (None, Some(least)) => Quantity::seconds(least, format!("at least {}", words::duration(least.0))),
        (None, None) => Quantity::not_measured(),
    }
}
