//! Successes that took longer than the baseline tolerates, second by second.
//!
//! What is tolerated is the plan's `trust.recovered_response`: by default three times the baseline's p99, and at least a second
//! more than it, for an answer from another continent over a fresh connection takes up to four round trips of a quarter of a
//! second, which is rerouting and no outage. A baseline with too few samples for its p99 tolerates nothing and forbids nothing:
//! there is no limit then. Who is back home needs no such allowance:
//! twice the p99 and at least 50 ms more is a cold cache, or a region that is not itself yet.

use super::{Requests, operations_of};
use crate::findings::{Operations, PhaseName};
use plan::resolved::ResolvedPlan;
use record::{Entry, Interval};
use std::{collections::BTreeMap, ops::Range, time::Duration};

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
pub(crate) struct Slowness {
    limits: BTreeMap<(Stream, Allowance), Duration>,
    /// Slow successes and all of them.
    seconds: BTreeMap<(Stream, Allowance), BTreeMap<u64, (u64, u64)>>,
}

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
                    slowness.limits.insert((stream, Allowance::Elsewhere), plan.trust.recovered_response.limit(p99));
                    slowness.limits.insert((stream, Allowance::Home), (p99 * HOME_TIMES).max(p99 + HOME_MORE));
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
            let stream = (stream, allowance);
            let Some(limit) = self.limits.get(&stream).filter(|_| interval.outcome.is_ok()) else { return };
            let slow = interval.response.count_above(*limit);
            let second = self.seconds.entry(stream).or_default().entry(interval.second).or_default();
            *second = (second.0 + slow, second.1 + interval.count());
        }
    }

    /// What a response may take; `None`: the baseline has too few samples to say.
    pub(crate) fn limit(&self, stream: Stream, allowance: Allowance) -> Option<Duration> {
        self.limits.get(&(stream, allowance)).copied()
    }

    /// Whether any success of that second was slow.
    pub(crate) fn has_slow(&self, stream: Stream, allowance: Allowance, second: u64) -> bool {
        let stream = self.seconds.get(&(stream, allowance));
        stream.and_then(|stream| stream.get(&second)).is_some_and(|(slow, _)| *slow > 0)
    }

    /// Whether more successes of those seconds were slow than one in a hundred explains: more than λ + 3·√λ + 1 of them.
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
    pub(crate) fn is_slow(&self, stream: Stream, allowance: Allowance, seconds: Range<u64>) -> bool {
        let Some(stream) = self.seconds.get(&(stream, allowance)) else { return false };
        let (slow, all) = stream.range(seconds).fold((0, 0), |sum, (_, one)| (sum.0 + one.0, sum.1 + one.1));
        let expected = SLOW_SHARE * all as f64;
        slow as f64 > expected + 3.0 * expected.sqrt() + 1.0
    }
}
