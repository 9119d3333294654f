//! Replication, the reading side: one task per peer that pulls its log and applies it.
//!
//! ```text
//!   loop:  GET /peer/log?after=CURSOR   (the peer holds the answer back until it has something)
//!          one transaction: apply the entries, move the cursor
//! ```
//!
//! Pulling, because the cursor then lives with what it describes: no acknowledgement can be lost, and a
//! kill at any point repeats at most one batch, which is harmless. A link that swallows everything is
//! noticed because the peer must answer within `poll_wait` even if it has nothing. After a failure the
//! connection is thrown away; waits double up to a limit, with jitter, so that many regions do not knock
//! at a returning one in step.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::Region;
use super::pace::Pace;
use super::peer_answer::{self, AnswerError};
use super::reading::{Reader, Tries, note_applied};
use super::transfer::{self, TransferError};
use crate::http::{Connection, RequestError};
use crate::names::RegionName;
use crate::store::WriteError;
use crate::trace::{self, AppliedBatch};

/// How long a batch may wait for its commit before it is asked for again.
pub(super) const APPLY_DEADLINE: Duration = Duration::from_secs(30);

#[derive(Debug, thiserror::Error)]
enum PullError {
    #[error(transparent)]
    Request(#[from] RequestError),
    #[error(transparent)]
    Answer(#[from] AnswerError),
    #[error("its state did not come: {0}")]
    Transfer(#[from] TransferError),
    #[error("{address} is {found}, not {expected}: the configuration of the peers is wrong")]
    WrongRegion { address: SocketAddr, found: RegionName, expected: RegionName },
    #[error("a batch was not applied: {0}")]
    Apply(#[from] WriteError),
}

/// Pulls the log of a peer until the region stops.
pub(super) async fn run(region: Arc<Region>, peer: RegionName, address: SocketAddr) {
    let reader = Reader::new("log", &region, &peer, address);
    reader.run(|tries| pull(&region, &peer, address, tries)).await;
}

/// Pulls over one connection until something fails; answers what.
async fn pull(region: &Region, peer: &RegionName, address: SocketAddr, tries: &Tries) -> PullError {
    let mut connection =
        match Connection::to_peer(address, region.replication.timeout, region.metrics.traffic().meter(peer, "log"))
            .await
        {
            Ok(connection) => connection,
            Err(error) => return error.into(),
        };
    let mut pace = Pace::default();
    loop {
        let span = region.tracer.root("replication pull");
        if let Err(error) = span.run(pull_once(region, peer, address, &mut connection, &mut pace)).await {
            return error;
        }
        tries.succeeded();
    }
}

async fn pull_once(
    region: &Region,
    peer: &RegionName,
    address: SocketAddr,
    connection: &mut Connection,
    pace: &mut Pace,
) -> Result<(), PullError> {
    let status = &region.peers[peer];
    let cursor = status.cursor();
    // The first answer is wanted at once: a start waits for it.
    let wait = if status.has_answered() { region.replication.poll_wait } else { Duration::ZERO };
    let (after, log, reader) = (cursor.seq, &cursor.log, &region.name);
    // What this poll confirms is durable here already, and the claim is taken after that.
    let claim = region.acknowledgements.claim(peer);
    let wait_ms = wait.as_millis();
    let path = format!("/peer/log?after={after}&log={log}&reader={reader}&claim={claim}&wait_ms={wait_ms}");
    let part = peer_answer::get_part(region, connection, &path, wait + region.replication.timeout).await;
    let (batch, headers) = match part {
        Err(AnswerError::Trimmed(lacking)) => return Ok(transfer::run(region, peer, connection, &lacking).await?),
        part => part?,
    };
    if batch.region != *peer {
        return Err(PullError::WrongRegion { address, found: batch.region, expected: peer.clone() });
    }
    if batch.log != cursor.log && !cursor.log.is_empty() {
        tracing::warn!(%peer, log = batch.log, "the peer has a new log; reading it from the beginning");
    }
    let batch = match pace.cut(&region.conditions, batch) {
        Ok(batch) => Arc::new(batch),
        Err(wait) => {
            tokio::time::sleep(wait).await;
            return Ok(());
        }
    };
    let shared = Arc::clone(&batch);
    let began = Instant::now();
    let applying = region.transfers.applying().await;
    let applied = region.writer.write(APPLY_DEADLINE, move |session| session.apply_batch(&shared)).await?;
    let done = AppliedBatch { peer: peer.as_str(), from: batch.from, to: batch.to, took: began.elapsed() };
    trace::record_applied(&region.tracer, &headers, &done, trace::current().as_ref());
    let is_back = note_applied(region, peer, &batch, &applied);
    drop(applying);
    if is_back {
        tracing::info!(%peer, applied = applied.cursor.seq, "reading the log of a peer again");
    }
    Ok(())
}
