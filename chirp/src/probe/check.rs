//! One question to one target, as a user would ask it.
//!
//! Each check is a new connection, for a kept one would say nothing about whether users can connect. Any
//! answer but 200 is a failure, and so is one that takes too long, unless the body says `"status":
//! "passive"` or `"draining"`. The reason of a failure is kept, for "unhealthy" alone helps nobody at three in
//! the morning.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::Value;

use super::health::State;
use crate::http::{Connection, RequestError};
use crate::tls::Caller;

/// More than this of an answer is not read.
const ANSWER_BYTES_MAX: usize = 16 * 1024;

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CheckKind {
    /// `/healthz`: can it do what users need it for?
    Deep,
    /// `/livez`: does the process run?
    Shallow,
}

impl CheckKind {
    fn path(self) -> &'static str {
        match self {
            Self::Deep => "/healthz",
            Self::Shallow => "/livez",
        }
    }
}

/// What a check found; the reason is for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) state: State,
    pub(super) reason: Option<String>,
}

/// Asks once.
pub(super) async fn check(address: SocketAddr, tls: Option<&Caller>, kind: CheckKind, timeout: Duration) -> Finding {
    let ask = async {
        let mut connection = Connection::to_door(address, tls, timeout).await?;
        connection.get(kind.path(), ANSWER_BYTES_MAX, timeout).await
    };
    match tokio::time::timeout(timeout, ask).await.unwrap_or(Err(RequestError::Timeout(timeout))) {
        Ok(answer) => finding(answer.status, &answer.body),
        Err(error) => Finding { state: State::Failing, reason: Some(error.to_string()) },
    }
}

/// What an answer means.
pub(super) fn finding(status: u16, body: &[u8]) -> Finding {
    let body: Option<Value> = serde_json::from_slice(body).ok();
    let text = |key: &str| body.as_ref().and_then(|body| body.get(key)?.as_str());
    match (status, text("status")) {
        (200 | 503, Some("draining")) => Finding { state: State::Draining, reason: Some("draining".into()) },
        (200 | 503, Some("passive")) => {
            Finding { state: State::Passive, reason: Some(text("reason").unwrap_or("passive").to_owned()) }
        }
        (200, _) => Finding { state: State::Serving, reason: None },
        (status, _) => {
            let reason = text("reason").unwrap_or("no reason given");
            Finding { state: State::Failing, reason: Some(format!("status {status}: {reason}")) }
        }
    }
}
