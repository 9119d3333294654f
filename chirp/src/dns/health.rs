//! The board that the answers look at: what each place found, and what follows from it.
//!
//! A target is unhealthy when enough places do not find it serving. Below that it is healthy, and as long as
//! neither is certain (places have not looked yet), it counts as unhealthy without being called so; if all
//! are, the zone's `fail_open` decides.
//!
//! A place that hears "draining" or "passive" votes like one that finds a failure. The word spreads to the
//! others within an interval, and users are moved when enough have heard it.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::probe::{Health, State, Thresholds};

/// The health of all targets as all places see it.
#[derive(Debug)]
pub(super) struct Board {
    names: Vec<String>,
    thresholds: Thresholds,
    votes_to_unhealthy: usize,
    targets: Mutex<Vec<Votes>>,
    /// Findings that were taken in.
    findings: AtomicU32,
}

/// What the places say of one target.
#[derive(Clone, Debug)]
pub(super) struct Votes {
    places: Vec<Health>,
    verdict: Option<bool>,
}

impl Votes {
    /// Nobody has looked yet.
    pub(super) fn new(places: usize) -> Self {
        Self { places: vec![Health::default(); places], verdict: None }
    }

    /// Takes in what a place found; answers the new verdict if it flips.
    pub(super) fn record(
        &mut self,
        place: usize,
        found: State,
        thresholds: Thresholds,
        votes_to_unhealthy: usize,
    ) -> Option<bool> {
        self.places[place].record(found, thresholds)?;
        let serving = self.places.iter().filter(|health| health.is_serving()).count();
        let against = self.places.iter().filter(|health| health.state().is_some()).count() - serving;
        let verdict = if against >= votes_to_unhealthy {
            Some(false)
        } else if serving + votes_to_unhealthy > self.places.len() {
            Some(true)
        } else {
            None
        };
        if verdict.is_none() || verdict == self.verdict {
            return None;
        }
        self.verdict = verdict;
        verdict
    }
}

impl Board {
    /// Nobody has been asked yet. `votes_to_unhealthy` is between 1 and `places`.
    pub(super) fn new(names: Vec<String>, places: usize, votes_to_unhealthy: usize, thresholds: Thresholds) -> Self {
        let targets = Mutex::new(vec![Votes::new(places); names.len()]);
        Self { names, thresholds, votes_to_unhealthy, targets, findings: AtomicU32::new(0) }
    }

    /// The name of a target, by its index.
    pub(super) fn name(&self, target: usize) -> &str {
        &self.names[target]
    }

    /// Takes in what a place found; answers the new verdict if it flips.
    pub(super) fn record(&self, place: usize, target: usize, found: State) -> Option<bool> {
        self.findings.fetch_add(1, Ordering::Relaxed);
        let mut targets = self.targets.lock().unwrap_or_else(PoisonError::into_inner);
        targets[target].record(place, found, self.thresholds, self.votes_to_unhealthy)
    }

    /// How many findings were taken in: the serial number of the zone. It stands still when nothing checks any more.
    pub(super) fn serial(&self) -> u32 {
        self.findings.load(Ordering::Relaxed)
    }

    /// Who is healthy now, by index.
    pub(super) fn healthy(&self) -> Vec<bool> {
        let targets = self.targets.lock().unwrap_or_else(PoisonError::into_inner);
        targets.iter().map(|votes| votes.verdict == Some(true)).collect()
    }
}
