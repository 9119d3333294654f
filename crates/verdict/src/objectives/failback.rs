//! "Time from the fault's proven removal until every origin is served by its home again, at most this": failback scored
//! like failover.

use super::{
    Found, Judgement,
    coming_home::{self, Told},
};
use crate::{
    evidence::Evidence,
    findings::{Failback, Length, Quantity, Span, Verdict},
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
    let promise = |whom: &str, limit: &str| format!("{whom} is served by its home again within {limit} of the repair");
    coming_home::judge(evidence, found, (max, only), promise, |one| {
        let healed = one.failed_back.zip(one.time).map(|(at, time)| at - time.0);
        Told {
            verdict: verdict(one, max),
            taken: one.time.or(one.at_least).unwrap_or_default(),
            measured: measured(one, max),
            text: one.text.clone(),
            evidence: healed.zip(one.failed_back).map(|(from, to)| Span { from, to }),
        }
    })
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
