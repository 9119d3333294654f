//! Why a request was refused, in the words and with the status codes that clients of the field look for.

/// Why a request was refused. Its text is the `error` of the answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The body is not JSON of the needed form.
    #[error("bad request body: {0}")]
    Body(String),
    /// A field that has no default is not there.
    #[error("missing required field: {0}")]
    Missing(String),
    /// No such proxy.
    #[error("proxy not found")]
    NoProxy,
    /// The name is taken.
    #[error("proxy already exists")]
    ProxyExists,
    /// The stream is none of the words.
    #[error("stream was invalid, can be either upstream or downstream (or both)")]
    Stream,
    /// The type is none of the words.
    #[error("invalid toxic type")]
    Kind,
    /// The name is taken.
    #[error("toxic already exists")]
    ToxicExists,
    /// No such toxic.
    #[error("toxic not found")]
    NoToxic,
    /// More than the server holds.
    #[error("there are {0} already, which is the limit")]
    TooMany(usize),
    /// An address that others can reach, and nobody said that they may.
    #[error(
        "{0} is no loopback address; only a server started with --expose-without-authentication listens beyond this machine"
    )]
    Exposed(String),
    /// The address can't be listened at.
    #[error("listen tcp {address}: {reason}")]
    Listen {
        /// Which.
        address: String,
        /// What the system says.
        reason: String,
    },
    /// A browser asks; a page of somebody else could make it do so.
    #[error("User agent not allowed")]
    Browser,
    /// No such route.
    #[error("no such route")]
    NoRoute,
    /// The route has other methods.
    #[error("method not allowed")]
    Method,
}

impl Refusal {
    /// The status code of the answer.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self {
            Self::Body(_) | Self::Missing(_) | Self::Stream | Self::Kind | Self::Exposed(_) => 400,
            Self::Browser => 403,
            Self::NoProxy | Self::NoToxic | Self::NoRoute => 404,
            Self::Method => 405,
            Self::ProxyExists | Self::ToxicExists => 409,
            Self::TooMany(_) => 429,
            Self::Listen { .. } => 500,
        }
    }
}
