//! Taking in the state of another region, where its log no longer reaches back to what is here.
//!
//! ```text
//! 1  hold     the other one's positions dominate ours (or we go on without step 3)
//! 2  merge    row by row, part by part: our state becomes the join of both
//! 3  purge    what is here, was known there, and is there no longer: deleted, and forgotten by all
//! 4  adopt    holdings and cursors move to the positions that were told before the first row was read
//! ```
//!
//! **Why nothing of ours is lost.** Merging only joins (`state`), our own log is not touched, and a position that
//! is ahead of the other one's stays, but for the other one's own current log, which it knows best.
//!
//! **Why step 4 is sound.** The rows were read after the positions were told, and state only ever grows. So what
//! stands at or before the positions is contained in what was merged; what stands after them comes by the log.
//!
//! **Why step 3 is needed.** A tombstone is collected once everybody is past it (`tombstones`). A region that was
//! wiped, or restored from an old snapshot, has told that it was past deletions of which it no longer knows. With
//! whole logs it met them again. With trimmed ones only the *absence* of the post says that it was deleted.
//! Absence says so if the other region has taken in everything that we have (step 1): it had the post, and only
//! a collected tombstone takes a post away. What we wrote ourselves and it has not heard of is excepted, by our
//! log. Nothing else may be taken in meanwhile, so that step 1 stays true; that is the caller's part.
//!
//! Killed in between, everything up to the last part is merged and no position has moved: the next attempt does
//! it again, and twice is once.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use redb::ReadableTable;

use super::copies::{Held, Holding};
use super::posts::StoredPost;
use super::session::Session;
use super::state::{StatePage, StatePlace, StateRow, StateTable};
use super::tables::{Tables, decode, encode, find};
use super::tombstones::LogPlace;
use super::trim::META_FIRST;
use super::{Store, StoreError};
use crate::admission::Resource;
use crate::entry::{Change, Cursor, Entry};
use crate::names::RegionName;
use crate::resolve::{Conflict, Field, Record, Resolver, Version};

/// What another region has contained of the logs, by (origin, log).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Contained(BTreeMap<(String, String), u64>);

impl Contained {
    /// What a page says.
    pub(crate) fn of(logs: &[Held]) -> Self {
        Self(logs.iter().map(|held| ((held.origin.clone(), held.log.clone()), held.seq)).collect())
    }

    /// How far it has a log.
    pub(crate) fn up_to(&self, origin: &str, log: &str) -> u64 {
        self.0.get(&(origin.to_owned(), log.to_owned())).copied().unwrap_or_default()
    }

    /// Whether it has all that these holdings have.
    pub(crate) fn dominates(&self, holdings: &[Held]) -> bool {
        holdings.iter().all(|held| self.up_to(&held.origin, &held.log) >= held.seq)
    }
}

/// Where the logs of the others go on after a transfer: the current one of each that moved.
pub(super) type Adopted = BTreeMap<RegionName, Cursor>;

impl Store {
    /// Whether another region has taken in everything of others that this one has.
    pub(crate) fn is_dominated_by(&self, theirs: &Contained) -> Result<bool, StoreError> {
        Ok(theirs.dominates(&self.holdings()?))
    }
}

