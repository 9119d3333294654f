//! What a write does inside the writer's transaction: the domain's rules, the log, the clock.
//!
//! Here is what all writes share and what comes from peers; what users do is beside it, by subject
//! (`posts`, `profiles`, `relations`, `likes`). Every local write is one change, applied to the tables by
//! the same functions that apply a peer's, and appended to the log in the same transaction. So the state
//! cannot say something that the log does not, and there is nothing to replay after a crash.

use std::collections::BTreeMap;

use redb::ReadableTable;

use super::tables::{Tables, encode, find};
use super::tombstones::LogPlace;
use super::{Rules, StoreError};
use crate::admission::Resource;
use crate::clock::{Clock, Stamp};
use crate::defects::Defects;
use crate::entry::{Change, Cursor, Entry, LogBatch};
use crate::names::{RegionName, UserName};
use crate::resolve::ConflictCount;

/// The key of the newest stamp in the table `meta`.
pub(super) const META_STAMP: &str = "stamp";
/// The key of the last heartbeat's number in the table `meta`.
const META_HEARTBEAT: &str = "heartbeat";
/// The key that the deep health check writes and reads in the table `meta`.
pub(super) const META_PROBE: &str = "probe";

/// What a batch of a peer's log did here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Applied {
    /// Entries that were new.
    pub(crate) entries: u64,
    /// Entries whose stamp was ahead of our clock by more than the bound.
    pub(crate) ahead: u64,
    /// The peer's wall clock in its newest heartbeat of the batch, in milliseconds since 1970.
    pub(crate) heartbeat_ms: Option<u64>,
    /// How far the peer's log is applied now.
    pub(crate) cursor: Cursor,
}

/// The open transaction, and what a write needs beside it.
pub(crate) struct Session<'txn> {
    pub(super) tables: Tables<'txn>,
    pub(super) clock: &'txn mut Clock,
    pub(super) defects: &'txn Defects,
    pub(super) rules: &'txn Rules,
    pub(super) conflicts: &'txn ConflictCount,
    /// The id of our log.
    pub(super) log: &'txn str,
    /// Our wall clock at the beginning of the transaction, in milliseconds since 1970.
    pub(super) now_ms: u64,
    /// The last number of our log, with what this transaction has appended.
    pub(super) head: u64,
    /// What is shown otherwise from this transaction on.
    pub(super) touched: Vec<Resource>,
}

impl Session<'_> {
    /// The last number of our log, with what this transaction has appended.
    pub(crate) fn head(&self) -> u64 {
        self.head
    }

    /// Writes a heartbeat for the peers, and takes the previous one out of the log: a region that does
    /// nothing must not fill its disk with saying so.
    pub(crate) fn heartbeat(&mut self) -> Result<(), StoreError> {
        let previous: Option<u64> = find(&self.tables.meta, "heartbeat", META_HEARTBEAT)?;
        if let Some(previous) = previous {
            self.tables.log.remove(previous)?;
        }
        let stamp = self.clock.tick(self.now_ms);
        let applied = self.applied()?;
        self.append(stamp, Change::Heartbeat { wall_ms: self.now_ms, applied })?;
        self.tables.meta.insert(META_HEARTBEAT, encode(&self.head).as_slice())?;
        self.collect_tombstones()?;
        Ok(())
    }

    /// The write of the deep health check: counts up. A reader must find at least this number.
    pub(crate) fn probe(&mut self) -> Result<u64, StoreError> {
        let last: Option<u64> = find(&self.tables.meta, "probe", META_PROBE)?;
        let count = last.unwrap_or_default() + 1;
        self.tables.meta.insert(META_PROBE, encode(&count).as_slice())?;
        Ok(count)
    }

    /// Applies a part of a peer's log that the peer itself has sent, and moves the cursor over it, in one
    /// transaction.
    pub(crate) fn apply_batch(&mut self, batch: &LogBatch) -> Result<Applied, StoreError> {
        let peer = batch.region.as_str();
        let mut holding = self.tables.holding(peer, &batch.log)?;
        if batch.head < holding.seq {
            // The log lost its tail: from the beginning. Twice is once.
            holding.seq = batch.from;
        }
        self.tables.begin_log(peer, &batch.log)?;
        let applied = self.take_in(batch, holding)?;
        self.tables.cursors.insert(peer, encode(&applied.cursor).as_slice())?;
        Ok(applied)
    }

    pub(super) fn apply(&mut self, change: &Change, place: &LogPlace) -> Result<(), StoreError> {
        self.touched.extend(change.touches());
        let (tables, resolver) = (&mut self.tables, self.rules.resolver);
        let conflicts = match change {
            Change::Post { post } => return tables.apply_creation(post),
            Change::PostUpdate { post, update } => tables.apply_post_update(post, update, resolver)?,
            Change::Delete { post, deletion } => tables.apply_deletion(post, deletion, Some(place), resolver)?,
            Change::Like { post, user, update } => tables.apply_like(post, user, update, resolver)?,
            Change::Profile { name, update } => tables.apply_profile(name, update, resolver)?,
            Change::Relation { follower, followee, update } => {
                tables.apply_relation(follower, followee, update, self.rules)?
            }
            Change::Home { name, home, given } => return self.apply_home(name, home, given),
            Change::Heartbeat { applied, .. } => {
                // What an old log says was so before its region lost its disk.
                if tables.is_current(place)? {
                    tables.acknowledged.insert(place.region.as_str(), encode(applied).as_slice())?;
                }
                return Ok(());
            }
        };
        self.conflicts.add(&conflicts);
        Ok(())
    }

    pub(super) fn append(&mut self, stamp: Stamp, change: Change) -> Result<(), StoreError> {
        self.head += 1;
        self.touched.extend(change.touches());
        let entry = Entry { seq: self.head, stamp, change };
        self.tables.log.insert(entry.seq, encode(&entry).as_slice())?;
        Ok(())
    }

    /// The stamp of a write that replaces what has this stamp.
    pub(super) fn stamp_above(&mut self, replaced: Option<&Stamp>) -> Stamp {
        self.clock.tick_above(self.now_ms, replaced)
    }

    /// The first of these users that is not known here.
    pub(super) fn stranger<'a>(
        &self,
        users: impl IntoIterator<Item = &'a UserName>,
    ) -> Result<Option<UserName>, StoreError> {
        for user in users {
            if self.tables.users.get(user.as_str())?.is_none() {
                return Ok(Some(user.clone()));
            }
        }
        Ok(None)
    }

    /// How far the logs of the others are applied here.
    fn applied(&self) -> Result<BTreeMap<RegionName, Cursor>, StoreError> {
        let mut applied = BTreeMap::new();
        for peer in &self.rules.peers {
            if let Some(cursor) = find(&self.tables.cursors, "cursor", peer.as_str())? {
                applied.insert(peer.clone(), cursor);
            }
        }
        Ok(applied)
    }
}
