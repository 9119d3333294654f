//! The voter: what it promised, and until when that binds it.

use std::time::Duration;

use super::{Ask, Promise, Vote};
use crate::names::RegionName;

/// One voter's state for one partition. [`Self::promise`] has to be on disk before a granted vote leaves
/// the process; the rest may be forgotten.
#[derive(Clone, Debug)]
pub(crate) struct Voter {
    lease: Duration,
    promise: Option<Promise>,
    /// Until then the promise binds (our clock).
    until: Duration,
    /// The holder has said that it will not acknowledge with this epoch any more.
    released: bool,
}

impl Voter {
    /// A voter that begins at `now` with what is on its disk. It waits a whole lease: it may have granted
    /// one just before it died, and with an empty disk it does not even know to whom.
    pub(crate) fn new(promise: Option<Promise>, now: Duration, lease: Duration) -> Self {
        Self { lease, promise, until: now + lease, released: false }
    }

    /// What has been promised.
    pub(crate) fn promise(&self) -> Option<&Promise> {
        self.promise.as_ref()
    }

    /// The holder as far as this voter knows: whom it has granted a lease that has not run out.
    pub(crate) fn bound_to(&self, now: Duration) -> Option<&Promise> {
        self.promise.as_ref().filter(|_| !self.released && now < self.until)
    }

    /// When the promise stops to bind, if nothing happens: the earliest moment for a candidacy.
    pub(crate) fn free_at(&self) -> Duration {
        if self.released { Duration::ZERO } else { self.until }
    }

    /// Answers an ask; a granted one changes the promise or prolongs it.
    pub(crate) fn vote(&mut self, now: Duration, ask: &Ask) -> Vote {
        if !self.may_grant(now, ask) {
            let bound = self.free_at().saturating_sub(now);
            return Vote::Refused { promise: self.promise.clone(), bound_ms: bound.as_millis() as u64 };
        }
        if ask.is_trial {
            return Vote::Granted;
        }
        let promise = ask.promise();
        if self.promise.as_ref() != Some(&promise) {
            self.promise = Some(promise);
            self.released = false;
        }
        self.until = self.until.max(now + self.lease);
        Vote::Granted
    }

    /// The holder of an epoch has given it up.
    pub(crate) fn release(&mut self, epoch: u64, holder: &RegionName) {
        if self.promise.as_ref().is_some_and(|promise| promise.epoch == epoch && promise.holder == *holder) {
            self.released = true;
        }
    }

    fn may_grant(&self, now: Duration, ask: &Ask) -> bool {
        let free = self.released || now >= self.until;
        let Some(promise) = &self.promise else { return free };
        let same_holder = promise.holder == ask.candidate;
        match ask.epoch.cmp(&promise.epoch) {
            std::cmp::Ordering::Less => false,
            // A renewal; not of what was given up: it comes late, and its sender has ceased to hold.
            std::cmp::Ordering::Equal => same_holder && !self.released,
            // The same region in a later tenure has ended its earlier one, by itself or by dying.
            std::cmp::Ordering::Greater => free || same_holder || ask.handed_over == Some(promise.epoch),
        }
    }
}
