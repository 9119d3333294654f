//! Fragments of the changelog have the form that lets them be put together at a release.
//!
//! `changelog.d/<crate>-<what>.md`: the crate (or `project`) it is about, and what the user gets, in sentences.

use super::Finding;
use super::repository::Repository;

const FOLDER: &str = "changelog.d/";

pub(super) fn check(repository: &Repository) -> Vec<Finding> {
    let fragments =
        repository.files.iter().filter(|file| file.path.starts_with(FOLDER) && file.file_name() != "README.md");
    let mut findings = Vec::new();
    for fragment in fragments {
        let subject = fragment.file_name().split('-').next().unwrap_or_default();
        let is_known = subject == "project" || repository.members.iter().any(|member| member.name == subject);
        if !is_known || !fragment.path.ends_with(".md") {
            let message = "the name is not <crate>-<what>.md with a crate of the workspace or \"project\"";
            findings.push(Finding::new(&fragment.path, 0, message));
        }
        if !fragment.text.trim_end().ends_with('.') || fragment.text.starts_with(['#', '-', '*']) {
            findings.push(Finding::new(&fragment.path, 1, "not a sentence that ends with a full stop"));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    //! Fragments with and without the form.
    use super::*;
    use crate::tidy::dependencies::Member;

    #[test]
    fn a_fragment_names_a_crate_and_is_a_sentence() {
        let mut repository = Repository::of(&[
            ("changelog.d/README.md", "# anything"),
            ("changelog.d/plan-first-schema.md", "Plans have a schema.\n"),
            ("changelog.d/nobody-x.md", "A sentence.\n"),
            ("changelog.d/plan-list.md", "- schema\n"),
        ]);
        repository.members = vec![Member { name: "plan".to_owned(), edges: Vec::new() }];
        let found: Vec<String> = check(&repository).into_iter().map(|finding| finding.path).collect();
        assert_eq!(found, ["changelog.d/nobody-x.md", "changelog.d/plan-list.md"]);
    }
}
