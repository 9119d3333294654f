//! What users can do.

use crate::attachments::Attachments;
use crate::model::{Post, Profile, ProfileChange};
use crate::names::UserName;

/// Something to be done. The values are checked (lengths, grammar) before a command is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum WriteCommand {
    /// Register a user, or change the profile. Answer: [`WriteAnswer::Profile`].
    PutProfile {
        /// Whose.
        name: UserName,
        /// What is given.
        change: ProfileChange,
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
    /// Change the text of a post. Answer: [`WriteAnswer::Changed`].
    EditPost {
        /// Which post.
        id: String,
        /// Who wrote it, and nobody else may.
        author: UserName,
        /// 1 to 280 characters.
        text: String,
    },
    /// Delete a post, for ever. Answer: [`WriteAnswer::Deleted`].
    DeletePost {
        /// Which post.
        id: String,
        /// Who wrote it, and nobody else may.
        author: UserName,
    },
    /// Remove a post by moderation, for ever. Answer: [`WriteAnswer::Changed`].
    RemovePost {
        /// Which post.
        id: String,
        /// Why, 1 to 280 characters.
        reason: String,
    },
    /// Like a post, or take that back. Answer: [`WriteAnswer::Liked`].
    SetLike {
        /// Which post.
        id: String,
        /// Who likes it.
        user: UserName,
        /// Like, or take it back.
        liked: bool,
    },
    /// Block or unblock. A block ends the other's follow. Answer: [`WriteAnswer::Blocked`].
    SetBlock {
        /// Who blocks.
        blocker: UserName,
        /// Whom.
        blocked: UserName,
        /// Block, or unblock.
        blocking: bool,
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
    /// The post is so now.
    Changed {
        /// The post.
        post: Post,
    },
    /// The post is no more.
    Deleted {
        /// Which.
        id: String,
    },
    /// The user likes the post, or does not.
    Liked {
        /// Who.
        user: UserName,
        /// Likes it, or does not.
        liked: bool,
        /// The post.
        post: Post,
    },
    /// The one blocks the other, or does not.
    Blocked {
        /// Who.
        blocker: UserName,
        /// Whom.
        blocked: UserName,
        /// Blocks, or does not.
        blocking: bool,
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
