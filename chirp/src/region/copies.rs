//! Anti-entropy: fetching what peers hold of anybody's log and we lack.
//!
//! ```text
//!   each anti_entropy_ms, per peer:   GET /peer/logs        what do you hold?
//!     for each (origin, log) that     GET /peer/log?origin=ORIGIN&log=ID&after=SEQ
//!     is ours to fetch from here      one transaction: apply, keep, move the holding
//! ```
//!
//! The pullers (`puller.rs`) read each log from its origin; as long as that works there is nothing to do
//! here but one small question per peer and interval. What is fetched from others:
//! - the current log of an origin that our puller cannot reach: it is dead, or the link is (then the region
//!   in between passes it on: a dead link stops nobody who can be reached another way);
//! - old logs: of a peer that lost its disk, and of ourselves if we did. Their origin no longer has them.
//!
//! A start waits (`catch_up.rs`) until each peer that answers has been asked once and everything it held
//! then is here: a region with an empty disk does not serve without its own past.
//!
//! [`sync_from`] is the same on demand and without exceptions, for a region that is about to become a
//! writer: afterwards everything that the named peers held when they were asked is durable here.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::peer_answer::{self, AnswerError};
use super::puller::APPLY_DEADLINE;
use super::reading::{Tries, again_and_again};
use super::transfer::{self, TransferError};
use super::{ReadError, Region};
use crate::http::{Connection, RequestError};
use crate::names::RegionName;
use crate::store::{Held, WriteError};

/// Logs that a peer may list. A region has one more each time its disk is lost.
const LOGS_MAX: usize = 1024;

/// What `GET /peer/logs` answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Logs {
    /// Who holds them.
    pub(super) region: RegionName,
    /// All that it can pass on; last, its own current log.
    pub(super) logs: Vec<Held>,
}

