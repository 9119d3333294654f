//! Copies: what a region keeps of the logs of others, so that it can pass them on.
//!
//! ```text
//! copies    (origin, log id, seq) -> Entry      as the origin wrote it
//! holdings  (origin, log id)      -> Holding    complete up to here
//! ```
//!
//! **Why.** Without copies a region tells only what it wrote itself, and then what a dying region told one
//! peer stays with that peer. With them anybody who has an entry can give it to anybody who lacks it: a dead
//! region's writes reach everyone whom anyone can reach, and a region whose disk was lost gets its own
//! writes back.
//!
//! **No loops, nothing twice.** An entry is known by its origin, the id of the origin's log, and its number
//! there, whoever delivered it. It is applied only if its number is beyond the holding, in the transaction
//! that moves the holding; copies are never appended to our own log. So it does not matter how many ways
//! lead here, and a circle of regions ends after one round.
//!
//! **No gaps.** A holding is one number because a log is always taken from where the last part ended. A
//! part that begins later than that (its beginning came another way and was thrown away, or never came) is
//! not taken at all.
//!
//! **What it costs.** Every entry is on disk a second time, in every region, for as long as `trim` keeps it. A
//! heartbeat takes the place of the one before, as it does at its origin.

use redb::{ReadableTable, ReadableTableMetadata as _};
use serde::{Deserialize, Serialize};

use super::read::LogPart;
use super::session::{Applied, Session};
use super::tables::{COPIES, HOLDINGS, Tables, decode, encode, find, open_read};
use super::tombstones::LogPlace;
use super::{Store, StoreError};
use crate::defects::Defect;
use crate::entry::{Change, Cursor, Entry, LogBatch};
use crate::mix::mix_text;

/// How far we have the log of an origin, whoever gave it to us.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Holding {
    /// All entries up to and with this number are applied; those from `first` on are kept.
    pub(super) seq: u64,
    /// The number of the newest heartbeat among them.
    pub(super) heartbeat: Option<u64>,
    /// Those with smaller numbers are no longer kept; see `trim`.
    #[serde(default)]
    pub(super) first: u64,
    /// How many are on disk.
    #[serde(default)]
    pub(super) kept: u64,
}

/// A log that a region can pass on. What `GET /peer/logs` lists.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Held {
    /// Who wrote it.
    pub(crate) origin: String,
    /// The id of the log; an origin that lost its disk has had several.
    pub(crate) log: String,
    /// Complete up to here.
    pub(crate) seq: u64,
    /// Complete from here on: what is before is no longer kept.
    #[serde(default)]
    pub(crate) first: u64,
}

impl Session<'_> {
    /// Applies a part of a log that somebody else than its origin has sent. Unlike
    /// [`Session::apply_batch`] it says nothing about which log of the origin is the current one.
    pub(crate) fn apply_copies(&mut self, batch: &LogBatch) -> Result<Applied, StoreError> {
        let origin = batch.region.as_str();
        let holding = self.tables.holding(origin, &batch.log)?;
        let applied = self.take_in(batch, holding)?;
        let known: Option<Cursor> = find(&self.tables.cursors, "cursor", origin)?;
        if known.is_some_and(|known| known.log == batch.log) {
            self.tables.cursors.insert(origin, encode(&applied.cursor).as_slice())?;
        }
        Ok(applied)
    }

    /// Applies and keeps what is beyond the holding, and moves it.
    pub(super) fn take_in(&mut self, batch: &LogBatch, mut holding: Holding) -> Result<Applied, StoreError> {
        let origin = batch.region.as_str();
        let mut applied = Applied::default();
        if batch.from <= holding.seq {
            let known = holding.seq;
            for entry in batch.entries.iter().filter(|entry| entry.seq > known) {
                self.tables.keep_copy((origin, &batch.log), entry, &mut holding)?;
                applied.entries += 1;
                applied.ahead += u64::from(self.clock.observe(self.now_ms, entry.stamp.time).is_some());
                if let Change::Post { post } = &entry.change
                    && self.defects.has(Defect::DropReplication)
                    && mix_text(&post.id).is_multiple_of(20)
                {
                    continue; // DEFECT drop-replication
                }
                let place = LogPlace { region: batch.region.clone(), log: batch.log.clone(), seq: entry.seq };
                self.apply(&entry.change, &place)?;
                if let Change::Heartbeat { wall_ms, .. } = entry.change {
                    applied.heartbeat_ms = Some(wall_ms);
                }
            }
            holding.seq = holding.seq.max(batch.to);
            self.tables.holdings.insert((origin, batch.log.as_str()), encode(&holding).as_slice())?;
        }
        applied.cursor = Cursor { log: batch.log.clone(), seq: holding.seq };
        Ok(applied)
    }
}

