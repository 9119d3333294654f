//! Taking snapshots, copying those of the peers, and giving ours away.
//!
//! `GET /peer/snapshots?reader=` lists what this region's store holds and the reader may have (`residency`),
//! of every origin; `GET /peer/snapshot?reader=&origin=&name=&offset=` answers a part of one. Each interval a region takes its own and
//! then asks each peer for the newest that the peer took itself.
//!
//! Nothing here holds a write up: a snapshot is one read transaction on a thread that may block, and what
//! fails is said, counted, and tried again at the next interval.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;

use super::Region;
use super::api::ApiError;
use super::peer_answer::{self, AnswerError};
use super::residency;
use crate::config::Snapshots;
use crate::http::{Connection, Meter, RequestError};
use crate::names::RegionName;
use crate::rounds;
use crate::snapshot::{Named, ObjectError, SnapshotObjects, name};
use crate::store::DumpError;

/// Bytes of one answer.
const PART_BYTES: u64 = 1024 * 1024;
/// Parts between reading and writing.
const PARTS_IN_FLIGHT: usize = 4;

/// A region's snapshots.
#[derive(Debug)]
pub(super) struct SnapshotKeeper {
    objects: SnapshotObjects,
    every: Option<Duration>,
    keep: usize,
}

impl SnapshotKeeper {
    pub(super) fn open(config: &Snapshots, region: &RegionName) -> Result<Self, ObjectError> {
        let objects = SnapshotObjects::open(&config.folder(region))?;
        Ok(Self { objects, every: config.every, keep: config.keep })
    }
}

/// What `GET /peer/snapshots` answers.
#[derive(Debug, Deserialize, Serialize)]
struct Listing {
    snapshots: Vec<Named>,
}

