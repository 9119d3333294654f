//! State transfer: what a region does when a peer no longer keeps the part of a log that it needs.
//!
//! ```text
//!   GET /peer/log?after=17   410 {"origin":…,"log":…,"first":400}
//!   GET /peer/state          positions, the first rows, where to go on
//!   GET /peer/state?place=   …                                          merged part by part
//!                            holdings and cursors move to the positions of the first answer
//!   GET /peer/log?after=412  and on by the log
//! ```
//!
//! What is merged and why that is sound is said in `store::state` and `store::transfer`. Here is the order of
//! things. While a transfer runs **nothing else is applied** (the pullers wait, users are served as always): the
//! absence of a post in the peer's state means that it was deleted only as long as the peer has had all that we
//! have. Right after we stop, the peer is mostly a few milliseconds behind of what we heard last from a third
//! region; it is asked a few times for its positions until it is not. If it does not get there (it cannot reach
//! that region), we merge all the same, without drawing anything from absence.
//!
//! One transfer at a time: the second one finds that the first has done its work. A failure leaves merged rows
//! and unmoved positions behind, which is harmless, and whoever wanted the log tries again as after any failure.
//! For a candidate (`succession`) a transfer that fails or takes too long is a voter that could not be read.
//!
//! **Residency.** A reader outside of the sender's zone gets the directory of homes and no other row, and only
//! the positions of logs of which it may have nothing else.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{Query, State};
use serde::Deserialize;
use tokio::sync::{RwLock, RwLockReadGuard};

use super::api::ApiError;
use super::peer_answer::{self, AnswerError, Trimmed};
use super::puller::APPLY_DEADLINE;
use super::{ReadError, Region, residency};
use crate::http::Connection;
use crate::names::RegionName;
use crate::store::{Contained, Held, StatePage, StatePlace, WriteError};

/// Rows of one answer: merging them is one transaction, for which users' writes wait.
const ROWS_MAX: usize = 500;
/// About how many bytes of rows an answer holds.
const PAGE_BYTES_MAX: usize = 1024 * 1024;
/// Answers that make up a state at most.
const PAGES_MAX: usize = 10_000_000;
/// How often a peer is asked whether it has all that we have, and the pause in between.
const QUESTIONS_MAX: usize = 40;
const PAUSE: Duration = Duration::from_millis(50);

/// Why a state did not come over.
#[derive(Debug, thiserror::Error)]
pub(super) enum TransferError {
    #[error(transparent)]
    Answer(#[from] AnswerError),
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error("a part of the state was not merged: {0}")]
    Merge(#[from] WriteError),
    #[error("asked for the state of {asked}, got that of {got}")]
    Other { asked: RegionName, got: RegionName },
    #[error("its state was of the log {before}, and now it is of the log {now}")]
    NewLog { before: String, now: String },
    #[error("a part of its state leads nowhere: {0}")]
    Place(String),
}

/// Lets many apply logs, or one transfer run.
#[derive(Debug, Default)]
pub(super) struct Transfers(RwLock<()>);

impl Transfers {
    /// To be held while a part of a log is applied.
    pub(super) async fn applying(&self) -> RwLockReadGuard<'_, ()> {
        self.0.read().await
    }
}

/// Takes the state of a peer in, unless what had been trimmed is here by now.
pub(super) async fn run(
    region: &Region,
    peer: &RegionName,
    connection: &mut Connection,
    lacking: &Trimmed,
) -> Result<(), TransferError> {
    let _alone = region.transfers.0.write().await;
    let wanted = lacking.clone();
    let is_known = region.peers.get(peer).is_some_and(|status| status.cursor().log == lacking.log);
    let held = region.read(move |store| store.held_up_to(&wanted.origin, &wanted.log)).await?;
    if held + 1 >= lacking.first && (is_known || lacking.origin != peer.as_str()) {
        return Ok(());
    }
    tracing::warn!(%peer, origin = lacking.origin, log = lacking.log, held, first = lacking.first, "too far behind for the log; taking the peer's state");
    let (page, purge) = begin(region, peer, connection).await?;
    let mut positions = page.clone();
    positions.rows.clear();
    let gone = merge_all(region, peer, connection, page, purge).await?;
    let own = region.name.clone();
    let adopting = region.writer.write(APPLY_DEADLINE, move |session| session.adopt_positions(&positions, &own));
    for (origin, cursor) in adopting.await? {
        tracing::info!(%peer, %origin, seq = cursor.seq, "the state of the peer is here; going on by the log");
        if let Some(status) = region.peers.get(&origin) {
            status.adopt(cursor);
        }
    }
    region.metrics.logs().count_transfer(peer);
    if gone > 0 {
        tracing::info!(%peer, posts = gone, "posts that had been deleted and forgotten are gone here, too");
    }
    Ok(())
}

