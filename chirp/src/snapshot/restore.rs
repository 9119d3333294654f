//! From a snapshot to a data directory.
//!
//! The directory is built beside its place and renamed at the end: whoever is killed in the middle finds
//! no half of it. A directory that is there already is never touched.

use std::fs::File;
use std::io::{BufReader, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::format::{Contents, FormatError, Header, read};
use super::objects::{Named, ObjectError, SnapshotObjects};
use crate::condition::Conditions;
use crate::entry::Entry;
use crate::names::RegionName;
use crate::store::{CommitMetrics, Held, StateRow, StoreError, StoreOptions, WriteError, Writer};
use crate::wall_clock::WallClock;

/// Bytes read from the store at a time.
const PART_BYTES: u64 = 4 * 1024 * 1024;
/// Rows or entries in one transaction.
const BATCH_ENTRIES: usize = 2000;
/// How long one transaction may take.
const BATCH_DEADLINE: Duration = Duration::from_secs(120);

/// Why a snapshot cannot be used, or a directory not be made of it.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// The directory is there.
    #[error("{path} is there already")]
    Occupied {
        /// Which.
        path: PathBuf,
    },
    /// No snapshot could be used.
    #[error("no usable snapshot of {origin}{}", listed(.reasons))]
    NoSnapshot {
        /// Whose were looked for.
        origin: String,
        /// What was wrong with each.
        reasons: Vec<String>,
    },
    /// It was taken with other seeded users.
    #[error("it was seeded with {stored}, the configuration says {configured}")]
    Seed {
        /// What it holds.
        stored: String,
        /// What the configuration wants.
        configured: String,
    },
    /// It is no snapshot, or damaged.
    #[error("it {0}")]
    Format(#[from] FormatErrorText),
    /// The object store failed.
    #[error("the object store failed: {0}")]
    Objects(String),
    /// A file could not be written or renamed.
    #[error("{path}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// What is in it cannot be applied.
    #[error("it cannot be applied: {0}")]
    Apply(String),
}

/// What is wrong with the text of a snapshot.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct FormatErrorText(String);

fn listed(reasons: &[String]) -> String {
    reasons.iter().map(|reason| format!("\n  {reason}")).collect()
}

impl From<FormatError> for RestoreError {
    fn from(error: FormatError) -> Self {
        Self::Format(FormatErrorText(error.to_string()))
    }
}

impl From<ObjectError> for RestoreError {
    fn from(error: ObjectError) -> Self {
        Self::Objects(error.to_string())
    }
}

impl From<WriteError> for RestoreError {
    fn from(error: WriteError) -> Self {
        Self::Apply(error.to_string())
    }
}

impl From<StoreError> for RestoreError {
    fn from(error: StoreError) -> Self {
        Self::Apply(error.to_string())
    }
}

/// What a restore did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Restored {
    /// From which snapshot.
    pub(crate) from: Named,
    /// Rows of the state and entries of logs that it held.
    pub(crate) entries: u64,
    /// Newer snapshots that could not be used, and why.
    pub(crate) refused: Vec<String>,
}

/// Makes the data directory of `options` from the newest usable snapshot of `origin`.
pub(crate) async fn restore(
    objects: &SnapshotObjects,
    origin: &RegionName,
    options: &StoreOptions,
) -> Result<Restored, RestoreError> {
    let directory = &options.directory;
    if directory.exists() {
        return Err(RestoreError::Occupied { path: directory.clone() });
    }
    let building = directory.with_extension("restoring");
    let mut refused = Vec::new();
    for named in objects.list(origin).await?.into_iter().rev() {
        remove(&building)?;
        match build(objects, &named, &building, options).await {
            Ok(entries) => {
                let renamed = std::fs::rename(&building, directory);
                renamed.map_err(|source| RestoreError::File { path: directory.clone(), source })?;
                return Ok(Restored { from: named, entries, refused });
            }
            Err(error) => refused.push(format!("{}: {error}", named.name)),
        }
    }
    remove(&building)?;
    Err(RestoreError::NoSnapshot { origin: origin.to_string(), reasons: refused })
}

fn remove(path: &Path) -> Result<(), RestoreError> {
    match std::fs::remove_dir_all(path) {
        Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
            Err(RestoreError::File { path: path.to_owned(), source })
        }
        _ => Ok(()),
    }
}

