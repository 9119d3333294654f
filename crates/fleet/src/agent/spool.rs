//! Batches on the agent's disk until the controller has stored them.
//!
//! One file per batch, so that what is stored is forgotten by removing a file. A file is written under another name and then
//! renamed: whatever kills the agent, a batch is there whole or not at all. What is in the files survives the process (not the
//! machine's power); [`Spool::open`] finds it again.
//!
//! ```text
//!   00000000000000000007-00000000000000000007      landfall-spool 1, instance, complete, then the lines
//! ```
//!
//! **The bound.** When the files would take more than the bound, batches that were never sent are made into one: counts of one key
//! add up, and only the boundary between the batches is lost. One that was sent keeps its boundaries: the controller may have it.
//! When that makes no room either, the batch is refused, and whoever asked has to say which seconds are missing.

use crate::message::Batch;
use plan::resolved::ResolvedPlan;
use record::batch;
use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

/// Lines of batches that are made into one at most, in bytes: the result has to travel too.
const TOGETHER_MAX: u64 = 4 << 20;
const MAGIC: &str = "landfall-spool 1";

/// Batches on disk.
#[derive(Debug)]
pub struct Spool {
    folder: PathBuf,
    instance: String,
    plan: Arc<ResolvedPlan>,
    bytes_max: u64,
    kept: BTreeMap<u64, Kept>,
    bytes: u64,
    next: u64,
}

/// A batch that is kept.
#[derive(Debug, Clone, Copy)]
struct Kept {
    through: u64,
    bytes: u64,
    was_sent: bool,
}

/// A batch that can't be kept.
#[derive(Debug, thiserror::Error)]
pub enum SpoolError {
    /// There is no room.
    #[error("the spool in {} is full: {} wait to be stored by the controller, and no more may", .folder.display(), size(*.bytes_max))]
    Full {
        /// Where it is.
        folder: PathBuf,
        /// Its bound.
        bytes_max: u64,
    },
    /// The disk refuses.
    #[error("the spool in {}: {source}", .folder.display())]
    Disk {
        /// Where it is.
        folder: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// Bytes as a person reads them: whole MiB where there are any.
fn size(bytes: u64) -> String {
    if bytes < 1 << 20 { format!("{bytes} bytes") } else { format!("{} MiB", bytes >> 20) }
}

impl Spool {
    /// An empty spool in a folder of its own, which is made.
    ///
    /// # Errors
    /// The folder can't be made, or holds something.
    pub fn create(folder: &Path, instance: &str, plan: Arc<ResolvedPlan>, bytes_max: u64) -> Result<Self, SpoolError> {
        let spool = Self {
            folder: folder.to_owned(),
            instance: instance.to_owned(),
            plan,
            bytes_max,
            kept: BTreeMap::new(),
            bytes: 0,
            next: 1,
        };
        let made = fs::create_dir_all(folder).and_then(|()| match fs::read_dir(folder)?.next() {
            None => Ok(()),
            Some(_) => Err(io::Error::new(io::ErrorKind::AlreadyExists, "it holds something already")),
        });
        made.map_err(|error| spool.disk(error))?;
        Ok(spool)
    }

    /// The spool that an agent left in a folder. Everything in it may have been sent; what was torn is not there.
    ///
    /// # Errors
    /// The folder can't be read, or holds no batch.
    pub fn open(folder: &Path, plan: Arc<ResolvedPlan>, bytes_max: u64) -> Result<Self, SpoolError> {
        let failed = |source| SpoolError::Disk { folder: folder.to_owned(), source };
        let mut spool = Self {
            folder: folder.to_owned(),
            instance: String::new(),
            plan,
            bytes_max,
            kept: BTreeMap::new(),
            bytes: 0,
            next: 1,
        };
        for entry in fs::read_dir(folder).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            let Some((number, through)) = path.file_name().and_then(|name| numbers(&name.to_string_lossy())) else {
                continue;
            };
            let text = fs::read_to_string(&path).map_err(failed)?;
            let Some(batch) = parse(number, through, &text) else { continue };
            spool.instance = batch.instance;
            spool.bytes += text.len() as u64;
            spool.next = spool.next.max(through + 1);
            spool.kept.insert(number, Kept { through, bytes: text.len() as u64, was_sent: true });
        }
        // One may be a part of another, when the agent died between making it and removing its parts.
        let whole: Vec<(u64, u64)> = spool.kept.iter().map(|(number, kept)| (*number, kept.through)).collect();
        for (number, through) in &whole {
            let inside =
                |other: &&(u64, u64)| other.0 <= *number && *through <= other.1 && **other != (*number, *through);
            if whole.iter().any(|other| inside(&other)) {
                spool.remove(*number).map_err(failed)?;
            }
        }
        if spool.kept.is_empty() {
            return Err(failed(io::Error::new(io::ErrorKind::NotFound, "it holds no batch")));
        }
        Ok(spool)
    }

    /// Keeps lines as the next batch; gives its number.
    ///
    /// # Errors
    /// There is no room, or the disk refuses: the lines are not kept, and their number goes to the next batch.
    pub fn push(&mut self, lines: &str, complete: Option<u64>) -> Result<u64, SpoolError> {
        let number = self.next;
        let text = written(&self.instance, complete, lines);
        while self.bytes + text.len() as u64 > self.bytes_max {
            if !self.make_room()? {
                return Err(SpoolError::Full { folder: self.folder.clone(), bytes_max: self.bytes_max });
            }
        }
        self.write(number, number, &text)?;
        self.next += 1;
        Ok(number)
    }

    /// The batch that has that number in it, as it is to be sent; from now on it counts as sent.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn send(&mut self, number: u64) -> Result<Option<Batch>, SpoolError> {
        let Some((first, through)) = self.holding(number) else { return Ok(None) };
        let batch = self.read(first, through)?;
        if let Some(kept) = self.kept.get_mut(&first) {
            kept.was_sent = true;
        }
        Ok(Some(batch))
    }

