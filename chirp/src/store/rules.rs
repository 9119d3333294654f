//! What a store is told about the deployment that it is part of.

use std::time::Duration;

use super::KeepLog;
use crate::names::RegionName;
use crate::resolve::Resolver;

/// The rules of a deployment, the same in all its regions (but for the peers).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rules {
    /// What becomes of concurrent updates.
    pub(crate) resolver: Resolver,
    /// Who has more followers than this is not fanned out but merged at read.
    pub(crate) celebrity_followers: u64,
    /// How long a tombstone is kept at least: longer than the longest partition allowed.
    pub(crate) tombstones_keep: Duration,
    /// The other regions: a tombstone is kept until each of them is past it.
    pub(crate) peers: Vec<RegionName>,
    /// How much of each log is kept.
    pub(crate) keep: KeepLog,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            resolver: Resolver::default(),
            celebrity_followers: 1000,
            tombstones_keep: Duration::from_secs(24 * 3600),
            peers: Vec::new(),
            keep: KeepLog::default(),
        }
    }
}
