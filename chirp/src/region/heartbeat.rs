//! The heartbeat: a small entry in our own log, again and again.
//!
//! It takes the same way as every write (queue, fsync, link, the peer's writer), so its age at a peer is
//! the replication lag, also when no user writes, and also when a gauge of ours would be frozen.
//!
//! A region without peers writes none. What else goes with heartbeats, letting go of tombstones, it does at
//! the same pace.

use std::sync::Arc;
use std::time::Duration;

use super::Region;
use crate::rounds;

/// Writes heartbeats until the region stops.
pub(super) async fn run(region: Arc<Region>) {
    let round = || async {
        if let Err(error) = beat(&region).await {
            tracing::warn!(error, "no heartbeat was written");
        }
    };
    rounds::each(&region.stop, Duration::ZERO, region.replication.heartbeat, round).await;
}

/// The error is for people.
async fn beat(region: &Region) -> Result<(), String> {
    let deadline = region.limits.write_deadline;
    if !region.peers.is_empty() {
        let written = region.writer.write(deadline, |session| session.heartbeat()).await;
        return written.map_err(|error| error.to_string());
    }
    let oldest = region.read(|store| store.oldest_deletion_ms()).await.map_err(|error| error.to_string())?;
    let kept_ms = oldest.map(|oldest| region.wall_clock.now_ms().saturating_sub(oldest));
    if kept_ms.is_some_and(|kept| kept > region.tombstones_keep.as_millis() as u64) {
        let collected = region.writer.write(deadline, |session| session.collect_tombstones()).await;
        collected.map(drop).map_err(|error| error.to_string())?;
    }
    Ok(())
}