    /// The first number of the first batch behind `number`.
    #[must_use]
    pub fn after(&self, number: u64) -> Option<u64> {
        self.kept.range(number + 1..).next().map(|(first, _)| *first)
    }

    /// Forgets everything up to that number.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn stored(&mut self, through: u64) -> Result<(), SpoolError> {
        let stored = self.kept.iter().filter(|(_, kept)| kept.through <= through).map(|(number, _)| *number);
        let stored: Vec<u64> = stored.collect();
        stored.into_iter().try_for_each(|number| self.remove(number)).map_err(|error| self.disk(error))
    }

    /// The last number that was given; 0: none.
    #[must_use]
    pub fn last(&self) -> u64 {
        self.next - 1
    }

    /// Bytes on disk.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Whether nothing waits to be stored.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// Whose it is.
    #[must_use]
    pub fn instance(&self) -> &str {
        &self.instance
    }

    /// Removes the folder when nothing is left in it.
    pub fn close(self) {
        if self.kept.is_empty() {
            // What can't be removed is empty and does no harm.
            let _ = fs::remove_dir(&self.folder);
        }
    }

    /// Makes one batch of the first that were never sent; false when there are no two of them.
    fn make_room(&mut self) -> Result<bool, SpoolError> {
        let mut together: Vec<u64> = Vec::new();
        let mut bytes = 0;
        for (number, kept) in &self.kept {
            let follows = together.last().is_none_or(|last| self.kept[last].through + 1 == *number);
            if kept.was_sent || !follows || bytes + kept.bytes > TOGETHER_MAX {
                if together.len() > 1 {
                    break;
                }
                (together, bytes) = (Vec::new(), 0);
            }
            if !kept.was_sent {
                together.push(*number);
                bytes += kept.bytes;
            }
        }
        let (Some(first), Some(last)) = (together.first().copied(), together.last().copied()) else { return Ok(false) };
        if first == last {
            return Ok(false);
        }
        let through = self.kept[&last].through;
        let mut entries = Vec::new();
        let mut complete = None;
        for number in &together {
            let one = self.read(*number, self.kept[number].through)?;
            complete = complete.max(one.complete);
            let read = batch::read(&one.lines, &self.plan);
            entries.extend(read.map_err(|error| self.disk(io::Error::other(error)))?);
        }
        let mut lines = String::new();
        batch::compact(entries).iter().for_each(|entry| batch::write(entry, &mut lines));
        let text = written(&self.instance, complete, &lines);
        if text.len() as u64 >= bytes {
            return Ok(false);
        }
        self.write(first, through, &text)?;
        for number in &together {
            let path = self.path(*number, if *number == first { first } else { self.kept[number].through });
            if *number != first {
                self.forget(*number);
                fs::remove_file(path).map_err(|error| self.disk(error))?;
            }
        }
        Ok(true)
    }

    fn write(&mut self, number: u64, through: u64, text: &str) -> Result<(), SpoolError> {
        let (begun, path) = (self.folder.join("begun"), self.path(number, through));
        fs::write(&begun, text).and_then(|()| fs::rename(&begun, &path)).map_err(|error| self.disk(error))?;
        if let Some(before) = self.kept.get(&number).copied() {
            self.forget(number);
            if before.through != through {
                let old = self.path(number, before.through);
                fs::remove_file(old).map_err(|error| self.disk(error))?;
            }
        }
        self.bytes += text.len() as u64;
        self.kept.insert(number, Kept { through, bytes: text.len() as u64, was_sent: false });
        Ok(())
    }

    fn read(&self, number: u64, through: u64) -> Result<Batch, SpoolError> {
        let text = fs::read_to_string(self.path(number, through)).map_err(|error| self.disk(error))?;
        parse(number, through, &text).ok_or_else(|| self.disk(io::Error::other("a batch on it was changed")))
    }

    fn holding(&self, number: u64) -> Option<(u64, u64)> {
        let (first, kept) = self.kept.range(..=number).next_back()?;
        (number <= kept.through).then_some((*first, kept.through))
    }

    fn remove(&mut self, number: u64) -> io::Result<()> {
        let Some(kept) = self.kept.get(&number).copied() else { return Ok(()) };
        fs::remove_file(self.path(number, kept.through))?;
        self.forget(number);
        Ok(())
    }

    fn forget(&mut self, number: u64) {
        if let Some(kept) = self.kept.remove(&number) {
            self.bytes -= kept.bytes;
        }
    }

    fn path(&self, number: u64, through: u64) -> PathBuf {
        self.folder.join(file_name(number, through))
    }

    fn disk(&self, source: io::Error) -> SpoolError {
        SpoolError::Disk { folder: self.folder.clone(), source }
    }
}

