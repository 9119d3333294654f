//! The heartbeat: a small entry in our own log, again and again.
//!
//! It takes the same way as every write (queue, fsync, link, the peer's writer), so its age at a peer is
//! the replication lag, also when no user writes, and also when a gauge of ours would be frozen.

use std::sync::Arc;

use tokio::time::MissedTickBehavior;

use super::Region;

/// Writes heartbeats until the region stops.
pub(super) async fn run(region: Arc<Region>) {
    if region.peers.is_empty() {
        return;
    }
    let mut ticks = tokio::time::interval(region.replication.heartbeat);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = region.stop.requested() => return,
            _ = ticks.tick() => {}
        }
        let written = tokio::select! {
            () = region.stop.requested() => return,
            written = region.writer.write(region.limits.write_deadline, |session| session.heartbeat()) => written,
        };
        if let Err(error) = written {
            tracing::warn!(%error, "no heartbeat was written");
        }
    }
}
