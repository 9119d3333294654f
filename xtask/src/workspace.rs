//! The repository this program works on: where it is, which files it holds, which packages it is made of.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::failure::Failure;
use crate::step::Step;

/// Where things are. Opened once by `main` and handed down.
#[derive(Debug)]
pub(crate) struct Workspace {
    root: PathBuf,
    target: PathBuf,
}

impl Workspace {
    /// Finds the root beside this crate and asks cargo where it builds to.
    pub(crate) fn open() -> Result<Self, Failure> {
        let own_crate = std::env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = own_crate
            .parent()
            .map(Path::to_path_buf)
            .ok_or_else(|| Failure::Blocked(format!("no workspace above {}", own_crate.display())))?;
        let mut workspace = Self { target: root.join("target"), root };
        let metadata = workspace.metadata()?;
        if let Some(target) = metadata["target_directory"].as_str() {
            workspace.target = PathBuf::from(target);
        }
        Ok(workspace)
    }

    /// The folder that holds the workspace's Cargo.toml.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Cargo's target folder, which may be outside the repository.
    pub(crate) fn target(&self) -> &Path {
        &self.target
    }

    /// A step that runs cargo at the root.
    pub(crate) fn cargo(&self) -> Step {
        let program = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
        Step::new(&program).shown_as("cargo").in_folder(&self.root)
    }

    /// A step that runs git at the root.
    pub(crate) fn git(&self) -> Step {
        Step::new("git").in_folder(&self.root)
    }

    /// The workspace's own packages as cargo describes them, without what they depend on.
    pub(crate) fn metadata(&self) -> Result<Value, Failure> {
        let text = self.cargo().arguments(&["metadata", "--format-version", "1", "--no-deps"]).read()?;
        serde_json::from_str(&text)
            .map_err(|error| Failure::Blocked(format!("cargo metadata did not print JSON: {error}")))
    }

    /// The names of the workspace's packages that have a library.
    pub(crate) fn libraries(&self) -> Result<Vec<String>, Failure> {
        let metadata = self.metadata()?;
        let packages = metadata["packages"].as_array().map(Vec::as_slice).unwrap_or_default();
        let has_library = |package: &&Value| {
            let targets = package["targets"].as_array().map(Vec::as_slice).unwrap_or_default();
            targets.iter().filter_map(|target| target["kind"].as_array()).flatten().any(|kind| kind == "lib")
        };
        let names = packages.iter().filter(has_library).filter_map(|package| package["name"].as_str());
        Ok(names.map(str::to_owned).collect())
    }

    /// Files under version control and new files that are not ignored, relative to the root, sorted. Files deleted
    /// from the work tree but not yet from the index are left out.
    pub(crate) fn files(&self) -> Result<Vec<String>, Failure> {
        let listing = self.git().arguments(&["ls-files", "--cached", "--others", "--exclude-standard", "-z"]).read()?;
        let mut paths: Vec<String> = listing
            .split('\0')
            .filter(|path| !path.is_empty() && self.root.join(path).is_file())
            .map(str::to_owned)
            .collect();
        paths.sort();
        paths.dedup();
        Ok(paths)
    }
}