/// Why nothing more came from a peer.
#[derive(Debug, thiserror::Error)]
pub(super) enum CopyError {
    #[error(transparent)]
    Request(#[from] RequestError),
    #[error(transparent)]
    Answer(#[from] AnswerError),
    #[error("its state did not come: {0}")]
    Transfer(#[from] TransferError),
    #[error("asked for {asked}, got {got}")]
    Other { asked: String, got: String },
    #[error("it lists {0} logs, more than {LOGS_MAX}")]
    TooMany(usize),
    #[error("its part of the log {log} of {origin} ends at {to}, where ours does")]
    NoProgress { origin: String, log: String, to: u64 },
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error("a part was not applied: {0}")]
    Apply(#[from] WriteError),
    #[error("not done within {} ms", .0.as_millis())]
    Deadline(Duration),
    #[error("{0} is no peer of this region")]
    NoPeer(RegionName),
}

/// Why [`sync_from`] does not hold: what each peer that failed said.
#[derive(Debug, thiserror::Error)]
#[error("could not fetch all from {}", .0.keys().map(RegionName::as_str).collect::<Vec<_>>().join(", "))]
pub(super) struct SyncError(pub(super) BTreeMap<RegionName, CopyError>);

/// Asks a peer again and again until the region stops.
pub(super) async fn run(region: Arc<Region>, peer: RegionName) {
    let tries = Tries::new(&region, &peer);
    // The connection of the last round, if that went well.
    let idle = Mutex::new(None);
    let kept = || idle.lock().unwrap_or_else(PoisonError::into_inner);
    again_and_again(&region, || async {
        let mut connection = kept().take();
        match ask(&region, &peer, &mut connection).await {
            Ok(()) => {
                *kept() = connection;
                tries.succeeded();
                region.peers[&peer].record_compared();
                region.replication.anti_entropy
            }
            Err(error) => {
                record_failure(&region, &peer, &error);
                // A start waits for the first round, so a failed one is repeated sooner.
                tries.failed()
            }
        }
    })
    .await;
}

fn record_failure(region: &Region, peer: &RegionName, error: &CopyError) {
    match error {
        CopyError::Request(_)
        | CopyError::Answer(AnswerError::Request(_))
        | CopyError::Transfer(_)
        | CopyError::Read(_)
        | CopyError::Apply(_) => {
            tracing::debug!(%peer, %error, "cannot fetch copies from a peer; trying again");
        }
        error => {
            // It answers, but not what we need. That will not get better by waiting for it.
            tracing::warn!(%peer, %error, "a peer does not give its copies");
            region.peers[peer].record_compared();
        }
    }
}

/// One round with one peer, on the connection of the last round if that is still good.
async fn ask(region: &Region, peer: &RegionName, connection: &mut Option<Connection>) -> Result<(), CopyError> {
    let open = match connection {
        Some(open) => open,
        None => connection.insert(connect(region, peer).await?),
    };
    let listed = list(region, peer, open).await?;
    if region.nats.is_some()
        && let Some(current) = listed.last().filter(|held| held.origin == peer.as_str())
    {
        region.peers[peer].expect(&current.log, current.seq);
    }
    for held in listed {
        if is_wanted(region, peer, &held) {
            fetch(region, peer, open, &held).await?;
        }
    }
    Ok(())
}

/// Fetches the log of a peer from the peer itself, up to `seq`.
pub(super) async fn fetch_from_origin(
    region: &Region,
    peer: &RegionName,
    log: &str,
    seq: u64,
) -> Result<(), CopyError> {
    let mut connection = connect(region, peer).await?;
    let held = Held { origin: peer.to_string(), log: log.to_owned(), seq, first: 0 };
    fetch(region, peer, &mut connection, &held).await
}

/// Fetches everything that these peers hold and we lack, of every origin, and answers when it is durable
/// here. All peers are asked at the same time; `deadline` bounds the whole.
///
/// # Errors
///
/// [`SyncError`] names the peers of which this is not true; of the others it is.
pub(super) async fn sync_from(region: &Arc<Region>, peers: &[RegionName], deadline: Duration) -> Result<(), SyncError> {
    let mut asking = JoinSet::new();
    for peer in peers {
        let (region, peer) = (Arc::clone(region), peer.clone());
        asking.spawn(async move {
            let synced = timeout(deadline, sync_one(&region, &peer)).await;
            (peer, synced.unwrap_or(Err(CopyError::Deadline(deadline))))
        });
    }
    let mut failures = BTreeMap::new();
    while let Some(joined) = asking.join_next().await {
        let (peer, synced) = joined.expect("fetching does not panic, and nobody aborts it");
        if let Err(error) = synced {
            failures.insert(peer, error);
        }
    }
    if failures.is_empty() { Ok(()) } else { Err(SyncError(failures)) }
}

async fn sync_one(region: &Region, peer: &RegionName) -> Result<(), CopyError> {
    let mut connection = connect(region, peer).await?;
    for held in list(region, peer, &mut connection).await? {
        if !is_our_log(region, &held) {
            fetch(region, peer, &mut connection, &held).await?;
        }
    }
    Ok(())
}

async fn connect(region: &Region, peer: &RegionName) -> Result<Connection, CopyError> {
    let address = region.addresses.get(peer).ok_or_else(|| CopyError::NoPeer(peer.clone()))?;
    let meter = region.metrics.traffic().meter(peer, "copies");
    Ok(Connection::to_peer(*address, region.replication.timeout, meter).await?)
}

async fn list(region: &Region, peer: &RegionName, connection: &mut Connection) -> Result<Vec<Held>, CopyError> {
    let logs: Logs = peer_answer::get_json(connection, "/peer/logs", region.replication.timeout).await?;
    if logs.region != *peer {
        return Err(CopyError::Other { asked: peer.to_string(), got: logs.region.to_string() });
    }
    if logs.logs.len() > LOGS_MAX {
        return Err(CopyError::TooMany(logs.logs.len()));
    }
    region.listed.record(peer, &logs.logs);
    Ok(logs.logs)
}

/// Whether a log is fetched from this peer although the pullers run.
fn is_wanted(region: &Region, peer: &RegionName, held: &Held) -> bool {
    if is_our_log(region, held) {
        return false;
    }
    match region.peers.iter().find(|(name, _)| name.as_str() == held.origin) {
        Some((origin, status)) if status.cursor().log == held.log => {
            // With NATS the origin may well answer here although its NATS server cannot be reached.
            (origin != peer || region.nats.is_some()) && !status.numbers(0).reachable
        }
        // An old log; or the first one of a peer that we have never read, which its puller does.
        Some((origin, status)) => {
            let is_cut_off = region.nats.is_some() && !status.numbers(0).reachable;
            origin != peer || !status.cursor().log.is_empty() || is_cut_off
        }
        None => true,
    }
}

fn is_our_log(region: &Region, held: &Held) -> bool {
    held.origin == region.name.as_str() && held.log == region.store.log()
}

/// Fetches a log up to where the peer holds it; or the peer's state, if it does not hold what comes next.
async fn fetch(region: &Region, peer: &RegionName, connection: &mut Connection, held: &Held) -> Result<(), CopyError> {
    let mut known = up_to(region, held).await?;
    while known < held.seq {
        let Held { origin, log, .. } = held;
        let path = format!("/peer/log?origin={origin}&log={log}&after={known}&reader={}", region.name);
        let part = peer_answer::get_part(region, connection, &path, region.replication.timeout).await;
        let (batch, _) = match part {
            Err(AnswerError::Trimmed(lacking)) => {
                let before = known;
                transfer::run(region, peer, connection, &lacking).await?;
                known = up_to(region, held).await?;
                if known <= before {
                    return Err(CopyError::NoProgress { origin: origin.clone(), log: log.clone(), to: known });
                }
                continue;
            }
            part => part?,
        };
        if batch.region.as_str() != origin || batch.log != *log {
            let got = format!("{} {}", batch.region, batch.log);
            return Err(CopyError::Other { asked: format!("{origin} {log}"), got });
        }
        if batch.to <= known {
            return Err(CopyError::NoProgress { origin: origin.clone(), log: log.clone(), to: batch.to });
        }
        let applying = region.transfers.applying().await;
        let applied = region.writer.write(APPLY_DEADLINE, move |session| session.apply_copies(&batch)).await?;
        region.metrics.count_relayed(origin, &applied);
        if let Some((_, status)) = region.peers.iter().find(|(name, _)| name.as_str() == origin) {
            status.advance(&applied);
        }
        drop(applying);
        known = applied.cursor.seq;
    }
    Ok(())
}

async fn up_to(region: &Region, held: &Held) -> Result<u64, ReadError> {
    let (origin, log) = (held.origin.clone(), held.log.clone());
    region.read(move |store| store.held_up_to(&origin, &log)).await
}
