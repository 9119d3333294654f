//! Entries of a region's log: what a region tells the others, in the order in which it did it.
//!
//! Every region has one log, of its own writes only, numbered 1, 2, 3 … Numbers may be missing (an
//! old heartbeat is taken out when the next is written); order is what counts. The log's id is made
//! with the data directory: a peer that finds another id knows that this is a new log and that what
//! it remembers about the old one is void.

use serde::{Deserialize, Serialize};

use crate::clock::Stamp;
use crate::model::{Post, Profile};
use crate::names::{RegionName, UserName};
use crate::orset::TagChange;

/// One entry, as stored and as sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    /// Its place in the log of its origin, from 1.
    pub(crate) seq: u64,
    /// When, by the hybrid clock of the origin.
    pub(crate) stamp: Stamp,
    /// What.
    #[serde(flatten)]
    pub(crate) change: Change,
}

/// What an entry does. Each can be applied twice without harm, and in any order with those of other
/// regions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Change {
    /// A post that is new at the origin.
    Post {
        /// The post.
        post: Post,
    },
    /// A user registered, or renamed.
    Profile {
        /// What the profile is from now on, if it wins.
        profile: Profile,
    },
    /// A follow or an unfollow.
    Follow {
        /// Who follows.
        follower: UserName,
        /// Who is followed.
        followee: UserName,
        /// What it does to the tags of the pair.
        change: TagChange,
    },
    /// A sign of life that went the whole way: through the writer, the disk, the link and the peer's
    /// writer. Replication lag is measured with nothing else.
    Heartbeat {
        /// The origin's wall clock, in milliseconds since 1970.
        wall_ms: u64,
    },
}

/// How far a region has applied the log of a peer. Stored in the same transaction as what it covers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Cursor {
    /// Which log; empty before the first contact.
    pub(crate) log: String,
    /// Everything up to and with this is applied.
    pub(crate) seq: u64,
}

/// A part of a peer's log, as its replication listener answers it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LogBatch {
    /// Whose log.
    pub(crate) region: RegionName,
    /// Its id.
    pub(crate) log: String,
    /// The number after which the batch begins: the one that was asked for, or 0 if that one is not
    /// of this log.
    pub(crate) from: u64,
    /// The number up to which the batch is complete.
    pub(crate) to: u64,
    /// The last durable number at the origin.
    pub(crate) head: u64,
    /// In order.
    pub(crate) entries: Vec<Entry>,
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may panic")]

    use super::*;
    use crate::attachments::Attachments;

    #[test]
    fn an_entry_comes_back_from_its_text_as_it_was() {
        let stamp: Stamp = "1763766000123.7@eu-west-1".parse().unwrap();
        let (anna, bert) = (UserName::parse("anna").unwrap(), UserName::parse("bert").unwrap());
        let post = Post {
            id: "p1".into(),
            author: anna.clone(),
            text: "\"quoted\"\n\u{1f426}".into(),
            attached: Attachments { link: Some("https://example.org".into()), ..Attachments::default() },
            region: stamp.region.clone(),
            created: stamp.clone(),
        };
        let display_name = "Anna".into();
        let profile = Profile { name: anna.clone(), display_name, updated: stamp.clone() };
        let change = TagChange { add: Some(stamp.clone()), remove: vec![stamp.clone()] };
        let changes = [
            Change::Post { post },
            Change::Profile { profile },
            Change::Follow { follower: anna, followee: bert, change },
            Change::Heartbeat { wall_ms: 12 },
        ];
        for change in changes {
            let entry = Entry { seq: 3, stamp: stamp.clone(), change };
            let text = serde_json::to_string(&entry).unwrap();
            assert_eq!(serde_json::from_str::<Entry>(&text).unwrap(), entry, "{text}");
        }
    }
}
