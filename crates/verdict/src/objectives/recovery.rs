//! "Achieved recovery time of every fault, worst population, at most this" (`definitions.md`: RTO as objective, measured
//! per region and operation class).
//!
//! A time whose error bound (±0.1 s, and ±1 s where response times came last) reaches over the limit decides nothing: no order is claimed inside a bound. A recovery
//! that isn't known breaks the promise nevertheless when it took longer than the limit already.
//!
//! Without a fault that was injected there is nothing to recover from: not measured, hence inconclusive.

use super::{Found, Judgement};
use crate::{
    evidence::Evidence,
    findings::{Length, Quantity, Recovery, RecoveryState, Scope, Span, Verdict},
    words,
};
use plan::resolved::OperationClass;
use std::time::Duration;
use units::PopulationName;

pub(super) fn judge(
    evidence: &Evidence<'_>,
    found: &Found<'_>,
    max: Duration,
    class: Option<OperationClass>,
    only: Option<&PopulationName>,
) -> Judgement {
    let wanted = |one: &&Recovery| {
        class.is_none_or(|class| one.class == class.as_str())
            && only.is_none_or(|only| evidence.plan.populations[one.population].name == *only)
    };
    let cases = found.faults.iter().flat_map(|fault| fault.recovery.iter().filter(wanted).map(move |one| (fault, one)));
    let cases = cases.map(|(fault, one)| {
        let verdict = verdict(one, max);
        let taken = crate::rules::fault::taken(one).as_secs_f64();
        (verdict, taken, (fault.name.as_str(), one))
    });
    let whom = only.map_or_else(|| "every population".to_owned(), ToString::to_string);
    let whom = class.map_or_else(|| whom.clone(), |class| format!("{whom}'s {}s", class.as_str()));
    let mut judgement = Judgement {
        verdict: Verdict::Inconclusive,
        promise: format!("after every fault, {whom} recover within {}", words::duration(max)),
        measured: Quantity::not_measured(),
        limit: Quantity::seconds(max.into(), words::duration(max)),
        limit_is_most: true,
        reason: "no fault was injected, so there was nothing to recover from".to_owned(),
        scope: Scope::default(),
        evidence: None,
    };
    if let Some((verdict, (fault, one))) = super::worst(cases.collect()) {
        let who = evidence.population_name(one.population);
        judgement.verdict = verdict;
        judgement.measured = measured(one, max);
        judgement.reason = format!("{who}, {}s: {}", one.class, one.text);
        judgement.evidence =
            one.impact.map(|from| Span { from, to: one.recovered.unwrap_or(evidence.timeline.measured_until) });
        judgement.scope = Scope {
            text: format!("{who}, {}s, {fault}", one.class),
            population: Some(one.population),
            class: Some(one.class.clone()),
            fault: Some(fault.to_owned()),
            step: None,
        };
    }
    judgement
}

fn verdict(one: &Recovery, max: Duration) -> Verdict {
    let error = one.error.unwrap_or_default().0;
    match (one.state, one.time, one.at_least) {
        (RecoveryState::NotAffected, ..) => Verdict::Pass,
        (RecoveryState::Recovered, Some(Length(time)), _) if time + error <= max => Verdict::Pass,
        (RecoveryState::Recovered, Some(Length(time)), _) if time > max + error => Verdict::Fail,
        (_, None, Some(Length(at_least))) if at_least > max => Verdict::Fail,
        _ => Verdict::Inconclusive,
    }
}

fn measured(one: &Recovery, max: Duration) -> Quantity {
    match (one.time, one.at_least) {
        (Some(time), _) => {
            let text = words::duration_against(time.0, max);
            let error = one.error.map(|error| error.as_secs_f64());
            let text = match one.error {
                Some(error) => format!("{text} ±{} s", words::decimal(error.as_secs_f64())),
                None => text,
            };
            Quantity { error, ..Quantity::seconds(time, text) }
        }
        (None, Some(at_least)) => Quantity::seconds(at_least, format!("at least {}", words::duration(at_least.0))),
        (None, None) => Quantity::not_measured(),
    }
}
