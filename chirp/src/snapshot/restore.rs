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
use crate::defects::Defects;
use crate::entry::{Entry, LogBatch};
use crate::names::{NameError, RegionName};
use crate::store::{CommitMetrics, Held, StoreError, StoreOptions, WriteError, Writer};
use crate::wall_clock::WallClock;

/// Bytes read from the store at a time.
const PART_BYTES: u64 = 4 * 1024 * 1024;
/// Entries in one transaction.
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

impl From<NameError> for RestoreError {
    fn from(error: NameError) -> Self {
        Self::Apply(error.to_string())
    }
}

/// What a restore did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Restored {
    /// From which snapshot.
    pub(crate) from: Named,
    /// Entries applied.
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
        Writer::start(options, WallClock::default(), Defects::default(), CommitMetrics::uncounted())?;
    let mut applying = Applying { options, writer, runtime, header: None, log: None, batch: Vec::new(), entries: 0 };
    read(BufReader::new(file), |contents| applying.see(contents))?;
    applying.finish()
}

/// A log that is being applied.
struct Log {
    origin: RegionName,
    held: Held,
    /// Complete up to here so far.
    to: u64,
}

/// Turns what is read into batches, as a peer would send them.
struct Applying<'a> {
    options: &'a StoreOptions,
    writer: Writer,
    runtime: &'a tokio::runtime::Handle,
    header: Option<Header>,
    log: Option<Log>,
    batch: Vec<Entry>,
    entries: u64,
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
            Contents::Log(held) => {
                self.end_log()?;
                self.log = Some(Log { origin: RegionName::parse(&held.origin)?, held, to: 0 });
            }
            Contents::Entry(entry) => {
                self.batch.push(*entry);
                if self.batch.len() >= BATCH_ENTRIES {
                    let to = self.batch.last().map_or(0, |last| last.seq);
                    self.flush(to)?;
                }
            }
        }
        Ok(())
    }

    /// The last numbers of a log may lack; the log is complete up to its end all the same.
    fn end_log(&mut self) -> Result<(), RestoreError> {
        let Some(log) = &self.log else { return Ok(()) };
        let to = log.held.seq;
        self.flush(to)?;
        self.log = None;
        Ok(())
    }

    fn flush(&mut self, to: u64) -> Result<(), RestoreError> {
        let lost = || RestoreError::Apply("an entry comes before any log".into());
        let log = self.log.as_mut().ok_or_else(lost)?;
        let batch = LogBatch {
            region: log.origin.clone(),
            log: log.held.log.clone(),
            from: log.to,
            to,
            head: log.held.seq,
            entries: std::mem::take(&mut self.batch),
        };
        log.to = to;
        let applied = self.writer.write(BATCH_DEADLINE, move |session| session.apply_copies(&batch));
        self.entries += self.runtime.block_on(applied)?.entries;
        Ok(())
    }

    fn finish(mut self) -> Result<u64, RestoreError> {
        self.end_log()?;
        let header = self.header.take().ok_or_else(|| RestoreError::Apply("it has no header".into()))?;
        let own = self.options.region.clone();
        let adopted = self.writer.write(BATCH_DEADLINE, move |session| session.adopt_cursors(&own, &header.cursors));
        self.runtime.block_on(adopted)?;
        Ok(self.entries)
    }
}
