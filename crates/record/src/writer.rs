//! Writing a recording while the run goes on.
//!
//! [`Writer::flush`] hands everything to the operating system, so a crash of this process after it loses nothing. [`Writer::sync`]
//! waits for the disk as well, so a machine that loses its power after it loses nothing either. Who must not stall with the disk
//! calls both from a thread of their own.

use crate::{
    Entry, Manifest,
    format::Content,
    layout::{GROWING, PLAN, RESOLVED, RUN, index_of},
    line_file::LineFile,
    manifest,
};
use plan::resolved::ResolvedPlan;
use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

/// Writes a run directory.
#[derive(Debug)]
pub struct Writer {
    directory: PathBuf,
    files: [LineFile<File>; 3],
    /// The next entry's number.
    order: u64,
    finished: bool,
    /// The run directory, locked while this writes.
    _lock: File,
}

/// Why a recording can't be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// Something is there already.
    #[error("{} already holds something: name another directory for the recording, or remove this one", .directory.display())]
    NotEmpty {
        /// The directory.
        directory: PathBuf,
    },
    /// The operating system refuses, for example because the disk is full.
    #[error("can't write {}", .path.display())]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The recording was closed by [`Writer::finish`] before.
    #[error("the recording in {} is closed already", .directory.display())]
    Finished {
        /// The directory.
        directory: PathBuf,
    },
}

impl Writer {
    /// Begins a recording: creates the directory (with its parents) and writes everything that doesn't grow.
    ///
    /// # Errors
    /// A directory that holds something already, and whatever the operating system refuses.
    pub fn create(
        directory: &Path,
        manifest: &Manifest,
        plan_text: &str,
        plan: &ResolvedPlan,
    ) -> Result<Self, WriteError> {
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source| WriteError::Io { path, source }
        };
        fs::create_dir_all(directory).map_err(failed(directory))?;
        if fs::read_dir(directory).map_err(failed(directory))?.next().is_some() {
            return Err(WriteError::NotEmpty { directory: directory.to_owned() });
        }
        let resolved = serde_json::to_vec_pretty(plan).expect("a resolved plan is always JSON");
        let run = manifest::write(manifest, plan, plan_text.as_bytes(), &resolved);
        for (name, bytes) in [(PLAN, plan_text.as_bytes()), (RESOLVED, &resolved), (RUN, &run)] {
            let path = directory.join(name);
            write_synced(&path, bytes).map_err(failed(&path))?;
        }
        let open = |name: &str| {
            let path = directory.join(name);
            File::create_new(&path).map(LineFile::new).map_err(failed(&path))
        };
        let [events, intervals, ledger] = GROWING;
        let files = [open(events)?, open(intervals)?, open(ledger)?];
        let folder = File::open(directory).map_err(failed(directory))?;
        // The files' names are the directory's, which has a place on the disk of its own.
        folder.sync_all().map_err(failed(directory))?;
        // It was empty: whoever has locked it meanwhile waits for nothing.
        let _ = folder.try_lock();
        Ok(Self { directory: directory.to_owned(), files, order: 0, finished: false, _lock: folder })
    }

    /// Goes on with what [`crate::resume()`] found.
    pub(crate) fn behind(directory: PathBuf, lock: File, files: [LineFile<File>; 3], order: u64) -> Self {
        Self { directory, files, order, finished: false, _lock: lock }
    }

    /// Adds an entry. It is buffered: after an error it is still there and written with the next attempt, unless so much
    /// is waiting that it had to be dropped (which the reader notices).
    ///
    /// # Errors
    /// What the operating system refuses, and a recording that is closed.
    pub fn append(&mut self, entry: &Entry) -> Result<(), WriteError> {
        if self.finished {
            return Err(WriteError::Finished { directory: self.directory.clone() });
        }
        let (index, order) = (index_of(entry), self.order);
        self.order += 1;
        self.files[index].append(order, Content::of(entry)).map_err(|source| self.failed(index, source))
    }

    /// Adds an entry whose line came with it ([`crate::batch::read_lines`]): the line is recorded as it is, but for its numbers.
    ///
    /// # Errors
    /// Those of [`Self::append`].
    pub fn append_line(&mut self, entry: &Entry, line: &str) -> Result<(), WriteError> {
        if self.finished {
            return Err(WriteError::Finished { directory: self.directory.clone() });
        }
        let (index, order) = (index_of(entry), self.order);
        self.order += 1;
        self.files[index].append_line(order, line).map_err(|source| self.failed(index, source))
    }

    /// Hands everything to the operating system: once per tick.
    ///
    /// # Errors
    /// What the operating system refuses; the other files are flushed nevertheless.
    pub fn flush(&mut self) -> Result<(), WriteError> {
        self.each(LineFile::flush)
    }

    /// Hands everything to the operating system and waits until it is on the disk.
    ///
    /// # Errors
    /// What the operating system refuses; the other files are written nevertheless.
    pub fn sync(&mut self) -> Result<(), WriteError> {
        self.each(LineFile::sync)
    }

    /// Writes the closing line of each file and waits for the disk. May be called again after an error.
    ///
    /// # Errors
    /// What the operating system refuses; the other files are closed nevertheless.
    pub fn finish(&mut self) -> Result<(), WriteError> {
        self.finished = true;
        let order = self.order;
        self.each(|file| {
            file.close(order)?;
            file.sync()
        })
    }

    /// The run directory.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Does something to every file, also after an error; gives the first one.
    fn each(&mut self, act: impl Fn(&mut LineFile<File>) -> io::Result<()>) -> Result<(), WriteError> {
        let results: Vec<_> = self.files.iter_mut().map(act).enumerate().collect();
        let first = results.into_iter().find_map(|(index, result)| result.err().map(|source| (index, source)));
        first.map_or(Ok(()), |(index, source)| Err(self.failed(index, source)))
    }

    fn failed(&self, index: usize, source: io::Error) -> WriteError {
        WriteError::Io { path: self.directory.join(GROWING[index]), source }
    }
}

fn write_synced(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create_new(path)?;
    io::Write::write_all(&mut file, bytes)?;
    file.sync_all()
}