/// Why there is no snapshot, or no copy of one.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SnapshotError {
    #[error(transparent)]
    Dump(#[from] DumpError),
    #[error(transparent)]
    Objects(#[from] ObjectError),
    #[error(transparent)]
    Request(#[from] RequestError),
    #[error(transparent)]
    Answer(#[from] AnswerError),
    #[error("the reader ended: {0}")]
    Ended(#[from] tokio::task::JoinError),
}

/// Takes and copies until the region stops.
pub(super) async fn run(region: Arc<Region>) {
    let Some(every) = region.snapshots.every else { return };
    rounds::each(&region.stop, every, every, || round(&region)).await;
}

async fn round(region: &Region) {
    let keeper = &region.snapshots;
    match take(region).await {
        Ok(bytes) => region.metrics.count_snapshot(bytes),
        Err(error) => {
            region.metrics.count_snapshot_failure();
            tracing::warn!(%error, "no snapshot was taken");
        }
    }
    for (peer, address) in &region.addresses {
        let meter = region.metrics.traffic().meter(peer, "snapshot");
        let timeout = region.replication.timeout;
        let copied = async {
            let mut source = Source::open(&region.name, *address, timeout, meter).await?;
            let theirs = source.list().await?.into_iter().filter(|named| named.origin == *peer);
            let Some(newest) = theirs.max() else { return Ok(()) };
            if keeper.objects.list(peer).await?.contains(&newest) {
                return Ok(());
            }
            source.copy(&newest, &keeper.objects).await
        };
        if let Err(error) = copied.await {
            tracing::debug!(%peer, %error, "no snapshot was copied");
        }
    }
    for origin in region.addresses.keys().chain([&region.name]) {
        if let Err(error) = keeper.objects.prune(origin, keeper.keep).await {
            tracing::warn!(%origin, %error, "old snapshots cannot be deleted");
        }
    }
}

/// Takes a snapshot of this region; answers its size.
async fn take(region: &Region) -> Result<u64, SnapshotError> {
    let (sender, parts) = mpsc::channel(PARTS_IN_FLIGHT);
    let (store, own) = (region.store.clone(), region.name.clone());
    let name = name(region.wall_clock.now_ms(), *region.writer.durable().borrow());
    let dumping = tokio::task::spawn_blocking(move || {
        // A part that cannot be handed on ends the dump without its last line, and then it is no snapshot.
        store.dump(&own, |part| sender.blocking_send(part).map_err(|_| DumpError::Gone))
    });
    let written = region.snapshots.objects.put(&region.name, &name, None, parts).await;
    dumping.await??;
    Ok(written?)
}

/// Another region's snapshots, over one connection.
pub(crate) struct Source {
    /// Who asks.
    reader: RegionName,
    connection: Connection,
    timeout: Duration,
}

impl Source {
    /// Connects to the replication listener of a region.
    pub(crate) async fn open(
        reader: &RegionName,
        address: std::net::SocketAddr,
        timeout: Duration,
        meter: Meter,
    ) -> Result<Self, SnapshotError> {
        let connection = Connection::to_peer(address, timeout, meter).await?;
        Ok(Self { reader: reader.clone(), connection, timeout })
    }

    /// All that it holds, of any origin.
    pub(crate) async fn list(&mut self) -> Result<Vec<Named>, SnapshotError> {
        let path = format!("/peer/snapshots?reader={}", self.reader);
        let listing: Listing = peer_answer::get_json(&mut self.connection, &path, self.timeout).await?;
        Ok(listing.snapshots)
    }

    /// Copies one into a store.
    pub(crate) async fn copy(&mut self, named: &Named, objects: &SnapshotObjects) -> Result<(), SnapshotError> {
        let (sender, parts) = mpsc::channel(PARTS_IN_FLIGHT);
        let sending = async {
            let mut offset = 0;
            while offset < named.bytes {
                let (reader, origin, name) = (&self.reader, &named.origin, &named.name);
                let path = format!("/peer/snapshot?reader={reader}&origin={origin}&name={name}&offset={offset}");
                let part = peer_answer::get(&mut self.connection, &path, self.timeout).await?.body;
                offset += part.len() as u64;
                if part.is_empty() || sender.send(part.to_vec()).await.is_err() {
                    break;
                }
            }
            drop(sender);
            Ok::<(), SnapshotError>(())
        };
        let (sent, written) = tokio::join!(sending, objects.put(&named.origin, &named.name, Some(named.bytes), parts));
        sent?;
        written?;
        Ok(())
    }
}

/// `GET /peer/snapshots`
pub(super) async fn list(
    State(region): State<Arc<Region>>,
    Query(query): Query<ListQuery>,
) -> Result<Response, ApiError> {
    Ok(Json(Listing { snapshots: all_for(&region, &query.reader).await? }).into_response())
}

/// Those that `reader` may have. A region's snapshot holds the logs of its zone whole, and of others only
/// what may be everywhere: who may hold its log may hold all of it.
async fn all_for(region: &Region, reader: &str) -> Result<Vec<Named>, ApiError> {
    let mut snapshots = Vec::new();
    let origins = region.addresses.keys().chain([&region.name]);
    for origin in origins.filter(|origin| residency::may_hold(region, origin.as_str(), reader)) {
        snapshots.extend(region.snapshots.objects.list(origin).await.map_err(|error| unavailable(&error))?);
    }
    Ok(snapshots)
}

fn unavailable(error: &ObjectError) -> ApiError {
    ApiError::unavailable(error.to_string(), "try again later, or in another region")
}

/// Who asks.
#[derive(Deserialize)]
pub(super) struct ListQuery {
    #[serde(default)]
    reader: String,
}

/// Which part of which snapshot, and who asks.
#[derive(Deserialize)]
pub(super) struct PartQuery {
    #[serde(default)]
    reader: String,
    origin: String,
    name: String,
    offset: u64,
}

/// `GET /peer/snapshot`
pub(super) async fn part(
    State(region): State<Arc<Region>>,
    Query(query): Query<PartQuery>,
) -> Result<Response, ApiError> {
    // Only what is listed can be asked for, so no path leads out of the store.
    let wanted = |named: &Named| named.origin.as_str() == query.origin && named.name == query.name;
    let Some(named) = all_for(&region, &query.reader).await?.into_iter().find(wanted) else {
        return Err(ApiError::not_found(format!("no snapshot {} of {}", query.name, query.origin)));
    };
    let part =
        region.snapshots.objects.read(&named, query.offset, PART_BYTES).await.map_err(|error| unavailable(&error))?;
    Ok(([(http::header::CONTENT_TYPE, "application/octet-stream")], part).into_response())
}
