//! Taking in changes: the same three functions for a write of our own and for one of a peer.
//!
//! Each keeps the laws that replication needs: twice is once, and the order between regions does not
//! matter. A profile is a maximum over stamps, a follow is a join over tags (`orset`), a post is a
//! minimum over stamps (see [`Tables::apply_post`]).

use redb::ReadableTable;

use super::StoreError;
use super::tables::{Tables, decode, encode, find};
use crate::model::{Post, Profile};
use crate::names::UserName;
use crate::orset::{TagChange, TagSet};

impl Tables<'_> {
    /// A post. Two regions can make the same one when a client retries with its key before they have
    /// heard of each other; then the older stamp stays, everywhere.
    pub(super) fn apply_post(&mut self, post: &Post) -> Result<(), StoreError> {
        let known: Option<Post> = find(&self.posts, "post", &post.id)?;
        let mut rebuild = Vec::new();
        if let Some(known) = known {
            if known.created <= post.created {
                return Ok(());
            }
            rebuild = self.unlist_post(&known)?;
        }
        self.posts.insert(post.id.as_str(), encode(post).as_slice())?;
        self.list_post(post)?;
        for user in rebuild {
            self.rebuild_timeline(&user)?;
        }
        Ok(())
    }

    /// A profile: the last write wins.
    pub(super) fn apply_profile(&mut self, profile: &Profile) -> Result<(), StoreError> {
        let known: Option<Profile> = find(&self.users, "profile", profile.name.as_str())?;
        if known.is_none_or(|known| profile.wins_over(&known)) {
            self.users.insert(profile.name.as_str(), encode(profile).as_slice())?;
        }
        Ok(())
    }

    /// A follow or an unfollow; the time line of the follower changes only if membership does.
    pub(super) fn apply_follow(
        &mut self,
        follower: &UserName,
        followee: &UserName,
        change: &TagChange,
    ) -> Result<(), StoreError> {
        let mut tags = self.tags(follower, followee)?;
        let before = tags.is_member();
        tags.apply(change);
        self.follows.insert(pair(follower, followee), encode(&tags).as_slice())?;
        match (before, tags.is_member()) {
            (false, true) => {
                self.followers.insert(pair(followee, follower), ())?;
                self.merge_followee(follower, followee)
            }
            (true, false) => {
                self.followers.remove(pair(followee, follower))?;
                self.rebuild_timeline(follower.as_str())
            }
            _ => Ok(()),
        }
    }

    /// The tags of a pair; none yet if the pair is new.
    pub(super) fn tags(&self, follower: &UserName, followee: &UserName) -> Result<TagSet, StoreError> {
        let Some(bytes) = self.follows.get(pair(follower, followee))? else {
            return Ok(TagSet::default());
        };
        decode("follow", bytes.value())
    }
}

fn pair<'a>(first: &'a UserName, second: &'a UserName) -> (&'a str, &'a str) {
    (first.as_str(), second.as_str())
}