impl Session<'_> {
    /// Merges rows, from a peer or from a snapshot.
    pub(crate) fn merge_rows(&mut self, rows: &[StateRow]) -> Result<(), StoreError> {
        for row in rows {
            if let Some(newest) = row.newest() {
                self.clock.observe(self.now_ms, newest);
            }
            self.merge_row(row)?;
        }
        Ok(())
    }

    /// Merges a part of a peer's state. With `purge`, the peer is known to have had all that we have of others.
    /// Answers how many posts are gone by that.
    pub(crate) fn merge_page(
        &mut self,
        page: &StatePage,
        place: &StatePlace,
        next: Option<&StatePlace>,
        own: &RegionName,
        purge: bool,
    ) -> Result<usize, StoreError> {
        let mut gone = 0;
        if purge && place.table == StateTable::Posts {
            let heard = Contained::of(&page.logs).up_to(own.as_str(), self.log);
            let absent = self.absent(page, place, next)?;
            gone = self.purge(absent, heard)?;
        }
        self.merge_rows(&page.rows)?;
        Ok(gone)
    }

    /// Goes on after what a peer's state contains. Its entries are not here, so nothing of them is passed on.
    pub(crate) fn adopt_positions(&mut self, page: &StatePage, own: &RegionName) -> Result<Adopted, StoreError> {
        let mut adopted = Adopted::new();
        let theirs = page.logs.last().filter(|held| held.origin == page.region.as_str());
        for held in page.logs.iter().filter(|held| held.origin != own.as_str() || held.log != self.log) {
            let key = (held.origin.as_str(), held.log.as_str());
            let mut holding = self.tables.holding(key.0, key.1)?;
            // Its own log may have lost its tail.
            let is_shorter = theirs == Some(held) && held.seq < holding.seq;
            if is_shorter {
                let lost = (key.0, key.1, held.seq + 1)..=(key.0, key.1, u64::MAX);
                self.tables.copies.retain_in(lost, |_, _| false)?;
            }
            if holding.seq < held.seq || is_shorter {
                holding = Holding { seq: held.seq, heartbeat: None, first: held.seq + 1, kept: holding.kept };
                self.tables.holdings.insert(key, encode(&holding).as_slice())?;
            }
        }
        let mut current = page.cursors.clone();
        current.retain(|origin, _| origin != own && *origin != page.region);
        current.extend(theirs.map(|held| (page.region.clone(), Cursor { log: held.log.clone(), seq: held.seq })));
        for (origin, told) in current {
            let known: Cursor = find(&self.tables.cursors, "cursor", origin.as_str())?.unwrap_or_default();
            if known.log != told.log && (known.log.is_empty() || origin == page.region) {
                self.tables.begin_log(origin.as_str(), &told.log)?;
            } else if known.log != told.log {
                continue;
            }
            let seq = self.tables.holding(origin.as_str(), &told.log)?.seq;
            let cursor = Cursor { log: told.log, seq };
            self.tables.cursors.insert(origin.as_str(), encode(&cursor).as_slice())?;
            adopted.insert(origin, cursor);
        }
        Ok(adopted)
    }

    /// Takes over the tail of a log from a snapshot: kept to be passed on, not applied, for the rows contain it.
    pub(crate) fn keep_tail(&mut self, held: &Held, entries: &[Entry]) -> Result<(), StoreError> {
        let key = (held.origin.as_str(), held.log.as_str());
        let mut holding = self.tables.holding(key.0, key.1)?;
        for entry in entries {
            self.clock.observe(self.now_ms, entry.stamp.time);
            self.tables.keep_copy(key, entry, &mut holding)?;
        }
        (holding.seq, holding.first) = (held.seq, held.first);
        self.tables.holdings.insert(key, encode(&holding).as_slice())?;
        Ok(())
    }

    fn merge_row(&mut self, row: &StateRow) -> Result<(), StoreError> {
        let (tables, resolver) = (&mut self.tables, self.rules.resolver);
        let conflicts = match row {
            StateRow::Home { name, home, given } => return self.apply_home(name, home, given),
            StateRow::User { name, record } => {
                self.touched.push(Resource::User(name.clone()));
                tables.merge_profile(name.as_str(), record, resolver)?
            }
            StateRow::Post { id, post, tombstone } => {
                self.touched.push(Resource::Post(id.clone()));
                self.touched.extend(post.creation.as_ref().map(|creation| Resource::User(creation.author.clone())));
                tables.merge_post(id, post, tombstone.as_ref(), resolver)?
            }
            StateRow::Like { post, user, record } => {
                self.touched.push(Resource::Post(post.clone()));
                tables.alter_like(post, user, resolver, |known| known.join(record, resolver).unwrap_or_default())?
            }
            StateRow::Relation { follower, followee, record } => {
                let join = |known: &mut Record| known.join(record, resolver).unwrap_or_default();
                tables.alter_relation(follower, followee, self.rules, join)?
            }
        };
        self.conflicts.add(&conflicts);
        Ok(())
    }

    /// Posts that are here, between two places, and not in the page.
    fn absent(
        &self,
        page: &StatePage,
        place: &StatePlace,
        next: Option<&StatePlace>,
    ) -> Result<BTreeSet<String>, StoreError> {
        let ids = page.rows.iter().filter_map(|row| match row {
            StateRow::Post { id, .. } => Some(id.as_str()),
            _ => None,
        });
        let present: BTreeSet<&str> = ids.collect();
        let end = match next {
            Some(next) if next.table == StateTable::Posts => Bound::Included(next.one.as_str()),
            _ => Bound::Unbounded,
        };
        let mut absent = BTreeSet::new();
        for row in self.tables.posts.range::<&str>((Bound::Excluded(place.one.as_str()), end))? {
            let (id, bytes) = row?;
            if !present.contains(id.value()) && decode::<StoredPost>("post", bytes.value())?.is_listed() {
                absent.insert(id.value().to_owned());
            }
        }
        Ok(absent)
    }

    /// Forgets posts, but for those of which the peer, which has heard our log up to `heard`, may not know.
    fn purge(&mut self, mut absent: BTreeSet<String>, heard: u64) -> Result<usize, StoreError> {
        let first: u64 = find(&self.tables.meta, "first", META_FIRST)?.unwrap_or_default();
        if absent.is_empty() || heard + 1 < first {
            return Ok(0); // What it has not heard of is not known here any more: rather one post too many.
        }
        for row in self.tables.log.range(heard + 1..)? {
            let entry: Entry = decode("entry", row?.1.value())?;
            if let Change::Post { post } | Change::PostUpdate { post, .. } = &entry.change {
                absent.remove(&post.id);
            }
        }
        for id in &absent {
            self.tables.forget_post(id)?;
            self.touched.push(Resource::Post(id.clone()));
        }
        Ok(absent.len())
    }
}

