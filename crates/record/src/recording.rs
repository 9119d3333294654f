//! A recording as read back, whatever state it is in.

use crate::{
    Entry, Event, EventKind, Manifest,
    bounds::Bounds,
    layout::{GROWING, PLAN, RESOLVED, RUN},
    lines::{self, Lines},
    manifest::{self, ManifestFault, ManifestFile},
    version::{RECORDING, Version},
};
use plan::resolved::{self, Fault, ResolvedPlan};
use std::{
    fs,
    io::BufReader,
    path::{Path, PathBuf},
};

/// Everything that is known of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Recording {
    /// Who recorded it; `None` when `run.json` is damaged.
    pub manifest: Option<Manifest>,
    /// The plan's text; `None` when `plan.yaml` is missing.
    pub plan_text: Option<String>,
    /// The resolved plan, with the faults that were given while the run went on.
    pub plan: ResolvedPlan,
    /// What happened, in the order in which it was recorded. Populations, regions and steps exist in the plan.
    pub entries: Vec<Entry>,
    /// Whether that is all.
    pub integrity: Integrity,
}

/// Whether a recording is whole.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Integrity {
    /// Every file was closed by its writer. `false` after a crash; what was recorded before it can be read.
    pub complete: bool,
    /// What is wrong, file by file, at most [`Self::DAMAGES_MAX`].
    pub damages: Vec<Damage>,
    /// Damages beyond that number.
    pub damages_omitted: u64,
}

/// Something that is wrong with a recording, beyond its merely ending too early.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// The file inside of the run directory.
    pub file: String,
    /// The line, from 1; `None`: the file as a whole.
    pub line: Option<u64>,
    /// What is wrong.
    pub what: String,
}

/// Why a directory can't be read as a recording at all.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// It holds none of a recording's files.
    #[error("{} is no recording: it has neither run.json nor resolved.json", .directory.display())]
    NotARecording {
        /// The directory.
        directory: PathBuf,
    },
    /// It was written by a Landfall whose format this one doesn't know.
    #[error(
        "{} has format {found}, this Landfall reads {known}: use the Landfall that recorded it, or a newer one",
        .path.display()
    )]
    Newer {
        /// The file that says so.
        path: PathBuf,
        /// Its version.
        found: String,
        /// What is known.
        known: String,
    },
    /// Without its plan a recording means nothing.
    #[error("{} can't be read, and without it the recording means nothing: {reason}", .path.display())]
    NoPlan {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}

impl Recording {
    /// Reads a run directory. Takes time and memory in proportion to its size.
    ///
    /// # Errors
    /// A directory that is no recording, a format that is newer, a resolved plan that can't be read. Any other damage is
    /// told in [`Recording::integrity`], and what is left is read.
    pub fn read(directory: &Path) -> Result<Self, ReadError> {
        let mut integrity = Integrity { complete: true, ..Integrity::default() };
        let manifest = read_manifest(directory, &mut integrity)?;
        let mut plan = read_plan(directory, manifest.as_ref(), &mut integrity)?;
        let plan_text = read_plan_text(directory, manifest.as_ref(), &mut integrity);
        let bounds = Bounds::of(&plan);
        let mut ordered = Vec::new();
        for name in GROWING {
            read_lines(directory, name, &bounds, &mut ordered, &mut integrity);
        }
        // Each file is in order already, which this sort makes use of.
        ordered.sort_by_key(|(order, _)| *order);
        if !integrity.complete && integrity.damages.is_empty() {
            ordered.truncate(without_hole(ordered.iter().map(|(order, _)| *order)));
        }
        let entries: Vec<Entry> = ordered.into_iter().map(|(_, entry)| entry).collect();
        add_given(&mut plan, &entries);
        Ok(Self { manifest: manifest.map(|file| file.manifest), plan_text, plan, entries, integrity })
    }

    /// A recording that never was on a disk, complete when its last entry ends the run.
    #[must_use]
    pub fn in_memory(manifest: Manifest, mut plan: ResolvedPlan, entries: Vec<Entry>) -> Self {
        add_given(&mut plan, &entries);
        let ended = |entry: &Entry| matches!(entry, Entry::Event(event) if event.kind == EventKind::RunEnded);
        let integrity = Integrity { complete: entries.last().is_some_and(ended), ..Integrity::default() };
        Self { manifest: Some(manifest), plan_text: None, plan, entries, integrity }
    }
}

impl Integrity {
    /// The most damages that are listed.
    pub const DAMAGES_MAX: usize = 1_000;

