//! Files stay short enough to be read in one go.
//!
//! | limit | of |
//! | --- | --- |
//! | 800 lines | any file |
//! | 450 lines | nineteen files of twenty |
//! | 200 lines | half of the files |
//! | 100 lines | unit tests inside the file they test; longer ones go to a sibling `tests.rs` |

use super::Finding;
use super::repository::Repository;
use super::source::RustSource;

const LONGEST: usize = 800;
const PERCENTILE_95: usize = 450;
const MEDIAN: usize = 200;
const INLINE_TESTS: usize = 100;
/// So many of the longest files are named when the median or the 95th percentile is too high.
const NAMED: usize = 5;

pub(super) fn check(repository: &Repository) -> Vec<Finding> {
    let mut findings: Vec<Finding> = repository.sources.iter().flat_map(check_source).collect();
    let mut by_length: Vec<(usize, &str)> =
        repository.sources.iter().map(|source| (source.length(), source.path.as_str())).collect();
    by_length.sort_unstable();
    for (share, limit, name) in [(0.5, MEDIAN, "median"), (0.95, PERCENTILE_95, "95th percentile")] {
        let Some(length) = quantile(&by_length, share).filter(|&length| length > limit) else { continue };
        let longest: Vec<String> =
            by_length.iter().rev().take(NAMED).map(|(length, path)| format!("{path} ({length})")).collect();
        let message =
            format!("the {name} of file lengths is {length}, the limit {limit}; longest: {}", longest.join(", "));
        findings.push(Finding::new("crates", 0, message));
    }
    findings
}

fn check_source(source: &RustSource) -> Vec<Finding> {
    let mut findings = Vec::new();
    if source.length() > LONGEST {
        findings.push(Finding::new(&source.path, 0, format!("{} lines, the limit is {LONGEST}", source.length())));
    }
    for lines in source.test_modules.iter().filter(|_| !source.is_test_file) {
        let length = lines.end() - lines.start() + 1;
        if length > INLINE_TESTS {
            let message =
                format!("{length} lines of unit tests, the limit is {INLINE_TESTS}; move them to a sibling tests.rs");
            findings.push(Finding::new(&source.path, *lines.start(), message));
        }
    }
    findings
}

/// The smallest length that at least this share of the files does not exceed.
fn quantile(by_length: &[(usize, &str)], share: f64) -> Option<usize> {
    let rank = (share * by_length.len() as f64).ceil() as usize;
    by_length.get(rank.checked_sub(1)?).map(|&(length, _)| length)
}

#[cfg(test)]
mod tests {
    //! A file that is too long, tests that are, and a repository whose files are long as a whole.
    use super::*;

    fn found(files: &[(&str, String)]) -> Vec<String> {
        let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
        check(&Repository::of(&files)).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn limits_hold_up_to_and_including_their_value() {
        assert!(found(&[("a.rs", "\n".repeat(200)), ("b.rs", "\n".repeat(450))]).is_empty());
        let found = found(&[("a.rs", "\n".repeat(801)), ("b.rs", "\n".repeat(201))]);
        assert_eq!(
            found,
            [
                "a.rs: 801 lines, the limit is 800",
                "crates: the median of file lengths is 201, the limit 200; longest: a.rs (801), b.rs (201)",
                "crates: the 95th percentile of file lengths is 801, the limit 450; longest: a.rs (801), b.rs (201)",
            ]
        );
    }

    #[test]
    fn long_unit_tests_go_to_a_sibling() {
        let tests = |lines: usize| format!("fn a() {{}}\n#[cfg(test)]\nmod tests {{\n{}}}\n", "\n".repeat(lines - 3));
        assert!(found(&[("a.rs", tests(100))]).is_empty());
        let found = found(&[("a.rs", tests(101))]);
        assert_eq!(found, ["a.rs:2: 101 lines of unit tests, the limit is 100; move them to a sibling tests.rs"]);
    }
}
