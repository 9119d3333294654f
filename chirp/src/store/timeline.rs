//! Home time lines: fan-out on write, and exactly what they mean.
//!
//! A home time line **is** the newest 800 posts of its user and of those that the user follows *now*.
//! It is kept as rows so that a read is one range scan, and every change keeps it equal to that
//! definition. Otherwise regions would differ for ever: a post that arrives before a follow in one
//! region arrives after it in another, and a time line that only collects from now on would hold it
//! here and not there.
//!
//! | change | what is done |
//! |---|---|
//! | post | one row for the author and for each follower, trimmed to 800 |
//! | follow | the newest 800 posts of the one followed are merged in |
//! | unfollow | the time line is built anew: rows that had been trimmed may come back |
//! | deletion | the post's rows are taken away; full time lines are built anew |
//!
//! Cost: a post costs one insert per follower, which is the known price of fan-out on write. So the posts
//! of users with very many followers are merged at read (`audience`). A rebuild
//! reads about 800 rows plus one per followed user, for a list stops at its first post that is too old.

use std::collections::BTreeSet;

use redb::ReadableTable;

use super::StoreError;
use super::tables::{Tables, age_key, stamp_of, whole_list, whole_pairs};
use crate::clock::Stamp;
use crate::condition::Condition;
use crate::model::Creation;
use crate::names::UserName;

/// The most rows of a home time line.
pub(crate) const TIMELINE_ROWS_MAX: usize = 800;

impl Tables<'_> {
    /// A post is new: lists it for its author and everyone who follows.
    pub(super) fn list_post(&mut self, post: &Creation) -> Result<(), StoreError> {
        let author = post.author.as_str();
        self.author_posts.insert(age_key(author, &post.created), post.id.as_str())?;
        self.push(author, &post.created, &post.id)?;
        if self.is_celebrity(author)? {
            return Ok(()); // Merged at read.
        }
        if self.conditions.strikes(Condition::FanOutDropped).is_some() {
            return Ok(());
        }
        for user in self.followers_of(author)? {
            self.push(&user, &post.created, &post.id)?;
        }
        Ok(())
    }

    /// A post is deleted, or got an older stamp (see [`Tables::apply_creation`]): takes its row away
    /// everywhere. A full time line must then be built anew, for something may have been trimmed for the
    /// row: answers whose. A celebrity's post is looked for, too: it may be from earlier days.
    pub(super) fn unlist_post(&mut self, post: &Creation) -> Result<Vec<String>, StoreError> {
        let author = post.author.as_str();
        self.author_posts.remove(age_key(author, &post.created))?;
        let mut rebuild = Vec::new();
        let mut audience = self.followers_of(author)?;
        audience.push(author.to_owned());
        for user in audience {
            let length = self.timeline_length(&user)?;
            let removed = self.timelines.remove(age_key(&user, &post.created))?.is_some();
            if removed {
                self.timeline_lengths.insert(user.as_str(), length - 1)?;
            }
            if removed && length >= TIMELINE_ROWS_MAX as u64 {
                rebuild.push(user);
            }
        }
        Ok(rebuild)
    }

    /// `follower` follows `followee` from now on.
    pub(super) fn merge_followee(&mut self, follower: &UserName, followee: &UserName) -> Result<(), StoreError> {
        for (stamp, id) in self.newest_posts(followee.as_str(), TIMELINE_ROWS_MAX)? {
            if !self.push(follower.as_str(), &stamp, &id)? {
                break; // This one was too old, and those that follow are older.
            }
        }
        Ok(())
    }

    /// Builds a time line from its definition.
    pub(super) fn rebuild_timeline(&mut self, user: &str) -> Result<(), StoreError> {
        let mut newest: BTreeSet<(Stamp, String)> = BTreeSet::new();
        for author in self.timeline_authors(user)? {
            for row in self.author_posts.range(whole_list(&author))?.rev() {
                let (key, id) = row?;
                let stamp = stamp_of(key.value());
                let full = newest.len() >= TIMELINE_ROWS_MAX;
                if full && newest.first().is_some_and(|(oldest, _)| stamp < *oldest) {
                    break;
                }
                newest.insert((stamp, id.value().to_owned()));
                if newest.len() > TIMELINE_ROWS_MAX {
                    newest.pop_first();
                }
            }
        }
        self.timelines.retain_in(whole_list(user), |_, _| false)?;
        for (stamp, id) in &newest {
            self.timelines.insert(age_key(user, stamp), id.as_str())?;
        }
        self.timeline_lengths.insert(user, newest.len() as u64)?;
        Ok(())
    }

    /// One row; answers whether it is in the time line now.
    fn push(&mut self, user: &str, stamp: &Stamp, id: &str) -> Result<bool, StoreError> {
        let known = self.timelines.insert(age_key(user, stamp), id)?.is_some();
        let length = self.timeline_length(user)? + u64::from(!known);
        if length <= TIMELINE_ROWS_MAX as u64 {
            self.timeline_lengths.insert(user, length)?;
            return Ok(true);
        }
        let oldest = self.timelines.range(whole_list(user))?.next().transpose()?;
        let oldest = oldest.map(|(key, _)| stamp_of(key.value()));
        let oldest = oldest.expect("a time line over its limit has rows");
        self.timelines.remove(age_key(user, &oldest))?;
        Ok(oldest != *stamp)
    }

    fn timeline_length(&self, user: &str) -> Result<u64, StoreError> {
        Ok(self.timeline_lengths.get(user)?.map_or(0, |length| length.value()))
    }

    /// Whose posts are in the rows of a user's time line: the user's and those of everyone followed but
    /// celebrities.
    fn timeline_authors(&self, user: &str) -> Result<Vec<String>, StoreError> {
        let mut authors = vec![user.to_owned()];
        for row in self.follows.range(whole_pairs(user))? {
            let followee = row?.0.value().1.to_owned();
            if self.followers.get((followee.as_str(), user))?.is_some() && !self.is_celebrity(&followee)? {
                authors.push(followee);
            }
        }
        Ok(authors)
    }

    fn newest_posts(&self, author: &str, limit: usize) -> Result<Vec<(Stamp, String)>, StoreError> {
        let rows = self.author_posts.range(whole_list(author))?.rev().take(limit);
        rows.map(|row| {
            let (key, id) = row?;
            Ok((stamp_of(key.value()), id.value().to_owned()))
        })
        .collect()
    }
}
