//! What can go wrong with a relay, and with asking one.

use std::{io, net::SocketAddr, time::Duration};

/// Why a relay ended or never began.
#[derive(Debug, thiserror::Error)]
pub enum RelayError {
    /// An address can't be listened on.
    #[error("link {link:?} can't listen on {address}")]
    Listen {
        /// The link's name.
        link: String,
        /// The address.
        address: SocketAddr,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The first line is no start.
    #[error("a relay's first request must be a start, this is none: {reason}")]
    NotAStart {
        /// What is wrong with it.
        reason: String,
    },
    /// The control channel broke, or there is no runtime.
    #[error("the relay's control channel failed")]
    Channel(#[source] io::Error),
}

/// Why a request to a relay failed.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The relay said no.
    #[error("the relay refused: {message}")]
    Refused {
        /// Its reason.
        message: String,
    },
    /// The relay has gone: its output has ended.
    #[error("the relay has gone")]
    Gone,
    /// No answer in time.
    #[error("the relay didn't answer within {within:?}")]
    Silent {
        /// How long was waited.
        within: Duration,
    },
    /// An answer that can't be understood.
    #[error("the relay's answer can't be understood: {line:?}")]
    Unreadable {
        /// The line.
        line: String,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// An answer to something else.
    #[error("the relay answered something else: {answer}")]
    Unexpected {
        /// What it answered.
        answer: String,
    },
    /// The pipe to the relay broke.
    #[error("the pipe to the relay failed")]
    Channel(#[source] io::Error),
}
