//! The tables, and the codec of their records.
//!
//! ```text
//! meta              name                        -> bytes     log id, newest stamp, seed, heartbeat
//! log               seq                         -> Entry     what this region did
//! cursors           peer                        -> Cursor    how far the peer's log is applied
//! copies            (origin, log id, seq)       -> Entry     what others did, to pass it on
//! holdings          (origin, log id)            -> Holding   how far we have each log
//! users             name                        -> Profile
//! homes             name                        -> Home      where the user is at home (`homes`)
//! posts             id                          -> Post
//! acknowledged      peer                        -> Cursors   how far the peer had applied everybody's
//! users             name                        -> Record    of a profile
//! posts             id                          -> StoredPost
//! author_posts      (author, time, region)      -> id        a user's own posts, by age
//! likes             (post id, user)             -> Record
//! tombstones        (time, post id)             -> LogPlace  deleted posts, by age of the deletion
//! follows           (follower, followee)        -> Record    follow and block
//! followers         (followee, follower)        -> ()        only those that follow now
//! blocks            (blocker, blocked)          -> ()        only those that block now
//! follower_counts   followee                    -> how many follow now
//! celebrities       user                        -> ()        whose posts are merged at read
//! followed_celebrities (follower, celebrity)    -> ()
//! timelines         (user, time, region)        -> id        the home time line, by age
//! timeline_lengths  user                        -> rows in it
//! ```
//!
//! Records are JSON: they are what users and peers are sent, and a database that can be read with
//! eyes is worth more here than the last microsecond.

use redb::{ReadTransaction, ReadableTable, Table, TableDefinition, WriteTransaction};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::StoreError;
use super::homes::HOMES;
use crate::clock::{HybridTime, Stamp};
use crate::condition::Conditions;
use crate::names::RegionName;

/// A place in a list that is sorted by age: (user, packed hybrid time, region).
pub(super) type AgeKey = (&'static str, u64, &'static str);

pub(super) const META: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("meta");
pub(super) const LOG: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("log");
pub(super) const CURSORS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("cursors");
pub(super) const COPIES: TableDefinition<'_, (&str, &str, u64), &[u8]> = TableDefinition::new("copies");
pub(super) const HOLDINGS: TableDefinition<'_, (&str, &str), &[u8]> = TableDefinition::new("holdings");
pub(super) const USERS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("users");
pub(super) const POSTS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("posts");
pub(super) const AUTHOR_POSTS: TableDefinition<'_, AgeKey, &str> = TableDefinition::new("author_posts");
pub(super) const FOLLOWS: TableDefinition<'_, (&str, &str), &[u8]> = TableDefinition::new("follows");
pub(super) const ACKNOWLEDGED: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("acknowledged");
pub(super) const LIKES: TableDefinition<'_, (&str, &str), &[u8]> = TableDefinition::new("likes");
pub(super) const TOMBSTONES: TableDefinition<'_, (u64, &str), &[u8]> = TableDefinition::new("tombstones");
pub(super) const BLOCKS: TableDefinition<'_, (&str, &str), ()> = TableDefinition::new("blocks");
pub(super) const FOLLOWER_COUNTS: TableDefinition<'_, &str, u64> = TableDefinition::new("follower_counts");
pub(super) const CELEBRITIES: TableDefinition<'_, &str, ()> = TableDefinition::new("celebrities");
pub(super) const FOLLOWED_CELEBRITIES: TableDefinition<'_, (&str, &str), ()> =
    TableDefinition::new("followed_celebrities");
pub(super) const FOLLOWERS: TableDefinition<'_, (&str, &str), ()> = TableDefinition::new("followers");
pub(super) const TIMELINES: TableDefinition<'_, AgeKey, &str> = TableDefinition::new("timelines");
pub(super) const TIMELINE_LENGTHS: TableDefinition<'_, &str, u64> = TableDefinition::new("timeline_lengths");

