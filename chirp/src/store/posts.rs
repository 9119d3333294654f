//! Posts: made once, edited, removed by moderation, deleted.
//!
//! A stored post has parts that merge by laws of their own:
//!
//! | part | law |
//! |---|---|
//! | creation | the older stamp stays: with a key two regions can make the same post before they hear of each other |
//! | text, removal | a [`Record`]; the resolver decides |
//! | deletion | is for ever: nothing that arrives before or after it brings the post back |
//!
//! A post that is deleted is a **tombstone**: its text and likes are gone, its name stays, so that a late
//! creation or edit finds out. How long tombstones are kept is said in `tombstones`.
//!
//! A removed post stays in lists, without its text and with the reason. Only a deletion changes which
//! rows there are, so that whatever a resolver makes of a removal, time lines do not flicker.

use serde::{Deserialize, Serialize};

use super::StoreError;
use super::session::Session;
use super::tables::{Tables, encode, find};
use super::tombstones::LogPlace;
use crate::attachments::Attachments;
use crate::clock::Stamp;
use crate::defects::Defect;
use crate::engine::Refusal;
use crate::entry::{Change, Deletion};
use crate::model::{Creation, Post, post_id};
use crate::names::UserName;
use crate::resolve::{Changes, Conflict, Field, Record, Resolver, Update, Value};

/// A post that was made, or the one that its key had made before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Posted {
    /// The post.
    pub(crate) post: Post,
    /// Whether it was there already.
    pub(crate) replayed: bool,
}

/// All that is known of a post.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StoredPost {
    /// None while only likes or a deletion have arrived.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) creation: Option<Creation>,
    /// Text and removal.
    pub(super) record: Record,
    /// How many users like it.
    pub(super) likes: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) deleted: Option<Deletion>,
}

impl StoredPost {
    /// The post as users see it; none if it has not arrived or is deleted.
    pub(super) fn shown(self, resolver: Resolver) -> Option<Post> {
        let creation = self.creation?;
        let removed = self.record.text(Field::Removal, resolver).map(str::to_owned);
        if self.deleted.is_some() && !(removed.is_some() && resolver.removal_outlives_deletion()) {
            return None;
        }
        let Creation { id, author, text, attached, region, created } = creation;
        let mut post = Post { id, author, text, attached, region, created, edited: None, likes: self.likes, removed };
        if post.removed.is_some() {
            post.text.clear();
            post.attached = Attachments::default();
        } else if let Some(edit) = self.record.effective(Field::Text, resolver) {
            post.text = edit.value.text().unwrap_or_default().to_owned();
            post.edited = Some(edit.stamp().clone());
        }
        Some(post)
    }

    /// Whether the post has rows in lists.
    pub(super) fn is_listed(&self) -> bool {
        self.creation.is_some() && self.deleted.is_none()
    }

    pub(super) fn newest(&self) -> Option<Stamp> {
        let created = self.creation.as_ref().map(|creation| creation.created.clone());
        self.record.newest().max(created)
    }

    /// What a tombstone does not keep.
    pub(super) fn strip(&mut self) {
        if let Some(creation) = &mut self.creation {
            creation.text.clear();
            creation.attached = Attachments::default();
        }
        self.record.forget(Field::Text);
        self.likes = 0;
    }
}

