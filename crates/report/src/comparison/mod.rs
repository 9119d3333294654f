//! A comparison of deployments as a terminal's table, one HTML file, JSON and Markdown. As with findings, nothing is computed
//! here: each figure's text is in the value.

mod markdown;
mod terminal;

pub use markdown::write as markdown;
pub use terminal::write as terminal;

use crate::{WriteError, files::write_whole};
use compare::Comparison;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// The comparison as one HTML file.
#[must_use]
pub fn html(comparison: &Comparison) -> String {
    crate::html::comparison::write(comparison)
}

/// Where a comparison's files are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenComparison {
    /// The page, for people: `comparison.html`.
    pub html: PathBuf,
    /// The value, for programs: `comparison.json`.
    pub json: PathBuf,
    /// The table, to be pasted: `comparison.md`.
    pub markdown: PathBuf,
}

/// Writes `comparison.html`, `comparison.json` and `comparison.md` into a directory that is there.
///
/// # Errors
/// At the first file that can't be written, with its path.
pub fn write_all(directory: &Path, comparison: &Comparison) -> Result<WrittenComparison, WriteError> {
    fs::create_dir_all(directory).map_err(|cause| WriteError::new(directory.to_owned(), cause))?;
    Ok(WrittenComparison {
        json: write_whole(directory.join("comparison.json"), &json(comparison))?,
        html: write_whole(directory.join("comparison.html"), &html(comparison))?,
        markdown: write_whole(directory.join("comparison.md"), &markdown(comparison))?,
    })
}

/// The comparison as JSON.
///
/// # Panics
/// Never: it is plain data.
#[must_use]
pub fn json(comparison: &Comparison) -> String {
    let mut text = serde_json::to_string_pretty(comparison).expect("a comparison is plain JSON");
    text.push('\n');
    text
}

/// A run's own report, relative to the comparison.
pub(crate) fn report_of(folder: &str) -> String {
    format!("{folder}/report.html")
}
