//! Names say what a thing is: no `utils`, `common`, `helpers` or `manager`, of files, modules or types.
//!
//! Why: such a name fits everything, so everything ends up there, and then everything depends on it.

use super::Finding;
use super::repository::Repository;

/// Words that may not be a part of a module's name.
const EMPTY_WORDS: [&str; 8] = ["utils", "util", "utilities", "common", "helpers", "helper", "manager", "misc"];
/// Endings of type names that say as little.
const EMPTY_ENDINGS: [&str; 5] = ["Utils", "Util", "Helper", "Helpers", "Manager"];
const TYPE_KEYWORDS: [&str; 4] = ["struct", "enum", "trait", "type"];

pub(super) fn check(repository: &Repository) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in &repository.sources {
        if let Some(word) = source.path.split(['/', '.', '_']).find(|part| EMPTY_WORDS.contains(part)) {
            findings.push(Finding::new(&source.path, 0, format!("\"{word}\" says nothing; name what is in it")));
        }
        for (index, line) in source.code.lines().enumerate() {
            if let Some(name) = declared_type(line).filter(|name| has_empty_ending(name)) {
                findings.push(Finding::new(&source.path, index + 1, format!("{name}: say what it does")));
            }
        }
    }
    findings
}

fn declared_type(line: &str) -> Option<&str> {
    let mut words = line.split(|character: char| !character.is_alphanumeric() && character != '_');
    words.find(|word| TYPE_KEYWORDS.contains(word))?;
    words.next()
}

fn has_empty_ending(name: &str) -> bool {
    EMPTY_ENDINGS.iter().any(|ending| name.ends_with(ending))
}

#[cfg(test)]
mod tests {
    //! Names that say nothing, and names that only look alike.
    use super::*;

    #[test]
    fn empty_names_are_found_and_whole_words_only() {
        let repository = Repository::of(&[
            ("crates/plan/src/utils.rs", ""),
            ("crates/plan/src/commons.rs", "pub struct FaultManager;\nstruct Managers;\nfn manager() {}\n"),
            ("crates/plan/src/string_helpers/mod.rs", ""),
        ]);
        let found: Vec<String> = check(&repository).iter().map(ToString::to_string).collect();
        assert_eq!(
            found,
            [
                "crates/plan/src/utils.rs: \"utils\" says nothing; name what is in it",
                "crates/plan/src/commons.rs:1: FaultManager: say what it does",
                "crates/plan/src/string_helpers/mod.rs: \"helpers\" says nothing; name what is in it",
            ]
        );
    }
}
