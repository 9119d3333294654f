//! The state of a region as rows that can be merged into any other region's.
//!
//! ```text
//! homes        who is at home where                     the older stamp stays
//! users        a profile: a record                      joined (`resolve::join`)
//! posts        creation, deletion, a record             older creation, deletion for ever, record joined
//! likes        one record per post and user             joined
//! relations    one record per pair of users             joined
//! ```
//!
//! These five tables are all that changes make; every other one (time lines, counts, followers) follows from
//! them and is kept right by the functions that take changes in. So the rows go through the same functions, and
//! there is no second way to make state. Each law above is associative, commutative and idempotent, and it is
//! the law by which changes of that kind meet. Hence rows may be read while the region writes on, part by part,
//! each part from a later moment than the one before: what they say is at least the state of the first moment,
//! and what is beyond it is told again by the log and taken in twice, which is once.
//!
//! What is as it was planted (`seed`) is left out: everybody has it. Deleted posts are rows as well, with the
//! place of their deletion, for as long as their tombstone is kept (`tombstones`).

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Bound;
use std::str::FromStr;

use redb::ReadTransaction;
use serde::{Deserialize, Serialize};

use super::copies::Held;
use super::homes::{HOMES, Home};
use super::posts::StoredPost;
use super::tables::{FOLLOWS, LIKES, POSTS, TOMBSTONES, USERS, decode, open_read};
use super::tombstones::LogPlace;
use super::{Store, StoreError};
use crate::clock::{HybridTime, Stamp};
use crate::entry::Cursor;
use crate::names::{RegionName, UserName};
use crate::resolve::Record;

/// Rows that are looked at for one part, whether or not they are in it.
const LOOK_MAX: usize = 20_000;

/// What is known of one thing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "row", rename_all = "snake_case")]
pub(crate) enum StateRow {
    /// A name was given to a home.
    Home {
        /// The name.
        name: UserName,
        /// Where the user is at home.
        home: RegionName,
        /// When.
        given: Stamp,
    },
    /// A profile.
    User {
        /// Whose.
        name: UserName,
        /// All of it.
        record: Record,
    },
    /// A post, also a deleted one.
    Post {
        /// Its id.
        id: String,
        /// All of it but the likes.
        post: Box<StoredPost>,
        /// Where it was deleted, as long as somebody may have to be waited for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tombstone: Option<LogPlace>,
    },
    /// A like, or one taken back.
    Like {
        /// Which post.
        post: String,
        /// Whose.
        user: UserName,
        /// All of it.
        record: Record,
    },
    /// What is between two users.
    Relation {
        /// Who follows, or is blocked.
        follower: UserName,
        /// Who is followed, or blocks.
        followee: UserName,
        /// All of it.
        record: Record,
    },
}

impl StateRow {
    /// The newest stamp that it knows.
    pub(super) fn newest(&self) -> Option<HybridTime> {
        let stamp = match self {
            Self::Home { given, .. } => Some(given.clone()),
            Self::User { record, .. } | Self::Like { record, .. } | Self::Relation { record, .. } => record.newest(),
            Self::Post { post, .. } => post.newest().max(post.deleted.as_ref().map(|deletion| deletion.stamp.clone())),
        };
        stamp.map(|stamp| stamp.time)
    }
}

/// A kind of row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum StateTable {
    /// Names and homes.
    Homes,
    /// Profiles.
    Users,
    /// Posts; before their likes, and before who follows, which makes time lines.
    Posts,
    /// Likes.
    Likes,
    /// Follows and blocks.
    Relations,
}

impl StateTable {
    const ALL: [(Self, &'static str); 5] = [
        (Self::Homes, "homes"),
        (Self::Users, "users"),
        (Self::Posts, "posts"),
        (Self::Likes, "likes"),
        (Self::Relations, "relations"),
    ];

    fn next(self) -> Option<Self> {
        let at = Self::ALL.iter().position(|(table, _)| *table == self)?;
        Self::ALL.get(at + 1).map(|(table, _)| *table)
    }
}

/// A place in the state: after this key of this table. As text, `posts.KEY.` or `likes.POST.USER`: the letters of
/// names and ids, so it can be in a URL as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StatePlace {
    pub(super) table: StateTable,
    pub(super) one: String,
    pub(super) two: String,
}

