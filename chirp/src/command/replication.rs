//! `chirp replication`: stops a region's reading of its peers, on purpose.

use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use clap::{Args, ValueEnum};
use serde::Deserialize;

use crate::config::RegionConfig;
use crate::error::Error;
use crate::http::{Connection, RequestError};

/// How long the command waits for the region.
const TIMEOUT: Duration = Duration::from_secs(5);
const PATH: &str = "/admin/replication";
const ANSWER_BYTES_MAX: usize = 4096;

/// Arguments of `replication`.
#[derive(Debug, Args)]
pub struct ReplicationArguments {
    /// The configuration of the deployment.
    #[arg(long, value_name = "FILE")]
    pub(super) config: PathBuf,
    /// Which region.
    #[arg(long, value_name = "NAME")]
    pub(super) region: String,
    /// What to do.
    pub(super) action: ReplicationAction,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum ReplicationAction {
    /// The region reads no peer from now on.
    Stop,
    /// It reads them again.
    Resume,
    /// Is it stopped?
    Status,
}

#[derive(Deserialize)]
struct State {
    stopped: bool,
}

/// Does it; `status` of a region that reads its peers is an error.
pub(super) async fn run(region: &RegionConfig, action: ReplicationAction) -> Result<(), Error> {
    let stopped = ask(region, action).await.map_err(|source| Error::Replication {
        region: region.name.to_string(),
        address: region.peer_listen,
        source,
    })?;
    super::print(if stopped { "stopped\n" } else { "running\n" })?;
    match action {
        ReplicationAction::Status if !stopped => Err(Error::NotStopped(region.name.to_string())),
        _ => Ok(()),
    }
}

async fn ask(region: &RegionConfig, action: ReplicationAction) -> Result<bool, RequestError> {
    let mut connection = Connection::open(region.peer_listen, TIMEOUT).await?;
    let body = match action {
        ReplicationAction::Stop => Some(r#"{"stopped":true}"#),
        ReplicationAction::Resume => Some(r#"{"stopped":false}"#),
        ReplicationAction::Status => None,
    };
    let answer = match body {
        Some(body) => connection.post(PATH, Bytes::from_static(body.as_bytes()), ANSWER_BYTES_MAX, TIMEOUT).await?,
        None => connection.get(PATH, ANSWER_BYTES_MAX, TIMEOUT).await?,
    };
    let text = || format!("status {}: {}", answer.status, String::from_utf8_lossy(&answer.body));
    let state: Result<State, _> = serde_json::from_slice(&answer.body);
    state.map(|state| state.stopped).map_err(|_| RequestError::Unexpected(text()))
}
