//! How much of a log is kept.
//!
//! ```text
//!   1 ········ first ───────────── confirmed ────────────── head
//!     dropped        kept: somebody may lack it, or it is among the newest `entries`
//!                    but never more than `entries_max`
//! ```
//!
//! An entry is dropped, from our log and from our copies of others', when it is applied here (all that is in a
//! log is), and
//! - every region has it on disk, as far as we have heard, and `entries` newer ones are kept; or
//! - `entries_max` newer ones are kept: a region that is away for long must not fill the disks of the others.
//!
//! **Who has what** is told in two ways that are there anyway: heartbeats say how far their region has applied the
//! current log of everybody (kept on disk here, from the region's current log only), and the answers to
//! `GET /peer/logs` list every log that the peer holds, old ones too (kept in memory: after a start we know less,
//! and drop less).
//!
//! **What a reader is told.** The first number that is still kept stands with the log, and moves in the
//! transaction that drops. Who asks for what is before it gets no part with a hole but 410 and that number, and
//! takes the state instead (`transfer`). So being wrong about who has what costs a transfer, never an entry.
//!
//! **Numbers.** The newest entry is always kept, so the log goes on counting where it was.

use std::collections::BTreeMap;

use redb::{ReadableTable, ReadableTableMetadata as _};

use super::copies::Holding;
use super::session::Session;
use super::tables::{CURSORS, HOLDINGS, LOG, META, decode, encode, find, open_read};
use super::tombstones::Acknowledged;
use super::{Store, StoreError};
use crate::defects::Defect;
use crate::entry::Cursor;
use crate::names::RegionName;

/// The key of the first number that our log still has, in the table `meta`.
pub(super) const META_FIRST: &str = "first";
/// Entries that one transaction drops at most: others wait for the writer meanwhile.
const DROP_MAX: usize = 1000;

/// How many entries of each log are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KeepLog {
    /// The newest so many, whoever has them.
    pub(crate) entries: u64,
    /// Not more, whoever lacks them.
    pub(crate) entries_max: u64,
}

impl Default for KeepLog {
    fn default() -> Self {
        Self { entries: 100_000, entries_max: 1_000_000 }
    }
}

/// What peers last listed: per peer, by (origin, log), up to which number it has it.
pub(crate) type Listings = BTreeMap<RegionName, BTreeMap<(String, String), u64>>;

/// What a look at all logs has dropped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Trimmed {
    /// Entries dropped, by origin.
    pub(crate) dropped: BTreeMap<String, u64>,
    /// Whether there is more to drop.
    pub(crate) more: bool,
}

/// What a look at all logs has seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct LogLook {
    /// The first number still kept of the current log of each origin.
    pub(crate) first: BTreeMap<String, u64>,
    /// Whether there may be something to drop.
    pub(crate) is_due: bool,
}

impl Store {
    /// Looks whether there may be something to drop.
    pub(crate) fn look_at_logs(&self, own: &RegionName) -> Result<LogLook, StoreError> {
        let transaction = self.begin()?;
        let keep = self.rules().keep.entries;
        let first: u64 = find(&open_read(&transaction, META)?, "first", META_FIRST)?.unwrap_or_default();
        let mut look = LogLook { first: BTreeMap::new(), is_due: open_read(&transaction, LOG)?.len()? > keep };
        look.first.insert(own.to_string(), first.max(1));
        let cursors = open_read(&transaction, CURSORS)?;
        for row in open_read(&transaction, HOLDINGS)?.iter()? {
            let (key, holding) = row?;
            let (origin, log) = key.value();
            let Holding { first, kept, .. } = decode("holding", holding.value())?;
            look.is_due |= kept > keep;
            let current: Option<Cursor> = find(&cursors, "cursor", origin)?;
            if current.is_some_and(|current| current.log == log) {
                look.first.insert(origin.to_owned(), first.max(1));
            }
        }
        Ok(look)
    }
}

/// What may be dropped of a log.
#[derive(Clone, Copy, Debug)]
struct Allowance {
    keep: KeepLog,
    /// Everybody has everything up to here.
    confirmed: u64,
    /// What is before is dropped already and only has to be taken from the disk.
    first: u64,
    /// How many entries there are.
    kept: u64,
}

impl Allowance {
    /// Whether an entry goes, when so many that were before it have gone.
    fn lets_go(&self, seq: u64, gone: u64) -> bool {
        let newer = self.kept.saturating_sub(gone + 1);
        seq < self.first || (newer >= self.keep.entries && seq <= self.confirmed) || newer >= self.keep.entries_max
    }
}