impl StatePlace {
    /// Before everything.
    pub(crate) fn start() -> Self {
        Self::before(StateTable::Homes)
    }

    /// Whether users' data begins here: what is before may be told to everybody.
    pub(crate) fn is_past_homes(&self) -> bool {
        self.table > StateTable::Homes
    }

    fn before(table: StateTable) -> Self {
        Self { table, one: String::new(), two: String::new() }
    }
}

impl fmt::Display for StatePlace {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = StateTable::ALL.iter().find(|(table, _)| *table == self.table).map_or("", |(_, name)| name);
        write!(formatter, "{name}.{}.{}", self.one, self.two)
    }
}

/// A text that is no place.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not a place in a state")]
pub(crate) struct StatePlaceError(String);

impl FromStr for StatePlace {
    type Err = StatePlaceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parse = || {
            let mut parts = text.split('.');
            let name = parts.next()?;
            let (table, _) = StateTable::ALL.into_iter().find(|(_, known)| *known == name)?;
            let (one, two) = (parts.next()?.to_owned(), parts.next()?.to_owned());
            parts.next().is_none().then_some(Self { table, one, two })
        };
        parse().ok_or_else(|| StatePlaceError(text.chars().take(100).collect()))
    }
}

/// A part of a region's state, as its replication listener answers it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StatePage {
    /// Whose state.
    pub(crate) region: RegionName,
    /// What it contains at least; last, the region's own current log.
    pub(crate) logs: Vec<Held>,
    /// Which log of each other region is its current one.
    pub(crate) cursors: BTreeMap<RegionName, Cursor>,
    /// The place after which the rows begin.
    pub(crate) place: String,
    /// Rows of one table.
    pub(crate) rows: Vec<StateRow>,
    /// The place after the rows; none if that is all.
    pub(crate) next: Option<String>,
}

/// Rows of one table, and where to go on.
pub(super) struct Part {
    pub(super) rows: Vec<StateRow>,
    pub(super) next: Option<StatePlace>,
}

impl Store {
    /// The state after a place: about `bytes_max` bytes of at most `rows_max` rows.
    pub(crate) fn state_after(
        &self,
        place: &StatePlace,
        rows_max: usize,
        bytes_max: usize,
    ) -> Result<(Vec<StateRow>, Option<StatePlace>), StoreError> {
        let Part { rows, next } = read(&self.begin()?, place, rows_max, bytes_max)?;
        Ok((rows, next))
    }
}

/// The rows after a place.
pub(super) fn read(
    transaction: &ReadTransaction,
    place: &StatePlace,
    rows_max: usize,
    bytes_max: usize,
) -> Result<Part, StoreError> {
    let mut taking = Taking { rows: Vec::new(), bytes: 0, looked: 0, rows_max, bytes_max, last: None };
    match place.table {
        StateTable::Homes => taking.single(&open_read(transaction, HOMES)?, place, home)?,
        StateTable::Users => taking.single(&open_read(transaction, USERS)?, place, user)?,
        StateTable::Posts => {
            let tombstones = open_read(transaction, TOMBSTONES)?;
            taking.single(&open_read(transaction, POSTS)?, place, |id, bytes| post(&tombstones, id, bytes))?;
        }
        StateTable::Likes => taking.pairs(&open_read(transaction, LIKES)?, place, like)?,
        StateTable::Relations => taking.pairs(&open_read(transaction, FOLLOWS)?, place, relation)?,
    }
    let next = match taking.last {
        Some((one, two)) => Some(StatePlace { table: place.table, one, two }),
        None => place.table.next().map(StatePlace::before),
    };
    Ok(Part { rows: taking.rows, next })
}

