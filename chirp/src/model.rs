//! What Chirp is about: profiles and posts. These are also the wire and storage forms, for they are
//! the same three times: what a user is answered, what is on disk, what is sent to the other regions.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::attachments::Attachments;
use crate::clock::Stamp;
use crate::names::{RegionName, UserName};

/// The longest text of a post, in characters.
pub(crate) const TEXT_CHARS_MAX: usize = 280;
/// The longest display name, in characters.
pub(crate) const DISPLAY_NAME_CHARS_MAX: usize = 100;
/// The longest idempotency key, in bytes.
pub(crate) const KEY_BYTES_MAX: usize = 255;

/// A user. The display name is last-write-wins by the hybrid clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Profile {
    /// Who; never changes.
    pub(crate) name: UserName,
    /// What others are shown.
    pub(crate) display_name: String,
    /// The stamp of the write that gave the display name.
    pub(crate) updated: Stamp,
}

impl Profile {
    /// Last write wins: whether this profile replaces `other`. The stamps are a total order, so every
    /// region decides alike, whatever order the writes arrive in.
    pub(crate) fn wins_over(&self, other: &Self) -> bool {
        self.updated > other.updated
    }
}

/// A post. Immutable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Post {
    /// Unique in the world; see [`post_id`].
    pub(crate) id: String,
    /// Who wrote it.
    pub(crate) author: UserName,
    /// 1 to 280 characters.
    pub(crate) text: String,
    /// Link and media.
    #[serde(default, skip_serializing_if = "Attachments::is_empty")]
    pub(crate) attached: Attachments,
    /// The region that took it.
    pub(crate) region: RegionName,
    /// When, by the hybrid clock of that region; time lines sort by it.
    pub(crate) created: Stamp,
}

/// The id of a post.
///
/// Without an idempotency key it is the stamp, which no other post can have. With one it is a digest
/// of author and key, and that is what makes a retry harmless *in any region*: if the region that took
/// the post dies before its peers heard of it, the retry that lands elsewhere makes a post with the
/// same id, and when the first one arrives later the two fall together. A table of keys could only do
/// that after replication, which is exactly when it is not needed.
pub(crate) fn post_id(author: &UserName, key: Option<&str>, stamp: &Stamp) -> String {
    let Some(key) = key else {
        return format!("p{:016x}-{}", stamp.time.packed(), stamp.region);
    };
    let digest = Sha256::new().chain_update(author.as_str()).chain_update([0]).chain_update(key);
    let mut id = String::from("k");
    for byte in &digest.finalize()[..16] {
        write!(id, "{byte:02x}").expect("a string takes every write");
    }
    id
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may panic")]

    use super::*;

    #[test]
    fn a_key_gives_the_same_id_in_every_region_and_no_key_gives_each_post_its_own() {
        let (anna, bert) = (UserName::parse("anna").unwrap(), UserName::parse("bert").unwrap());
        let here: Stamp = "5.0@eu".parse().unwrap();
        let there: Stamp = "5.0@us".parse().unwrap();
        assert_eq!(post_id(&anna, Some("a"), &here), post_id(&anna, Some("a"), &there));
        assert_ne!(post_id(&anna, Some("a"), &here), post_id(&anna, Some("b"), &here));
        assert_ne!(post_id(&anna, Some("a"), &here), post_id(&bert, Some("a"), &here));
        assert_ne!(post_id(&anna, None, &here), post_id(&anna, None, &there));
    }
}
