//! Why an engine has no answer. What matters to a user is one question: may the write be done?

use std::time::Duration;

use crate::durability::Unacknowledged;
use crate::names::UserName;

/// A read or a write without an answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EngineError {
    /// The rules forbid the write. Nothing was changed.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Too many wait already. Nothing was done.
    #[error("{0}")]
    Busy(String),
    /// No answer in time. A write may be done, now or later.
    #[error("{what} within {} ms", .deadline.as_millis())]
    Deadline {
        /// What did not happen.
        what: &'static str,
        /// The time that it had.
        deadline: Duration,
    },
    /// It is on disk here, but not in as many other regions as the configuration wants, and will go on to
    /// them. Whether it survives the loss of this region is unknown.
    #[error("{missing}, after {} ms", .deadline.as_millis())]
    Unacknowledged {
        /// Who is missing.
        missing: Unacknowledged,
        /// The time that it had.
        deadline: Duration,
    },
    /// The storage failed or closed. Whether a write was done is unknown.
    #[error("{0}")]
    Failed(String),
}

/// Why a write cannot be done. Nothing has been changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// No such user in this region.
    #[error("no user `{0}`")]
    UnknownUser(UserName),
    /// No such post in this region, or it is deleted.
    #[error("no post `{0}`")]
    UnknownPost(String),
    /// Only the author may do that.
    #[error("the post is of somebody else")]
    NotTheAuthor,
    /// Moderation has removed the post: it can be deleted, and nothing else.
    #[error("the post was removed by moderation")]
    Removed,
    /// The post of this key was made and deleted.
    #[error("the post of this idempotency key was deleted")]
    Deleted,
    /// The one to be followed does not want it.
    #[error("`{0}` has blocked this user")]
    Blocked(UserName),
    /// There is nothing to prove.
    #[error("there is no contact to verify")]
    NoContact,
    /// The key belongs to a post with another text.
    #[error("the idempotency key was used for a post with another text")]
    KeyReused,
}