impl Tables<'_> {
    /// How far we have a log; from its beginning if we never heard of it.
    pub(super) fn holding(&self, origin: &str, log: &str) -> Result<Holding, StoreError> {
        let Some(bytes) = self.holdings.get((origin, log))? else { return Ok(Holding::default()) };
        decode("holding", bytes.value())
    }

    /// Keeps an entry of (origin, log).
    pub(super) fn keep_copy(
        &mut self,
        (origin, log): (&str, &str),
        entry: &Entry,
        holding: &mut Holding,
    ) -> Result<(), StoreError> {
        if matches!(entry.change, Change::Heartbeat { .. })
            && let Some(previous) = holding.heartbeat.replace(entry.seq)
        {
            let is_gone = self.copies.remove((origin, log, previous))?.is_some();
            holding.kept = holding.kept.saturating_sub(is_gone.into());
        }
        let is_new = self.copies.insert((origin, log, entry.seq), encode(entry).as_slice())?.is_none();
        holding.kept += u64::from(is_new);
        Ok(())
    }
}

impl Tables<'_> {
    /// Whether a place is of the log that its region writes now, as far as we know.
    pub(super) fn is_current(&self, place: &LogPlace) -> Result<bool, StoreError> {
        let current: Option<Cursor> = find(&self.cursors, "cursor", place.region.as_str())?;
        Ok(current.is_some_and(|current| current.log == place.log))
    }

    /// A peer's current log is this one. What it had said in another one is void.
    pub(super) fn begin_log(&mut self, peer: &str, log: &str) -> Result<(), StoreError> {
        let known: Cursor = find(&self.cursors, "cursor", peer)?.unwrap_or_default();
        if known.log != log {
            let seq = self.holding(peer, log)?.seq;
            self.cursors.insert(peer, encode(&Cursor { log: log.to_owned(), seq }).as_slice())?;
            self.acknowledged.remove(peer)?;
        }
        Ok(())
    }
}

impl Store {
    /// Every log of others that we can pass on; ours is not among them.
    pub(crate) fn holdings(&self) -> Result<Vec<Held>, StoreError> {
        let holdings = open_read(&self.begin()?, HOLDINGS)?;
        let mut held = Vec::with_capacity(usize::try_from(holdings.len()?).unwrap_or_default());
        for row in holdings.iter()? {
            let (key, holding) = row?;
            let (origin, log) = key.value();
            let holding: Holding = decode("holding", holding.value())?;
            let Holding { seq, first, .. } = holding;
            held.push(Held { origin: origin.to_owned(), log: log.to_owned(), seq, first });
        }
        Ok(held)
    }

    /// How far we have a log of another region; 0 if we never heard of it.
    pub(crate) fn held_up_to(&self, origin: &str, log: &str) -> Result<u64, StoreError> {
        let holdings = open_read(&self.begin()?, HOLDINGS)?;
        let Some(bytes) = holdings.get((origin, log))? else { return Ok(0) };
        Ok(decode::<Holding>("holding", bytes.value())?.seq)
    }

    /// Our copy of a log after a number, with the same bounds as [`Store::log_after`], and how far we have
    /// it; none if we never heard of that log.
    pub(crate) fn copies_after(
        &self,
        origin: &str,
        log: &str,
        after: u64,
        entries_max: usize,
        bytes_max: usize,
    ) -> Result<Option<(LogPart, u64)>, StoreError> {
        let transaction = self.begin()?;
        let Some(head) = open_read(&transaction, HOLDINGS)?
            .get((origin, log))?
            .map(|bytes| decode::<Holding>("holding", bytes.value()))
            .transpose()?
        else {
            return Ok(None);
        };
        let mut part = LogPart { entries: Vec::new(), to: after, first: head.first };
        if after < head.seq {
            let copies = open_read(&transaction, COPIES)?;
            let rows = copies.range((origin, log, after + 1)..=(origin, log, head.seq))?;
            part.fill(
                rows.map(|row| row.map(|(key, entry)| (key.value().2, entry))),
                head.seq,
                entries_max,
                bytes_max,
            )?;
        }
        Ok(Some((part, head.seq)))
    }
}
