//! The users that every region has from its first boot, and whom they follow.
//!
//! They are the same in every region without a word between them: names, profiles and follows are
//! functions of the index. So a lab has people in it before the first request. Their stamps are from
//! 1970 and of a region `seed`, hence anything that a user does afterwards is newer.

use std::collections::{BTreeMap, BTreeSet};

use super::tables::{Tables, encode};
use super::{Rules, StoreError};
use crate::clock::{HybridTime, Stamp};
use crate::mix::mix;
use crate::names::{RegionName, UserName};
use crate::resolve::{Changes, Field, Record, Value};

/// How many users there are from the beginning, and how many each follows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Seed {
    /// Users `user-0` to `user-(users-1)`.
    pub(crate) users: u32,
    /// Follows of each; below `users`, for nobody follows themselves.
    pub(crate) follows_per_user: u32,
}

impl std::fmt::Display for Seed {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} users with {} follows each", self.users, self.follows_per_user)
    }
}

impl Seed {
    /// Whom a seeded user follows: distinct others, spread evenly, the same everywhere.
    pub(crate) fn followees(self, user: u32) -> BTreeSet<u32> {
        let wanted = self.follows_per_user.min(self.users.saturating_sub(1)) as usize;
        let mut followees = BTreeSet::new();
        let mut state = mix(u64::from(user));
        while followees.len() < wanted {
            // Ends: every user is drawn sooner or later, and one fewer than all are wanted.
            state = mix(state);
            let drawn = (state % u64::from(self.users)) as u32;
            if drawn != user {
                followees.insert(drawn);
            }
        }
        followees
    }
}

impl Tables<'_> {
    /// Writes the seeded users and follows into empty tables.
    pub(super) fn plant(&mut self, seed: Seed, rules: &Rules) -> Result<(), StoreError> {
        let region = RegionName::parse("seed").expect("the name keeps the grammar");
        let stamp = Stamp { time: HybridTime::default(), region };
        let first = |field, value| {
            let mut record = Record::default();
            record.apply(&record.update(Changes::new([(field, value)]), stamp.clone(), rules.resolver), rules.resolver);
            encode(&record)
        };
        let followed = first(Field::Follow, Value::Flag(true));
        let mut counts = BTreeMap::new();
        for index in 0..seed.users {
            let name = UserName::seeded(index);
            let profile = first(Field::DisplayName, Value::Text(format!("User {index}")));
            self.users.insert(name.as_str(), profile.as_slice())?;
            for followee in seed.followees(index) {
                let followee = UserName::seeded(followee);
                let (follower, followee) = (name.as_str(), followee.as_str());
                self.follows.insert((follower, followee), followed.as_slice())?;
                self.followers.insert((followee, follower), ())?;
                *counts.entry(followee.to_owned()).or_insert(0_u64) += 1;
            }
        }
        for (followee, count) in counts {
            self.follower_counts.insert(followee.as_str(), count)?;
            if count > rules.celebrity_followers {
                self.celebrate(&followee)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_follows_as_many_others_as_asked_and_never_themselves() {
        // (users, follows asked, follows had)
        for (users, asked, had) in [(1000, 10, 10), (3, 10, 2), (1, 10, 0), (2, 1, 1), (50, 0, 0)] {
            let seed = Seed { users, follows_per_user: asked };
            for user in 0..users {
                let followees = seed.followees(user);
                assert_eq!(followees.len(), had, "{seed}, user {user}");
                assert!(!followees.contains(&user), "{seed}, user {user} follows themselves");
            }
        }
    }

    #[test]
    fn the_graph_is_the_same_every_time_and_nobody_is_followed_by_far_too_many() {
        let seed = Seed { users: 1000, follows_per_user: 10 };
        assert_eq!(seed.followees(17), seed.followees(17));
        let mut followers = vec![0_u32; 1000];
        for user in 0..1000 {
            for followee in seed.followees(user) {
                followers[followee as usize] += 1;
            }
        }
        assert_eq!(followers.iter().sum::<u32>(), 10_000);
        assert!(followers.iter().all(|count| *count < 40), "{:?}", followers.iter().max());
    }
}