impl Session<'_> {
    /// Makes a post, or finds the one that the same key has made.
    pub(crate) fn create_post(
        &mut self,
        author: UserName,
        text: String,
        attached: Attachments,
        key: Option<&str>,
    ) -> Result<Result<Posted, Refusal>, StoreError> {
        if let Some(stranger) = self.stranger([&author])? {
            return Ok(Err(Refusal::UnknownUser(stranger)));
        }
        let created = self.stamp_above(None);
        let mut id = post_id(&author, key, &created);
        if self.defects.has(Defect::NoIdempotency) {
            id = post_id(&author, None, &created); // DEFECT no-idempotency
        }
        let resolver = self.rules.resolver;
        if let Some(known) = self.tables.stored_post(&id)? {
            if known.deleted.is_some() {
                return Ok(Err(Refusal::Deleted));
            }
            if let (Some(creation), Some(post)) = (&known.creation, known.clone().shown(resolver)) {
                if creation.text != text || !creation.attached.same_wish(&attached) {
                    return Ok(Err(Refusal::KeyReused));
                }
                if creation.region != created.region {
                    // Our peers need not have it from where it was made. Told again it waits for them as any
                    // write does (`durability`); twice is once.
                    self.append(created, Change::Post { post: creation.clone() })?;
                }
                return Ok(Ok(Posted { post, replayed: true }));
            }
        }
        let region = created.region.clone();
        let creation = Creation { id: id.clone(), author, text, attached, region, created: created.clone() };
        self.tables.apply_creation(&creation)?;
        self.append(created, Change::Post { post: creation })?;
        Ok(self.present(&id)?.map(|(_, post)| Posted { post, replayed: false }))
    }

    /// Changes the text.
    pub(crate) fn edit_post(
        &mut self,
        id: &str,
        author: &UserName,
        text: String,
    ) -> Result<Result<Post, Refusal>, StoreError> {
        let (stored, post) = match self.own(id, author)? {
            Ok(found) => found,
            Err(refusal) => return Ok(Err(refusal)),
        };
        if post.removed.is_some() {
            return Ok(Err(Refusal::Removed));
        }
        let value = Value::Text(text);
        let was_never_edited = stored.record.effective(Field::Text, self.rules.resolver).is_none();
        let is_same = if was_never_edited { value.text() == Some(&post.text) } else { false };
        if is_same || stored.record.is_settled_on(Field::Text, &value) {
            return Ok(Ok(post));
        }
        self.update_post(id, stored, Changes::new([(Field::Text, value)]))
    }

    /// Takes a post down, for a reason. Whose hand that is, is not checked here.
    pub(crate) fn remove_post(&mut self, id: &str, reason: String) -> Result<Result<Post, Refusal>, StoreError> {
        let (stored, post) = match self.present(id)? {
            Ok(found) => found,
            Err(refusal) => return Ok(Err(refusal)),
        };
        if post.removed.is_some() {
            return Ok(Ok(post));
        }
        self.update_post(id, stored, Changes::new([(Field::Removal, Value::Text(reason))]))
    }

    /// Deletes a post, for ever.
    pub(crate) fn delete_post(&mut self, id: &str, author: &UserName) -> Result<Result<(), Refusal>, StoreError> {
        let (stored, _) = match self.own(id, author)? {
            Ok(found) => found,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let stamp = self.stamp_above(stored.newest().as_ref());
        let deletion = Deletion { stamp: stamp.clone(), seen: stored.record.seen(Field::Text) };
        let place = LogPlace { region: stamp.region.clone(), log: self.log.to_owned(), seq: self.head + 1 };
        let conflicts = self.tables.apply_deletion(id, &deletion, Some(&place), self.rules.resolver)?;
        self.conflicts.add(&conflicts);
        self.append(stamp, Change::Delete { post: id.to_owned(), deletion })?;
        Ok(Ok(()))
    }

    /// A post that is there, and how it is shown.
    pub(super) fn present(&self, id: &str) -> Result<Result<(StoredPost, Post), Refusal>, StoreError> {
        let found = self.tables.stored_post(id)?.filter(|stored| stored.is_listed());
        let shown = found.and_then(|stored| stored.clone().shown(self.rules.resolver).map(|post| (stored, post)));
        Ok(shown.ok_or_else(|| Refusal::UnknownPost(id.to_owned())))
    }

    fn own(&self, id: &str, author: &UserName) -> Result<Result<(StoredPost, Post), Refusal>, StoreError> {
        let found = self.present(id)?;
        Ok(found.and_then(
            |(stored, post)| if post.author == *author { Ok((stored, post)) } else { Err(Refusal::NotTheAuthor) },
        ))
    }

    fn update_post(
        &mut self,
        id: &str,
        stored: StoredPost,
        changes: Changes,
    ) -> Result<Result<Post, Refusal>, StoreError> {
        let resolver = self.rules.resolver;
        let stamp = self.stamp_above(stored.newest().as_ref());
        let update = stored.record.update(changes, stamp.clone(), resolver);
        let creation = stored.creation.expect("a post that is shown was made");
        let conflicts = self.tables.apply_post_update(&creation, &update, resolver)?;
        self.conflicts.add(&conflicts);
        self.append(stamp, Change::PostUpdate { post: creation, update })?;
        Ok(self.present(id)?.map(|(_, post)| post))
    }
}

