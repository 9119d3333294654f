//! "Time from the fault's proven removal until every origin is served by its home again, at most this": failback scored
//! like failover.
//!
//! Counted are populations whose home was a target. Where there is none (a fault between peers), or no fault was
//! injected, nothing is measured.

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
        let taken = one.time.or(one.at_least).unwrap_or_default();
        (verdict(one, max), taken.as_secs_f64(), (fault.name.as_str(), one))
    });
    let whom = only.map_or_else(|| "every population".to_owned(), ToString::to_string);
    let mut judgement = Judgement {
        verdict: Verdict::Inconclusive,
        promise: format!("{whom} is served by its home again within {} of the repair", words::duration(max)),
        measured: Quantity::not_measured(),
        limit: Quantity::seconds(max.into(), words::duration(max)),
        limit_is_most: true,
        reason: "no population's home was hit by a fault, so there was nothing to return from".to_owned(),
        scope: Scope::default(),
        evidence: None,
    };
    if let Some((verdict, (fault, one))) = super::worst(cases.collect()) {
        let who = evidence.population_name(one.population);
        let healed = one.failed_back.zip(one.time).map(|(at, time)| at - time.0);
        judgement.verdict = verdict;
        judgement.measured = measured(one, max);
        judgement.reason = format!("{who}: {}", one.text);
        judgement.evidence = healed.zip(one.failed_back).map(|(from, to)| Span { from, to });
        judgement.scope = Scope {
            text: format!("{who}, {fault}"),
            population: Some(one.population),
            fault: Some(fault.to_owned()),
            ..Scope::default()
        };
    }
    judgement
}

fn verdict(one: &Failback, max: Duration) -> Verdict {
    match (one.time, one.at_least) {
        (Some(Length(time)), _) if time <= max => Verdict::Pass,
        (Some(_), _) => Verdict::Fail,
        (None, Some(Length(at_least))) if at_least > max => Verdict::Fail,
        _ => Verdict::Inconclusive,
    }
}

fn measured(one: &Failback, max: Duration) -> Quantity {
    match (one.time, one.at_least) {
        (Some(time), _) => Quantity::seconds(time, words::duration_against(time.0, max)),
        (None, Some(at_least)) => Quantity::seconds(at_least, format!("at least {}", words::duration(at_least.0))),
        (None, None) => Quantity::not_measured(),
    }
}
