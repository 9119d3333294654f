//! Reading: each answer is one snapshot, and never waits for the writer.

use redb::{ReadTransaction, ReadableDatabase};

use super::session::META_PROBE;
use super::tables::{
    AUTHOR_POSTS, AgeKey, CURSORS, FOLLOWERS, FOLLOWS, LOG, META, POSTS, TIMELINES, USERS, decode, find, open_read,
    whole_list, whole_pairs,
};
use super::{Store, StoreError};
use crate::entry::Cursor;
use crate::model::{Post, Profile};
use crate::names::UserName;

/// A part of our log, ready to be sent: the entries are as they are on disk.
#[derive(Clone, Debug, Default)]
pub(crate) struct LogPart {
    /// Entries as JSON texts, in order.
    pub(crate) entries: Vec<String>,
    /// The number up to which the part is complete.
    pub(crate) to: u64,
}

impl LogPart {
    /// Takes rows up to `end`: at most `entries_max` of them and about `bytes_max` bytes.
    pub(super) fn fill<'row>(
        &mut self,
        rows: impl Iterator<Item = Result<(u64, redb::AccessGuard<'row, &'static [u8]>), redb::StorageError>>,
        end: u64,
        entries_max: usize,
        bytes_max: usize,
    ) -> Result<(), StoreError> {
        let mut bytes = 0;
        for row in rows {
            let (seq, entry) = row?;
            if self.entries.len() >= entries_max || bytes >= bytes_max {
                return Ok(());
            }
            bytes += entry.value().len();
            self.to = seq;
            self.entries.push(String::from_utf8_lossy(entry.value()).into_owned());
        }
        // Numbers may lack at the end, too.
        self.to = end;
        Ok(())
    }
}

impl Store {
    /// A profile.
    pub(crate) fn profile(&self, name: &UserName) -> Result<Option<Profile>, StoreError> {
        find(&open_read(&self.begin()?, USERS)?, "profile", name.as_str())
    }

    /// A post.
    pub(crate) fn post(&self, id: &str) -> Result<Option<Post>, StoreError> {
        find(&open_read(&self.begin()?, POSTS)?, "post", id)
    }

    /// The newest posts of a user, newest first; none if there is no such user.
    pub(crate) fn posts_of(&self, user: &UserName, limit: usize) -> Result<Option<Vec<Post>>, StoreError> {
        let transaction = self.begin()?;
        let list = open_read(&transaction, AUTHOR_POSTS)?;
        posts_in(&transaction, &list, user, limit)
    }

    /// The newest posts of a user's home time line, newest first; none if there is no such user.
    pub(crate) fn timeline(&self, user: &UserName, limit: usize) -> Result<Option<Vec<Post>>, StoreError> {
        let transaction = self.begin()?;
        let list = open_read(&transaction, TIMELINES)?;
        posts_in(&transaction, &list, user, limit)
    }

    /// Whom a user follows, by name; none if there is no such user.
    pub(crate) fn follows(&self, user: &UserName, limit: usize) -> Result<Option<Vec<String>>, StoreError> {
        let transaction = self.begin()?;
        if open_read(&transaction, USERS)?.get(user.as_str())?.is_none() {
            return Ok(None);
        }
        let (pairs, live) = (open_read(&transaction, FOLLOWS)?, open_read(&transaction, FOLLOWERS)?);
        let mut followees = Vec::new();
        for row in pairs.range(whole_pairs(user.as_str()))? {
            if followees.len() >= limit {
                break;
            }
            let followee = row?.0.value().1.to_owned();
            if live.get((followee.as_str(), user.as_str()))?.is_some() {
                followees.push(followee);
            }
        }
        Ok(Some(followees))
    }

    /// How far the log of a peer is applied.
    pub(crate) fn cursor(&self, peer: &str) -> Result<Cursor, StoreError> {
        let cursor = find(&open_read(&self.begin()?, CURSORS)?, "cursor", peer)?;
        Ok(cursor.unwrap_or_default())
    }

    /// Our log after a number: at most `entries_max` entries and about `bytes_max` bytes, and nothing
    /// above `durable`.
    pub(crate) fn log_after(
        &self,
        after: u64,
        durable: u64,
        entries_max: usize,
        bytes_max: usize,
    ) -> Result<LogPart, StoreError> {
        let log = open_read(&self.begin()?, LOG)?;
        let mut part = LogPart { entries: Vec::new(), to: after };
        if after < durable {
            let rows = log.range(after + 1..=durable)?;
            part.fill(rows.map(|row| row.map(|(seq, entry)| (seq.value(), entry))), durable, entries_max, bytes_max)?;
        }
        Ok(part)
    }

    /// The read of the deep health check.
    pub(crate) fn probed(&self) -> Result<Option<u64>, StoreError> {
        find(&open_read(&self.begin()?, META)?, "probe", META_PROBE)
    }

    pub(super) fn begin(&self) -> Result<ReadTransaction, StoreError> {
        Ok(self.database().begin_read()?)
    }
}

fn posts_in(
    transaction: &ReadTransaction,
    list: &redb::ReadOnlyTable<AgeKey, &'static str>,
    user: &UserName,
    limit: usize,
) -> Result<Option<Vec<Post>>, StoreError> {
    if open_read(transaction, USERS)?.get(user.as_str())?.is_none() {
        return Ok(None);
    }
    let posts = open_read(transaction, POSTS)?;
    let rows = list.range(whole_list(user.as_str()))?.rev().take(limit);
    let mut found = Vec::with_capacity(limit.min(100));
    for row in rows {
        let (_, id) = row?;
        if let Some(bytes) = posts.get(id.value())? {
            found.push(decode("post", bytes.value())?);
        }
    }
    Ok(Some(found))
}