/// First and last numbers of the batches that an agent left in a folder, in order; one that is a part of another is left out.
///
/// # Errors
/// The folder can't be read.
pub fn left(folder: &Path) -> io::Result<Vec<(u64, u64)>> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder)? {
        all.extend(numbers(&entry?.file_name().to_string_lossy()));
    }
    all.sort_by_key(|(number, through)| (*number, std::cmp::Reverse(*through)));
    let mut last = 0;
    all.retain(|(_, through)| {
        let is_new = *through > last;
        last = last.max(*through);
        is_new
    });
    Ok(all)
}

/// A batch that an agent left in a folder; `None`: it isn't whole.
///
/// # Errors
/// The file can't be read.
pub fn left_batch(folder: &Path, number: u64, through: u64) -> io::Result<Option<Batch>> {
    let text = fs::read_to_string(folder.join(file_name(number, through)))?;
    Ok(parse(number, through, &text))
}

fn file_name(number: u64, through: u64) -> String {
    format!("{number:020}-{through:020}")
}

fn numbers(name: &str) -> Option<(u64, u64)> {
    let (number, through) = name.split_once('-')?;
    Some((number.parse().ok()?, through.parse().ok()?))
}

fn written(instance: &str, complete: Option<u64>, lines: &str) -> String {
    let complete = complete.map_or_else(|| "-".to_owned(), |second| second.to_string());
    format!("{MAGIC} {instance} {complete} {}\n{lines}", lines.len())
}

/// The batch of a file; `None` when it isn't whole.
fn parse(number: u64, through: u64, text: &str) -> Option<Batch> {
    let (head, lines) = text.split_once('\n')?;
    let mut words = head.strip_prefix(MAGIC)?.split_whitespace();
    let (instance, complete, length) = (words.next()?, words.next()?, words.next()?);
    let complete = if complete == "-" { None } else { Some(complete.parse().ok()?) };
    let is_whole = length.parse() == Ok(lines.len());
    is_whole.then(|| Batch { instance: instance.to_owned(), number, through, complete, lines: lines.to_owned() })
}

#[cfg(test)]
mod tests;
