//! The listener for peers: logs, and what is wrong on purpose (`condition`). Users cannot reach it.
//!
//! `GET /peer/log?after=SEQ&log=ID&wait_ms=MS` answers the entries after `SEQ` of our log, only durable
//! ones: what a crash can take back must never be told to others. With nothing to tell it waits for at
//! most `wait_ms`. A number that is not of this log (another id, or beyond its end) means that the peer
//! knows a log that no longer exists: it gets ours from the beginning.
//!
//! With `reader=NAME`, asking for what comes after `SEQ` confirms that everything up to it is on disk there
//! (`durability`); `claim=TEXT` is what that region has promised meanwhile.
//!
//! `GET /peer/logs` lists what we can pass on: our log and our copies of others. With `origin=NAME`,
//! `GET /peer/log` answers from one of those, at once; 404 if we have nothing of it. Copies are on disk
//! before they are listed.
//!
//! What is no longer kept of a log (`store::trim`) is answered 410 with `origin`, `log` and the `first` number that
//! is; `GET /peer/state` answers what such a reader needs instead (`transfer`).
//!
//! `POST /admin/sync {"peers": [NAME, …]}` fetches everything that these peers hold and answers 200 when it
//! is durable here.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Query, State};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use serde::Deserialize;

use super::api::{self, ApiError, JsonBody};
use super::copies::{self, Logs};
use super::peer_answer::{TRIMMED, Trimmed};
use super::{Region, authority, forward, postgres, residency};
use super::{snapshots, transfer};
use crate::condition;
use crate::names::RegionName;
use crate::store::{Held, LogPart, Store};
use crate::trace;

/// The longest wait of a poll, whatever the peer asks for.
const WAIT_MAX: Duration = Duration::from_secs(30);
/// About how many bytes of entries an answer holds.
const BATCH_BYTES_MAX: usize = 1024 * 1024;
/// How long `POST /admin/sync` may take.
const SYNC_DEADLINE: Duration = Duration::from_secs(60);

pub(super) fn router(region: Arc<Region>) -> Router {
    Router::new()
        .route("/peer/log", get(log))
        .route("/peer/logs", get(logs))
        .route("/peer/state", get(transfer::state))
        .route("/peer/snapshots", get(snapshots::list))
        .route("/peer/snapshot", get(snapshots::part))
        .route("/admin/sync", post(sync))
        .route("/peer/postgres", get(postgres::report))
        .route("/admin/postgres", get(postgres::status))
        .merge(authority::routes())
        .nest_service(forward::PREFIX, api::router(Arc::clone(&region)).layer(Extension(authority::Forwarded)))
        .merge(super::drain::router())
        .merge(condition::router(region.conditions.clone()))
        .fallback(async || ApiError::not_found("no such route"))
        .layer(from_fn_with_state(region.tracer.clone(), trace::observe))
        .with_state(region)
}

#[derive(Deserialize)]
struct LogQuery {
    after: u64,
    #[serde(default)]
    log: String,
    #[serde(default)]
    wait_ms: u64,
    /// Whose log; ours if it is left out.
    origin: Option<String>,
    /// Which region asks.
    #[serde(default)]
    reader: String,
    /// What it has promised.
    #[serde(default)]
    claim: String,
}

async fn log(State(region): State<Arc<Region>>, Query(query): Query<LogQuery>) -> Result<Response, ApiError> {
    match query.origin.clone() {
        Some(origin) if origin != region.name.as_str() || query.log != region.store.log() => {
            copy(&region, origin, query).await
        }
        _ => own_log(&region, &query).await,
    }
}

