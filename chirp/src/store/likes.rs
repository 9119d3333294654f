//! Likes: a set of users per post, kept as one record per post and user, and counted with the post.
//!
//! A bare counter would be smaller, but then a retry counts twice, and a like cannot be taken back by
//! somebody of whom it is not known whether they gave one.

use redb::ReadableTable;

use super::StoreError;
use super::posts::StoredPost;
use super::session::Session;
use super::tables::{Tables, decode, encode, find, whole_pairs};
use crate::engine::Refusal;
use crate::entry::Change;
use crate::model::Post;
use crate::names::UserName;
use crate::resolve::{Changes, Conflict, Field, Record, Resolver, Update, Value};

impl Session<'_> {
    /// Likes a post, or takes that back; answers the post.
    pub(crate) fn set_like(
        &mut self,
        id: &str,
        user: UserName,
        liked: bool,
    ) -> Result<Result<Post, Refusal>, StoreError> {
        if let Some(stranger) = self.stranger([&user])? {
            return Ok(Err(Refusal::UnknownUser(stranger)));
        }
        let post = match self.present(id)? {
            Ok((_, post)) => post,
            Err(refusal) => return Ok(Err(refusal)),
        };
        if post.removed.is_some() {
            return Ok(Err(Refusal::Removed));
        }
        let resolver = self.rules.resolver;
        let record = self.tables.like(id, &user)?;
        if liked || record.is_on(Field::Like, resolver) {
            let stamp = self.stamp_above(record.newest().as_ref());
            let changes = Changes::new([(Field::Like, Value::Flag(liked))]);
            let update = record.update(changes, stamp.clone(), resolver);
            let conflicts = self.tables.apply_like(id, &user, &update, resolver)?;
            self.conflicts.add(&conflicts);
            self.append(stamp, Change::Like { post: id.to_owned(), user, update })?;
        }
        Ok(self.present(id)?.map(|(_, post)| post))
    }
}

impl Tables<'_> {
    /// Takes in a like or its end. The post may not have arrived yet; one that is deleted has no likes.
    pub(super) fn apply_like(
        &mut self,
        id: &str,
        user: &UserName,
        update: &Update,
        resolver: Resolver,
    ) -> Result<Vec<Conflict>, StoreError> {
        self.alter_like(id, user, resolver, |record| record.apply(update, resolver))
    }

    /// Changes what is known of a like, and counts it anew.
    pub(super) fn alter_like<T: Default>(
        &mut self,
        id: &str,
        user: &UserName,
        resolver: Resolver,
        alter: impl FnOnce(&mut Record) -> T,
    ) -> Result<T, StoreError> {
        let mut post: StoredPost = find(&self.posts, "post", id)?.unwrap_or_default();
        if post.deleted.is_some() {
            return Ok(T::default());
        }
        let mut record = self.like(id, user)?;
        let before = record.is_on(Field::Like, resolver);
        let altered = alter(&mut record);
        self.likes.insert((id, user.as_str()), encode(&record).as_slice())?;
        match (before, record.is_on(Field::Like, resolver)) {
            (false, true) => post.likes += 1,
            (true, false) => post.likes = post.likes.saturating_sub(1),
            _ => return Ok(altered),
        }
        self.posts.insert(id, encode(&post).as_slice())?;
        Ok(altered)
    }

    /// Takes all likes of a post away.
    pub(super) fn forget_likes(&mut self, id: &str) -> Result<(), StoreError> {
        Ok(self.likes.retain_in(whole_pairs(id), |_, _| false)?)
    }

    fn like(&self, id: &str, user: &UserName) -> Result<Record, StoreError> {
        let Some(bytes) = self.likes.get((id, user.as_str()))? else { return Ok(Record::default()) };
        decode("like", bytes.value())
    }
}
