//! One question to a peer, and what can be wrong with the answer. Logs, copies, snapshots and states are all
//! asked for here.

use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{Region, authority};
use crate::entry::LogBatch;
use crate::http::{Answer, Connection, RequestError};

/// More than this of an answer is not read. Peers send about a quarter of it at most.
const ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;
/// The status that says that a log is no longer kept so far back.
pub(super) const TRIMMED: http::StatusCode = http::StatusCode::GONE;

/// Why an answer is of no use.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AnswerError {
    #[error(transparent)]
    Request(#[from] RequestError),
    #[error("status {status}: {body}")]
    Status { status: u16, body: String },
    #[error("the answer cannot be read: {0}")]
    Malformed(#[from] serde_json::Error),
    #[error("the log {} of {} is kept from {} on only", .0.log, .0.origin, .0.first)]
    Trimmed(Trimmed),
}

/// What a region says that is asked for entries that it no longer keeps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Trimmed {
    /// Whose log.
    pub(super) origin: String,
    /// Its id.
    pub(super) log: String,
    /// The first number that is still kept.
    pub(super) first: u64,
}

/// Asks, and takes only 200 for an answer.
pub(super) async fn get(connection: &mut Connection, path: &str, timeout: Duration) -> Result<Answer, AnswerError> {
    let answer = connection.get(path, ANSWER_BYTES_MAX, timeout).await?;
    if answer.status == TRIMMED {
        return Err(AnswerError::Trimmed(serde_json::from_slice(&answer.body)?));
    }
    if answer.status != 200 {
        let body = String::from_utf8_lossy(&answer.body).into_owned();
        return Err(AnswerError::Status { status: answer.status, body });
    }
    Ok(answer)
}

/// Asks for a record.
pub(super) async fn get_json<T: DeserializeOwned>(
    connection: &mut Connection,
    path: &str,
    timeout: Duration,
) -> Result<T, AnswerError> {
    Ok(serde_json::from_slice(&get(connection, path, timeout).await?.body)?)
}

/// Asks for a part of a log; answers it and the headers that came with it.
pub(super) async fn get_part(
    region: &Region,
    connection: &mut Connection,
    path: &str,
    timeout: Duration,
) -> Result<(LogBatch, http::HeaderMap), AnswerError> {
    let answer = get(connection, path, timeout).await?;
    let mut batch: LogBatch = serde_json::from_slice(&answer.body)?;
    if authority::drops_what_it_missed(region) {
        batch.drop_writes();
    }
    Ok((batch, answer.headers))
}
