//! Fields and their values: what can be changed, and what a change means.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// A part of a record that can be changed by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Field {
    /// Of a profile: what others are shown.
    DisplayName,
    /// Of a profile: what the user says of themselves.
    Bio,
    /// Of a profile: how the user is reached, and whether that is proven. One field, for the proof is of
    /// this contact and of no other.
    Contact,
    /// Of a post: its text since it was edited.
    Text,
    /// Of a post: why moderation took it down. Never taken back.
    Removal,
    /// Of a pair of users: the first follows the second.
    Follow,
    /// Of a pair of users: the second does not let the first follow.
    Block,
    /// Of a post and a user: the user likes it.
    Like,
}

/// How a user is reached.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Contact {
    /// Such as a mail address; its form is the user's business.
    pub(crate) address: String,
    /// Whether it is proven to be the user's.
    pub(crate) verified: bool,
}

/// What a field holds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Value {
    /// On or off: follow, block, like.
    Flag(bool),
    /// Names, texts, reasons.
    Text(String),
    /// A contact.
    Contact(Contact),
}

impl Value {
    /// Whether it is a flag that is on.
    pub(crate) fn is_on(&self) -> bool {
        *self == Self::Flag(true)
    }

    /// The text, if it is one.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Flag(_) | Self::Contact(_) => None,
        }
    }

    /// How much it means among the values of its field: 0 or 1. A proven contact is more than one that is
    /// only said, and what is on (a block, a follow, a like) is more than what is off.
    pub(super) fn rank(&self, field: Field) -> u8 {
        match (field, self) {
            (Field::Contact, Self::Contact(contact)) => contact.verified.into(),
            (_, Self::Flag(on)) => (*on).into(),
            _ => 0,
        }
    }

    /// A number that depends on the contents alone, for ties that nothing else decides.
    pub(super) fn digest(&self) -> [u8; 32] {
        let text = serde_json::to_vec(self).expect("values have text keys only");
        Sha256::digest(text).into()
    }

    /// What a user did who gave this value: the word in metrics and reports.
    pub(super) fn operation(&self, field: Field) -> &'static str {
        let on = self.is_on();
        match field {
            Field::DisplayName => "display-name",
            Field::Bio => "bio",
            Field::Contact => match self {
                Self::Contact(contact) if contact.verified => "verified-contact",
                _ => "contact",
            },
            Field::Text => "edit",
            Field::Removal => "removal",
            Field::Follow => {
                if on {
                    "follow"
                } else {
                    "unfollow"
                }
            }
            Field::Block => {
                if on {
                    "block"
                } else {
                    "unblock"
                }
            }
            Field::Like => {
                if on {
                    "like"
                } else {
                    "unlike"
                }
            }
        }
    }
}