/// Takes rows until there are enough.
struct Taking {
    rows: Vec<StateRow>,
    bytes: usize,
    looked: usize,
    rows_max: usize,
    bytes_max: usize,
    /// The key of the last row, if there may be more.
    last: Option<(String, String)>,
}

type Made = Result<Option<StateRow>, StoreError>;
type Single = redb::ReadOnlyTable<&'static str, &'static [u8]>;
type Pairs = redb::ReadOnlyTable<(&'static str, &'static str), &'static [u8]>;

impl Taking {
    fn single(
        &mut self,
        table: &Single,
        place: &StatePlace,
        make: impl Fn(&str, &[u8]) -> Made,
    ) -> Result<(), StoreError> {
        for row in table.range::<&str>((Bound::Excluded(place.one.as_str()), Bound::Unbounded))? {
            let (key, bytes) = row?;
            let (key, bytes) = (key.value(), bytes.value());
            self.take(make(key, bytes)?, bytes.len());
            if self.is_full() {
                self.last = Some((key.to_owned(), String::new()));
                break;
            }
        }
        Ok(())
    }

    fn pairs(
        &mut self,
        table: &Pairs,
        place: &StatePlace,
        make: impl Fn((&str, &str), &[u8]) -> Made,
    ) -> Result<(), StoreError> {
        let after = (place.one.as_str(), place.two.as_str());
        for row in table.range::<(&str, &str)>((Bound::Excluded(after), Bound::Unbounded))? {
            let (key, bytes) = row?;
            let (key, bytes) = (key.value(), bytes.value());
            self.take(make(key, bytes)?, bytes.len());
            if self.is_full() {
                self.last = Some((key.0.to_owned(), key.1.to_owned()));
                break;
            }
        }
        Ok(())
    }

    fn take(&mut self, row: Option<StateRow>, bytes: usize) {
        self.looked += 1;
        if let Some(row) = row {
            self.rows.push(row);
            self.bytes += bytes;
        }
    }

    fn is_full(&self) -> bool {
        self.rows.len() >= self.rows_max || self.bytes >= self.bytes_max || self.looked >= LOOK_MAX
    }
}

fn name(text: &str) -> UserName {
    UserName::parse(text).expect("only checked names are stored")
}

/// Whether nothing has changed since it was planted: only what is planted is of the first instant.
fn is_planted(record: &Record) -> bool {
    record.newest().is_none_or(|newest| newest.time == HybridTime::default())
}

fn home(key: &str, bytes: &[u8]) -> Made {
    let Home { region, given } = decode("home", bytes)?;
    Ok(Some(StateRow::Home { name: name(key), home: region, given }))
}

fn user(key: &str, bytes: &[u8]) -> Made {
    let record: Record = decode("profile", bytes)?;
    Ok((!is_planted(&record)).then(|| StateRow::User { name: name(key), record }))
}

fn post(tombstones: &redb::ReadOnlyTable<(u64, &'static str), &'static [u8]>, id: &str, bytes: &[u8]) -> Made {
    let mut post: StoredPost = decode("post", bytes)?;
    post.likes = 0;
    if post == StoredPost::default() {
        return Ok(None); // Only likes have arrived: they are rows of their own.
    }
    let tombstone = match &post.deleted {
        Some(deletion) => tombstones.get((deletion.stamp.time.packed(), id))?,
        None => None,
    };
    let tombstone = tombstone.map(|place| decode("tombstone", place.value())).transpose()?;
    Ok(Some(StateRow::Post { id: id.to_owned(), post: Box::new(post), tombstone }))
}

fn like((post, user): (&str, &str), bytes: &[u8]) -> Made {
    Ok(Some(StateRow::Like { post: post.to_owned(), user: name(user), record: decode("like", bytes)? }))
}

fn relation((follower, followee): (&str, &str), bytes: &[u8]) -> Made {
    let record: Record = decode("relation", bytes)?;
    let row = || StateRow::Relation { follower: name(follower), followee: name(followee), record: record.clone() };
    Ok((!is_planted(&record)).then(row))
}
