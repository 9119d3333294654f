//! "A level of consistency, within a time, for at least this share of the reads": see `rules::consistency`.
//!
//! Per population, and the worst counts. As with availability, so few reads that could have shown less that a single one would
//! break the promise can't show that it was kept.

use super::Judgement;
use crate::{
    evidence::Evidence,
    findings::{Quantity, Scope, Verdict},
    rules::consistency::{Reads, reads},
    words,
};
use plan::resolved::{ConsistencyLevel, RunPhase};
use std::time::Duration;
use units::{PopulationName, Share};

/// What is promised.
pub(super) struct Wanted<'a> {
    pub(super) level: ConsistencyLevel,
    pub(super) within: Duration,
    pub(super) min: Share,
    pub(super) population: Option<&'a PopulationName>,
    pub(super) phase: Option<RunPhase>,
}

pub(super) fn judge(evidence: &Evidence<'_>, wanted: &Wanted<'_>) -> Judgement {
    let found = reads(evidence, wanted.level, wanted.within, super::phase_name(wanted.phase));
    let limit = wanted.min.fraction();
    let limit_text = words::share(limit);
    let cases = super::populations(evidence, wanted.population).map(|population| {
        let reads = found.get(&population).copied().unwrap_or_default();
        let share = crate::rules::experience::share(reads.kept(), reads.all);
        let (verdict, reason) = verdict(&reads, wanted);
        (verdict, -share.unwrap_or(2.0), (population, share, reason))
    });
    let mut judgement = Judgement {
        promise: format!(
            "at least {limit_text} of {} reads show {} within {}{}",
            super::whose(wanted.population),
            what(wanted.level),
            words::duration(wanted.within),
            super::when(wanted.phase)
        ),
        limit_is_most: false,
        ..Judgement::unknown(Quantity::share(limit, limit_text), "no such population")
    };
    if let Some((verdict, (population, share, reason))) = super::worst(cases.collect()) {
        let who = evidence.population_name(population);
        judgement.verdict = verdict;
        judgement.measured = share
            .map_or_else(Quantity::not_measured, |share| Quantity::share(share, words::share_against(share, limit)));
        judgement.reason = format!("{who}: {reason}");
        judgement.scope = Scope {
            text: format!("{who}, {}{}", wanted.level.as_str(), super::when(wanted.phase)),
            population: Some(population),
            class: Some("read".to_owned()),
            ..Scope::default()
        };
        judgement.evidence = share.and_then(|_| super::span(evidence, wanted.phase));
    }
    judgement
}

/// What a read shows that keeps it.
fn what(level: ConsistencyLevel) -> String {
    match level {
        ConsistencyLevel::Strong => "everything acknowledged before them".to_owned(),
        ConsistencyLevel::BoundedStaleness { max } => {
            format!("everything acknowledged {} before them", words::duration(max))
        }
        ConsistencyLevel::ReadYourWrites => "their session's own writes".to_owned(),
        ConsistencyLevel::MonotonicReads => "nothing older than what their session had read".to_owned(),
        ConsistencyLevel::Eventual => "anything".to_owned(),
    }
}

fn verdict(reads: &Reads, wanted: &Wanted<'_>) -> (Verdict, String) {
    if reads.all == 0 {
        return (Verdict::Inconclusive, "no session of its users read anything".to_owned());
    }
    let mut counted = format!("{} of {}", words::count(reads.kept()), words::counted(reads.all, "read"));
    for (count, what) in [(reads.failed, "failed"), (reads.late, "late"), (reads.less, "with less")] {
        if count > 0 {
            counted += &format!(", {} {what}", words::count(count));
        }
    }
    let min = wanted.min.parts_per_million();
    let holds = u128::from(reads.kept()) * 1_000_000 >= u128::from(reads.all) * u128::from(min);
    let spare = u64::from(1_000_000 - min);
    let needed = if spare == 0 { 1 } else { 1_000_000_u64.div_ceil(spare) };
    let at_least = words::count(needed);
    match (holds, reads.tested >= needed) {
        (false, _) => (Verdict::Fail, counted),
        (true, true) => (Verdict::Pass, counted),
        (true, false) => {
            let tested = words::counted(reads.tested, "read");
            let text =
                format!("{counted}, but {tested} could have shown less, too few to show it (at least {at_least})");
            (Verdict::Inconclusive, text)
        }
    }
}
