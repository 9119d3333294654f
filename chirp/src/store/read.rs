//! Reading: each answer is one snapshot, and never waits for the writer.

use std::ops::Bound;

use redb::{ReadTransaction, ReadableDatabase};

use super::posts::StoredPost;
use super::session::META_PROBE;
use super::tables::{
    AUTHOR_POSTS, AgeKey, BLOCKS, CURSORS, FOLLOWED_CELEBRITIES, FOLLOWERS, FOLLOWS, LOG, META, POSTS, TIMELINES,
    USERS, find, open_read, whole_list, whole_pairs,
};
use super::trim::META_FIRST;
use super::{Store, StoreError, profiles};
use crate::entry::Cursor;
use crate::model::{Post, Profile};
use crate::names::UserName;
use crate::resolve::Record;

/// A part of our log, ready to be sent: the entries are as they are on disk.
#[derive(Clone, Debug, Default)]
pub(crate) struct LogPart {
    /// Entries as JSON texts, in order.
    pub(crate) entries: Vec<String>,
    /// The number up to which the part is complete.
    pub(crate) to: u64,
    /// The first number that the log still has. If it is not the one after `after`, or smaller, something lacks.
    pub(crate) first: u64,
}

impl LogPart {
    /// Whether entries after this number are no longer kept.
    pub(crate) fn lacks_after(&self, after: u64) -> bool {
        after + 1 < self.first
    }
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
        let record: Option<Record> = find(&open_read(&self.begin()?, USERS)?, "profile", name.as_str())?;
        Ok(record.and_then(|record| profiles::shown(name, &record, self.resolver())))
    }

    /// A post.
    pub(crate) fn post(&self, id: &str) -> Result<Option<Post>, StoreError> {
        let stored: Option<StoredPost> = find(&open_read(&self.begin()?, POSTS)?, "post", id)?;
        Ok(stored.and_then(|stored| stored.shown(self.resolver())))
    }

    /// The newest posts of a user, newest first; none if there is no such user.
    pub(crate) fn posts_of(&self, user: &UserName, limit: usize) -> Result<Option<Vec<Post>>, StoreError> {
        let transaction = self.begin()?;
        if !knows(&transaction, user)? {
            return Ok(None);
        }
        let mut newest = Vec::new();
        collect(&mut newest, &open_read(&transaction, AUTHOR_POSTS)?, user.as_str(), limit)?;
        self.posts_in(&transaction, newest, limit).map(Some)
    }

    /// The newest posts of a user's home time line, newest first; none if there is no such user. It is
    /// merged from the user's rows and the lists of the celebrities followed.
    pub(crate) fn timeline(&self, user: &UserName, limit: usize) -> Result<Option<Vec<Post>>, StoreError> {
        let transaction = self.begin()?;
        if !knows(&transaction, user)? {
            return Ok(None);
        }
        let mut newest = Vec::new();
        collect(&mut newest, &open_read(&transaction, TIMELINES)?, user.as_str(), limit)?;
        let celebrities = open_read(&transaction, FOLLOWED_CELEBRITIES)?;
        let mut lists = None;
        for row in celebrities.range(whole_pairs(user.as_str()))? {
            let celebrity = row?.0.value().1.to_owned();
            let lists = match &lists {
                Some(lists) => lists,
                None => lists.insert(open_read(&transaction, AUTHOR_POSTS)?),
            };
            collect(&mut newest, lists, &celebrity, limit)?;
        }
        self.posts_in(&transaction, newest, limit).map(Some)
    }

    /// Whom a user blocks, by name; none if there is no such user.
    pub(crate) fn blocks(&self, user: &UserName, limit: usize) -> Result<Option<Vec<String>>, StoreError> {
        let transaction = self.begin()?;
        if !knows(&transaction, user)? {
            return Ok(None);
        }
        let blocks = open_read(&transaction, BLOCKS)?;
        let rows = blocks.range(whole_pairs(user.as_str()))?.take(limit);
        rows.map(|row| Ok(row?.0.value().1.to_owned())).collect::<Result<_, _>>().map(Some)
    }

    /// The posts of these rows as they are shown, newest first, each once.
    fn posts_in(
        &self,
        transaction: &ReadTransaction,
        mut newest: Vec<Row>,
        limit: usize,
    ) -> Result<Vec<Post>, StoreError> {
        newest.sort_unstable_by(|one, other| other.cmp(one));
        newest.dedup();
        let posts = open_read(transaction, POSTS)?;
        let mut found = Vec::with_capacity(newest.len().min(limit));
        for Row { id, .. } in newest.iter().take(limit) {
            let stored: Option<StoredPost> = find(&posts, "post", id)?;
            found.extend(stored.and_then(|stored| stored.shown(self.resolver())));
        }
        Ok(found)
    }

    /// Whom a user follows, by name; none if there is no such user.
    pub(crate) fn follows(&self, user: &UserName, limit: usize) -> Result<Option<Vec<String>>, StoreError> {
        let transaction = self.begin()?;
        if !knows(&transaction, user)? {
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

    /// Who follows a user, by name, after a name; none if there is no such user.
    pub(crate) fn followers(
        &self,
        user: &UserName,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Option<Vec<String>>, StoreError> {
        let transaction = self.begin()?;
        if open_read(&transaction, USERS)?.get(user.as_str())?.is_none() {
            return Ok(None);
        }
        let after = Bound::Excluded((user.as_str(), after.unwrap_or_default()));
        let pairs = open_read(&transaction, FOLLOWERS)?;
        let rows = pairs.range((after, Bound::Included((user.as_str(), "~"))))?.take(limit);
        rows.map(|row| Ok(row?.0.value().1.to_owned())).collect::<Result<_, StoreError>>().map(Some)
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
        let transaction = self.begin()?;
        let log = open_read(&transaction, LOG)?;
        let first = find(&open_read(&transaction, META)?, "first", META_FIRST)?.unwrap_or_default();
        let mut part = LogPart { entries: Vec::new(), to: after, first };
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

fn knows(transaction: &ReadTransaction, user: &UserName) -> Result<bool, StoreError> {
    Ok(open_read(transaction, USERS)?.get(user.as_str())?.is_some())
}

/// A row of a list, by age.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Row {
    time: u64,
    region: String,
    id: String,
}

/// Adds the newest rows of a user's list.
fn collect(
    newest: &mut Vec<Row>,
    list: &redb::ReadOnlyTable<AgeKey, &'static str>,
    user: &str,
    limit: usize,
) -> Result<(), StoreError> {
    for row in list.range(whole_list(user))?.rev().take(limit) {
        let (key, id) = row?;
        let (_, time, region) = key.value();
        newest.push(Row { time, region: region.to_owned(), id: id.value().to_owned() });
    }
    Ok(())
}