async fn build(
    objects: &SnapshotObjects,
    named: &Named,
    building: &Path,
    options: &StoreOptions,
) -> Result<u64, RestoreError> {
    let failed = |source| RestoreError::File { path: building.to_owned(), source };
    std::fs::create_dir_all(building).map_err(failed)?;
    let path = building.join("snapshot");
    let mut file = File::options().read(true).write(true).create(true).truncate(true).open(&path).map_err(failed)?;
    let mut offset = 0;
    while offset < named.bytes {
        let part = objects.read(named, offset, PART_BYTES).await?;
        file.write_all(&part).map_err(failed)?;
        offset += part.len() as u64;
    }
    // All of it is checked before any of it is used.
    file.rewind().map_err(failed)?;
    read(BufReader::new(&file), |_| Ok::<(), RestoreError>(()))?;
    file.rewind().map_err(failed)?;
    let options = StoreOptions { directory: building.to_owned(), ..options.clone() };
    let runtime = tokio::runtime::Handle::current();
    // Reading blocks, and so does waiting for the writer between two reads.
    let applied = tokio::task::spawn_blocking(move || apply(&file, &options, &runtime)).await;
    let entries = applied.map_err(|error| RestoreError::Apply(error.to_string()))??;
    std::fs::remove_file(&path).map_err(failed)?;
    Ok(entries)
}

fn apply(file: &File, options: &StoreOptions, runtime: &tokio::runtime::Handle) -> Result<u64, RestoreError> {
    let (_store, writer) =
        Writer::start(options, WallClock::default(), &Conditions::default(), CommitMetrics::uncounted())?;
    let mut applying =
        Applying { options, writer, runtime, header: None, rows: Vec::new(), log: None, tail: Vec::new(), taken: 0 };
    read(BufReader::new(file), |contents| applying.see(contents))?;
    applying.finish()
}

/// Makes transactions of what is read.
struct Applying<'a> {
    options: &'a StoreOptions,
    writer: Writer,
    runtime: &'a tokio::runtime::Handle,
    header: Option<Header>,
    rows: Vec<StateRow>,
    log: Option<Held>,
    /// Entries of that log.
    tail: Vec<Entry>,
    taken: u64,
}

impl Applying<'_> {
    fn see(&mut self, contents: Contents) -> Result<(), RestoreError> {
        match contents {
            Contents::Header(header) => {
                if header.seed != self.options.seed {
                    let (stored, configured) = (header.seed.to_string(), self.options.seed.to_string());
                    return Err(RestoreError::Seed { stored, configured });
                }
                self.header = Some(header);
            }
            Contents::Row(row) => {
                self.rows.push(*row);
                if self.rows.len() >= BATCH_ENTRIES {
                    self.merge()?;
                }
            }
            Contents::Log(held) => {
                self.merge()?;
                self.keep()?;
                self.log = Some(held);
            }
            Contents::Entry(entry) => {
                self.tail.push(*entry);
                if self.tail.len() >= BATCH_ENTRIES {
                    self.keep()?;
                }
            }
        }
        Ok(())
    }

    fn merge(&mut self) -> Result<(), RestoreError> {
        let rows = std::mem::take(&mut self.rows);
        self.taken += rows.len() as u64;
        let merged = self.writer.write(BATCH_DEADLINE, move |session| session.merge_rows(&rows));
        Ok(self.runtime.block_on(merged)?)
    }

    /// Keeps what has been read of a log. Also of one without entries it has to be known how far the state has it.
    fn keep(&mut self) -> Result<(), RestoreError> {
        let entries = std::mem::take(&mut self.tail);
        let Some(held) = self.log.clone() else {
            let lost = || RestoreError::Apply("an entry comes before any log".into());
            return if entries.is_empty() { Ok(()) } else { Err(lost()) };
        };
        self.taken += entries.len() as u64;
        let kept = self.writer.write(BATCH_DEADLINE, move |session| session.keep_tail(&held, &entries));
        Ok(self.runtime.block_on(kept)?)
    }

    fn finish(mut self) -> Result<u64, RestoreError> {
        self.merge()?;
        self.keep()?;
        let header = self.header.take().ok_or_else(|| RestoreError::Apply("it has no header".into()))?;
        let own = self.options.region.clone();
        let adopted = self.writer.write(BATCH_DEADLINE, move |session| session.adopt_cursors(&own, &header.cursors));
        self.runtime.block_on(adopted)?;
        Ok(self.taken)
    }
}
