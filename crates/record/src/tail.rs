//! Reading a recording while it is being written, or as far as it got.
//!
//! The writer flushes each file on its own, so at any moment one is further than another. What is given is what a reader of the whole
//! recording would be given, in its order: an entry waits until all before it are there. In a damaged recording that may never be, so
//! from the first damage on nothing waits.
//!
//! ```text
//!   events     e0          e4 ┆             given now: 0 to 5
//!   intervals     i1 i2 i3    ┆ i5 i6 {"seq  6 waits for 5's neighbours, the torn line for its end
//! ```

use crate::{
    Entry, Integrity, Manifest, ReadError,
    bounds::Bounds,
    layout::GROWING,
    lines::Lines,
    recording::{read_manifest, read_plan},
};
use plan::resolved::ResolvedPlan;
use std::{
    collections::BTreeMap,
    fs::{File, TryLockError},
    io::{self, Cursor, Read},
    path::{Path, PathBuf},
};

/// A recording that may still grow.
#[derive(Debug)]
pub struct Tail {
    directory: PathBuf,
    manifest: Option<Manifest>,
    plan: ResolvedPlan,
    bounds: Bounds,
    files: [Growing; 3],
    /// What was read and waits for an earlier one, by its place in the recording.
    waiting: BTreeMap<u64, Entry>,
    /// The place of the next entry to be given.
    next: u64,
    integrity: Integrity,
}

/// One growing file.
#[derive(Debug)]
struct Growing {
    name: &'static str,
    /// `None` until it is there.
    file: Option<File>,
    lines: Lines<Cursor<Vec<u8>>>,
    /// What was read behind the last line end.
    torn: Vec<u8>,
}

impl Tail {
    /// Opens a run directory. Nothing of what happened is read yet.
    ///
    /// # Errors
    /// A directory that is no recording, a format that is newer, a resolved plan that can't be read.
    pub fn open(directory: &Path) -> Result<Self, ReadError> {
        let mut integrity = Integrity { complete: false, ..Integrity::default() };
        let manifest = read_manifest(directory, &mut integrity)?;
        let plan = read_plan(directory, manifest.as_ref(), &mut integrity)?;
        let files = GROWING.map(|name| Growing {
            name,
            file: None,
            lines: Lines::new(name, Cursor::default()),
            torn: Vec::new(),
        });
        Ok(Self {
            directory: directory.to_owned(),
            manifest: manifest.map(|file| file.manifest),
            bounds: Bounds::of(&plan),
            plan,
            files,
            waiting: BTreeMap::new(),
            next: 0,
            integrity,
        })
    }

    /// Who records it; `None` when `run.json` is damaged.
    #[must_use]
    pub fn manifest(&self) -> Option<&Manifest> {
        self.manifest.as_ref()
    }

    /// The resolved plan. Faults that are given while the run goes on come as events.
    #[must_use]
    pub fn plan(&self) -> &ResolvedPlan {
        &self.plan
    }

    /// Whether all that was given is whole, and whether that is all: [`Integrity::complete`] once the writer has closed every file.
    #[must_use]
    pub fn integrity(&self) -> &Integrity {
        &self.integrity
    }

    /// What was written since the last call and has everything before it, in order.
    ///
    /// # Errors
    /// What the operating system refuses. What could be read is given by the next call.
    pub fn read(&mut self) -> io::Result<Vec<Entry>> {
        for file in &mut self.files {
            file.read(&self.directory)?;
            while let Some((line, order, entry)) = file.lines.next(&mut self.integrity) {
                match self.bounds.check(&entry) {
                    Ok(()) => drop(self.waiting.insert(order, entry)),
                    Err(what) => self.integrity.damage(file.name, Some(line), what),
                }
            }
        }
        self.integrity.complete = self.files.iter().all(|file| file.lines.is_closed() && file.torn.is_empty());
        Ok(self.ready())
    }

    fn ready(&mut self) -> Vec<Entry> {
        let is_damaged = !self.integrity.damages.is_empty();
        let mut ready = Vec::new();
        while let Some(first) = self.waiting.first_entry().filter(|first| is_damaged || *first.key() == self.next) {
            self.next = *first.key() + 1;
            ready.push(first.remove());
        }
        ready
    }

    /// Whether a process writes this recording now. Where nothing can be locked that can't be known, and this says yes.
    ///
    /// # Errors
    /// A directory that can't be opened any more.
    pub fn has_writer(&self) -> io::Result<bool> {
        match File::open(&self.directory)?.try_lock_shared() {
            Ok(()) => Ok(false),
            Err(TryLockError::WouldBlock | TryLockError::Error(_)) => Ok(true),
        }
    }
}

impl Growing {
    /// Takes in what came since the last time, up to the last line end.
    fn read(&mut self, directory: &Path) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            None => match File::open(directory.join(self.name)) {
                Ok(file) => self.file.insert(file),
                // The writer makes one after another.
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
                Err(error) => return Err(error),
            },
        };
        let result = file.read_to_end(&mut self.torn);
        let whole = self.torn.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
        let rest = self.torn.split_off(whole);
        self.lines.go_on_with(Cursor::new(std::mem::replace(&mut self.torn, rest)));
        result.map(drop)
    }
}
