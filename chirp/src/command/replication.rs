//! `chirp replication`: stops a region's reading of its peers, on purpose.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::switch::Switch;
use crate::config::RegionConfig;
use crate::error::Error;

const SWITCH: Switch = Switch { path: "/admin/replication", flag: "stopped" };

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

/// Does it; `status` of a region that reads its peers is an error.
pub(super) async fn run(region: &RegionConfig, action: ReplicationAction) -> Result<(), Error> {
    let to = match action {
        ReplicationAction::Stop => Some(true),
        ReplicationAction::Resume => Some(false),
        ReplicationAction::Status => None,
    };
    let stopped = SWITCH.turn(region, to).await.map_err(|source| Error::Replication {
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
