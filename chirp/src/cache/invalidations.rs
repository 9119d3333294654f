//! What has been written since when: pure.
//!
//! Every write gets a number, and the resources that it touches remember the highest one. Whoever loads notes
//! the number at which it begins; what it brings holds as long as none of its resources has a higher one. So a
//! load that is overtaken by a write brings something that is already known to be old, however late it comes,
//! and nothing has to be looked for and removed.
//!
//! The number is drawn before the places are marked. A load that begins in between has the number already, but
//! then it reads what the write has done: writes are numbered when they can be read.
//!
//! Resources share 16384 places by their hash. Two that meet in one only cost each other a load.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::admission::Resource;
use crate::condition::{Condition, Conditions};
use crate::defects::Defect;
use crate::mix::mix_text;

const PLACES: usize = 1 << 14;

/// The numbers of writes, by resource.
#[derive(Debug)]
pub(crate) struct Invalidations {
    conditions: Conditions,
    /// How many there were.
    count: AtomicU64,
    /// The last one that may have touched anything.
    everything: AtomicU64,
    /// The last one, by place.
    last: Box<[AtomicU64]>,
}

/// A resource's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Spot(u16);

impl Spot {
    pub(super) fn of(resource: &Resource) -> Self {
        match resource {
            Resource::User(name) => Self::at(mix_text(name.as_str())),
            Resource::Post(id) => Self::of_post(id),
        }
    }

    pub(super) fn of_post(id: &str) -> Self {
        Self::at(!mix_text(id))
    }

    fn at(hash: u64) -> Self {
        Self((hash % PLACES as u64) as u16)
    }
}

impl Invalidations {
    /// Nothing has been written.
    pub(crate) fn new(conditions: &Conditions) -> Self {
        let last = (0..PLACES).map(|_| AtomicU64::new(0)).collect();
        let conditions = conditions.clone();
        Self { conditions, count: AtomicU64::new(0), everything: AtomicU64::new(0), last }
    }

    /// The number of the newest write. A load notes it before it asks.
    pub(crate) fn count(&self) -> u64 {
        self.count.load(Ordering::SeqCst)
    }

    /// These have been written, or may have been.
    pub(crate) fn touch(&self, resources: &[Resource]) {
        let is_deaf = self.conditions.defects().has(Defect::NoInvalidation); // DEFECT no-invalidation
        if is_deaf || self.conditions.strikes(Condition::InvalidationsDropped).is_some() {
            return;
        }
        let number = self.count.fetch_add(1, Ordering::SeqCst) + 1;
        for resource in resources {
            self.last[usize::from(Spot::of(resource).0)].fetch_max(number, Ordering::SeqCst);
        }
    }

    /// Something has been written, and it is not known what.
    pub(crate) fn touch_everything(&self) {
        let number = self.count.fetch_add(1, Ordering::SeqCst) + 1;
        self.everything.fetch_max(number, Ordering::SeqCst);
    }

    /// The same for one resource.
    #[cfg(test)]
    pub(crate) fn holds_for(&self, resource: &Resource, begun: u64) -> bool {
        self.holds(&[Spot::of(resource)], begun)
    }

    /// Whether what was loaded from number `begun` on still holds.
    pub(super) fn holds(&self, spots: &[Spot], begun: u64) -> bool {
        let untouched = |spot: &Spot| self.last[usize::from(spot.0)].load(Ordering::SeqCst) <= begun;
        self.everything.load(Ordering::SeqCst) <= begun && spots.iter().all(untouched)
    }
}
