//! Several runs of one plan as a terminal's tables, JSON and Markdown. As with findings, nothing is computed here: the value has it.

mod markdown;
mod terminal;

pub use markdown::write as markdown;
pub use terminal::write as terminal;

use crate::{WriteError, files::write_whole};
use std::{
    fs,
    path::{Path, PathBuf},
};
use verdict::{
    findings::{Length, RecoveryTimes},
    runs::Runs,
    words,
};

/// Where the files about several runs are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenRuns {
    /// The value, for programs: `runs.json`.
    pub json: PathBuf,
    /// The tables, to be pasted: `runs.md`.
    pub markdown: PathBuf,
}

/// Writes `runs.json` and `runs.md` into a directory; makes it where it is missing.
///
/// # Errors
/// At the first file that can't be written, with its path.
pub fn write_all(directory: &Path, runs: &Runs) -> Result<WrittenRuns, WriteError> {
    fs::create_dir_all(directory).map_err(|cause| WriteError::new(directory.to_owned(), cause))?;
    Ok(WrittenRuns {
        json: write_whole(directory.join("runs.json"), &json(runs))?,
        markdown: write_whole(directory.join("runs.md"), &markdown(runs))?,
    })
}

/// The value as JSON.
///
/// # Panics
/// Never: it is plain data.
#[must_use]
pub fn json(runs: &Runs) -> String {
    let mut text = serde_json::to_string_pretty(runs).expect("what is said of runs is plain JSON");
    text.push('\n');
    text
}

/// Titles of the columns of a distribution.
const TITLES: [&str; 8] = ["fault", "who", "known", "shortest", "median", "p90", "longest", "not recovered"];

/// What stands in them.
fn cells(runs: &Runs, one: &RecoveryTimes) -> [String; 8] {
    let length = |length: Option<Length>| length.map_or_else(|| "–".to_owned(), |length| words::duration(length.0));
    let who = runs.populations.get(one.population).map_or("?", String::as_str);
    [
        one.fault.clone(),
        format!("{who}, {}s", one.class),
        format!("{} of {}", words::count(one.known), words::count(one.outages)),
        length(one.shortest),
        one.p50.text.clone(),
        one.p90.text.clone(),
        length(one.longest),
        match (one.not_recovered, one.undecided) {
            (0, 0) => "–".to_owned(),
            (never, 0) => words::count(never),
            (never, untold) => format!("{}, {} untold", words::count(never), words::count(untold)),
        },
    ]
}
