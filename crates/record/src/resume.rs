//! Going on with a recording whose writer was killed.
//!
//! A crash leaves a line in part, and one file further than another. What counts is the longest beginning of the recording in which no
//! entry is missing; what stands behind it is cut off. A batch of an agent counts as a whole: it begins with an entry that says how many
//! follow ([`AgentNews::Batch`]), and one that is there in part is cut off with that entry. So whoever asks the agent for everything
//! behind its last batch gets each exactly once, wherever the writer died.
//!
//! ```text
//!   events     e0          e4                   e9 ┆
//!   intervals     b1 i2 i3    b5 i6 i7             ┆ i10 {"seq":…          b1: two entries, i2 and i3
//!   ledger                             (l8 is lost) ┆                       b5: three entries, i6, i7 and l8
//!                             ▲
//!                             └── cut here: the third entry of b5 is not there
//! ```
//!
//! What a writer had said was on the disk ([`crate::Writer::sync`]) is never cut off. A recording that was ended, one that is being
//! written, a damaged one and one of another version are refused.

use crate::{
    AgentEntry, AgentNews, Entry, Integrity, ReadError, Recording, Writer,
    layout::GROWING,
    line_file::LineFile,
    lines::Lines,
    recording::{add_given, read_manifest, read_plan, read_plan_text, without_hole},
    version::RECORDING,
};
use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{self, BufReader, Seek as _},
    path::{Path, PathBuf},
};

/// Why somebody can't go on with a recording.
#[derive(Debug, thiserror::Error)]
pub enum ResumeError {
    /// It can't be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// Its writer lives.
    #[error("{} is being written by another process", .directory.display())]
    Busy {
        /// The directory.
        directory: PathBuf,
    },
    /// There is nothing to go on with.
    #[error("the recording in {} was ended", .directory.display())]
    Ended {
        /// The directory.
        directory: PathBuf,
    },
    /// More happened to it than a crash.
    #[error("the recording in {} is damaged, and can only be judged as it is: {what}", .directory.display())]
    Damaged {
        /// The directory.
        directory: PathBuf,
        /// The first damage.
        what: String,
    },
    /// Another Landfall recorded it.
    #[error("the recording in {} has format {found}, this Landfall writes {known}: use the Landfall that recorded it", .directory.display())]
    Version {
        /// The directory.
        directory: PathBuf,
        /// Its version.
        found: String,
        /// Ours.
        known: String,
    },
    /// The operating system refuses.
    #[error("can't go on with {}", .path.display())]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// One growing file as it was left.
#[derive(Debug)]
struct Left {
    path: PathBuf,
    /// Place in the recording, and where its line begins.
    entries: Vec<(u64, u64, Entry)>,
    /// Where the last whole line ends.
    end: u64,
}

/// Opens a recording that was not ended, to go on with it: gives what is in it, and the writer that writes behind it. Everything in it is
/// on the disk when this returns.
///
/// # Errors
/// See [`ResumeError`]; nothing was changed then.
pub fn resume(directory: &Path) -> Result<(Writer, Recording), ResumeError> {
    let directory = directory.to_owned();
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| ResumeError::Io { path, source }
    };
    let mut integrity = Integrity { complete: true, ..Integrity::default() };
    let manifest = read_manifest(&directory, &mut integrity)?;
    let mut plan = read_plan(&directory, manifest.as_ref(), &mut integrity)?;
    let plan_text = read_plan_text(&directory, manifest.as_ref(), &mut integrity);
    if let Some(found) =
        manifest.as_ref().map(|file| file.format.clone()).filter(|found| *found != RECORDING.to_string())
    {
        return Err(ResumeError::Version { directory, found, known: RECORDING.to_string() });
    }
    let lock = File::open(&directory).map_err(failed(&directory))?;
    match lock.try_lock() {
        Err(TryLockError::WouldBlock) => return Err(ResumeError::Busy { directory }),
        // Where nothing can be locked, nobody is kept out.
        Err(TryLockError::Error(_)) | Ok(()) => {}
    }
    let left: Vec<Left> = GROWING.iter().map(|name| read(&directory, name, &mut integrity)).collect();
    if integrity.complete {
        return Err(ResumeError::Ended { directory });
    }
    if let Some(damage) = integrity.damages.first() {
        return Err(ResumeError::Damaged { directory, what: format!("{} ({})", damage.what, damage.file) });
    }
    let mut all: Vec<(u64, &Entry)> =
        left.iter().flat_map(|file| &file.entries).map(|(order, _, entry)| (*order, entry)).collect();
    all.sort_by_key(|(order, _)| *order);
    let order = whole(&all);
    let entries: Vec<Entry> = all[..order as usize].iter().map(|(_, entry)| Entry::clone(entry)).collect();
    add_given(&mut plan, &entries);
    let files: Result<Vec<_>, _> = left.iter().map(|file| cut(file, order).map_err(failed(&file.path))).collect();
    let files = files?.try_into().expect("as many files as were read");
    let recording = Recording { manifest: manifest.map(|file| file.manifest), plan_text, plan, entries, integrity };
    Ok((Writer::behind(directory, lock, files, order), recording))
}

/// How many entries there are without a hole, and without a batch in part.
fn whole(entries: &[(u64, &Entry)]) -> u64 {
    let until = without_hole(entries.iter().map(|(order, _)| *order));
    let batch = |(at, (_, entry)): (usize, &(u64, &Entry))| match entry {
        Entry::Agent(AgentEntry { news: AgentNews::Batch { entries, .. }, .. }) => Some((at, *entries)),
        _ => None,
    };
    // Batches lie behind each other, so only the last can be there in part.
    match entries[..until].iter().enumerate().rev().find_map(batch) {
        Some((at, length)) if at as u64 + length >= until as u64 => at as u64,
        _ => until as u64,
    }
}

fn read(directory: &Path, name: &str, integrity: &mut Integrity) -> Left {
    let path = directory.join(name);
    let mut left = Left { path, entries: Vec::new(), end: 0 };
    let file = match File::open(&left.path) {
        Ok(file) => file,
        Err(error) => {
            integrity.complete = false;
            integrity.damage(name, None, crate::lines::unreadable(&error));
            return left;
        }
    };
    let mut lines = Lines::new(name, BufReader::with_capacity(1 << 16, file));
    while let Some((_, order, entry)) = lines.next(integrity) {
        left.entries.push((order, left.end, entry));
        left.end = lines.position();
    }
    // Without damage a closing line is all that is read without giving an entry.
    integrity.complete &= lines.is_closed();
    left
}

/// Cuts a file off before the entry of that place in the recording; goes on behind what is left.
fn cut(left: &Left, order: u64) -> io::Result<LineFile<File>> {
    let kept = left.entries.partition_point(|(at, ..)| *at < order);
    let end = left.entries.get(kept).map_or(left.end, |(_, begins, _)| *begins);
    let mut file = OpenOptions::new().write(true).open(&left.path)?;
    file.set_len(end)?;
    file.sync_all()?;
    file.seek(io::SeekFrom::Start(end))?;
    Ok(LineFile::behind(file, kept as u64))
}
