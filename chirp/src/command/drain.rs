//! `chirp drain`: takes a running region out of service, puts it back, or asks.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::switch::Switch;
use crate::config::RegionConfig;
use crate::error::Error;

const SWITCH: Switch = Switch { path: "/admin/drain", flag: "draining" };

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

/// Does it, and prints the state; asking a region that is not draining is an error (exit code 1).
pub(super) async fn run(region: &RegionConfig, action: DrainAction) -> Result<(), Error> {
    let to = match action {
        DrainAction::On => Some(true),
        DrainAction::Off => Some(false),
        DrainAction::Status => None,
    };
    let draining = SWITCH.turn(region, to).await.map_err(|source| Error::Drain {
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
