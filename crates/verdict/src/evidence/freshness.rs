//! Reads of the ledger's sessions that showed too old a state, by the population whose users made them, second by second.
//!
//! A read is as old as what it lacked had been acknowledged (`history::staleness`); one that lacks nothing has age zero. What is
//! tolerated is three times the p95 of the baseline's ages, and at least a second more than it: after a fault users are served from
//! another continent, and a change takes its way there. It is the p95 and not the p99, as sessions are few: it takes 59 reads. A
//! baseline with fewer has no say in it.

use super::{Excess, Timeline};
use crate::{
    findings::PhaseName,
    history::{History, begun, staleness},
};
use record::{Histogram, Reader};
use std::{collections::BTreeMap, time::Duration};

const PERCENT: f64 = 95.0;
/// What may be older than that.
const OLD_SHARE: f64 = 0.05;
/// Of the baseline's p95, and on top of it at least.
const TIMES: u32 = 3;
const MORE: Duration = Duration::from_secs(1);

/// Reads of each population that showed too old a state.
#[derive(Debug, Default)]
pub(crate) struct Freshness(BTreeMap<usize, Excess>);

impl Freshness {
    pub(crate) fn of(history: &History<'_>, timeline: &Timeline) -> Self {
        let mut reads: BTreeMap<usize, Vec<(u64, Duration)>> = BTreeMap::new();
        staleness::check(history, |lack| {
            if let Reader::Population(population) = lack.read.by {
                reads.entry(population).or_default().push((begun(lack.read).second(), lack.age));
            }
        });
        let mut found = BTreeMap::new();
        for (population, reads) in reads {
            let mut baseline = Histogram::new();
            let before = reads.iter().filter(|(second, _)| timeline.phase_of(*second) == Some(PhaseName::Baseline));
            before.for_each(|(_, age)| baseline.record(*age));
            let Some(usual) = baseline.percentile(PERCENT) else { continue };
            let limit = (usual * TIMES).max(usual + MORE);
            let mut excess = Excess::over(limit, OLD_SHARE);
            reads.iter().for_each(|(second, age)| excess.add(*second, u64::from(*age > limit), 1));
            found.insert(population, excess);
        }
        Self(found)
    }

    /// Those of a population; `None`: its baseline has too few reads to say what is too old.
    pub(crate) fn of_population(&self, population: usize) -> Option<&Excess> {
        self.0.get(&population)
    }
}
