//! Counts per tenth of a second around each fault: from five seconds before its injection to fifteen behind the recovery
//! of its focus population, at least 35 and at most 120 seconds.

use crate::{
    evidence::Evidence,
    findings::{FaultFinding, FineSeries, MarkKind, Operations},
};
use std::time::Duration;

const BEFORE: Duration = Duration::from_secs(5);
const BEHIND: Duration = Duration::from_secs(15);
const LENGTH_MIN: Duration = Duration::from_secs(35);
const LENGTH_MAX: Duration = Duration::from_secs(120);
const BUCKET_MICROS: u64 = 100_000;

/// The fine series of every fault that was injected, for every population.
pub(crate) fn fine(evidence: &Evidence<'_>, faults: &[FaultFinding]) -> Vec<FineSeries> {
    let populations = 0..evidence.plan.populations.len();
    faults
        .iter()
        .flat_map(|fault| populations.clone().filter_map(move |population| one(evidence, fault, population)))
        .collect()
}

fn one(evidence: &Evidence<'_>, fault: &FaultFinding, population: usize) -> Option<FineSeries> {
    let at = |kind| fault.mark(kind).and_then(|mark| mark.at);
    let began = at(MarkKind::Injecting).or(at(MarkKind::Active))?;
    let from = began - BEFORE;
    let length = at(MarkKind::Recovered).map_or(LENGTH_MIN, |recovered| (recovered + BEHIND).saturating_since(from));
    let until = from + length.clamp(LENGTH_MIN, LENGTH_MAX);
    let tenths = evidence.requests.tenths;
    let range = tenths.index(from)..tenths.index(until);
    let stream = evidence.stream(population, Operations::All);
    let home = evidence.homes[population];
    let at_home = |tenth: usize| home.map_or(0, |home| stream.served_by(home, tenth..tenth + 1));
    let small = |count: u64| u32::try_from(count).unwrap_or(u32::MAX);
    let each = |count: &dyn Fn(usize) -> u64| range.clone().map(|tenth| small(count(tenth))).collect();
    Some(FineSeries {
        fault: fault.name.clone(),
        population,
        from: evidence.time_of(range.start),
        bucket_us: BUCKET_MICROS,
        ok_home: each(&at_home),
        ok_elsewhere: each(&|tenth| stream.counts(tenth..tenth + 1).ok - at_home(tenth)),
        failed: each(&|tenth| stream.counts(tenth..tenth + 1).failed),
    })
}
