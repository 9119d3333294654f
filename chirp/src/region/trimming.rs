//! Keeps logs within their bounds: with each heartbeat, what need not be kept is dropped (`store::trim`).
//!
//! It is looked first, in a read transaction: a region in which nothing is to be dropped writes nothing. What is
//! dropped goes in transactions of a bounded size, with other writes in between.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::Region;
use crate::names::RegionName;
use crate::rounds;
use crate::store::{Held, Listings, WriteError};

/// Transactions of one round. What is left is for the next one.
const TRANSACTIONS_MAX: usize = 100;

/// What peers have last said that they hold.
#[derive(Debug, Default)]
pub(super) struct Listed(Mutex<Listings>);

impl Listed {
    /// A peer's answer to `GET /peer/logs`.
    pub(super) fn record(&self, peer: &RegionName, logs: &[Held]) {
        let logs = logs.iter().map(|held| ((held.origin.clone(), held.log.clone()), held.seq));
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(peer.clone(), logs.collect::<BTreeMap<_, _>>());
    }

    fn all(&self) -> Listings {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Trims until the region stops.
pub(super) async fn run(region: Arc<Region>) {
    rounds::each(&region.stop, Duration::ZERO, region.replication.heartbeat, || round(&region)).await;
}

async fn round(region: &Region) {
    let own = region.name.clone();
    let look = match region.read(move |store| store.look_at_logs(&own)).await {
        Ok(look) => look,
        Err(error) => return tracing::debug!(%error, "the logs were not looked at"),
    };
    region.metrics.logs().set_first(&look.first);
    if look.is_due
        && let Err(error) = trim(region).await
    {
        tracing::warn!(%error, "the logs were not trimmed");
    }
}

async fn trim(region: &Region) -> Result<(), WriteError> {
    for _ in 0..TRANSACTIONS_MAX {
        let (own, listings) = (region.name.clone(), region.listed.all());
        let deadline = region.limits.write_deadline;
        let trimmed = region.writer.write(deadline, move |session| session.trim(&own, &listings)).await?;
        region.metrics.logs().count_trimmed(&trimmed.dropped);
        if !trimmed.more {
            break;
        }
    }
    Ok(())
}
