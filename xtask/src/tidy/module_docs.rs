//! Every module opens with a `//!` doc that says what it is and why.
//!
//! The compiler asks for a doc on public modules only, and accepts it at the place of declaration. Here the reader of
//! the file is the one to be served. Unit tests in files of their own are excused: the module that they test
//! speaks for them.

use super::Finding;
use super::repository::Repository;
use super::source::RustSource;

pub(super) fn check(repository: &Repository) -> Vec<Finding> {
    let are_unit_tests = |source: &RustSource| source.is_test_file && source.path.contains("/src/");
    let modules = repository.sources.iter().filter(|source| !are_unit_tests(source));
    modules
        .filter(|source| !opens_with_a_doc(&source.text))
        .map(|source| Finding::new(&source.path, 1, "does not open with a `//!` doc"))
        .collect()
}

fn opens_with_a_doc(text: &str) -> bool {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("#!["));
    lines.next().and_then(|line| line.strip_prefix("//!")).is_some_and(|doc| !doc.trim().is_empty())
}

#[cfg(test)]
mod tests {
    //! First lines that are a doc and first lines that are not.
    use super::*;

    #[test]
    fn the_first_line_is_a_doc_with_words() {
        assert!(opens_with_a_doc("//! Shares of a whole.\n"));
        assert!(opens_with_a_doc("#![expect(missing_docs)]\n\n//! Shares of a whole.\n"));
        let repository = Repository::of(&[
            ("a.rs", "//! Fine.\n"),
            ("b.rs", "use a;\n//! Late.\n"),
            ("c.rs", "//!\n"),
            ("c/src/tests.rs", "use super::*;\n"),
        ]);
        let found: Vec<String> = check(&repository).iter().map(ToString::to_string).collect();
        assert_eq!(found, ["b.rs:1: does not open with a `//!` doc", "c.rs:1: does not open with a `//!` doc"]);
    }
}
