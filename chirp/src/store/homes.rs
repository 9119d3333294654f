//! The directory: which name is at home where. It is in every region's log and in every region's store.
//!
//! A name is given once, by its arbiter, so there is nothing to merge; should two regions have given it all
//! the same (an arbiter that lost its disk), the older stamp stays, everywhere.

use redb::{ReadableTable, TableDefinition};
use serde::{Deserialize, Serialize};

use super::session::Session;
use super::tables::{decode, encode};
use super::{Store, StoreError};
use crate::clock::Stamp;
use crate::entry::Change;
use crate::names::{RegionName, UserName};

pub(super) const HOMES: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("homes");

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Home {
    pub(super) region: RegionName,
    pub(super) given: Stamp,
}

impl Store {
    /// Where a user is at home who was registered; none of a seeded or an unknown one.
    pub(crate) fn home(&self, name: &UserName) -> Result<Option<RegionName>, StoreError> {
        let transaction = self.begin()?;
        let table = match transaction.open_table(HOMES) {
            Err(redb::TableError::TableDoesNotExist(_)) => return Ok(None),
            opened => opened?,
        };
        let Some(bytes) = table.get(name.as_str())? else { return Ok(None) };
        decode::<Home>("home", bytes.value()).map(|home| Some(home.region))
    }
}

impl Session<'_> {
    /// A user has been registered here: tells every region.
    pub(crate) fn settle(&mut self, name: UserName) -> Result<(), StoreError> {
        let given = self.clock.tick(self.now_ms);
        let home = given.region.clone();
        self.apply_home(&name, &home, &given)?;
        self.append(given.clone(), Change::Home { name, home, given })
    }

    /// Takes in that a name was given.
    pub(super) fn apply_home(&mut self, name: &UserName, home: &RegionName, given: &Stamp) -> Result<(), StoreError> {
        let table = &mut self.tables.homes;
        let known = table.get(name.as_str())?.map(|bytes| decode::<Home>("home", bytes.value())).transpose()?;
        if known.is_none_or(|known| *given < known.given) {
            let home = Home { region: home.clone(), given: given.clone() };
            table.insert(name.as_str(), encode(&home).as_slice())?;
        }
        Ok(())
    }

    /// Throws the tail of our log away, from after `seq` on, as if it had never been written: what a
    /// system does that lets one side win. Only a defect does this.
    pub(crate) fn forget_after(&mut self, seq: u64) -> Result<u64, StoreError> {
        let mut tail = Vec::new();
        for row in self.tables.log.range(seq + 1..)? {
            let (seq, entry) = row?;
            tail.push((seq.value(), decode::<crate::entry::Entry>("entry", entry.value())?));
        }
        let mut forgotten = 0;
        for (seq, entry) in tail {
            if let Change::Heartbeat { .. } = entry.change {
                continue;
            }
            self.tables.log.remove(seq)?;
            forgotten += 1;
            if let Change::Post { post } = entry.change {
                self.tables.posts.remove(post.id.as_str())?;
                for user in self.tables.unlist_post(&post)? {
                    self.tables.rebuild_timeline(&user)?;
                }
            }
        }
        Ok(forgotten)
    }
}
