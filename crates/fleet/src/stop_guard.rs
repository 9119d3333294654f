//! The stop guard: whether what ended in the last seconds is past what the plan allows. Pure: time comes in as a value.
//!
//! ```text
//!   intervals of any agent ──▶ second in which they came in ──▶ [ window ] ──▶ failed share, percentile ──▶ past a limit?
//! ```
//!
//! A request counts in the second in which the conductor heard of its end, which is half a second to a second later; by the
//! second in which it was intended, those that hang would be missing until they time out. What an agent hands over late, after
//! a cut of its link, is about the past and doesn't count. The guard says nothing before the load is as old as the window, nor
//! with fewer samples than a share or that percentile needs.

use plan::resolved::{ResolvedPlan, StopGuard};
use record::{Entry, Histogram};
use std::{collections::BTreeMap, time::Duration};
use units::{RunTime, duration::Text};

/// A share of fewer requests says nothing.
const REQUESTS_MIN: u64 = 20;
/// From a request's end until the conductor hears of it, in order: more is late.
const ON_THE_WAY_MAX: Duration = Duration::from_secs(5);

/// Watches what comes in for a plan's stop guard.
#[derive(Debug)]
pub(crate) struct Watch {
    guard: StopGuard,
    /// A request is over this long after it was intended.
    over_after: Duration,
    load_started: Option<RunTime>,
    /// By the second of the run in which it came in.
    seconds: BTreeMap<u64, Second>,
}

#[derive(Debug, Default)]
struct Second {
    ok: u64,
    failed: u64,
    response: Histogram,
}

impl Watch {
    /// `None`: the plan has no stop guard.
    pub(crate) fn of(plan: &ResolvedPlan) -> Option<Self> {
        let guard = plan.stop_guard.clone()?;
        let over_after = plan.load.start_within + plan.request_time_max() + ON_THE_WAY_MAX;
        Some(Self { guard, over_after, load_started: None, seconds: BTreeMap::new() })
    }

    /// The load starts.
    pub(crate) fn begin(&mut self, at: RunTime) {
        self.load_started = Some(at);
    }

    /// Something was recorded.
    pub(crate) fn take(&mut self, entry: &Entry, at: RunTime) {
        let Entry::Interval(interval) = entry else { return };
        let over = RunTime::from(Duration::from_secs(interval.second + 1) + self.over_after);
        if over < at {
            return;
        }
        let oldest = self.oldest(at);
        self.seconds.retain(|second, _| *second >= oldest);
        let second = self.seconds.entry(at.second()).or_default();
        if interval.outcome.is_ok() {
            second.ok += interval.count();
            second.response.merge(&interval.response);
        } else {
            second.failed += interval.count();
        }
    }

    /// What is exceeded and by how much, in words.
    pub(crate) fn exceeded(&self, now: RunTime) -> Option<String> {
        let load_started = self.load_started?;
        if now < load_started + self.guard.window {
            return None;
        }
        let window = || self.seconds.range(self.oldest(now)..).map(|(_, second)| second);
        let (ok, failed) = window().fold((0, 0), |sum, second| (sum.0 + second.ok, sum.1 + second.failed));
        let length = Text(self.guard.window);
        let requests = ok + failed;
        if let Some(max) = self.guard.failed_max.filter(|_| requests >= REQUESTS_MIN)
            && u128::from(failed) * 1_000_000 > u128::from(requests) * u128::from(max.parts_per_million())
        {
            #[expect(clippy::cast_precision_loss, reason = "a share for people, of counts far below 2^53")]
            let percent = failed as f64 * 100.0 / requests as f64;
            return Some(format!("{percent:.1}% of {requests} requests failed within {length}, limit {max}"));
        }
        let limit = self.guard.response_time?;
        let response = Histogram::merged(window().map(|second| &second.response));
        let value = response.percentile(limit.percentile).filter(|value| *value > limit.max)?;
        let value = Duration::from_millis(u64::try_from(value.as_millis()).unwrap_or(u64::MAX));
        let (percentile, value, max) = (limit.percentile, Text(value), Text(limit.max));
        Some(format!("p{percentile} of the response time was {value} within {length}, limit {max}"))
    }

    /// The first second of the run that counts: the window, to the second.
    fn oldest(&self, now: RunTime) -> u64 {
        now.second().saturating_sub(self.guard.window.as_secs().max(1) - 1)
    }
}

#[cfg(test)]
mod tests;