/// The first part; and whether the peer has had all that we have.
async fn begin(
    region: &Region,
    peer: &RegionName,
    connection: &mut Connection,
) -> Result<(StatePage, bool), TransferError> {
    let mut questions = 0;
    loop {
        let page = ask(region, peer, connection, &StatePlace::start()).await?;
        questions += 1;
        let theirs = Contained::of(&page.logs);
        if region.read(move |store| store.is_dominated_by(&theirs)).await? {
            return Ok((page, true));
        }
        if questions >= QUESTIONS_MAX {
            tracing::warn!(%peer, "the peer lacks something that is here; what it has forgotten stays here");
            return Ok((page, false));
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Merges this part and all that follow; answers how many posts are gone by that.
async fn merge_all(
    region: &Region,
    peer: &RegionName,
    connection: &mut Connection,
    mut page: StatePage,
    purge: bool,
) -> Result<usize, TransferError> {
    let log = page.logs.last().map(|held| held.log.clone()).unwrap_or_default();
    let parse = |text: &str| text.parse::<StatePlace>().map_err(|error| TransferError::Place(error.to_string()));
    let mut gone = 0;
    for _ in 0..PAGES_MAX {
        let place = parse(&page.place)?;
        let next = page.next.as_deref().map(parse).transpose()?;
        let (own, end) = (region.name.clone(), next.clone());
        let merging = region
            .writer
            .write(APPLY_DEADLINE, move |session| session.merge_page(&page, &place, end.as_ref(), &own, purge));
        gone += merging.await?;
        // A start waits for all peers, and hears of nobody meanwhile.
        region.peers.values().for_each(super::peer_status::PeerStatus::touch);
        let Some(next) = next else { return Ok(gone) };
        page = ask(region, peer, connection, &next).await?;
        if page.place != next.to_string() {
            return Err(TransferError::Place(page.place));
        }
        let now = page.logs.last().map(|held| held.log.clone()).unwrap_or_default();
        if now != log {
            return Err(TransferError::NewLog { before: log, now });
        }
    }
    Err(TransferError::Place(format!("{PAGES_MAX} parts and no end")))
}

async fn ask(
    region: &Region,
    peer: &RegionName,
    connection: &mut Connection,
    place: &StatePlace,
) -> Result<StatePage, TransferError> {
    let path = format!("/peer/state?reader={}&place={place}", region.name);
    let answer = peer_answer::get(connection, &path, region.replication.timeout).await?;
    region.metrics.logs().count_transfer_bytes(peer, answer.body.len());
    let page: StatePage = serde_json::from_slice(&answer.body).map_err(AnswerError::from)?;
    if page.region != *peer {
        return Err(TransferError::Other { asked: peer.clone(), got: page.region });
    }
    Ok(page)
}

/// Which part, and who asks.
#[derive(Deserialize)]
pub(super) struct StateQuery {
    #[serde(default)]
    reader: String,
    place: Option<String>,
}

/// `GET /peer/state`
pub(super) async fn state(
    State(region): State<Arc<Region>>,
    Query(query): Query<StateQuery>,
) -> Result<Json<StatePage>, ApiError> {
    let place = match &query.place {
        Some(text) => {
            let refused =
                |error| ApiError::bad_request(format!("{error}"), "ask without a place, then for each `next`");
            text.parse::<StatePlace>().map_err(refused)?
        }
        None => StatePlace::start(),
    };
    // Positions first: the rows are of a later moment, so they contain them.
    let seq = *region.writer.durable().borrow();
    let mut logs = region.read(|store| store.holdings()).await?;
    logs.push(Held { origin: region.name.to_string(), log: region.store.log().to_owned(), seq, first: 0 });
    let cursors = region.peers.iter().map(|(name, status)| (name.clone(), status.cursor()));
    let cursors = cursors.filter(|(_, cursor)| !cursor.log.is_empty()).collect();
    let reader = query.reader.as_str();
    let is_whole = residency::may_hold(&region, region.name.as_str(), reader);
    if !is_whole {
        logs.retain(|held| !residency::may_hold(&region, &held.origin, reader));
    }
    let shown = place.to_string();
    let (rows, next) = if is_whole || !place.is_past_homes() {
        region.read(move |store| store.state_after(&place, ROWS_MAX, PAGE_BYTES_MAX)).await?
    } else {
        (Vec::new(), None)
    };
    let next = next.filter(|next| is_whole || !next.is_past_homes()).map(|next| next.to_string());
    Ok(Json(StatePage { region: region.name.clone(), logs, cursors, place: shown, rows, next }))
}
