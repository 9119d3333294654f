//! Draining: an operator takes a region out of service without hurting anybody.
//!
//! A draining region says so in its health checks and goes on answering whatever comes. Whoever sends users
//! (the geo-DNS, edges) reads that as "nothing new there": edges move at once, DNS as fast as its answers run
//! out. When nothing comes any more, the process can be stopped.
//!
//! The state is in memory: a restart is the end of a drain, for a region that comes back is meant to serve.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};

use super::Region;
use super::api::JsonBody;

/// Whether the region is being taken out of service.
#[derive(Debug, Default)]
pub(super) struct Drain(AtomicBool);

impl Drain {
    /// Whether it is.
    pub(super) fn is_on(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// What `chirp drain` calls, on the listener for peers.
pub(super) fn router() -> Router<Arc<Region>> {
    Router::new().route("/admin/drain", get(show).post(set))
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct DrainState {
    draining: bool,
}

async fn show(State(region): State<Arc<Region>>) -> Json<DrainState> {
    Json(DrainState { draining: region.drain.is_on() })
}

async fn set(State(region): State<Arc<Region>>, JsonBody(state): JsonBody<DrainState>) -> Json<DrainState> {
    region.drain.0.store(state.draining, Ordering::Relaxed);
    tracing::warn!(draining = state.draining, "an operator takes the region out of service, or back");
    Json(state)
}
