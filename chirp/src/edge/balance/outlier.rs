//! Outlier ejection: giving a region up for a while because users' own requests to it fail.
//!
//! Health checks ask every second or so and need several failures in a row; a thousand users have
//! failed by then. Their requests are the better probe: after so many *gateway failures* in a row
//! (refused, reset, timed out, 502, 503, 504) the region is out at once. Any other answer resets the count; a
//! 500 or a 404 comes from a region that works.
//!
//! ```text
//!  failures in a row >= limit ──▶ out for min * 2^(times - 1), at most max ──▶ in again, count at zero
//! ```
//!
//! A region that keeps failing is tried less and less often. For each `max` that it stays in, one former
//! ejection is forgotten. Failures that come back while it is out are those of requests that were under way:
//! they change nothing.

use std::time::Duration;

/// Doubling ends here; the longest ejection ends it before.
const DOUBLINGS_MAX: u32 = 20;

/// When and for how long.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) failures: u32,
    pub(super) min: Duration,
    pub(super) max: Duration,
}

/// The failures of one region.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Outlier {
    in_a_row: u32,
    /// Ejections that are not forgotten yet.
    times: u32,
    out_until: Option<Duration>,
    back_since: Option<Duration>,
}

impl Outlier {
    pub(super) fn is_ejected(&self, now: Duration) -> bool {
        self.out_until.is_some_and(|until| now < until)
    }

    /// Takes in what came of a request. Answers for how long the region is out, if it is because of this.
    pub(super) fn record(&mut self, failed: bool, now: Duration, limits: Limits, may_eject: bool) -> Option<Duration> {
        if self.is_ejected(now) {
            return None;
        }
        self.readmit(now);
        self.in_a_row = if failed { self.in_a_row.saturating_add(1) } else { 0 };
        if self.in_a_row < limits.failures || !may_eject {
            return None;
        }
        if let Some(since) = self.back_since {
            let forgotten = now.saturating_sub(since).as_millis() / limits.max.as_millis().max(1);
            self.times = self.times.saturating_sub(u32::try_from(forgotten).unwrap_or(u32::MAX));
        }
        let length = limits.min.saturating_mul(1 << self.times.min(DOUBLINGS_MAX)).min(limits.max);
        let times = self.times.saturating_add(1);
        *self = Self { in_a_row: 0, times, out_until: Some(now + length), back_since: None };
        Some(length)
    }

    /// Ends an ejection whose time is over; whether there was one.
    pub(super) fn readmit(&mut self, now: Duration) -> bool {
        let Some(until) = self.out_until.filter(|until| now >= *until) else { return false };
        self.out_until = None;
        self.back_since = Some(until);
        true
    }
}
