//! The exit codes that the binary can end with are those of the reference page.
//!
//! Pipelines branch on these numbers, so they are part of the public interface. The page is a table whose first column
//! is the code; the binary keeps its codes in one file, as values of an enum and as the arms of a `match`.

use std::collections::BTreeSet;

use super::Finding;
use super::repository::Repository;

const CODES: &str = "crates/landfall/src/exit.rs";
const PAGE: &str = "docs/reference/exit-codes.md";
/// The command-line parser ends the program by itself with this code when it does not understand the arguments.
const PARSER_CODES: [u8; 1] = [2];

pub(super) fn check(repository: &Repository) -> Vec<Finding> {
    let (Some(source), Some(page)) = (repository.sources.iter().find(|file| file.path == CODES), repository.file(PAGE))
    else {
        return vec![Finding::new(PAGE, 0, format!("{PAGE} and {CODES} must both be there to be compared"))];
    };
    let mut used: BTreeSet<u8> = source.shipped_code().filter_map(|(_, line)| code_in_source(line)).collect();
    used.extend(PARSER_CODES);
    let documented: BTreeSet<u8> = page.lines().filter_map(|(_, line)| code_in_table(line)).collect();
    let missing =
        used.difference(&documented).map(|code| format!("exit code {code} is in {CODES} but not on this page"));
    let stale = documented.difference(&used).map(|code| format!("exit code {code} is not in {CODES}"));
    missing.chain(stale).map(|message| Finding::new(PAGE, 0, message)).collect()
}

/// `Name = 65,` or `Verdict::Pass => 0,`.
fn code_in_source(line: &str) -> Option<u8> {
    let (_, value) = line.split_once("=> ").or_else(|| line.split_once(" = "))?;
    value.trim().strip_suffix(',')?.parse().ok()
}

/// `| 65 | … |`.
fn code_in_table(line: &str) -> Option<u8> {
    line.strip_prefix('|')?.split('|').next()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    //! A page that agrees with the code, and one that does not.
    use super::*;

    const SOURCE: &str = "enum Code {\n    BadPlan = 65,\n}\nfn f() { match v {\n        Verdict::Fail => 99,\n} }\n";

    fn found(page: &str) -> Vec<String> {
        check(&Repository::of(&[(CODES, SOURCE), (PAGE, page)])).into_iter().map(|finding| finding.message).collect()
    }

    #[test]
    fn page_and_code_must_name_the_same_codes() {
        assert!(found("| code | meaning |\n| --- | --- |\n| 2 | usage |\n| 65 | plan |\n| 99 | fail |\n").is_empty());
        assert_eq!(
            found("| 2 | usage |\n| 65 | plan |\n| 66 | input |\n"),
            [
                "exit code 99 is in crates/landfall/src/exit.rs but not on this page",
                "exit code 66 is not in crates/landfall/src/exit.rs",
            ]
        );
    }
}
