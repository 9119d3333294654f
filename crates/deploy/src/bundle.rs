//! Files to be written, and a folder into which they go without destroying what somebody changed there.
//!
//! Writing twice is the same as writing once. A file that is there with another text is somebody's work, or belongs to
//! another fleet: nothing at all is written then, and the files are named, unless the caller says that they may go.
//! Files that are in the folder and not in the bundle are left alone and named: they may belong to a region that is no
//! longer in the fleet, and whether it still runs is not known here.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Files by their path in the folder.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bundle {
    files: BTreeMap<PathBuf, String>,
}

/// What writing came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Written {
    /// Files that were not there.
    pub created: Vec<PathBuf>,
    /// Files that had another text.
    pub replaced: Vec<PathBuf>,
    /// How many were there already, as they should be.
    pub kept: usize,
    /// Files of the folder that are not in the bundle.
    pub foreign: Vec<PathBuf>,
}

/// Why a bundle was not written.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// Somebody's changes would be lost; nothing was written.
    #[error("{} of the files are there with another text: {}", .0.len(), names(.0))]
    Differs(Vec<PathBuf>),
    /// A file can't be read or written.
    #[error("{path} can't be read or written", path = path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

impl Bundle {
    /// Adds a file.
    ///
    /// # Panics
    /// When there is one with that path already: two parts of the bundle would mean the same file.
    pub fn add(&mut self, path: impl Into<PathBuf>, text: String) {
        let path = path.into();
        let twice = self.files.insert(path.clone(), text).is_some();
        assert!(!twice, "{} is written once", path.display());
    }

    /// The files, sorted by path.
    pub fn files(&self) -> impl Iterator<Item = (&Path, &str)> {
        self.files.iter().map(|(path, text)| (path.as_path(), text.as_str()))
    }

    /// Writes all files that are not there yet; those that are there with another text only with `force`.
    ///
    /// # Errors
    /// When a file has another text and `force` is not given: nothing is written then. When the file system fails.
    pub fn write(&self, folder: &Path, force: bool) -> Result<Written, BundleError> {
        let mut written = Written { foreign: self.foreign(folder)?, ..Written::default() };
        for (path, text) in &self.files {
            let place = folder.join(path);
            match fs::read(&place) {
                Ok(present) if present == text.as_bytes() => written.kept += 1,
                Ok(_) => written.replaced.push(path.clone()),
                Err(error) if error.kind() == io::ErrorKind::NotFound => written.created.push(path.clone()),
                Err(source) => return Err(BundleError::File { path: place, source }),
            }
        }
        if !force && !written.replaced.is_empty() {
            return Err(BundleError::Differs(written.replaced));
        }
        for path in written.created.iter().chain(&written.replaced) {
            write(&folder.join(path), &self.files[path])?;
        }
        Ok(written)
    }

    fn foreign(&self, folder: &Path) -> Result<Vec<PathBuf>, BundleError> {
        let mut found = Vec::new();
        let mut folders = vec![folder.to_owned()];
        while let Some(next) = folders.pop() {
            let entries = match fs::read_dir(&next) {
                Ok(entries) => entries,
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(source) => return Err(BundleError::File { path: next, source }),
            };
            for entry in entries {
                let entry = entry.map_err(|source| BundleError::File { path: next.clone(), source })?;
                let path = entry.path();
                let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
                let inner = path.strip_prefix(folder).unwrap_or(&path).to_owned();
                if is_folder {
                    folders.push(path);
                } else if !self.files.contains_key(&inner) {
                    found.push(inner);
                }
            }
        }
        found.sort();
        Ok(found)
    }
}

/// Writes a file beside its place first, so that a reader sees the old text or the new one.
fn write(place: &Path, text: &str) -> Result<(), BundleError> {
    let failed = |source| BundleError::File { path: place.to_owned(), source };
    let folder = place.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(failed)?;
    let mut part = place.as_os_str().to_owned();
    part.push(".part");
    fs::write(&part, text).map_err(failed)?;
    fs::rename(&part, place).map_err(failed)
}

fn names(paths: &[PathBuf]) -> String {
    paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    //! A folder written twice, changed by somebody, and written again.
    #![expect(clippy::unwrap_used, reason = "tests may panic")]

    use super::*;

    fn bundle() -> Bundle {
        let mut bundle = Bundle::default();
        bundle.add("a/one.yaml", "1\n".to_owned());
        bundle.add("two.yaml", "2\n".to_owned());
        bundle
    }

    #[test]
    fn writing_twice_is_writing_once() {
        let folder = tempfile::tempdir().unwrap();
        let first = bundle().write(folder.path(), false).unwrap();
        assert_eq!(first.created.len(), 2);
        let second = bundle().write(folder.path(), false).unwrap();
        assert_eq!(second, Written { kept: 2, ..Written::default() });
    }

    #[test]
    fn what_somebody_changed_stays_and_nothing_else_is_written() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("a")).unwrap();
        fs::write(folder.path().join("a/one.yaml"), "mine\n").unwrap();
        let error = bundle().write(folder.path(), false).unwrap_err();
        assert_eq!(error.to_string(), "1 of the files are there with another text: a/one.yaml");
        assert!(!folder.path().join("two.yaml").exists());
        let forced = bundle().write(folder.path(), true).unwrap();
        assert_eq!((forced.created.len(), forced.replaced.len()), (1, 1));
        assert_eq!(fs::read_to_string(folder.path().join("a/one.yaml")).unwrap(), "1\n");
    }

    #[test]
    fn files_that_are_not_ours_are_named_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("old-region")).unwrap();
        fs::write(folder.path().join("old-region/agents.yaml"), "x\n").unwrap();
        let written = bundle().write(folder.path(), true).unwrap();
        assert_eq!(written.foreign, [PathBuf::from("old-region/agents.yaml")]);
        assert!(folder.path().join("old-region/agents.yaml").exists());
    }
}
