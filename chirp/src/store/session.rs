//! What a write does inside the writer's transaction: the domain's rules, the log, the clock.
//!
//! Every local write is one change, applied to the tables by the same functions that apply a peer's
//! (`apply.rs`), and appended to the log in the same transaction. So the state cannot say something
//! that the log does not, and there is nothing to replay after a crash.

use redb::ReadableTable;

use super::StoreError;
use super::tables::{Tables, encode, find};
use crate::attachments::Attachments;
use crate::clock::{Clock, Stamp};
use crate::defects::{Defect, Defects};
use crate::engine::Refusal;
use crate::entry::{Change, Cursor, Entry, LogBatch};
use crate::model::{Post, Profile, post_id};
use crate::names::UserName;

/// The key of the newest stamp in the table `meta`.
pub(super) const META_STAMP: &str = "stamp";
/// The key of the last heartbeat's number in the table `meta`.
const META_HEARTBEAT: &str = "heartbeat";
/// The key that the deep health check writes and reads in the table `meta`.
pub(super) const META_PROBE: &str = "probe";

/// A post that was made, or the one that its key had made before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Posted {
    /// The post.
    pub(crate) post: Post,
    /// Whether it was there already.
    pub(crate) replayed: bool,
}

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
    /// Our wall clock at the beginning of the transaction, in milliseconds since 1970.
    pub(super) now_ms: u64,
    /// The last number of our log, with what this transaction has appended.
    pub(super) head: u64,
}

impl Session<'_> {
    /// The last number of our log, with what this transaction has appended.
    pub(crate) fn head(&self) -> u64 {
        self.head
    }

    /// Registers a user or changes the display name; answers the profile and whether it is new.
    pub(crate) fn put_profile(&mut self, name: UserName, display_name: String) -> Result<(Profile, bool), StoreError> {
        let known: Option<Profile> = find(&self.tables.users, "profile", name.as_str())?;
        if let Some(known) = &known
            && known.display_name == display_name
        {
            return Ok((known.clone(), false));
        }
        let replaced = known.as_ref().map(|known| &known.updated);
        let stamp = self.clock.tick_above(self.now_ms, replaced);
        let profile = Profile { name, display_name, updated: stamp.clone() };
        self.tables.apply_profile(&profile)?;
        self.append(stamp, Change::Profile { profile: profile.clone() })?;
        Ok((profile, known.is_none()))
    }

    /// Makes a post, or finds the one that the same key has made.
    pub(crate) fn create_post(
        &mut self,
        author: UserName,
        text: String,
        attached: Attachments,
        key: Option<&str>,
    ) -> Result<Result<Posted, Refusal>, StoreError> {
        if !self.knows(&author)? {
            return Ok(Err(Refusal::UnknownUser(author)));
        }
        let created = self.clock.tick(self.now_ms);
        let mut id = post_id(&author, key, &created);
        if self.defects.has(Defect::NoIdempotency) {
            id = post_id(&author, None, &created); // DEFECT no-idempotency
        }
        if let Some(post) = find::<Post>(&self.tables.posts, "post", &id)? {
            let same = post.text == text && post.attached.same_wish(&attached);
            if !same {
                return Ok(Err(Refusal::KeyReused));
            }
            if post.region != created.region {
                // Our peers need not have it from where it was made. Told again it waits for them as any
                // write does (`durability`); twice is once.
                self.append(created, Change::Post { post: post.clone() })?;
            }
            return Ok(Ok(Posted { post, replayed: true }));
        }
        let region = created.region.clone();
        let post = Post { id, author, text, attached, region, created: created.clone() };
        self.tables.apply_post(&post)?;
        self.append(created, Change::Post { post: post.clone() })?;
        Ok(Ok(Posted { post, replayed: false }))
    }

    /// Follows or unfollows. Following again is written again: it must win over an unfollow elsewhere.
    pub(crate) fn set_follow(
        &mut self,
        follower: UserName,
        followee: UserName,
        following: bool,
    ) -> Result<Result<(), Refusal>, StoreError> {
        for user in [&follower, &followee] {
            if !self.knows(user)? {
                return Ok(Err(Refusal::UnknownUser(user.clone())));
            }
        }
        let stamp = self.clock.tick(self.now_ms);
        let tags = self.tables.tags(&follower, &followee)?;
        let change = if following { Some(tags.follow(stamp.clone())) } else { tags.unfollow() };
        let Some(change) = change else { return Ok(Ok(())) };
        self.tables.apply_follow(&follower, &followee, &change)?;
        self.append(stamp, Change::Follow { follower, followee, change })?;
        Ok(Ok(()))
    }

    /// Writes a heartbeat for the peers, and takes the previous one out of the log: a region that does
    /// nothing must not fill its disk with saying so.
    pub(crate) fn heartbeat(&mut self) -> Result<(), StoreError> {
        let previous: Option<u64> = find(&self.tables.meta, "heartbeat", META_HEARTBEAT)?;
        if let Some(previous) = previous {
            self.tables.log.remove(previous)?;
        }
        let stamp = self.clock.tick(self.now_ms);
        self.append(stamp, Change::Heartbeat { wall_ms: self.now_ms })?;
        self.tables.meta.insert(META_HEARTBEAT, encode(&self.head).as_slice())?;
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
        let applied = self.take_in(batch, holding)?;
        self.tables.cursors.insert(peer, encode(&applied.cursor).as_slice())?;
        Ok(applied)
    }

    pub(super) fn apply(&mut self, change: &Change) -> Result<(), StoreError> {
        match change {
            Change::Post { post } => self.tables.apply_post(post),
            Change::Profile { profile } => self.tables.apply_profile(profile),
            Change::Follow { follower, followee, change } => self.tables.apply_follow(follower, followee, change),
            Change::Heartbeat { .. } => Ok(()),
        }
    }

    fn append(&mut self, stamp: Stamp, change: Change) -> Result<(), StoreError> {
        self.head += 1;
        let entry = Entry { seq: self.head, stamp, change };
        self.tables.log.insert(entry.seq, encode(&entry).as_slice())?;
        Ok(())
    }

    fn knows(&self, user: &UserName) -> Result<bool, StoreError> {
        Ok(self.tables.users.get(user.as_str())?.is_some())
    }
}
