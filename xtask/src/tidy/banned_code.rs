//! Code that is not finished, or not run, does not reach main.
//!
//! | what | why not |
//! | --- | --- |
//! | macros that panic in place of code | a stub that compiles looks like the real thing |
//! | tests that are switched off | they rot, and the total still looks good |
//! | documentation examples that are not compiled | the same |
//! | a task without an issue | nobody will find it |

use super::Finding;
use super::repository::Repository;
use super::source::RustSource;

/// Looked for in the code itself, tests included.
const IN_CODE: [(&str, &str); 4] = [
    ("todo!", "write it, or leave it out"),
    ("unimplemented!", "write it, or leave it out"),
    ("#[ignore", "a test that is not run proves nothing: repair it or remove it"),
    ("#![allow(", "use #[expect(…, reason = \"…\")], which ends when it is no longer needed"),
];

/// Fences of examples that are shown but not compiled.
const UNCOMPILED: [&str; 3] = ["```ignore", "```rust,ignore", "``` ignore"];

pub(super) fn check(repository: &Repository) -> Vec<Finding> {
    let in_sources = repository.sources.iter().flat_map(check_source);
    let in_documents = repository.files.iter().flat_map(|file| {
        let is_read = file.path.ends_with(".rs") || file.path.ends_with(".md");
        file.lines().filter(move |(_, line)| is_read && is_uncompiled(line)).map(|(number, _)| {
            Finding::new(&file.path, number, "an example that is not compiled will be wrong one day")
        })
    });
    in_sources.chain(in_documents).collect()
}

fn check_source(source: &RustSource) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, line) in source.code.lines().enumerate() {
        for (word, instead) in IN_CODE.iter().filter(|(word, _)| line.contains(word)) {
            findings.push(Finding::new(&source.path, index + 1, format!("{word}: {instead}")));
        }
    }
    findings
}

fn is_uncompiled(line: &str) -> bool {
    let fence = line.trim_start().trim_start_matches(['/', '!']).trim_start();
    UNCOMPILED.iter().any(|start| fence.starts_with(start))
}

#[cfg(test)]
mod tests {
    //! One line for each thing that is banned, and the same in a comment or string.
    use super::*;

    #[test]
    fn unfinished_and_unrun_code_is_found() {
        let text =
            "fn a() { todo!() }\n#[ignore = \"slow\"]\nfn b() { unimplemented!(\"x\") }\n/// ```ignore\n/// ```\n";
        let lines: Vec<usize> = check(&Repository::of(&[("a.rs", text)])).iter().map(|finding| finding.line).collect();
        assert_eq!(lines, [1, 2, 3, 4]);
    }

    #[test]
    fn talking_about_it_is_fine() {
        let text = "// no todo!() here\nfn a() { b(\"#[ignore]\"); }\n/// ```text\n/// ignore\n/// ```\n";
        assert!(check(&Repository::of(&[("a.rs", text)])).is_empty());
        assert_eq!(check(&Repository::of(&[("a.md", "```rust,ignore\n```\n")])).len(), 1);
    }
}