async fn own_log(region: &Region, query: &LogQuery) -> Result<Response, ApiError> {
    let mut durable = region.writer.durable();
    let is_ours = query.log == region.store.log() && query.after <= *durable.borrow();
    let from = if is_ours { query.after } else { 0 };
    if is_ours && let Some(peer) = residency::counts_as_copy(region, &query.reader) {
        // It has this much on disk: see `durability`.
        region.acknowledgements.record(peer, query.after, &query.claim);
    }
    let wait = Duration::from_millis(query.wait_ms).min(WAIT_MAX);
    tokio::select! {
        _ = durable.wait_for(|head| *head > from) => {}
        () = tokio::time::sleep(wait) => {}
        () = region.stop.requested() => {}
    }
    let head = *durable.borrow();
    let entries_max = region.replication.batch_entries_max;
    let mut part = region.read(move |store| store.log_after(from, head, entries_max, BATCH_BYTES_MAX)).await?;
    if part.lacks_after(from) {
        return Ok(trimmed(region.name.as_str(), region.store.log(), part.first));
    }
    residency::redact(region, region.name.as_str(), &query.reader, &mut part);
    if let Some(hidden) = authority::hidden_after(region) {
        part.entries.retain(|entry| authority::is_told(entry, hidden));
    }
    let mut response = batch(region.name.as_str(), region.store.log(), from, &part, head);
    region.writer.traces().tell(from, part.to, response.headers_mut());
    Ok(response)
}

async fn copy(region: &Region, origin: String, query: LogQuery) -> Result<Response, ApiError> {
    let (after, entries_max) = (query.after, region.replication.batch_entries_max);
    let (wanted, log) = (origin.clone(), query.log.clone());
    let read = move |store: &Store| store.copies_after(&wanted, &log, after, entries_max, BATCH_BYTES_MAX);
    let held = if residency::holds_whole(region, &origin) { region.read(read).await? } else { None };
    let Some((mut part, head)) = held else {
        return Err(ApiError::not_found(format!("no copy of the log {} of {origin}", query.log)));
    };
    if part.lacks_after(after) {
        return Ok(trimmed(&origin, &query.log, part.first));
    }
    residency::redact(region, &origin, &query.reader, &mut part);
    Ok(batch(&origin, &query.log, after, &part, head))
}

/// The entries are JSON already; only what is around them has to be written. Origin and log are names that
/// we hold entries of, so they need no quoting.
pub(super) fn batch_text(origin: &str, log: &str, from: u64, part: &LogPart, head: u64) -> String {
    let (to, entries) = (part.to, part.entries.join(","));
    format!(r#"{{"region":"{origin}","log":"{log}","from":{from},"to":{to},"head":{head},"entries":[{entries}]}}"#)
}

fn batch(origin: &str, log: &str, from: u64, part: &LogPart, head: u64) -> Response {
    let body = batch_text(origin, log, from, part, head);
    ([(http::header::CONTENT_TYPE, "application/json")], body).into_response()
}

fn trimmed(origin: &str, log: &str, first: u64) -> Response {
    (TRIMMED, Json(Trimmed { origin: origin.to_owned(), log: log.to_owned(), first })).into_response()
}

async fn logs(State(region): State<Arc<Region>>) -> Result<Json<Logs>, ApiError> {
    let seq = *region.writer.durable().borrow();
    let mut logs = region.read(|store| store.holdings()).await?;
    logs.retain(|held| residency::holds_whole(&region, &held.origin));
    logs.push(Held { origin: region.name.to_string(), log: region.store.log().to_owned(), seq, first: 0 });
    Ok(Json(Logs { region: region.name.clone(), logs }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SyncRequest {
    peers: Vec<RegionName>,
}

async fn sync(
    State(region): State<Arc<Region>>,
    JsonBody(request): JsonBody<SyncRequest>,
) -> Result<Json<serde_json::Value>, ApiError> {
    let synced = copies::sync_from(&region, &request.peers, SYNC_DEADLINE).await;
    synced.map_err(|error| {
        let reasons: Vec<String> = error.0.iter().map(|(peer, reason)| format!("{peer}: {reason}")).collect();
        ApiError::unavailable(reasons.join("; "), "these peers could not be read; the others were")
    })?;
    Ok(Json(serde_json::json!({ "synced": request.peers })))
}