impl Tables<'_> {
    /// All that is known of a post.
    pub(super) fn stored_post(&self, id: &str) -> Result<Option<StoredPost>, StoreError> {
        find(&self.posts, "post", id)
    }

    /// A post was made here or elsewhere. Two regions can make the same one when a client retries with its
    /// key before they have heard of each other; then the older stamp stays, everywhere.
    pub(super) fn apply_creation(&mut self, creation: &Creation) -> Result<(), StoreError> {
        let mut stored = self.stored_post(&creation.id)?.unwrap_or_default();
        if stored.creation.as_ref().is_some_and(|known| known.created <= creation.created) {
            return Ok(());
        }
        let mut rebuild = Vec::new();
        if stored.is_listed()
            && let Some(known) = &stored.creation
        {
            rebuild = self.unlist_post(known)?;
        }
        stored.creation = Some(creation.clone());
        if stored.deleted.is_some() {
            stored.strip();
        } else {
            self.list_post(creation)?;
        }
        self.posts.insert(creation.id.as_str(), encode(&stored).as_slice())?;
        rebuild.iter().try_for_each(|user| self.rebuild_timeline(user))
    }

    /// Takes in an edit or a removal.
    pub(super) fn apply_post_update(
        &mut self,
        creation: &Creation,
        update: &Update,
        resolver: Resolver,
    ) -> Result<Vec<Conflict>, StoreError> {
        self.apply_creation(creation)?;
        let mut stored = self.stored_post(&creation.id)?.unwrap_or_default();
        let is_new = !stored.record.knows(update);
        let mut conflicts = stored.record.apply(update, resolver);
        if let Some(deletion) = &stored.deleted {
            if is_new && update.wants(Field::Text) && !deletion.seen.covers(update.stamp()) {
                conflicts.push(Conflict::with_deletion("edit", resolver));
            }
            stored.strip();
        }
        self.posts.insert(creation.id.as_str(), encode(&stored).as_slice())?;
        Ok(conflicts)
    }

    /// Takes in a deletion, whether or not the post has arrived. Without a place nobody has to be waited for,
    /// and what is left of the post stays.
    pub(super) fn apply_deletion(
        &mut self,
        id: &str,
        deletion: &Deletion,
        place: Option<&LogPlace>,
        resolver: Resolver,
    ) -> Result<Vec<Conflict>, StoreError> {
        let mut stored = self.stored_post(id)?.unwrap_or_default();
        if stored.deleted.as_ref().is_some_and(|known| known.stamp <= deletion.stamp) {
            return Ok(Vec::new());
        }
        let unseen = stored.record.effective(Field::Text, resolver).filter(|edit| !deletion.seen.covers(edit.stamp()));
        let conflicts: Vec<Conflict> = unseen.map(|_| Conflict::with_deletion("edit", resolver)).into_iter().collect();
        let mut rebuild = Vec::new();
        if stored.is_listed()
            && let Some(known) = &stored.creation
        {
            rebuild = self.unlist_post(known)?;
        }
        if let Some(known) = &stored.deleted {
            self.tombstones.remove((known.stamp.time.packed(), id))?;
        }
        if let Some(place) = place {
            self.keep_tombstone(id, &deletion.stamp, place)?;
        }
        stored.deleted = Some(deletion.clone());
        stored.strip();
        self.forget_likes(id)?;
        self.posts.insert(id, encode(&stored).as_slice())?;
        rebuild.iter().try_for_each(|user| self.rebuild_timeline(user))?;
        Ok(conflicts)
    }
}
