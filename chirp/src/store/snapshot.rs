//! Reading everything for a snapshot, in one transaction; and the cursors of one that is restored.

use std::collections::BTreeMap;

use redb::{ReadTransaction, ReadableTable};

use super::copies::{Held, Holding};
use super::open::META_SEED;
use super::session::Session;
use super::state::{self, StatePlace};
use super::tables::{COPIES, CURSORS, HOLDINGS, LOG, META, decode, encode, find, open_read};
use super::trim::META_FIRST;
use super::{Seed, Store, StoreError};
use crate::entry::Cursor;
use crate::names::RegionName;
use crate::snapshot::SnapshotWriter;

/// Rows of the state that are in memory at a time.
const ROWS_AT_ONCE: usize = 1000;

/// Why there is no snapshot.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DumpError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("nobody takes the snapshot any more")]
    Gone,
}

macro_rules! from_engine {
    ($($error:ty),*) => { $(impl From<$error> for DumpError {
        fn from(error: $error) -> Self {
            Self::Store(error.into())
        }
    })* };
}

from_engine!(redb::TableError, redb::StorageError);

impl Store {
    /// Gives the state, and what is kept of all logs, ours and copies, to `take`, in parts. Answers the last
    /// number of our own.
    pub(crate) fn dump(
        &self,
        region: &RegionName,
        take: impl FnMut(Vec<u8>) -> Result<(), DumpError>,
    ) -> Result<u64, DumpError> {
        let transaction = self.begin()?;
        let (own, meta) = (open_read(&transaction, LOG)?, open_read(&transaction, META)?);
        let first: u64 = find(&meta, "first", META_FIRST)?.unwrap_or_default();
        let seq = own.last()?.map_or(0, |(seq, _)| seq.value()).max(first.saturating_sub(1));
        let seed: Option<Seed> = find(&meta, "seed", META_SEED)?;
        let mut cursors = cursors(&transaction)?;
        cursors.insert(region.to_string(), Cursor { log: self.log().to_owned(), seq });
        let mut writer = SnapshotWriter::new(region.as_str(), seed.unwrap_or_default(), cursors, take)?;
        let mut place = Some(StatePlace::start());
        while let Some(from) = place {
            let part = state::read(&transaction, &from, ROWS_AT_ONCE, usize::MAX)?;
            part.rows.iter().try_for_each(|row| writer.row(&encode(row)))?;
            place = part.next;
        }
        writer.log(&Held { origin: region.to_string(), log: self.log().to_owned(), seq, first })?;
        for row in own.iter()? {
            writer.entry(row?.1.value())?;
        }
        let copies = open_read(&transaction, COPIES)?;
        for row in open_read(&transaction, HOLDINGS)?.iter()? {
            let (key, holding) = row?;
            let (origin, log) = key.value();
            let Holding { seq, first, .. } = decode("holding", holding.value())?;
            writer.log(&Held { origin: origin.to_owned(), log: log.to_owned(), seq, first })?;
            for row in copies.range((origin, log, first)..=(origin, log, seq.max(first)))? {
                writer.entry(row?.1.value())?;
            }
        }
        writer.finish()?;
        Ok(seq)
    }
}

fn cursors(transaction: &ReadTransaction) -> Result<BTreeMap<String, Cursor>, DumpError> {
    let mut cursors = BTreeMap::new();
    for row in open_read(transaction, CURSORS)?.iter()? {
        let (peer, cursor) = row?;
        cursors.insert(peer.value().to_owned(), decode("cursor", cursor.value())?);
    }
    Ok(cursors)
}

impl Session<'_> {
    /// Takes over which log of each origin was its current one when a snapshot was taken, so that a
    /// puller goes on there. Our own is left out: it is an old log now.
    pub(crate) fn adopt_cursors(
        &mut self,
        own: &RegionName,
        cursors: &BTreeMap<String, Cursor>,
    ) -> Result<(), StoreError> {
        for (peer, cursor) in cursors.iter().filter(|(peer, _)| peer.as_str() != own.as_str()) {
            self.tables.cursors.insert(peer.as_str(), encode(cursor).as_slice())?;
        }
        Ok(())
    }
}
