//! How many requests of a class may be under way: from how long they take. Pure.
//!
//! A **standing** delay is what hurts: one that even the quickest request of an interval has had. A burst
//! makes the slowest slow and leaves the quickest quick; a queue that never empties delays all. (The idea is
//! CoDel's, RFC 8289, section 3; there for packets, dropped one by one; here for a limit.)
//!
//! ```text
//!  quickest of the interval      limit
//!  > delay_max                   nine tenths of what was under way at most
//!  < delay_max / 2               a tenth more, and one
//!  between                       as it was
//! ```
//!
//! `delay_max` is a fifth of the time that a request has: the work itself, with its way to other regions if it
//! needs one, has to fit in that, or requests fail anyway. An interval is 100 ms, or as long as its quickest
//! request took: what a new limit does cannot be seen sooner. Falling, the limit stops at 16, so that
//! there is always something to learn from; rising, at the ceiling.
//!
//! **Limits of it.** While nothing ends (a stall), nothing is learnt; the ceiling holds. Requests that are slow
//! by nature, all of them, look like a queue: then the floor is what they get.

use std::time::Duration;

const INTERVAL: Duration = Duration::from_millis(100);
/// `delay_max` is the deadline divided by this.
const DEADLINE_PARTS: u32 = 5;
/// Where a falling limit stops, unless the ceiling is lower.
const FLOOR: usize = 16;

/// A limit that adapts.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Limit {
    limit: f64,
    floor: f64,
    ceiling: f64,
    delay_max: Duration,
    /// When the interval began.
    began: Duration,
    /// What the quickest of the interval took.
    quickest: Option<Duration>,
    /// The most that were under way in the interval.
    most: usize,
}

impl Limit {
    /// Begins at the ceiling: only trouble lowers it.
    pub(super) fn new(ceiling: usize, deadline: Duration) -> Self {
        Self {
            limit: ceiling as f64,
            floor: FLOOR.min(ceiling) as f64,
            ceiling: ceiling as f64,
            delay_max: deadline / DEADLINE_PARTS,
            began: Duration::ZERO,
            quickest: None,
            most: 0,
        }
    }

    /// A delay that is too long if all have it.
    pub(super) fn delay_max(&self) -> Duration {
        self.delay_max
    }

    /// How many may be under way.
    pub(super) fn places(&self) -> usize {
        self.limit as usize
    }

    /// Whether one more may come when so many are under way.
    pub(super) fn admits(&mut self, in_flight: usize) -> bool {
        let admits = in_flight < self.places();
        self.most = self.most.max(in_flight + usize::from(admits));
        admits
    }

    /// At `now` (since any fixed moment) a request has ended that took so long.
    pub(super) fn ended(&mut self, now: Duration, took: Duration) {
        let quickest = self.quickest.map_or(took, |quickest| quickest.min(took));
        self.quickest = Some(quickest);
        if now.saturating_sub(self.began) < INTERVAL.max(quickest) {
            return;
        }
        if quickest > self.delay_max {
            self.limit = (self.limit.min(self.most as f64) * 0.9).max(self.floor);
        } else if quickest < self.delay_max / 2 {
            self.limit = (self.limit * 1.1 + 1.0).min(self.ceiling);
        }
        (self.began, self.quickest, self.most) = (now, None, 0);
    }
}
