//! Functions stay short enough to be seen at once: 70 lines of code.
//!
//! Blank lines and comments do not count, for a rule must not punish who explains. A test may have 120, for a table of
//! cases is data, and is easier to read in one piece. Functions that are longer today are
//! listed in `long_functions.txt` with their length, and that list is a ratchet: it may only shrink.

use std::collections::BTreeMap;

use super::Finding;
use super::repository::Repository;
use super::source::{RustSource, closing_brace, line_at};

const LIMIT: usize = 70;
const LIMIT_IN_TESTS: usize = 120;
const LIST: &str = include_str!("long_functions.txt");
const LIST_PATH: &str = "xtask/src/tidy/long_functions.txt";

pub(super) fn check(repository: &Repository) -> Vec<Finding> {
    check_against(LIST, repository)
}

/// A function and how many lines of code it has.
#[derive(Debug, PartialEq, Eq)]
struct Function<'a> {
    name: &'a str,
    line: usize,
    length: usize,
    limit: usize,
}

fn check_against(list: &str, repository: &Repository) -> Vec<Finding> {
    let mut listed = parse(list);
    let mut findings = Vec::new();
    for source in &repository.sources {
        for function in functions_of(source).into_iter().filter(|function| function.length > function.limit) {
            let allowed = listed.remove(&(source.path.as_str(), function.name));
            if let Some(message) = judge(&function, allowed) {
                findings.push(Finding::new(&source.path, function.line, message));
            }
        }
    }
    for ((path, name), _) in listed {
        let message = format!("{name} in {path} is short enough or gone; take it off the list");
        findings.push(Finding::new(LIST_PATH, 0, message));
    }
    findings
}

fn judge(function: &Function<'_>, allowed: Option<usize>) -> Option<String> {
    let Function { name, length, limit, .. } = function;
    match allowed {
        None => Some(format!("{name} has {length} lines of code, the limit is {limit}")),
        Some(allowed) if *length > allowed => {
            Some(format!("{name} has grown from {allowed} to {length} lines of code"))
        }
        Some(allowed) if *length < allowed => {
            Some(format!("{name} has shrunk to {length}; write that into {LIST_PATH}"))
        }
        Some(_) => None,
    }
}

fn parse(list: &str) -> BTreeMap<(&str, &str), usize> {
    let mut entries = BTreeMap::new();
    for line in list.lines().filter(|line| !line.starts_with('#')) {
        let mut words = line.split_whitespace();
        if let (Some(path), Some(name), Some(Ok(length))) = (words.next(), words.next(), words.next().map(str::parse)) {
            entries.insert((path, name), length);
        }
    }
    entries
}

/// Every function with a body, also nested ones.
fn functions_of(source: &RustSource) -> Vec<Function<'_>> {
    let code = &source.code;
    let mut functions = Vec::new();
    for (at, _) in code.match_indices("fn ") {
        if code[..at].ends_with(|character: char| character.is_alphanumeric() || character == '_') {
            continue;
        }
        let after = &code[at + 3..];
        let name_length = after.find(|character: char| !character.is_alphanumeric() && character != '_').unwrap_or(0);
        if name_length == 0 {
            continue;
        }
        if let Some(open) = body_start(code, at + 3 + name_length) {
            let body = &code[at..closing_brace(code, open)];
            let length = body.lines().filter(|line| !line.trim().is_empty()).count();
            let line = line_at(code, at);
            let limit = if source.is_test_line(line) { LIMIT_IN_TESTS } else { LIMIT };
            functions.push(Function { name: &after[..name_length], line, length, limit });
        }
    }
    functions
}

/// Where the body opens, or nothing for a declaration that ends with `;`.
fn body_start(code: &str, from: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (offset, character) in code[from..].char_indices() {
        match character {
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            '{' if depth == 0 => return Some(from + offset),
            ';' if depth == 0 => return None,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    //! Lengths as counted, and the list that may only shrink.
    use super::*;

    fn function(lines: usize) -> String {
        format!(
            "//! Doc.\nfn long(\n    a: [u8; 2],\n) {{\n    // not counted\n\n{}}}\n",
            "    a();\n".repeat(lines - 4)
        )
    }

    fn found(lines: usize, list: &str) -> Vec<String> {
        let text = function(lines);
        check_against(list, &Repository::of(&[("a.rs", &text)])).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn only_lines_of_code_count() {
        assert!(found(70, "").is_empty());
        assert_eq!(found(71, ""), ["a.rs:2: long has 71 lines of code, the limit is 70"]);
    }

    #[test]
    fn a_table_of_cases_may_be_longer() {
        let lengths = |lines| check_against("", &Repository::of(&[("a/tests.rs", &function(lines))])).len();
        assert_eq!((lengths(120), lengths(121)), (0, 1));
    }

    #[test]
    fn the_list_may_only_shrink() {
        assert!(found(80, "a.rs long 80").is_empty());
        assert_eq!(found(81, "a.rs long 80"), ["a.rs:2: long has grown from 80 to 81 lines of code"]);
        assert_eq!(
            found(79, "a.rs long 80"),
            ["a.rs:2: long has shrunk to 79; write that into xtask/src/tidy/long_functions.txt"]
        );
        assert_eq!(
            found(70, "# why\na.rs long 80"),
            ["xtask/src/tidy/long_functions.txt: long in a.rs is short enough or gone; take it off the list"]
        );
    }

    #[test]
    fn declarations_and_function_types_are_not_functions() {
        let text = "trait A {\n    fn a(&self);\n}\nstruct B {\n    b: fn (u8),\n}\nfn c() {}\n";
        let repository = Repository::of(&[("a.rs", text)]);
        assert_eq!(functions_of(&repository.sources[0]), [Function { name: "c", line: 7, length: 1, limit: LIMIT }]);
    }
}
