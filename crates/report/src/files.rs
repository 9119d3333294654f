//! Writes all reports into a directory. Each file appears whole or not at all: it is written under another name beside
//! its place and then renamed, so that nobody opens half a report, and a full disk leaves the former one standing.

use crate::{
    html::{self, Interactive},
    json, junit, markdown,
};
use std::{
    fs, io,
    path::{Path, PathBuf},
};
use verdict::Findings;

/// Where the reports are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The page, for people: `report.html`.
    pub html: PathBuf,
    /// The findings, for programs: `report.json`.
    pub json: PathBuf,
    /// For CI's test tab: `junit.xml`.
    pub junit: PathBuf,
    /// For CI's job summary: `summary.md`.
    pub markdown: PathBuf,
}

impl Written {
    fn into(directory: &Path) -> Self {
        let path = |name: &str| directory.join(name);
        Self {
            html: path("report.html"),
            json: path("report.json"),
            junit: path("junit.xml"),
            markdown: path("summary.md"),
        }
    }

    /// The reports that are in a directory already; `None` where one is missing.
    #[must_use]
    pub fn found(directory: &Path) -> Option<Self> {
        let written = Self::into(directory);
        let all = [&written.html, &written.json, &written.junit, &written.markdown];
        let is_whole = all.into_iter().all(|path| path.is_file());
        is_whole.then_some(written)
    }
}

/// A report could not be written.
#[derive(Debug, thiserror::Error)]
#[error("can't write the report to {}", .path.display())]
pub struct WriteError {
    /// Which file.
    path: PathBuf,
    #[source]
    cause: io::Error,
}

impl WriteError {
    pub(crate) fn new(path: PathBuf, cause: io::Error) -> Self {
        Self { path, cause }
    }

    /// The file that could not be written.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Writes `report.html`, `report.json`, `junit.xml` and `summary.md`; makes the directory where it is missing. With
/// `interactive` the page has the live page in it.
///
/// # Errors
///
/// At the first file that can't be written, with its path. Files before it are there, those after it are as they were.
pub fn write_all(
    directory: &Path,
    findings: &Findings,
    interactive: Option<&Interactive<'_>>,
) -> Result<Written, WriteError> {
    fs::create_dir_all(directory).map_err(|cause| WriteError { path: directory.to_owned(), cause })?;
    let page = interactive.map_or_else(|| html::write(findings), |layer| html::write_interactive(findings, layer));
    let Written { html, json, junit, markdown } = Written::into(directory);
    Ok(Written {
        json: write_whole(json, &json::write(findings))?,
        html: write_whole(html, &page)?,
        junit: write_whole(junit, &junit::write(findings))?,
        markdown: write_whole(markdown, &markdown::write(findings))?,
    })
}

pub(crate) fn write_whole(path: PathBuf, text: &str) -> Result<PathBuf, WriteError> {
    let draft = path.with_added_extension("part");
    let written = fs::write(&draft, text).and_then(|()| fs::rename(&draft, &path));
    if let Err(cause) = written {
        // The draft may not even exist; what went wrong first is what gets reported.
        let _ = fs::remove_file(&draft);
        return Err(WriteError { path, cause });
    }
    Ok(path)
}
