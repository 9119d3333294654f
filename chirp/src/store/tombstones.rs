//! How long a deletion is remembered.
//!
//! A tombstone must outlive everything that could bring its post back: the creation, an edit, a like that
//! was written before its writer knew of the deletion and is still on its way. Time alone does not say
//! that: a partition may last longer than anybody thought. So a tombstone goes only when both hold:
//!
//! - **Every peer is past it.** A peer's heartbeat says how far it had applied each log. Once a heartbeat
//!   that covers the deletion has been applied here, everything that the peer wrote before knowing of the
//!   deletion has been applied here as well, for it stands before the heartbeat in the peer's log.
//! - **It is older than the longest partition allowed** (`tombstones.keep_ms`): a region that is restored
//!   from a copy, or comes back with an old disk, may know less than its heartbeats once said.
//!
//! A removed post is never forgotten under a resolver that still tells the removal.
//!
//! Collecting goes with the heartbeats, a bounded number at a time, oldest first. A region without peers has
//! nobody to give a sign of life to; it looks as often, and writes only if a tombstone is old enough
//! ([`Store::oldest_deletion_ms`]): an idle region must not write for nothing.

use std::collections::BTreeMap;

use redb::ReadableTable;
use serde::{Deserialize, Serialize};

use super::session::Session;
use super::tables::{TOMBSTONES, Tables, decode, encode, find, open_read};
use super::{Store, StoreError};
use crate::clock::{HybridTime, Stamp};
use crate::defects::Defect;
use crate::entry::Cursor;
use crate::names::RegionName;
use crate::resolve::Field;

/// Tombstones that are looked at with one heartbeat.
const LOOK_MAX: usize = 200;

/// A place in a region's log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LogPlace {
    /// Whose log.
    pub(crate) region: RegionName,
    /// Its id.
    pub(crate) log: String,
    /// The number of the entry.
    pub(crate) seq: u64,
}

/// How far a peer had applied the logs of all regions, as its last heartbeat said.
pub(super) type Acknowledged = BTreeMap<RegionName, Cursor>;

impl Session<'_> {
    /// Lets go of tombstones that nobody needs any more; answers how many.
    pub(crate) fn collect_tombstones(&mut self) -> Result<usize, StoreError> {
        let mut acknowledged = Vec::new();
        for peer in &self.rules.peers {
            let known: Option<Acknowledged> = find(&self.tables.acknowledged, "acknowledgement", peer.as_str())?;
            acknowledged.push((peer, known.unwrap_or_default()));
        }
        let keep_ms = self.rules.tombstones_keep.as_millis() as u64;
        let mut over = Vec::new();
        for row in self.tables.tombstones.iter()?.take(LOOK_MAX) {
            let (key, place) = row?;
            let (time, id) = key.value();
            let is_old = HybridTime::from_packed(time).wall_ms().saturating_add(keep_ms) < self.now_ms;
            let place: LogPlace = decode("tombstone", place.value())?;
            let is_past = |(peer, known): &(&RegionName, Acknowledged)| **peer == place.region || covers(known, &place);
            let mut is_over = is_old && acknowledged.iter().all(is_past);
            if self.defects.has(Defect::ForgottenTombstones) {
                is_over = true; // DEFECT forgotten-tombstones
            }
            if is_over {
                over.push((time, id.to_owned()));
            }
        }
        for (time, id) in &over {
            self.tables.drop_tombstone(*time, id, self.rules.resolver.removal_outlives_deletion())?;
        }
        Ok(over.len())
    }
}

impl Store {
    /// When the oldest deletion was made that is remembered, by the wall clock, in milliseconds since 1970.
    pub(crate) fn oldest_deletion_ms(&self) -> Result<Option<u64>, StoreError> {
        let tombstones = open_read(&self.begin()?, TOMBSTONES)?;
        let oldest = tombstones.first()?;
        Ok(oldest.map(|(key, _)| HybridTime::from_packed(key.value().0).wall_ms()))
    }
}

fn covers(acknowledged: &Acknowledged, place: &LogPlace) -> bool {
    acknowledged.get(&place.region).is_some_and(|cursor| cursor.log == place.log && cursor.seq >= place.seq)
}

impl Tables<'_> {
    /// Remembers a deletion.
    pub(super) fn keep_tombstone(&mut self, id: &str, stamp: &Stamp, place: &LogPlace) -> Result<(), StoreError> {
        self.tombstones.insert((stamp.time.packed(), id), encode(place).as_slice())?;
        Ok(())
    }

    fn drop_tombstone(&mut self, time: u64, id: &str, removals_stay: bool) -> Result<(), StoreError> {
        self.tombstones.remove((time, id))?;
        let is_removed = self.stored_post(id)?.is_some_and(|stored| !stored.record.is_empty_of(Field::Removal));
        if !(removals_stay && is_removed) {
            self.posts.remove(id)?;
        }
        Ok(())
    }
}
