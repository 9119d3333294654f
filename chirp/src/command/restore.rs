//! `chirp restore`: a data directory from the newest usable snapshot.
//!
//! The region's own object store is looked into first; if it has nothing usable, the running peers are
//! asked for theirs. What came after the snapshot is fetched by the region itself when it starts.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use crate::config::{Config, RegionConfig};
use crate::error::Error;
use crate::http::Meter;
use crate::region::{SnapshotError, SnapshotSource, store_options};
use crate::snapshot::{RestoreError, Restored, SnapshotObjects, restore};
use crate::wall_clock::WallClock;

/// How long a peer may take for each answer.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Arguments of `restore`.
#[derive(Debug, Args)]
pub struct RestoreArguments {
    /// The configuration of the deployment.
    #[arg(long, value_name = "FILE")]
    pub(super) config: PathBuf,
    /// The region whose data directory is made. It must not run, and its directory must not be there.
    #[arg(long, value_name = "NAME")]
    pub(super) region: String,
    /// Whose snapshot to take; the region's own if this is left out.
    #[arg(long, value_name = "REGION")]
    pub(super) from: Option<String>,
}

/// Restores, and says what it did.
pub(super) async fn run(config: &Config, own: &RegionConfig, origin: &RegionConfig) -> Result<(), Error> {
    let failed = |source: RestoreError| Error::Restore { region: own.name.to_string(), source };
    let now_ms = WallClock::with_offset_ms(own.clock_offset_ms).now_ms();
    let options = store_options(config, own, now_ms);
    let opened = SnapshotObjects::open(&config.snapshots.folder(&own.name));
    let objects = opened.map_err(|error| failed(error.into()))?;
    let restored = match restore(&objects, &origin.name, &options).await {
        Err(RestoreError::NoSnapshot { reasons, .. }) => {
            let reasons = reasons.into_iter().chain(fetch(own, origin, &objects).await).collect();
            match restore(&objects, &origin.name, &options).await {
                Err(RestoreError::NoSnapshot { origin, .. }) => Err(RestoreError::NoSnapshot { origin, reasons }),
                Ok(restored) => Ok(Restored { refused: reasons, ..restored }),
                other => other,
            }
        }
        other => other,
    };
    say(own, &restored.map_err(failed)?)
}

/// Copies the snapshots that running peers hold of `origin`; answers what went wrong.
async fn fetch(own: &RegionConfig, origin: &RegionConfig, objects: &SnapshotObjects) -> Vec<String> {
    let mut reasons = Vec::new();
    for (peer, address) in &own.peers {
        let copied = async {
            let mut source = SnapshotSource::open(&own.name, *address, TIMEOUT, Meter::default()).await?;
            for named in source.list().await?.into_iter().filter(|named| named.origin == origin.name) {
                source.copy(&named, objects).await?;
            }
            Ok::<(), SnapshotError>(())
        };
        if let Err(error) = copied.await {
            reasons.push(format!("{peer}: {error}"));
        }
    }
    reasons
}

fn say(own: &RegionConfig, restored: &Restored) -> Result<(), Error> {
    let refused: String = restored.refused.iter().map(|reason| format!("not used: {reason}\n")).collect();
    let Restored { from, entries, .. } = restored;
    let (name, origin, data) = (&from.name, &from.origin, own.data.display());
    super::print(&format!("{refused}{data} is restored from {name} of {origin}: {entries} rows and entries\n"))
}
