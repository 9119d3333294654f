//! What users can do.

use crate::attachments::Attachments;
use crate::model::{Post, Profile};
use crate::names::UserName;

/// Something to be done. The values are checked (lengths, grammar) before a command is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum WriteCommand {
    /// Register a user, or change the profile. Answer: [`WriteAnswer::Profile`].
    PutProfile {
        /// Whose.
        name: UserName,
        /// What others are shown.
        display_name: String,
    },
    /// Make a post, or find the one that the same key has made. Answer: [`WriteAnswer::Posted`].
    CreatePost {
        /// Who writes.
        author: UserName,
        /// 1 to 280 characters.
        text: String,
        /// Link and media, with what providers made of them.
        attached: Attachments,
        /// At most one post for author and key, in the whole world.
        key: Option<String>,
    },
    /// Follow or unfollow. Answer: [`WriteAnswer::Followed`].
    SetFollow {
        /// Who.
        follower: UserName,
        /// Whom.
        followee: UserName,
        /// Follow, or unfollow.
        following: bool,
    },
}

/// What has been done, and is durable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum WriteAnswer {
    /// The profile is so now.
    Profile {
        /// The profile.
        profile: Profile,
        /// Whether the user was registered by this.
        new: bool,
    },
    /// The post is there.
    Posted {
        /// The post.
        post: Post,
        /// Whether it was there already, from an earlier command with the same key.
        replayed: bool,
    },
    /// The one follows the other, or does not.
    Followed {
        /// Who.
        follower: UserName,
        /// Whom.
        followee: UserName,
        /// Follows, or does not.
        following: bool,
    },
}
