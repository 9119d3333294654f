//! The knee, or the headroom, as a terminal's table, JSON and Markdown. As with findings, nothing is computed here: the value has it.

mod markdown;
mod terminal;

pub use markdown::write as markdown;
pub use terminal::{step_line, write as terminal};

use crate::{WriteError, files::write_whole};
use knee::{Knee, Step};
use std::{
    fs,
    path::{Path, PathBuf},
};
use units::RegionName;
use verdict::words;

/// Where a knee's files are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenKnee {
    /// The value, for programs: `knee.json` or `headroom.json`.
    pub json: PathBuf,
    /// The table, to be pasted: `knee.md` or `headroom.md`.
    pub markdown: PathBuf,
}

/// Writes the JSON and the Markdown into a directory, named after what was sought; makes it where it is missing.
///
/// # Errors
/// At the first file that can't be written, with its path.
pub fn write_all(directory: &Path, knee: &Knee) -> Result<WrittenKnee, WriteError> {
    let sought = knee.setting.faults.sought();
    fs::create_dir_all(directory).map_err(|cause| WriteError::new(directory.to_owned(), cause))?;
    Ok(WrittenKnee {
        json: write_whole(directory.join(format!("{sought}.json")), &json(knee))?,
        markdown: write_whole(directory.join(format!("{sought}.md")), &markdown(knee))?,
    })
}

/// The knee as JSON.
///
/// # Panics
/// Never: it is plain data.
#[must_use]
pub fn json(knee: &Knee) -> String {
    let mut text = serde_json::to_string_pretty(knee).expect("a knee is plain JSON");
    text.push('\n');
    text
}

/// The failed share of a step.
fn failed(step: &Step) -> String {
    step.failed_share.map_or_else(|| "–".to_owned(), words::share)
}

/// What a step has shown; a second try is marked.
fn seen(step: &Step) -> String {
    let second = if step.repeats { " (2nd)" } else { "" };
    format!("{}{second}", step.seen.as_str())
}

/// The region that a step lost.
fn lost(step: &Step) -> &str {
    step.lost.as_ref().map_or("–", RegionName::as_str)
}