/// All tables of one write transaction, opened once.
pub(super) struct Tables<'txn> {
    /// What is wrong on purpose.
    pub(super) conditions: &'txn Conditions,
    pub(super) meta: Table<'txn, &'static str, &'static [u8]>,
    pub(super) log: Table<'txn, u64, &'static [u8]>,
    pub(super) cursors: Table<'txn, &'static str, &'static [u8]>,
    pub(super) copies: Table<'txn, (&'static str, &'static str, u64), &'static [u8]>,
    pub(super) holdings: Table<'txn, (&'static str, &'static str), &'static [u8]>,
    pub(super) users: Table<'txn, &'static str, &'static [u8]>,
    pub(super) homes: Table<'txn, &'static str, &'static [u8]>,
    pub(super) posts: Table<'txn, &'static str, &'static [u8]>,
    pub(super) author_posts: Table<'txn, AgeKey, &'static str>,
    pub(super) follows: Table<'txn, (&'static str, &'static str), &'static [u8]>,
    pub(super) followers: Table<'txn, (&'static str, &'static str), ()>,
    pub(super) acknowledged: Table<'txn, &'static str, &'static [u8]>,
    pub(super) likes: Table<'txn, (&'static str, &'static str), &'static [u8]>,
    pub(super) tombstones: Table<'txn, (u64, &'static str), &'static [u8]>,
    pub(super) blocks: Table<'txn, (&'static str, &'static str), ()>,
    pub(super) follower_counts: Table<'txn, &'static str, u64>,
    pub(super) celebrities: Table<'txn, &'static str, ()>,
    pub(super) followed_celebrities: Table<'txn, (&'static str, &'static str), ()>,
    pub(super) timelines: Table<'txn, AgeKey, &'static str>,
    pub(super) timeline_lengths: Table<'txn, &'static str, u64>,
}

impl<'txn> Tables<'txn> {
    /// Opens all, creating those that are not there.
    pub(super) fn open(transaction: &'txn WriteTransaction, conditions: &'txn Conditions) -> Result<Self, StoreError> {
        Ok(Self {
            conditions,
            meta: transaction.open_table(META)?,
            log: transaction.open_table(LOG)?,
            cursors: transaction.open_table(CURSORS)?,
            copies: transaction.open_table(COPIES)?,
            holdings: transaction.open_table(HOLDINGS)?,
            users: transaction.open_table(USERS)?,
            homes: transaction.open_table(HOMES)?,
            posts: transaction.open_table(POSTS)?,
            author_posts: transaction.open_table(AUTHOR_POSTS)?,
            follows: transaction.open_table(FOLLOWS)?,
            followers: transaction.open_table(FOLLOWERS)?,
            acknowledged: transaction.open_table(ACKNOWLEDGED)?,
            likes: transaction.open_table(LIKES)?,
            tombstones: transaction.open_table(TOMBSTONES)?,
            blocks: transaction.open_table(BLOCKS)?,
            follower_counts: transaction.open_table(FOLLOWER_COUNTS)?,
            celebrities: transaction.open_table(CELEBRITIES)?,
            followed_celebrities: transaction.open_table(FOLLOWED_CELEBRITIES)?,
            timelines: transaction.open_table(TIMELINES)?,
            timeline_lengths: transaction.open_table(TIMELINE_LENGTHS)?,
        })
    }
}

/// The first and the last place in a user's list.
pub(super) fn whole_list(user: &str) -> std::ops::RangeInclusive<(&str, u64, &str)> {
    // '~' sorts after everything that a region's name may hold.
    (user, 0, "")..=(user, u64::MAX, "~")
}

/// The first and the last pair of a user.
pub(super) fn whole_pairs(user: &str) -> std::ops::RangeInclusive<(&str, &str)> {
    (user, "")..=(user, "~")
}

/// The place of a stamp in a user's list.
pub(super) fn age_key<'a>(user: &'a str, stamp: &'a Stamp) -> (&'a str, u64, &'a str) {
    (user, stamp.time.packed(), stamp.region.as_str())
}

/// The stamp that a place in a list stands for.
pub(super) fn stamp_of(key: (&str, u64, &str)) -> Stamp {
    let region = RegionName::parse(key.2).expect("only checked names are stored");
    Stamp { time: HybridTime::from_packed(key.1), region }
}

/// A record as bytes.
pub(super) fn encode<T: Serialize>(record: &T) -> Vec<u8> {
    serde_json::to_vec(record).expect("records have text keys only, and writing to memory cannot fail")
}

/// A record from bytes; `what` names it in the error.
pub(super) fn decode<T: DeserializeOwned>(what: &'static str, bytes: &[u8]) -> Result<T, StoreError> {
    serde_json::from_slice(bytes).map_err(|source| StoreError::Record { what, source })
}

/// The record under a key, if there is one.
pub(super) fn find<T: DeserializeOwned>(
    table: &impl ReadableTable<&'static str, &'static [u8]>,
    what: &'static str,
    key: &str,
) -> Result<Option<T>, StoreError> {
    let Some(bytes) = table.get(key)? else { return Ok(None) };
    decode(what, bytes.value()).map(Some)
}

/// A table of a read transaction.
pub(super) fn open_read<K: redb::Key + 'static, V: redb::Value + 'static>(
    transaction: &ReadTransaction,
    definition: TableDefinition<'_, K, V>,
) -> Result<redb::ReadOnlyTable<K, V>, StoreError> {
    Ok(transaction.open_table(definition)?)
}