impl Session<'_> {
    /// Drops what need not be kept, a bounded number of entries.
    pub(crate) fn trim(&mut self, own: &RegionName, listings: &Listings) -> Result<Trimmed, StoreError> {
        let mut trimmed = Trimmed::default();
        let mut left = DROP_MAX;
        self.trim_own(own, listings, &mut left, &mut trimmed)?;
        self.trim_copies(listings, &mut left, &mut trimmed)?;
        trimmed.more = left == 0;
        Ok(trimmed)
    }

    fn trim_own(
        &mut self,
        own: &RegionName,
        listings: &Listings,
        left: &mut usize,
        trimmed: &mut Trimmed,
    ) -> Result<(), StoreError> {
        let first: u64 = find(&self.tables.meta, "first", META_FIRST)?.unwrap_or_default();
        let confirmed = self.confirmed(own.as_str(), self.log, listings)?;
        let allowance = Allowance { keep: self.rules.keep, confirmed, first, kept: self.tables.log.len()? };
        let mut gone = Vec::new();
        for row in self.tables.log.iter()?.take(*left) {
            let seq = row?.0.value();
            if !allowance.lets_go(seq, gone.len() as u64) {
                break;
            }
            gone.push(seq);
        }
        for seq in &gone {
            self.tables.log.remove(seq)?;
        }
        let first = self.first_after(&gone, first);
        self.tables.meta.insert(META_FIRST, encode(&first).as_slice())?;
        *left -= gone.len();
        *trimmed.dropped.entry(own.to_string()).or_default() += gone.len() as u64;
        Ok(())
    }

    fn trim_copies(&mut self, listings: &Listings, left: &mut usize, trimmed: &mut Trimmed) -> Result<(), StoreError> {
        let mut held = Vec::new();
        for row in self.tables.holdings.iter()? {
            let (key, holding) = row?;
            let (origin, log) = key.value();
            held.push((origin.to_owned(), log.to_owned(), decode::<Holding>("holding", holding.value())?));
        }
        for (origin, log, mut holding) in held {
            let key = (origin.as_str(), log.as_str());
            let confirmed = self.confirmed(key.0, key.1, listings)?;
            let Holding { first, kept, .. } = holding;
            let allowance = Allowance { keep: self.rules.keep, confirmed, first, kept };
            let mut gone = Vec::new();
            for row in self.tables.copies.range((key.0, key.1, 0)..=(key.0, key.1, u64::MAX))?.take(*left) {
                let seq = row?.0.value().2;
                if !allowance.lets_go(seq, gone.len() as u64) {
                    break;
                }
                gone.push(seq);
            }
            for seq in &gone {
                self.tables.copies.remove((key.0, key.1, *seq))?;
            }
            if !gone.is_empty() {
                holding.first = self.first_after(&gone, first);
                holding.kept = kept.saturating_sub(gone.len() as u64);
                self.tables.holdings.insert(key, encode(&holding).as_slice())?;
            }
            *left -= gone.len();
            *trimmed.dropped.entry(origin).or_default() += gone.len() as u64;
        }
        Ok(())
    }

    /// The first number that is kept after these have gone.
    fn first_after(&self, gone: &[u64], first: u64) -> u64 {
        if self.is_careless() {
            return first;
        }
        gone.last().map_or(first, |last| first.max(last + 1))
    }

    /// Up to which number every other region has a log on disk, as far as we have heard.
    fn confirmed(&self, origin: &str, log: &str, listings: &Listings) -> Result<u64, StoreError> {
        if self.is_careless() {
            return Ok(u64::MAX);
        }
        let mut confirmed = u64::MAX;
        for peer in &self.rules.peers {
            if peer.as_str() == origin && self.current_log(origin)?.is_some_and(|current| current == log) {
                continue; // It wrote it.
            }
            let told: Option<Acknowledged> = find(&self.tables.acknowledged, "acknowledgement", peer.as_str())?;
            let told = told.unwrap_or_default();
            let told = told.iter().find(|(name, cursor)| name.as_str() == origin && cursor.log == log);
            let told = told.map(|(_, cursor)| cursor.seq).unwrap_or_default();
            let key = (origin.to_owned(), log.to_owned());
            let listed = listings.get(peer).and_then(|logs| logs.get(&key)).copied().unwrap_or_default();
            confirmed = confirmed.min(told.max(listed));
        }
        Ok(confirmed)
    }

    /// Whether nobody is waited for, and nobody told.
    fn is_careless(&self) -> bool {
        self.defects.has(Defect::TrimUnconfirmed) // DEFECT trim-unconfirmed
    }

    fn current_log(&self, peer: &str) -> Result<Option<String>, StoreError> {
        let cursor: Option<Cursor> = find(&self.tables.cursors, "cursor", peer)?;
        Ok(cursor.map(|cursor| cursor.log))
    }
}
