//! No crate of ours re-exports another, but for the binary.
//!
//! Why: `pub use plan::…` in `record` would let a third crate use `plan` without an edge that says so.

use super::Finding;
use super::repository::Repository;

/// The binary composes all others and nothing uses it.
const MAY_REEXPORT: [&str; 1] = ["crates/landfall/"];

pub(super) fn check(repository: &Repository) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in &repository.sources {
        if MAY_REEXPORT.iter().any(|folder| source.path.starts_with(folder)) {
            continue;
        }
        for (number, line) in source.shipped_code() {
            let Some(path) = line.trim_start().strip_prefix("pub use ") else { continue };
            let first = path.trim_start_matches("::").split([':', ';', ' ', '{']).next().unwrap_or_default();
            let is_own_module = declares_module(&source.code, first);
            if repository.members.iter().any(|member| member.name == first) && !is_own_module {
                let message = format!("re-exports the crate {first}; who needs it has an edge of its own");
                findings.push(Finding::new(&source.path, number, message));
            }
        }
    }
    findings
}

/// A module may have the name of a crate; then the path means the module.
fn declares_module(code: &str, name: &str) -> bool {
    code.lines().map(str::trim).any(|line| line.ends_with(&format!("mod {name};")))
}

#[cfg(test)]
mod tests {
    //! A crate that is passed on, and a module that only has a crate's name.
    use super::*;
    use crate::tidy::dependencies::Member;

    #[test]
    fn a_passed_on_crate_is_found_and_a_module_of_that_name_is_not() {
        let mut repository = Repository::of(&[
            ("crates/record/src/lib.rs", "use plan::Plan;\npub use plan::Plan;\n"),
            ("crates/report/src/lib.rs", "mod plan;\npub use plan::Section;\n"),
            ("crates/landfall/src/main.rs", "pub use plan::Plan;\n"),
        ]);
        repository.members = vec![Member { name: "plan".to_owned(), edges: Vec::new() }];
        let found: Vec<String> = check(&repository).iter().map(ToString::to_string).collect();
        assert_eq!(
            found,
            ["crates/record/src/lib.rs:2: re-exports the crate plan; who needs it has an edge of its own"]
        );
    }
}