    /// Whether everything that was recorded is there.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.complete && self.damages.is_empty()
    }

    /// Adds a damage.
    pub(crate) fn damage(&mut self, file: &str, line: Option<u64>, what: impl Into<String>) {
        if self.damages.len() < Self::DAMAGES_MAX {
            self.damages.push(Damage { file: file.to_owned(), line, what: what.into() });
        } else {
            self.damages_omitted += 1;
        }
    }
}

/// Adds the faults that were given while the run went on, in order of time: they are judged as those that were planned.
pub(crate) fn add_given(plan: &mut ResolvedPlan, entries: &[Entry]) {
    let given = entries.iter().filter_map(|entry| match entry {
        Entry::Event(Event { kind: EventKind::FaultGiven(fault), .. }) => Some(Fault::clone(fault)),
        _ => None,
    });
    plan.faults.extend(given);
    plan.faults.sort_by_key(|fault| fault.at);
}

/// How many of these entries, in order, have all earlier ones before them. A crash leaves one file further than another: what stands
/// behind the first entry that is missing would claim more than is known.
pub(crate) fn without_hole(orders: impl Iterator<Item = u64>) -> usize {
    orders.zip(0..).take_while(|(order, expected)| order == expected).count()
}

pub(crate) fn read_manifest(directory: &Path, integrity: &mut Integrity) -> Result<Option<ManifestFile>, ReadError> {
    let path = directory.join(RUN);
    let Ok(bytes) = fs::read(&path) else {
        if !directory.join(RESOLVED).exists() {
            return Err(ReadError::NotARecording { directory: directory.to_owned() });
        }
        integrity.damage(RUN, None, "missing");
        return Ok(None);
    };
    match manifest::read(&bytes) {
        Ok(file) => Ok(Some(file)),
        Err(ManifestFault::Newer { found }) => Err(ReadError::Newer { path, found, known: RECORDING.to_string() }),
        Err(ManifestFault::Damaged(what)) => {
            integrity.damage(RUN, None, what);
            Ok(None)
        }
    }
}

pub(crate) fn read_plan(
    directory: &Path,
    manifest: Option<&ManifestFile>,
    integrity: &mut Integrity,
) -> Result<ResolvedPlan, ReadError> {
    let path = directory.join(RESOLVED);
    let no_plan = |reason: String| ReadError::NoPlan { path: path.clone(), reason };
    let bytes = fs::read(&path).map_err(|error| no_plan(error.to_string()))?;
    if manifest.is_some_and(|file| !file.fits_resolved_json(&bytes)) {
        integrity.damage(RESOLVED, None, "changed since the run: its checksum in run.json does not fit");
    }
    let value: serde_json::Value = serde_json::from_slice(&bytes).map_err(|error| no_plan(error.to_string()))?;
    let found = value.get("format").and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
    let known = Version::parse(resolved::FORMAT).expect("the plan's own format is a version");
    match Version::parse(&found) {
        Some(written) if known.reads(written) => {}
        Some(_) => return Err(ReadError::Newer { path, found, known: known.to_string() }),
        None => return Err(no_plan(format!("it says format {found:?}"))),
    }
    serde_json::from_value(value).map_err(|error| no_plan(error.to_string()))
}

pub(crate) fn read_plan_text(
    directory: &Path,
    manifest: Option<&ManifestFile>,
    integrity: &mut Integrity,
) -> Option<String> {
    let bytes = match fs::read(directory.join(PLAN)) {
        Ok(bytes) => bytes,
        Err(error) => {
            integrity.damage(PLAN, None, lines::unreadable(&error));
            return None;
        }
    };
    if manifest.is_some_and(|file| !file.fits_plan_yaml(&bytes)) {
        integrity.damage(PLAN, None, "changed since the run: its checksum in run.json does not fit");
    }
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

fn read_lines(
    directory: &Path,
    name: &str,
    bounds: &Bounds,
    ordered: &mut Vec<(u64, Entry)>,
    integrity: &mut Integrity,
) {
    let file = match fs::File::open(directory.join(name)) {
        Ok(file) => file,
        Err(error) => {
            integrity.complete = false;
            integrity.damage(name, None, lines::unreadable(&error));
            return;
        }
    };
    let mut lines = Lines::new(name, BufReader::with_capacity(1 << 16, file));
    while let Some((line, order, entry)) = lines.next(integrity) {
        match bounds.check(&entry) {
            Ok(()) => ordered.push((order, entry)),
            Err(what) => integrity.damage(name, Some(line), what),
        }
    }
    integrity.complete &= lines.is_closed();
}
