//! The listener for peers: our log, and fault injection. Users cannot reach it.
//!
//! `GET /peer/log?after=SEQ&log=ID&wait_ms=MS` answers the entries after `SEQ` of our log, only durable
//! ones: what a crash can take back must never be told to others. With nothing to tell it waits for at
//! most `wait_ms`. A number that is not of this log (another id, or beyond its end) means that the peer
//! knows a log that no longer exists: it gets ours from the beginning.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};

use super::Region;
use super::api::{ApiError, JsonBody};

/// The longest wait of a poll, whatever the peer asks for.
const WAIT_MAX: Duration = Duration::from_secs(30);
/// About how many bytes of entries an answer holds.
const BATCH_BYTES_MAX: usize = 1024 * 1024;

pub(super) fn router(region: Arc<Region>) -> Router {
    Router::new()
        .route("/peer/log", get(log))
        .route("/admin/storage", get(storage).post(set_storage))
        .fallback(async || ApiError::not_found("no such route"))
        .with_state(region)
}

#[derive(Deserialize)]
struct LogQuery {
    after: u64,
    #[serde(default)]
    log: String,
    #[serde(default)]
    wait_ms: u64,
}

async fn log(State(region): State<Arc<Region>>, Query(query): Query<LogQuery>) -> Result<Response, ApiError> {
    let mut durable = region.writer.durable();
    let is_ours = query.log == region.store.log() && query.after <= *durable.borrow();
    let from = if is_ours { query.after } else { 0 };
    let wait = Duration::from_millis(query.wait_ms).min(WAIT_MAX);
    tokio::select! {
        _ = durable.wait_for(|head| *head > from) => {}
        () = tokio::time::sleep(wait) => {}
        () = region.stop.requested() => {}
    }
    let head = *durable.borrow();
    let entries_max = region.replication.batch_entries_max;
    let part = region.read(move |store| store.log_after(from, head, entries_max, BATCH_BYTES_MAX)).await?;
    // The entries are JSON already; only what is around them has to be written.
    let body = format!(
        r#"{{"region":"{}","log":"{}","from":{from},"to":{},"head":{head},"entries":[{}]}}"#,
        region.name,
        region.store.log(),
        part.to,
        part.entries.join(",")
    );
    Ok(([(http::header::CONTENT_TYPE, "application/json")], body).into_response())
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct StorageState {
    stalled: bool,
}

async fn storage(State(region): State<Arc<Region>>) -> Json<StorageState> {
    Json(StorageState { stalled: region.writer.gate().is_stalled() })
}

async fn set_storage(State(region): State<Arc<Region>>, JsonBody(state): JsonBody<StorageState>) -> Json<StorageState> {
    region.writer.gate().set_stalled(state.stalled);
    tracing::warn!(stalled = state.stalled, "the storage is stalled or resumed on purpose");
    Json(state)
}
