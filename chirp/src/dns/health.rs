//! Who is healthy: rise and fall, and the board that the answers look at.
//!
//! One lost probe must not move a continent, and one lucky probe must not bring it back: a region falls
//! after some failures in a row and rises after some successes in a row. The very first result counts
//! at once, for there is nothing yet to protect. Until then a region counts as unhealthy; if all are, the
//! zone's `fail_open` decides.

use std::sync::{Mutex, PoisonError};

use crate::names::RegionName;

/// Rise and fall of one region.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(super) struct Health {
    verdict: Option<bool>,
    /// Results in a row that speak against the verdict.
    against: u32,
}

impl Health {
    /// Takes in a probe's result; answers the new verdict if it flips.
    pub(super) fn record(&mut self, success: bool, to_unhealthy: u32, to_healthy: u32) -> Option<bool> {
        let Some(verdict) = self.verdict else {
            self.verdict = Some(success);
            return self.verdict;
        };
        if success == verdict {
            self.against = 0;
            return None;
        }
        self.against += 1;
        let needed = if verdict { to_unhealthy } else { to_healthy };
        if self.against < needed {
            return None;
        }
        *self = Self { verdict: Some(success), against: 0 };
        self.verdict
    }

    /// Whether users may be sent there.
    pub(super) fn is_healthy(self) -> bool {
        self.verdict == Some(true)
    }
}

/// The health of all regions.
#[derive(Debug)]
pub(super) struct Board {
    names: Vec<RegionName>,
    failures_to_unhealthy: u32,
    successes_to_healthy: u32,
    regions: Mutex<Vec<Health>>,
}

impl Board {
    /// Nobody has been probed yet.
    pub(super) fn new(names: Vec<RegionName>, failures_to_unhealthy: u32, successes_to_healthy: u32) -> Self {
        let regions = Mutex::new(vec![Health::default(); names.len()]);
        Self { names, failures_to_unhealthy, successes_to_healthy, regions }
    }

    /// The name of a region, by its index in the configuration.
    pub(super) fn name(&self, index: usize) -> &RegionName {
        &self.names[index]
    }

    /// Takes in a probe's result; answers the new verdict if it flips.
    pub(super) fn record(&self, index: usize, success: bool) -> Option<bool> {
        let mut regions = self.regions.lock().unwrap_or_else(PoisonError::into_inner);
        regions[index].record(success, self.failures_to_unhealthy, self.successes_to_healthy)
    }

    /// Who is healthy now, by index.
    pub(super) fn healthy(&self) -> Vec<bool> {
        let regions = self.regions.lock().unwrap_or_else(PoisonError::into_inner);
        regions.iter().map(|health| health.is_healthy()).collect()
    }
}
