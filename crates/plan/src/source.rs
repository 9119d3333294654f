//! The plan as the person wrote it, and the files that it names: the only place of this crate that reads files.

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

    /// The name of the file without folder and ending: the run's name where the plan gives none.
    pub(crate) fn stem(&self) -> String {
        let stem = Path::new(&self.name).file_stem().map(|stem| stem.to_string_lossy().into_owned());
        stem.filter(|stem| !stem.is_empty()).unwrap_or_else(|| "plan".to_owned())
    }
}

/// A file that the plan names.
#[derive(Debug)]
pub(crate) struct NamedFile(PathBuf);

impl NamedFile {
    /// Relative names are relative to the plan's folder.
    pub(crate) fn beside(source: &Source, name: &str) -> Self {
        Self(Path::new(&source.name).parent().map_or_else(|| PathBuf::from(name), |folder| folder.join(name)))
    }

    /// Where it was looked for, as a hint.
    pub(crate) fn looked_for(&self) -> String {
        format!("it was looked for at {}; names are relative to the plan's folder", self.0.display())
    }

    /// Its text; the error says what is wrong with the file.
    pub(crate) fn read(&self, bytes_max: u64) -> Result<String, String> {
        let said = |error: std::io::Error| match error.kind() {
            std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
            std::io::ErrorKind::PermissionDenied => "it may not be read".to_owned(),
            std::io::ErrorKind::InvalidData => "it is no UTF-8 text".to_owned(),
            _ => error.to_string(),
        };
        let properties = std::fs::metadata(&self.0).map_err(said)?;
        if !properties.is_file() {
            return Err("it is no file".to_owned());
        }
        if properties.len() > bytes_max {
            return Err(format!("it has {} bytes, at most {bytes_max} are read", properties.len()));
        }
        std::fs::read_to_string(&self.0).map_err(said)
    }
}
