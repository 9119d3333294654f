//! The exit codes that the binary can end with are those of the reference page.
//!
//! Pipelines branch on these numbers, so they are part of the public interface. The page is a table whose first column
//! is the code. The codes of verdicts are the arms of one `match` in `report`, for the summary shows them; all others are
//! the values of one enum in the binary.

use std::collections::BTreeSet;

use super::Finding;
use super::repository::Repository;
use super::source::closing_brace;

const PAGE: &str = "docs/reference/exit-codes.md";
/// Each file, what opens the part of it that has codes, and what stands before a code.
const PLACES: [(&str, &str, &str); 2] =
    [("crates/landfall/src/exit.rs", "enum Code", " = "), ("crates/report/src/facts.rs", "fn exit_code", " => ")];

pub(super) fn check(repository: &Repository) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut used = BTreeSet::new();
    for (path, opening, before) in PLACES {
        let codes = codes_in_source(repository, path, opening, before);
        if codes.is_empty() {
            let message = format!("no codes in `{opening}`, so none were checked: correct {}", file!());
            findings.push(Finding::new(path, 0, message));
        }
        used.extend(codes);
    }
    let documented: BTreeSet<u8> = repository
        .file(PAGE)
        .map(|page| page.lines().filter_map(|(_, line)| code_in_table(line)).collect())
        .unwrap_or_default();
    let missing = used.difference(&documented).map(|code| format!("exit code {code} is not on this page"));
    let stale = documented.difference(&used).map(|code| format!("nothing ends with exit code {code}"));
    findings.extend(missing.chain(stale).map(|message| Finding::new(PAGE, 0, message)));
    findings
}

/// `Name = 65,` or `Verdict::Pass => 0,` in the braces behind `opening`.
fn codes_in_source(repository: &Repository, path: &str, opening: &str, before: &str) -> Vec<u8> {
    let code = repository.sources.iter().find(|source| source.path == path).map_or("", |source| &source.code);
    let Some(open) = code.find(opening).and_then(|start| code[start..].find('{').map(|offset| start + offset)) else {
        return Vec::new();
    };
    let lines = code[open..closing_brace(code, open)].lines();
    let value = |line: &str| line.split_once(before)?.1.trim().strip_suffix(',')?.parse().ok();
    lines.filter_map(value).collect()
}

/// `| 65 | … |`.
fn code_in_table(line: &str) -> Option<u8> {
    line.strip_prefix('|')?.split('|').next()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    //! A page that agrees with the code, and one that does not.
    use super::*;

    const CODES: &str = "pub enum Code {\n    BadPlan = 65,\n}\nconst LIMIT: [u8; 1] = [\n    7,\n];\n";
    const VERDICTS: &str =
        "fn other() { match v {\n    A => 1,\n} }\nfn exit_code() { match v {\n    Fail => 99,\n} }\n";

    fn found(codes: &str, page: &str) -> Vec<String> {
        let files = [(PLACES[0].0, codes), (PLACES[1].0, VERDICTS), (PAGE, page)];
        check(&Repository::of(&files)).into_iter().map(|finding| finding.message).collect()
    }

    #[test]
    fn page_and_code_must_name_the_same_codes() {
        assert!(found(CODES, "| code | meaning |\n| --- | --- |\n| 65 | plan |\n| 99 | fail |\n").is_empty());
        assert_eq!(
            found(CODES, "| 65 | plan |\n| 66 | input |\n"),
            ["exit code 99 is not on this page", "nothing ends with exit code 66"]
        );
    }

    #[test]
    fn codes_that_have_moved_are_not_taken_for_right() {
        assert!(found("", "| 99 | fail |\n")[0].starts_with("no codes in `enum Code`"));
    }
}
