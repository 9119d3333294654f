//! Catching up before serving.
//!
//! A region that was dead holds the past. Served from it, users would see their newest posts vanish and
//! come back. So a start waits until each peer's log is applied as far as it was when the peer was first
//! heard of; the API answers 503 until then, and the health check says why, so steering leaves us alone.
//! A peer that stays silent is not waited for: a region must be able to start alone.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::Region;
use crate::engine::Engine;
use crate::events::{self, Event};

/// How often it is looked whether the peers are settled.
const LOOK: Duration = Duration::from_millis(20);

/// Waits until the region may serve, and lets it.
pub(super) async fn run(region: Arc<Region>) {
    let patience = region.replication.catch_up_patience;
    while !region.peers.values().all(|peer| peer.is_settled(patience)) {
        tokio::select! {
            () = region.stop.requested() => return,
            () = tokio::time::sleep(LOOK) => {}
        }
    }
    if let Engine::Postgres(postgres) = &region.engine {
        tokio::select! {
            () = region.stop.requested() => return,
            () = postgres.ready() => {}
        }
    }
    for (name, peer) in &region.peers {
        let numbers = peer.numbers(region.wall_clock.now_ms());
        if peer.has_answered() && numbers.reachable {
            tracing::info!(peer = %name, applied = numbers.applied_seq, "caught up");
        } else {
            tracing::warn!(peer = %name, applied = numbers.applied_seq, "serving without this peer: it cannot be reached");
        }
    }
    region.serving.store(true, Ordering::Release);
    tracing::info!("serving");
    events::emit(&Event::Serving { region: region.name.to_string() });
}
