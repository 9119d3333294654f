//! Successes that took longer than the baseline tolerates, second by second.
//!
//! What is tolerated is the plan's `trust.recovered_response`: by default three times the baseline's p99, and at least a second
//! more than it, for an answer from another continent over a fresh connection takes up to four round trips of a quarter of a
//! second, which is rerouting and no outage. A baseline with too few samples for its p99 tolerates nothing and forbids nothing:
//! there is no limit then. Who is back home needs no such allowance:
//! twice the p99 and at least 50 ms more is a cold cache, or a region that is not itself yet.

use super::{Excess, Requests, operations_of};
use crate::findings::{Operations, PhaseName};
use plan::resolved::ResolvedPlan;
use record::{Entry, Interval};
use std::{collections::BTreeMap, time::Duration};

/// Back home: of the baseline's p99, and on top of it at least.
const HOME_TIMES: u32 = 2;
const HOME_MORE: Duration = Duration::from_millis(50);
/// What may be slower than the p99.
const SLOW_SHARE: f64 = 0.01;

/// A population's operations of one class.
pub(crate) type Stream = (usize, Operations);

/// What is held against the baseline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Allowance {
    /// Users may be served from another continent.
    Elsewhere,
    /// Users are home.
    Home,
}

/// Slow successes per stream and second.
#[derive(Debug, Default)]
pub(crate) struct Slowness(BTreeMap<(Stream, Allowance), Excess>);

impl Slowness {
    pub(crate) fn of(entries: &[Entry], requests: &Requests, plan: &ResolvedPlan) -> Self {
        let mut slowness = Self::default();
        for population in 0..plan.populations.len() {
            for operations in [Operations::Read, Operations::Write] {
                let baseline = requests.response(population, |step, phase| {
                    phase == PhaseName::Baseline && operations_of(requests.class_of(step)) == operations
                });
                if let Some(p99) = baseline.percentile(99.0) {
                    let stream = (population, operations);
                    let limits = [
                        (Allowance::Elsewhere, plan.trust.recovered_response.limit(p99)),
                        (Allowance::Home, (p99 * HOME_TIMES).max(p99 + HOME_MORE)),
                    ];
                    for (allowance, limit) in limits {
                        slowness.0.insert((stream, allowance), Excess::over(limit, SLOW_SHARE));
                    }
                }
            }
        }
        for entry in entries {
            if let Entry::Interval(interval) = entry {
                slowness.add(interval, requests);
            }
        }
        slowness
    }

    fn add(&mut self, interval: &Interval, requests: &Requests) {
        let stream = (interval.population, operations_of(requests.class_of(interval.step)));
        for allowance in [Allowance::Elsewhere, Allowance::Home] {
            let excess = self.0.get_mut(&(stream, allowance)).filter(|_| interval.outcome.is_ok());
            let Some(excess) = excess else { return };
            let slow = interval.response.count_above(excess.limit());
            excess.add(interval.second, slow, interval.count());
        }
    }

    /// Those of a stream; `None`: its baseline has too few samples to say what is slow.
    pub(crate) fn of_stream(&self, stream: Stream, allowance: Allowance) -> Option<&Excess> {
        self.0.get(&(stream, allowance))
    }
}
