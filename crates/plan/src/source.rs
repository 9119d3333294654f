//! The plan as the person wrote it: a name to show and a text.

use std::path::{Path, PathBuf};

/// A plan's text and the name of its file as the person gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The file's name as given; also where the files that the plan names are looked for (its folder).
    pub name: String,
    /// Its text.
    pub text: String,
}

/// A plan that can't be read.
#[derive(Debug, thiserror::Error)]
#[error("the plan {name:?} can't be read")]
pub struct SourceError {
    /// The file's name as given.
    pub name: String,
    /// Why.
    #[source]
    pub reason: std::io::Error,
}

impl Source {
    /// Reads the file with that name.
    ///
    /// # Errors
    /// [`SourceError`] when it isn't there, may not be read, or is no UTF-8 text.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, SourceError> {
        let path = path.as_ref();
        let name = path.display().to_string();
        match std::fs::read_to_string(path) {
            Ok(text) => Ok(Self { name, text }),
            Err(reason) => Err(SourceError { name, reason }),
        }
    }

    /// Where a file that the plan names is: relative names are relative to the plan's folder.
    pub(crate) fn beside(&self, file: &str) -> PathBuf {
        Path::new(&self.name).parent().map_or_else(|| PathBuf::from(file), |folder| folder.join(file))
    }

    /// The name of the file without folder and ending: the run's name where the plan gives none.
    pub(crate) fn stem(&self) -> String {
        let stem = Path::new(&self.name).file_stem().map(|stem| stem.to_string_lossy().into_owned());
        stem.filter(|stem| !stem.is_empty()).unwrap_or_else(|| "plan".to_owned())
    }
}
