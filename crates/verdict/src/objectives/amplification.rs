//! "Attempts per request in any ten seconds, at most this" (`definitions.md`: retry amplification).
//!
//! Per population, and the worst counts. See `rules::amplification`.

use super::{Found, Judgement};
use crate::{
    evidence::Evidence,
    findings::{Quantity, Scope, Verdict},
    words,
};
use units::PopulationName;

pub(super) fn judge(evidence: &Evidence<'_>, found: &Found<'_>, max: f64, only: Option<&PopulationName>) -> Judgement {
    let of = |population: usize| found.amplification.iter().find(|one| one.population == population);
    let cases = super::populations(evidence, only).filter_map(of).map(|one| {
        let verdict = match one.worst {
            None => Verdict::Inconclusive,
            Some(worst) if worst <= max => Verdict::Pass,
            Some(_) => Verdict::Fail,
        };
        (verdict, one.worst.unwrap_or(-1.0), one)
    });
    let limit = Quantity::times(max);
    let whom = super::whose(only);
    let mut judgement = Judgement {
        promise: format!("in any ten seconds, {whom} requests take at most {} attempts each", words::decimal(max)),
        ..Judgement::unknown(limit, "no such population")
    };
    if let Some((verdict, one)) = super::worst(cases.collect()) {
        let who = evidence.population_name(one.population);
        judgement.verdict = verdict;
        judgement.reason = format!("{who}: too few requests in any ten seconds");
        if let (Some(worst), Some(span)) = (one.worst, one.worst_span) {
            let zero = evidence.timeline.load_started.unwrap_or_default();
            let from = words::load_clock(span.from, zero);
            judgement.reason =
                format!("{who}: {} attempts per request in the ten seconds from {from}", words::decimal(worst));
            judgement.measured = Quantity::times(worst);
            judgement.evidence = Some(span);
        }
        judgement.scope = Scope { text: who, population: Some(one.population), ..Scope::default() };
    }
    judgement
}
