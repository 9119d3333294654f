//! "The burn rate of the error budget in every window of that length, at most this" (SRE Workbook, ch. 5).
//!
//! Burn rate = failing share ÷ (1 − target), per population, in the worst window of whole seconds; the worst population counts. A
//! run that is shorter than the window has none of that length.

use super::Judgement;
use crate::{
    evidence::{Evidence, start_of},
    findings::{Quantity, Scope, Span, Verdict},
    rules::{error_budget::seconds, experience::share},
    words,
};
use std::time::Duration;
use units::{PopulationName, Share};

/// What is promised.
pub(super) struct Wanted<'a> {
    pub(super) target: Share,
    pub(super) max: f64,
    pub(super) window: Duration,
    pub(super) population: Option<&'a PopulationName>,
}

pub(super) fn judge(evidence: &Evidence<'_>, wanted: &Wanted<'_>) -> Judgement {
    let length = words::duration(wanted.window);
    let cases = super::populations(evidence, wanted.population).map(|population| {
        let worst = worst(evidence, wanted, population);
        let verdict = match worst {
            None => Verdict::Inconclusive,
            Some((_, rate)) if rate <= wanted.max => Verdict::Pass,
            Some(_) => Verdict::Fail,
        };
        (verdict, worst.map_or(-1.0, |(_, rate)| rate), (population, worst))
    });
    let whom = super::whose(wanted.population);
    let limit = Quantity::times(wanted.max);
    let mut judgement = Judgement {
        promise: format!(
            "in every {length}, {whom} error budget at {} burns at most at {}",
            words::share(wanted.target.fraction()),
            limit.text
        ),
        ..Judgement::unknown(limit, "no such population")
    };
    if let Some((verdict, (population, worst))) = super::worst(cases.collect()) {
        let who = evidence.population_name(population);
        judgement.verdict = verdict;
        judgement.reason = format!("{who}: no {length} with requests was measured");
        if let Some((from, rate)) = worst {
            let zero = evidence.timeline.load_started.unwrap_or_default();
            let measured = Quantity::times(rate);
            judgement.reason =
                format!("{who}: {} in the {length} from {}", measured.text, words::load_clock(start_of(from), zero));
            judgement.measured = measured;
            judgement.evidence = Some(Span { from: start_of(from), to: start_of(from) + wanted.window });
        }
        judgement.scope = Scope { text: who, population: Some(population), ..Scope::default() };
    }
    judgement
}

/// The second with which the worst window begins, and its burn rate.
fn worst(evidence: &Evidence<'_>, wanted: &Wanted<'_>, population: usize) -> Option<(u64, f64)> {
    let seconds = seconds(evidence, population);
    let length = usize::try_from(wanted.window.as_secs()).ok()?.max(1);
    let (mut failed, mut all) = (0, 0);
    let mut worst: Option<(u64, f64)> = None;
    for (index, (_, second)) in seconds.iter().enumerate() {
        (failed, all) = (failed + second.0, all + second.1);
        if let Some((_, gone)) = index.checked_sub(length).map(|before| seconds[before]) {
            (failed, all) = (failed - gone.0, all - gone.1);
        }
        let Some((from, _)) = (index + 1).checked_sub(length).map(|first| seconds[first]) else { continue };
        let Some(rate) = share(failed, all).map(|failing| failing / (1.0 - wanted.target.fraction())) else { continue };
        if worst.is_none_or(|(_, most)| rate > most) {
            worst = Some((from, rate));
        }
    }
    worst
}