impl Tables<'_> {
    fn merge_profile(&mut self, name: &str, record: &Record, resolver: Resolver) -> Result<Vec<Conflict>, StoreError> {
        let mut known: Record = find(&self.users, "profile", name)?.unwrap_or_default();
        let Some(conflicts) = known.join(record, resolver) else { return Ok(Vec::new()) };
        self.users.insert(name, encode(&known).as_slice())?;
        Ok(conflicts)
    }

    /// The deletion first: what has one has nothing else to merge with.
    fn merge_post(
        &mut self,
        id: &str,
        theirs: &StoredPost,
        tombstone: Option<&LogPlace>,
        resolver: Resolver,
    ) -> Result<Vec<Conflict>, StoreError> {
        let mut conflicts = Vec::new();
        if let Some(deletion) = &theirs.deleted {
            conflicts = self.apply_deletion(id, deletion, tombstone, resolver)?;
        }
        if let Some(creation) = &theirs.creation {
            self.apply_creation(creation)?;
        }
        let mut stored = self.stored_post(id)?.unwrap_or_default();
        let seen = stored.record.seen(Field::Text);
        let Some(met) = stored.record.join(&theirs.record, resolver) else { return Ok(conflicts) };
        conflicts.extend(met);
        if let Some(deletion) = &stored.deleted {
            let edit = theirs.record.effective(Field::Text, resolver).map(Version::stamp);
            if edit.is_some_and(|edit| !seen.covers(edit) && !deletion.seen.covers(edit)) {
                conflicts.push(Conflict::with_deletion("edit", resolver));
            }
            stored.strip();
        }
        self.posts.insert(id, encode(&stored).as_slice())?;
        Ok(conflicts)
    }

    fn forget_post(&mut self, id: &str) -> Result<(), StoreError> {
        let creation = self.stored_post(id)?.and_then(|stored| stored.creation);
        let rebuild = creation.map(|creation| self.unlist_post(&creation)).transpose()?.unwrap_or_default();
        self.forget_likes(id)?;
        self.posts.remove(id)?;
        rebuild.iter().try_for_each(|user| self.rebuild_timeline(user))
    }
}
