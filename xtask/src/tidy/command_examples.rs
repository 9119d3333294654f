//! Commands shown in Markdown exist.
//!
//! In code blocks, a line that starts with `cargo xtask NAME` must name a command of this program, and one that starts
//! with `landfall NAME` (or runs it through cargo) one of the binary's. Those are the variants of `enum Command` in the
//! binary's command tree, written the way clap writes them: `HoldFault` is `hold-fault`.

use super::Finding;
use super::repository::{Repository, TextFile};
use super::source::{RustSource, closing_brace};
use crate::command_line::COMMAND_NAMES;

/// Where the binary declares its commands.
const COMMAND_TREE: &str = "crates/landfall/src/cli.rs";
const COMMAND_ENUM: &str = "enum Command {";

pub(super) fn check(repository: &Repository) -> Vec<Finding> {
    let commands = repository.sources.iter().find(|source| source.path == COMMAND_TREE).map(commands_of);
    let Some(commands) = commands.filter(|commands| !commands.is_empty()) else {
        let message = format!("no `{COMMAND_ENUM}` here, so no example was checked: correct {}", file!());
        return vec![Finding::new(COMMAND_TREE, 0, message)];
    };
    let documents = repository.files.iter().filter(|file| file.path.ends_with(".md"));
    let mut findings = Vec::new();
    for document in documents {
        for (number, line) in code_of(document) {
            if let Some(problem) = problem_with(&commands, line) {
                findings.push(Finding::new(&document.path, number, problem));
            }
        }
    }
    findings
}

/// Names of the variants, as clap writes them.
fn commands_of(source: &RustSource) -> Vec<String> {
    let Some(start) = source.code.find(COMMAND_ENUM) else { return Vec::new() };
    let open = start + COMMAND_ENUM.len() - 1;
    let body = &source.code[open..closing_brace(&source.code, open)];
    let variants =
        body.lines().map(str::trim).filter(|line| line.starts_with(|first: char| first.is_ascii_uppercase()));
    let name = |line: &str| line.split(|character: char| !character.is_alphanumeric()).next().map(kebab_case);
    variants.filter_map(name).collect()
}

fn kebab_case(name: &str) -> String {
    let mut words = String::new();
    for character in name.chars() {
        if character.is_ascii_uppercase() && !words.is_empty() {
            words.push('-');
        }
        words.push(character.to_ascii_lowercase());
    }
    words
}

/// Lines inside code blocks, with their numbers.
fn code_of(document: &TextFile) -> impl Iterator<Item = (usize, &str)> {
    let mut in_code = false;
    document.lines().filter(move |(_, line)| {
        let is_fence = line.trim_start().starts_with("```");
        in_code ^= is_fence;
        in_code && !is_fence
    })
}

fn problem_with(commands: &[String], line: &str) -> Option<String> {
    let words: Vec<&str> = line.trim_start().trim_start_matches("$ ").split_whitespace().collect();
    let is_unknown = |name: &str| is_name(name) && name != "help" && !commands.iter().any(|command| command == name);
    match words.as_slice() {
        ["cargo", "xtask", name, ..] if is_name(name) && !COMMAND_NAMES.contains(name) => {
            Some(format!("there is no `cargo xtask {name}`"))
        }
        ["cargo", "run", .., "--", name]
        | ["cargo", "run", "--", name, ..]
        | ["cargo", "run", "--release", "--", name, ..]
            if is_unknown(name) =>
        {
            Some(format!("there is no `landfall {name}`"))
        }
        [program, name, ..] if (*program == "landfall" || program.ends_with("/landfall")) && is_unknown(name) => {
            Some(format!("there is no `landfall {name}`"))
        }
        _ => None,
    }
}

fn is_name(word: &str) -> bool {
    word.starts_with(|character: char| character.is_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    //! Commands that exist and commands that do not.
    use super::*;

    const TREE: &str = "/// What to do.\nenum Command {\n    /// Doc.\n    Run(Arguments),\n    HoldFault,\n}\n";

    fn found(text: &str) -> Vec<String> {
        let repository = Repository::of(&[("README.md", text), (COMMAND_TREE, TREE)]);
        check(&repository).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn commands_that_exist_pass_and_prose_is_not_read() {
        let text = "landfall gone\n```sh\ncargo xtask test\n$ landfall run plan.yaml\n./target/release/landfall hold-fault\n\
                    cargo run --release -- run x.yaml\nlandfall --help\nlandfall help\n```\n";
        assert_eq!(found(text), Vec::<String>::new());
    }

    #[test]
    fn commands_that_do_not_exist_are_found() {
        assert_eq!(
            found("```sh\ncargo xtask tset\nlandfall gone x\ncargo run --release -- demos\n```\n"),
            [
                "README.md:2: there is no `cargo xtask tset`",
                "README.md:3: there is no `landfall gone`",
                "README.md:4: there is no `landfall demos`",
            ]
        );
    }

    #[test]
    fn a_command_tree_that_has_moved_is_not_taken_for_right() {
        assert_eq!(check(&Repository::of(&[("README.md", "")])).len(), 1);
    }
}
