//! What users can ask.

use crate::model::{Post, Profile};
use crate::names::UserName;

/// A question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ReadQuery {
    /// A profile. Answer: [`ReadAnswer::Profile`].
    Profile {
        /// Whose.
        name: UserName,
    },
    /// A post. Answer: [`ReadAnswer::Post`].
    Post {
        /// Which.
        id: String,
    },
    /// The newest posts of a user, newest first. Answer: [`ReadAnswer::Posts`].
    PostsOf {
        /// Whose.
        user: UserName,
        /// At most this many, 1 to 800.
        limit: usize,
    },
    /// The newest posts of a user's home time line, newest first. Answer: [`ReadAnswer::Posts`].
    Timeline {
        /// Whose.
        user: UserName,
        /// At most this many, 1 to 800.
        limit: usize,
    },
    /// Whom a user blocks, by name. Answer: [`ReadAnswer::Users`].
    Blocks {
        /// Who blocks.
        user: UserName,
        /// At most this many, 1 to 800.
        limit: usize,
    },
    /// Who follows a user, by name, a page at a time. Answer: [`ReadAnswer::Users`].
    Followers {
        /// Who is followed.
        user: UserName,
        /// The last name of the page before; none for the first page.
        after: Option<String>,
        /// At most this many.
        limit: usize,
    },
    /// Whom a user follows, by name. Answer: [`ReadAnswer::Users`].
    Follows {
        /// Who follows.
        user: UserName,
        /// At most this many, 1 to 800.
        limit: usize,
    },
}

/// An answer. None in it: there is no such user, or no such post.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ReadAnswer {
    /// A profile.
    Profile(Option<Profile>),
    /// A post.
    Post(Option<Post>),
    /// Posts, newest first.
    Posts(Option<Vec<Post>>),
    /// Users, by name.
    Users(Option<Vec<String>>),
}
