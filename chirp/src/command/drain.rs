//! `chirp drain`: takes a running region out of service, puts it back, or asks.

use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use clap::{Args, ValueEnum};
use serde::Deserialize;

use crate::config::RegionConfig;
use crate::error::Error;
use crate::http::{Connection, RequestError};

/// How long the region may take to answer.
const TIMEOUT: Duration = Duration::from_secs(5);
const ANSWER_BYTES_MAX: usize = 4096;

/// Arguments of `drain`.
#[derive(Debug, Args)]
pub struct DrainArguments {
    /// The configuration of the deployment.
    #[arg(long, value_name = "FILE")]
    pub(super) config: PathBuf,
    /// Which region.
    #[arg(long, value_name = "NAME")]
    pub(super) region: String,
    /// What to do.
    pub(super) action: DrainAction,
}

/// What to do with a region.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum DrainAction {
    /// No new users from now on.
    On,
    /// Users again.
    Off,
    /// Is it draining?
    Status,
}

#[derive(Deserialize)]
struct DrainState {
    draining: bool,
}

/// Does it, and prints the state; asking a region that is not draining is an error (exit code 1).
pub(super) async fn run(region: &RegionConfig, action: DrainAction) -> Result<(), Error> {
    let asked = ask(region.peer_listen, action).await;
    let draining = asked.map_err(|source| Error::Drain {
        region: region.name.to_string(),
        address: region.peer_listen,
        source,
    })?;
    super::print(if draining { "draining\n" } else { "serving\n" })?;
    match action {
        DrainAction::Status if !draining => Err(Error::NotDraining(region.name.to_string())),
        _ => Ok(()),
    }
}

async fn ask(address: std::net::SocketAddr, action: DrainAction) -> Result<bool, RequestError> {
    const PATH: &str = "/admin/drain";
    let mut connection = Connection::open(address, TIMEOUT).await?;
    let body = |text: &'static str| Bytes::from_static(text.as_bytes());
    let answer = match action {
        DrainAction::On => connection.post(PATH, body(r#"{"draining":true}"#), ANSWER_BYTES_MAX, TIMEOUT).await?,
        DrainAction::Off => connection.post(PATH, body(r#"{"draining":false}"#), ANSWER_BYTES_MAX, TIMEOUT).await?,
        DrainAction::Status => connection.get(PATH, ANSWER_BYTES_MAX, TIMEOUT).await?,
    };
    let text = || String::from_utf8_lossy(&answer.body).into_owned();
    if answer.status != 200 {
        return Err(RequestError::Unexpected(format!("status {}: {}", answer.status, text())));
    }
    let state: Result<DrainState, _> = serde_json::from_slice(&answer.body);
    state.map(|state| state.draining).map_err(|_| RequestError::Unexpected(text()))
}
