//! The repository as one value: what the rules look at.

use super::dependencies::{Member, Package, members_of, packages_of};
use super::source::RustSource;
use crate::failure::Failure;
use crate::workspace::Workspace;

/// A text file under version control, or about to be.
#[derive(Debug, Clone)]
pub(super) struct TextFile {
    /// Relative to the root, with `/` between folders.
    pub(super) path: String,
    pub(super) text: String,
}

impl TextFile {
    /// Lines with their numbers, from 1.
    pub(super) fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(index, line)| (index + 1, line))
    }

    pub(super) fn file_name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }
}

/// Everything that is checked, read once.
#[derive(Debug, Default)]
pub(super) struct Repository {
    /// Every text file. Files that are not UTF-8 (pictures) are left out.
    pub(super) files: Vec<TextFile>,
    /// The Rust files among them, with their code told from their comments and their tests from the rest.
    pub(super) sources: Vec<RustSource>,
    /// Names of all files, also of those that are not text, for links.
    pub(super) paths: Vec<String>,
    /// The workspace's own packages.
    pub(super) members: Vec<Member>,
    /// All packages that are compiled for this machine.
    pub(super) packages: Vec<Package>,
}

impl Repository {
    /// Reads the work tree and asks cargo.
    pub(super) fn read(workspace: &Workspace) -> Result<Self, Failure> {
        let paths = workspace.files()?;
        let mut files = Vec::new();
        for path in &paths {
            let bytes = std::fs::read(workspace.root().join(path))
                .map_err(|error| Failure::Blocked(format!("{path} could not be read: {error}")))?;
            if let Ok(text) = String::from_utf8(bytes) {
                files.push(TextFile { path: path.clone(), text });
            }
        }
        let mut repository = Self::of_files(files);
        repository.paths = paths;
        repository.members = members_of(&workspace.metadata()?);
        repository.packages = packages_of(workspace)?;
        Ok(repository)
    }

    /// A repository of these files, without packages.
    fn of_files(files: Vec<TextFile>) -> Self {
        let sources = RustSource::of_all(&files);
        let paths = files.iter().map(|file| file.path.clone()).collect();
        Self { files, sources, paths, members: Vec::new(), packages: Vec::new() }
    }

    /// A repository made of these files, for the rules' tests.
    #[cfg(test)]
    pub(super) fn of(files: &[(&str, &str)]) -> Self {
        let file = |&(path, text): &(&str, &str)| TextFile { path: path.to_owned(), text: text.to_owned() };
        Self::of_files(files.iter().map(file).collect())
    }

    /// The file at this path.
    pub(super) fn file(&self, path: &str) -> Option<&TextFile> {
        self.files.iter().find(|file| file.path == path)
    }

    /// The number of the first line of a file for which `matches` holds, or 0.
    pub(super) fn line_of(&self, path: &str, matches: impl Fn(&str) -> bool) -> usize {
        self.file(path).and_then(|file| file.lines().find(|(_, line)| matches(line))).map_or(0, |(number, _)| number)
    }
}
