//! What the engine has to do when the lease changes hands. One function per event, one arm per engine.
//!
//! | event | embedded | an engine that replicates by itself |
//! |---|---|---|
//! | [`position`]: what do you hold? | per region's log, the last durable entry | its place in the write-ahead log |
//! | [`take_over`]: become the writer | fetch all that the majority holds | be ahead of the majority, then promote |
//! | [`stand_down`]: you are not any more | nothing: the guard lets no write in | stop taking writes |
//! | [`follow`]: that one writes now | nothing: every log is read anyway | rewind if needed, follow it |
//! | [`is_caught_up`] | its log is applied, but for one answer | as the engine knows it |
//!
//! Per partition the driver calls [`take_over`] for an epoch only after it has won it, and at most once. A
//! [`stand_down`] or a [`follow`] may come while a take-over of an earlier epoch is still under way: an
//! engine that can't do two things at once keeps its own order and ignores epochs that are over.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use super::Region;
use super::copies::{self, SyncError};
use super::position::Position;
use crate::engine::Engine;
use crate::lease::Promise;
use crate::names::{PartitionName, RegionName};
use crate::postgres::Assignment;

/// What a take-over waits before it asks those again who failed.
const PAUSE: Duration = Duration::from_millis(50);

/// A take-over.
#[derive(Clone, Debug)]
pub(super) struct Turn {
    /// Of what.
    pub(super) partition: PartitionName,
    /// With which epoch.
    pub(super) epoch: u64,
    /// Who granted the epoch, or handed over: what they hold has to be here.
    pub(super) voters: BTreeSet<RegionName>,
    /// What they said that they hold, in the engine's own form.
    pub(super) positions: BTreeMap<RegionName, Value>,
    /// How long it may take.
    pub(super) patience: Duration,
}

/// What this region holds, durable.
pub(super) async fn position(region: &Region) -> Result<Value, String> {
    match &region.engine {
        Engine::Embedded(_) => serde_json::to_value(Position::of(region)).map_err(|error| error.to_string()),
        // The agent asks for itself, for its question must also cut the asked one off from the old writer.
        Engine::Postgres(_) => Ok(Value::Null),
    }
}

/// Makes this region ready to write; the error says why it can't be.
pub(super) async fn take_over(region: &Arc<Region>, turn: &Turn) -> Result<(), String> {
    match &region.engine {
        Engine::Embedded(_) => read_majority(region, turn).await,
        Engine::Postgres(postgres) => postgres.take_over(turn.epoch, turn.patience).await,
    }
}

/// This region has lost the lease of `epoch`.
pub(super) async fn stand_down(region: &Region, partition: &PartitionName, epoch: u64) {
    match &region.engine {
        Engine::Embedded(_) => tracing::debug!(region = %region.name, %partition, epoch, "standing down"),
        Engine::Postgres(postgres) => postgres.assign(Assignment { epoch, writer: None }),
    }
}

/// Another region writes.
pub(super) async fn follow(region: &Region, partition: &PartitionName, writer: &Promise) {
    match &region.engine {
        Engine::Embedded(_) => tracing::debug!(region = %region.name, %partition, writer = %writer.holder, "following"),
        Engine::Postgres(postgres) => {
            postgres.assign(Assignment { epoch: writer.epoch, writer: Some(writer.holder.clone()) });
        }
    }
}

/// Whether this region has, as far as it knows, all that the writer has.
pub(super) fn is_caught_up(region: &Region, writer: &RegionName) -> bool {
    match &region.engine {
        Engine::Embedded(_) => region.peers.get(writer).is_some_and(|peer| {
            let numbers = peer.numbers(region.wall_clock.now_ms());
            // One answer behind at most: under load there is always something on its way, and a hand-over
            // fetches the rest.
            let behind = numbers.head_seq.saturating_sub(numbers.applied_seq);
            numbers.reachable && behind <= region.replication.batch_entries_max as u64
        }),
        Engine::Postgres(postgres) => postgres.keeps_up_with(writer),
    }
}

/// Fetches everything that the voters hold, of every region's log. They are asked after they promised, so
/// whatever they held when they promised is in it. One that fails is asked again: its entries may be the
/// only copy of what a dead writer acknowledged.
async fn read_majority(region: &Arc<Region>, turn: &Turn) -> Result<(), String> {
    tracing::debug!(partition = %turn.partition, epoch = turn.epoch, positions = ?turn.positions, "taking over");
    let began = Instant::now();
    let mut voters: Vec<RegionName> = turn.voters.iter().cloned().collect();
    loop {
        let left = turn.patience.saturating_sub(began.elapsed());
        let Err(SyncError(failures)) = copies::sync_from(region, &voters, left).await else { return Ok(()) };
        for (voter, error) in &failures {
            tracing::warn!(partition = %turn.partition, epoch = turn.epoch, %voter, %error, "a voter does not give what it holds");
        }
        if began.elapsed() + PAUSE >= turn.patience {
            return Err(SyncError(failures).to_string());
        }
        voters = failures.into_keys().collect();
        tokio::time::sleep(PAUSE).await;
    }
}
