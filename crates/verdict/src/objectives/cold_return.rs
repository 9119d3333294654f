//! "Time from the first success at home after a fault until a population is served there as well as before, at most this": a cold
//! return (`rules::failback`), with empty caches and everybody asking at once.
//!
//! Who never left home has nothing to return from, and is kept.

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
    let promise = |whom: &str, limit: &str| format!("{whom} is served as well as before within {limit} of its return");
    coming_home::judge(evidence, found, (max, only), promise, |one| Told {
        verdict: verdict(one, max),
        taken: one.cold.or(one.cold_at_least).unwrap_or_default(),
        measured: measured(one, max),
        text: one.cold_text.clone(),
        evidence: one.first_home.zip(one.cold).map(|(from, cold)| Span { from, to: from + cold.0 }),
    })
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
