//! "The part of thirty days' error budget that the run spends, at most this" (`definitions.md`: one such outage costs X % of the
//! month).
//!
//! Per population, and the worst counts. See `rules::error_budget`.

use super::Judgement;
use crate::{
    evidence::Evidence,
    findings::{Quantity, Scope, Span, Verdict},
    rules::{
        error_budget::{seconds, spent},
        experience::share,
    },
    words,
};
use std::time::Duration;
use units::{PopulationName, Share};

pub(super) fn judge(evidence: &Evidence<'_>, target: Share, max: Share, only: Option<&PopulationName>) -> Judgement {
    let (limit, promised) = (max.fraction(), target.fraction());
    let limit_text = format!("{} of 30 days' budget", words::share(limit));
    let cases = super::populations(evidence, only).map(|population| {
        let seconds = seconds(evidence, population);
        let (failed, all) = seconds.iter().fold((0, 0), |sum, (_, second)| (sum.0 + second.0, sum.1 + second.1));
        let length = Duration::from_secs(seconds.len() as u64);
        let cost = share(failed, all).map(|failing| spent(failing, length, promised));
        let verdict = match cost {
            None => Verdict::Inconclusive,
            Some(cost) if cost <= limit => Verdict::Pass,
            Some(_) => Verdict::Fail,
        };
        (verdict, cost.unwrap_or(-1.0), (population, cost, failed, all))
    });
    let whom = super::whose(only);
    let mut judgement = Judgement {
        promise: format!("{whom} failures cost at most {limit_text} at {}", words::share(promised)),
        ..Judgement::unknown(Quantity::share(limit, limit_text), "no such population")
    };
    if let Some((verdict, (population, cost, failed, all))) = super::worst(cases.collect()) {
        let who = evidence.population_name(population);
        judgement.verdict = verdict;
        judgement.reason = format!("{who}: {} of {} failed", words::count(failed), words::counted(all, "request"));
        if let Some(cost) = cost {
            judgement.measured = Quantity::share(cost, words::share_against(cost, limit));
            let timeline = &evidence.timeline;
            judgement.evidence = Some(Span { from: timeline.measured_from, to: timeline.measured_until });
        }
        judgement.scope = Scope { text: who, population: Some(population), ..Scope::default() };
    }
    judgement
}
