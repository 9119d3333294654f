//! Loads under way, so that many who ask for the same thing at once cost a region one request.
//!
//! The first one loads, the others wait for it, each until its own deadline. A load whose resource has been
//! written since it began takes no more passengers: the next one begins another. When a load ends with nothing
//! to share (it failed, was too large, or its user went away), those who waited go on their own: what failed
//! for one user need not fail for another, who may have more time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::Kept;
use super::invalidations::{Invalidations, Spot};

type Landing = watch::Receiver<Option<Arc<Kept>>>;

#[derive(Debug)]
struct Flight {
    begun: u64,
    landing: Landing,
}

/// Loads under way, by what is loaded. Not more than there are requests.
#[derive(Debug, Default)]
pub(super) struct Flights(Mutex<HashMap<Arc<str>, Flight>>);

/// What somebody is to do who needs an answer.
pub(super) enum Role<'a> {
    /// Load it.
    Leads(Lead<'a>),
    /// Wait for it.
    Waits(Landing),
}

/// The one who loads. Dropping it ends the flight.
pub(super) struct Lead<'a> {
    flights: &'a Flights,
    key: Arc<str>,
    sender: watch::Sender<Option<Arc<Kept>>>,
}

impl Flights {
    fn lock(&self) -> MutexGuard<'_, HashMap<Arc<str>, Flight>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether none is under way.
    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }

    /// Joins a flight that nothing has overtaken, or begins one.
    pub(super) fn join(&self, key: &Arc<str>, spot: Spot, invalidations: &Invalidations) -> Role<'_> {
        let mut flights = self.lock();
        if let Some(flight) = flights.get(key)
            && invalidations.holds(&[spot], flight.begun)
        {
            return Role::Waits(flight.landing.clone());
        }
        let (sender, landing) = watch::channel(None);
        flights.insert(Arc::clone(key), Flight { begun: invalidations.count(), landing });
        Role::Leads(Lead { flights: self, key: Arc::clone(key), sender })
    }
}

impl Lead<'_> {
    /// Gives what was loaded to all who wait.
    pub(super) fn share(&self, kept: &Arc<Kept>) {
        self.sender.send_replace(Some(Arc::clone(kept)));
    }
}

impl Drop for Lead<'_> {
    fn drop(&mut self) {
        let mut flights = self.flights.lock();
        // Another one may have begun in its place.
        if flights.get(&self.key).is_some_and(|flight| flight.landing.same_channel(&self.sender.subscribe())) {
            flights.remove(&self.key);
        }
    }
}
