//! Who follows, and who has so many followers that nothing is fanned out to them.
//!
//! A post of somebody with a million followers would be a million rows in one transaction. Such authors
//! are **celebrities**: their posts are in no follower's rows, and a reader's time line is merged from the
//! rows and the lists of the celebrities that the reader follows. One becomes a celebrity with one
//! follower more than the limit, and stays one: going back would cost what is avoided here.
//!
//! Rows that were fanned out before stay where they are. They do no harm: a merge takes each post once,
//! and rows trimmed to the newest 800 of *some* celebrities' posts and all others' still hold every one of
//! the others' that belongs to the newest 800 of all.

use redb::ReadableTable;

use super::tables::{Tables, whole_pairs};
use super::{Rules, StoreError};
use crate::names::UserName;

impl Tables<'_> {
    /// `follower` follows `followee` from now on.
    pub(super) fn begin_follow(
        &mut self,
        follower: &UserName,
        followee: &UserName,
        rules: &Rules,
    ) -> Result<(), StoreError> {
        self.followers.insert((followee.as_str(), follower.as_str()), ())?;
        let count = self.follower_count(followee.as_str())? + 1;
        self.follower_counts.insert(followee.as_str(), count)?;
        if self.is_celebrity(followee.as_str())? {
            self.followed_celebrities.insert((follower.as_str(), followee.as_str()), ())?;
        } else if count > rules.celebrity_followers {
            self.celebrate(followee.as_str())?;
        } else {
            self.merge_followee(follower, followee)?;
        }
        Ok(())
    }

    /// `follower` follows `followee` no longer.
    pub(super) fn end_follow(&mut self, follower: &UserName, followee: &UserName) -> Result<(), StoreError> {
        self.followers.remove((followee.as_str(), follower.as_str()))?;
        let count = self.follower_count(followee.as_str())?.saturating_sub(1);
        self.follower_counts.insert(followee.as_str(), count)?;
        self.followed_celebrities.remove((follower.as_str(), followee.as_str()))?;
        self.rebuild_timeline(follower.as_str())
    }

    /// Whether the posts of this user are merged at read.
    pub(super) fn is_celebrity(&self, user: &str) -> Result<bool, StoreError> {
        Ok(self.celebrities.get(user)?.is_some())
    }

    /// All followers of a user.
    pub(super) fn followers_of(&self, user: &str) -> Result<Vec<String>, StoreError> {
        let rows = self.followers.range(whole_pairs(user))?;
        rows.map(|row| Ok(row?.0.value().1.to_owned())).collect()
    }

    /// Makes a celebrity of a user.
    pub(super) fn celebrate(&mut self, user: &str) -> Result<(), StoreError> {
        self.celebrities.insert(user, ())?;
        for follower in self.followers_of(user)? {
            self.followed_celebrities.insert((follower.as_str(), user), ())?;
        }
        Ok(())
    }

    pub(super) fn follower_count(&self, user: &str) -> Result<u64, StoreError> {
        Ok(self.follower_counts.get(user)?.map_or(0, |count| count.value()))
    }
}
