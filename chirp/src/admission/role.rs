//! What a token may allow beyond acting for its user.
//!
//! A role is a word in the token, so that whoever checks it needs no list of moderators and asks nobody. The
//! price: it cannot be taken back before the token ends. A word that is not known makes the token invalid
//! (401) and is not read as "no role": a mistake in a name is to be seen.

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

/// What a user may do beyond acting for themselves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Role {
    /// Nothing more.
    #[default]
    User,
    /// Remove posts of others.
    Moderator,
}

impl Role {
    /// Whether a token need not say it.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks with a reference")]
    pub(super) fn is_plain(&self) -> bool {
        *self == Self::User
    }
}
