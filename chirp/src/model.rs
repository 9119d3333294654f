//! What Chirp is about: profiles and posts, as users see them. What is on disk and what is sent to other
//! regions knows more (`resolve`: versions that nobody is shown), except for a post's beginning, which is
//! the same everywhere: [`Creation`].

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
/// The longest text about a user, in characters.
pub(crate) const BIO_CHARS_MAX: usize = 280;
/// The longest contact, in characters.
pub(crate) const CONTACT_CHARS_MAX: usize = 254;
/// The longest reason of a removal, in characters.
pub(crate) const REASON_CHARS_MAX: usize = 280;
/// The longest idempotency key, in bytes.
pub(crate) const KEY_BYTES_MAX: usize = 255;

/// A user, as others are shown them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Profile {
    /// Who; never changes.
    pub(crate) name: UserName,
    /// What others are shown.
    pub(crate) display_name: String,
    /// What the user says of themselves; may be empty.
    pub(crate) bio: String,
    /// How the user is reached; none if it was never said.
    pub(crate) contact: Option<String>,
    /// Whether the contact is proven to be the user's.
    pub(crate) contact_verified: bool,
    /// The newest stamp among the values shown.
    pub(crate) updated: Stamp,
}

/// What a profile is to be from now on; what is none stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ProfileChange {
    /// 1 to 100 characters.
    pub(crate) display_name: Option<String>,
    /// 0 to 280 characters.
    pub(crate) bio: Option<String>,
    /// 1 to 254 characters. A new one is unproven unless `contact_verified` says so.
    pub(crate) contact: Option<String>,
    /// Whether the contact is proven.
    pub(crate) contact_verified: Option<bool>,
}

/// What a post was when it was made. Never changes; edits and removals are told apart from it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Creation {
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

/// A post, as users are shown it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Post {
    /// Unique in the world; see [`post_id`].
    pub(crate) id: String,
    /// Who wrote it.
    pub(crate) author: UserName,
    /// 1 to 280 characters; empty if moderation has removed the post.
    pub(crate) text: String,
    /// Link and media; none if moderation has removed the post.
    #[serde(default, skip_serializing_if = "Attachments::is_empty")]
    pub(crate) attached: Attachments,
    /// The region that took it.
    pub(crate) region: RegionName,
    /// When, by the hybrid clock of that region; time lines sort by it. An edit does not move it.
    pub(crate) created: Stamp,
    /// When the text was changed, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) edited: Option<Stamp>,
    /// How many users like it.
    pub(crate) likes: u64,
    /// Why moderation has removed it, if it has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) removed: Option<String>,
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
