//! Every package takes the workspace's lints, edition, version and licence, and none is published by accident.
//!
//! Why: a package without `[lints] workspace = true` may use `unsafe` and `unwrap` without anybody noticing.

use super::Finding;
use super::repository::Repository;

const REQUIRED: [&str; 6] = [
    "version.workspace = true",
    "edition.workspace = true",
    "rust-version.workspace = true",
    "license.workspace = true",
    "publish.workspace = true",
    "[lints]\nworkspace = true",
];

pub(super) fn check(repository: &Repository) -> Vec<Finding> {
    let mut findings = Vec::new();
    for member in &repository.members {
        let path = member.manifest();
        let Some(file) = repository.file(&path) else {
            findings.push(Finding::new(&path, 0, format!("crate {} has no manifest here", member.name)));
            continue;
        };
        for line in REQUIRED.iter().filter(|line| !file.text.contains(*line)) {
            findings.push(Finding::new(&path, 0, format!("lacks `{}`", line.replace('\n', " "))));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    //! A manifest without the workspace's lints.
    use super::*;
    use crate::tidy::dependencies::Member;

    #[test]
    fn a_manifest_without_the_lints_and_a_crate_in_another_folder_are_found() {
        let manifest = REQUIRED[..5].join("\n");
        let mut repository = Repository::of(&[("crates/plan/Cargo.toml", &manifest)]);
        repository.members = ["plan", "load"].map(|name| Member { name: name.to_owned(), edges: Vec::new() }).to_vec();
        let found: Vec<String> = check(&repository).iter().map(ToString::to_string).collect();
        assert_eq!(
            found,
            [
                "crates/plan/Cargo.toml: lacks `[lints] workspace = true`",
                "crates/load/Cargo.toml: crate load has no manifest here",
            ]
        );
    }
}
