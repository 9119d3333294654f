//! `[snapshots]`: how often, how many, and where.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

use super::check::Mistakes;
use super::format::Number;
use crate::names::RegionName;

/// `[snapshots]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SnapshotsTable {
    every_ms: Number,
    keep: Number,
    folder: Option<String>,
}

/// How often snapshots are taken, how many are kept, and where.
#[derive(Clone, Debug)]
pub(crate) struct Snapshots {
    /// None: none are taken or copied.
    pub(crate) every: Option<Duration>,
    /// So many of each origin are kept in each region's store.
    pub(crate) keep: usize,
    /// Holds one folder per region, its store.
    folder: PathBuf,
}

impl Snapshots {
    /// The store of a region.
    pub(crate) fn folder(&self, region: &RegionName) -> PathBuf {
        self.folder.join(region.as_str())
    }
}

/// Checks the numbers; `directory` is where a relative folder begins.
pub(super) fn check(table: &SnapshotsTable, directory: &Path, mistakes: &mut Mistakes<'_>) -> Snapshots {
    let every = mistakes.number("every_ms", &table.every_ms, 0, 0..=86_400_000);
    Snapshots {
        every: (every > 0).then(|| Duration::from_millis(every)),
        keep: mistakes.number("keep", &table.keep, 3, 1..=1000) as usize,
        folder: directory.join(table.folder.as_deref().unwrap_or("snapshots")),
    }
}
