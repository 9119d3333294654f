//! "Share of user-time in which users succeed, in every window of that length, at least this" (`definitions.md`: availability as
//! users see it, and its worst window per window length).
//!
//! See `rules::uptime`. A run that is shorter than the window has none of that length, which is inconclusive and not a pass.

use super::Judgement;
use crate::{
    evidence::Evidence,
    findings::{Operations, Quantity, Scope, Verdict},
    rules::uptime,
    words,
};
use std::time::Duration;
use units::{PopulationName, Share};

pub(super) fn judge(evidence: &Evidence<'_>, min: Share, window: Duration, only: Option<&PopulationName>) -> Judgement {
    let limit = min.fraction();
    let limit_text = words::share(limit);
    let length = words::duration(window);
    let cases = super::populations(evidence, only).map(|population| {
        let worst = uptime::of(evidence, population, Operations::All).worst(evidence, window);
        let verdict = match &worst {
            None => Verdict::Inconclusive,
            Some(worst) if worst.uptime >= limit => Verdict::Pass,
            Some(_) => Verdict::Fail,
        };
        (verdict, worst.as_ref().map_or(-2.0, |worst| -worst.uptime), (population, worst))
    });
    let whom = super::whose(only);
    let mut judgement = Judgement {
        promise: format!("in every {length}, {whom} requests succeed for at least {limit_text} of the user-time"),
        limit_is_most: false,
        ..Judgement::unknown(Quantity::share(limit, limit_text), "no such population")
    };
    if let Some((verdict, (population, worst))) = super::worst(cases.collect()) {
        let who = evidence.population_name(population);
        judgement.verdict = verdict;
        judgement.reason = match &worst {
            None => format!("{who}: no window of {length} with enough requests was measured"),
            Some(worst) => {
                let zero = evidence.timeline.load_started.unwrap_or_default();
                let at = words::load_clock(worst.span.from, zero);
                format!("{who}: the worst {length} begins at {at}, up {}", words::share(worst.uptime))
            }
        };
        if let Some(worst) = worst {
            judgement.measured = Quantity::share(worst.uptime, words::share_against(worst.uptime, limit));
            judgement.evidence = Some(worst.span);
        }
        judgement.scope = Scope { text: who, population: Some(population), ..Scope::default() };
    }
    judgement
}
