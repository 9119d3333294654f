//! `cargo xtask tidy`: the rules of the house that a program can check and the compiler does not.
//!
//! ```text
//!   files of the repository ─┐
//!   cargo metadata           ├─► Repository ─► each rule ─► findings ─► "path:line: [rule] message"
//!   cargo tree               ┘    (a value)     (pure)
//! ```
//!
//! A rule is one file here: a pure function from the repository to findings, with its own test that sees it fail on a
//! bad example. To add one, write the file and put it in [`RULES`]. A rule that would find nothing because what it
//! looks at has moved says so: silence must mean that it looked.
//!
//! What clippy can check is left to clippy (the workspace's lints and `clippy.toml`). Licences are checked here and
//! not by cargo-deny, which cannot be assumed on a fresh machine; known vulnerabilities need a database from outside
//! and are not checked at all.

mod banned_code;
mod banned_words;
mod changelog;
mod command_examples;
mod crypto_provider;
mod decisions;
mod dependencies;
mod edges;
mod exit_codes;
mod file_lengths;
mod function_lengths;
mod licences;
mod links;
mod manifests;
mod module_docs;
mod names;
mod purity;
mod reexports;
mod repository;
mod source;

use std::fmt;

use crate::failure::Failure;
use crate::workspace::Workspace;
use repository::Repository;

/// One rule: its name in messages, and the check.
struct Rule {
    name: &'static str,
    check: fn(&Repository) -> Vec<Finding>,
}

const RULES: [Rule; 17] = [
    Rule { name: "edges", check: edges::check },
    Rule { name: "reexports", check: reexports::check },
    Rule { name: "purity", check: purity::check },
    Rule { name: "manifests", check: manifests::check },
    Rule { name: "crypto-provider", check: crypto_provider::check },
    Rule { name: "licences", check: licences::check },
    Rule { name: "file-lengths", check: file_lengths::check },
    Rule { name: "function-lengths", check: function_lengths::check },
    Rule { name: "module-docs", check: module_docs::check },
    Rule { name: "names", check: names::check },
    Rule { name: "banned-code", check: banned_code::check },
    Rule { name: "banned-words", check: banned_words::check },
    Rule { name: "links", check: links::check },
    Rule { name: "command-examples", check: command_examples::check },
    Rule { name: "exit-codes", check: exit_codes::check },
    Rule { name: "decisions", check: decisions::check },
    Rule { name: "changelog", check: changelog::check },
];

/// Something that breaks a rule, and where. Line 0 means the file as a whole.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Finding {
    path: String,
    line: usize,
    message: String,
}

impl Finding {
    fn new(path: &str, line: usize, message: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, message: message.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(formatter, "{}: {}", self.path, self.message),
            line => write!(formatter, "{}:{line}: {}", self.path, self.message),
        }
    }
}

/// Reads the repository once and applies every rule to it.
pub(crate) fn run(workspace: &Workspace) -> Result<(), Failure> {
    let repository = Repository::read(workspace)?;
    let mut count = 0;
    for rule in &RULES {
        let mut findings = (rule.check)(&repository);
        findings.sort();
        count += findings.len();
        for Finding { path, line, message } in findings {
            println!("{}", Finding { path, line, message: format!("[{}] {message}", rule.name) });
        }
    }
    if count > 0 {
        return Err(Failure::Found(format!("tidy found {count} breaches of the rules")));
    }
    eprintln!("tidy: {} rules hold for {} files", RULES.len(), repository.files.len());
    Ok(())
}
