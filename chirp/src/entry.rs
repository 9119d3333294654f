//! Entries of a region's log: what a region tells the others, in the order in which it did it.
//!
//! Every region has one log, of its own writes only, numbered 1, 2, 3 … Numbers may be missing (an
//! old heartbeat is taken out when the next is written, and the oldest entries are dropped at last,
//! see `store::trim`); order is what counts. The log's id is made with the data directory: a peer that
//! finds another id knows that this is a new log and that what it remembers about the old one is void.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::admission::Resource;
use crate::clock::Stamp;
use crate::model::Creation;
use crate::names::{RegionName, UserName};
use crate::resolve::{Seen, Update};

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
        post: Creation,
    },
    /// A post edited, or removed by moderation. It says what the post is, too: a region that hears of the
    /// change first can show it.
    PostUpdate {
        /// The post.
        post: Creation,
        /// What changes.
        update: Update,
    },
    /// A post deleted by its author, for ever.
    Delete {
        /// Which post.
        post: String,
        /// When, and what was known of its text.
        deletion: Deletion,
    },
    /// A like, or one taken back.
    Like {
        /// Which post.
        post: String,
        /// Who likes it.
        user: UserName,
        /// What changes.
        update: Update,
    },
    /// A user registered, or a profile changed.
    Profile {
        /// Whose.
        name: UserName,
        /// What changes.
        update: Update,
    },
    /// A follow, an unfollow, a block (by the one followed), or its end.
    Relation {
        /// Who follows, or is blocked.
        follower: UserName,
        /// Who is followed, or blocks.
        followee: UserName,
        /// What changes.
        update: Update,
    },
    /// A name was given to a home.
    Home {
        /// The name.
        name: UserName,
        /// Where the user is at home.
        home: RegionName,
        /// When; the oldest stays.
        given: Stamp,
    },
    /// A sign of life that went the whole way: through the writer, the disk, the link and the peer's
    /// writer. Replication lag is measured with nothing else.
    Heartbeat {
        /// The origin's wall clock, in milliseconds since 1970.
        wall_ms: u64,
        /// How far the origin had applied the logs of the others: nothing that it writes after this was
        /// written without knowing them so far.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        applied: BTreeMap<RegionName, Cursor>,
    },
}

impl Change {
    /// What answers about are no longer as they were, of those that caches keep: a profile, a post, and a
    /// user's posts, which begin or vanish with a post and else show what each post shows.
    pub(crate) fn touches(&self) -> Vec<Resource> {
        match self {
            Self::Post { post } | Self::PostUpdate { post, .. } => {
                vec![Resource::Post(post.id.clone()), Resource::User(post.author.clone())]
            }
            Self::Delete { post, .. } | Self::Like { post, .. } => vec![Resource::Post(post.clone())],
            Self::Profile { name, .. } => vec![Resource::User(name.clone())],
            Self::Relation { .. } | Self::Home { .. } | Self::Heartbeat { .. } => Vec::new(),
        }
    }
}

/// The end of a post.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Deletion {
    /// When.
    pub(crate) stamp: Stamp,
    /// The edits that the author had seen.
    pub(crate) seen: Seen,
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

impl LogBatch {
    /// Takes out everything that a user wrote. Only defects do this.
    pub(crate) fn drop_writes(&mut self) {
        self.entries.retain(|entry| matches!(entry.change, Change::Heartbeat { .. } | Change::Home { .. }));
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may panic")]

    use super::*;
    use crate::attachments::Attachments;
    use crate::resolve::{Changes, Contact, Field, Record, Resolver, Value};

    #[test]
    fn an_entry_comes_back_from_its_text_as_it_was() {
        let stamp: Stamp = "1763766000123.7@eu-west-1".parse().unwrap();
        let (anna, bert) = (UserName::parse("anna").unwrap(), UserName::parse("bert").unwrap());
        let post = Creation {
            id: "p1".into(),
            author: anna.clone(),
            text: "\"quoted\"\n\u{1f426}".into(),
            attached: Attachments { link: Some("https://example.org".into()), ..Attachments::default() },
            region: stamp.region.clone(),
            created: stamp.clone(),
        };
        let mut record = Record::default();
        let update = |record: &Record, field, value| {
            record.update(Changes::new([(field, value)]), stamp.clone(), Resolver::Crdt)
        };
        record.apply(&update(&record, Field::Text, Value::Text("before".into())), Resolver::Crdt);
        let contact = Contact { address: "anna@example.org".into(), verified: true };
        let cursor = Cursor { log: "l".into(), seq: 4 };
        let changes = [
            Change::Post { post: post.clone() },
            Change::PostUpdate { post, update: update(&record, Field::Text, Value::Text("after".into())) },
            Change::Delete {
                post: "p1".into(),
                deletion: Deletion { stamp: stamp.clone(), seen: record.seen(Field::Text) },
            },
            Change::Like {
                post: "p1".into(),
                user: bert.clone(),
                update: update(&record, Field::Like, Value::Flag(true)),
            },
            Change::Profile { name: anna.clone(), update: update(&record, Field::Contact, Value::Contact(contact)) },
            Change::Relation {
                follower: anna,
                followee: bert,
                update: update(&record, Field::Follow, Value::Flag(true)),
            },
            Change::Heartbeat { wall_ms: 12, applied: BTreeMap::from([(stamp.region.clone(), cursor)]) },
        ];
        for change in changes {
            let entry = Entry { seq: 3, stamp: stamp.clone(), change };
            let text = serde_json::to_string(&entry).unwrap();
            assert_eq!(serde_json::from_str::<Entry>(&text).unwrap(), entry, "{text}");
        }
    }
}
