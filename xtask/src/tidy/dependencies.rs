//! What depends on what: the workspace's own packages from `cargo metadata`, everything compiled from `cargo tree`.
//!
//! Two sources, because they answer different questions. Metadata has the edges as they are declared. For what is
//! really compiled it lists too much (a dependency that only an unused optional feature would bring), so that is read
//! from `cargo tree`, which resolves features as a build does.

use serde_json::Value;

use crate::failure::Failure;
use crate::workspace::Workspace;

/// What an edge is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum EdgeKind {
    /// Compiled into the crate, or into its build script.
    Normal,
    /// Used by its tests, benchmarks and examples only.
    Tests,
}

/// One of the workspace's packages with its edges to the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Member {
    pub(super) name: String,
    pub(super) edges: Vec<(EdgeKind, String)>,
}

impl Member {
    /// Where the member's manifest is; the folder is the crate's name, but for the two outside `crates/`.
    pub(super) fn manifest(&self) -> String {
        match self.name.as_str() {
            "chirp" | "xtask" => format!("{}/Cargo.toml", self.name),
            name => format!("crates/{name}/Cargo.toml"),
        }
    }
}

/// A package that is compiled for this machine.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Package {
    pub(super) name: String,
    pub(super) version: String,
    /// As its manifest states it; empty when it does not.
    pub(super) licence: String,
}

/// The workspace's packages in the output of `cargo metadata --no-deps`.
pub(super) fn members_of(metadata: &Value) -> Vec<Member> {
    let packages = metadata["packages"].as_array().map(Vec::as_slice).unwrap_or_default();
    let member = |package: &Value| Member { name: text(&package["name"]), edges: edges_of(package) };
    packages.iter().map(member).collect()
}

/// Everything that is compiled: normal, build and test dependencies of all members.
pub(super) fn packages_of(workspace: &Workspace) -> Result<Vec<Package>, Failure> {
    let arguments = ["tree", "--workspace", "--locked", "--edges", "normal,build,dev", "--prefix", "none"];
    let listing = workspace.cargo().arguments(&arguments).arguments(&["--format", "{p}\t{l}"]).read()?;
    let mut packages: Vec<Package> = listing.lines().filter_map(package_of_line).collect();
    packages.sort();
    packages.dedup();
    Ok(packages)
}

fn edges_of(package: &Value) -> Vec<(EdgeKind, String)> {
    let dependencies = package["dependencies"].as_array().map(Vec::as_slice).unwrap_or_default();
    let ours = dependencies.iter().filter(|dependency| dependency["path"].is_string());
    let kind = |dependency: &Value| match dependency["kind"].as_str() {
        Some("dev") => EdgeKind::Tests,
        _ => EdgeKind::Normal,
    };
    ours.map(|dependency| (kind(dependency), text(&dependency["name"]))).collect()
}

/// `name v1.2.3 (proc-macro)<tab>MIT (*)`, where the last mark means "already listed".
fn package_of_line(line: &str) -> Option<Package> {
    let (package, licence) = line.split_once('\t')?;
    let mut words = package.split_whitespace();
    let name = words.next()?.to_owned();
    let version = words.next()?.trim_start_matches('v').to_owned();
    Some(Package { name, version, licence: licence.trim_end_matches("(*)").trim().to_owned() })
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    //! Lines and JSON as cargo prints them.
    use super::*;

    #[test]
    fn members_and_their_edges_are_read_from_metadata() {
        let metadata = serde_json::json!({"packages": [{"name": "plan", "dependencies": [
            {"name": "units", "path": "crates/units", "kind": null},
            {"name": "wan", "path": "crates/wan", "kind": "dev"},
            {"name": "serde", "kind": null},
        ]}]});
        let edges = vec![(EdgeKind::Normal, "units".to_owned()), (EdgeKind::Tests, "wan".to_owned())];
        assert_eq!(members_of(&metadata), [Member { name: "plan".to_owned(), edges }]);
    }

    #[test]
    fn packages_are_read_from_the_tree() {
        let package = package_of_line("rustls v0.23.46 (proc-macro)\tApache-2.0 OR MIT (*)");
        let expected =
            Package { name: "rustls".into(), version: "0.23.46".into(), licence: "Apache-2.0 OR MIT".into() };
        assert_eq!(package, Some(expected));
        assert_eq!(package_of_line(""), None);
    }
}
