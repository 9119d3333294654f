//! Words that do not belong in a published repository, in any text file.
//!
//! | what | why not |
//! | --- | --- |
//! | marks of unfinished work | main has none; a task is an issue |
//! | folders of somebody's machine | nobody else has them |
//! | hosts of package registries | the clients know them, and mirrors differ |
//! | names of tools that help to write code | what counts is the text, not who typed it |
//!
//! The words are written in two halves below, so that this file passes its own check.

use super::Finding;
use super::repository::Repository;

/// A group of words and what to do instead.
struct Group {
    words: &'static [&'static str],
    /// Whether `Word` and `word` are the same.
    any_case: bool,
    instead: &'static str,
    /// Endings of the paths of files where they may be.
    except: &'static [&'static str],
}

const GROUPS: [Group; 4] = [
    Group {
        words: &[concat!("FIX", "ME"), concat!("XX", "X"), concat!("HA", "CK")],
        any_case: false,
        instead: "finish it, or file an issue",
        // Pictures made of letters.
        except: &[".snap"],
    },
    Group {
        words: &[concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/ho", "me/user"), concat!("/Use", "rs/")],
        any_case: false,
        instead: "a folder of one machine; use a path inside the repository or a temporary folder",
        except: &[],
    },
    Group {
        words: &[
            concat!("index.crates", ".io"),
            concat!("static.crates", ".io"),
            concat!("pypi", ".org"),
            concat!("pythonhosted", ".org"),
            concat!("registry.npmjs", ".org"),
            concat!("deb.debian", ".org"),
            concat!("proxy.golang", ".org"),
        ],
        any_case: true,
        instead: "name the package and leave the host to the package client",
        except: &["Cargo.lock"],
    },
    Group {
        words: &[
            concat!("Clau", "de"),
            concat!("Anthro", "pic"),
            concat!("Chat", "GPT"),
            concat!("Open", "AI"),
            concat!("Copi", "lot"),
            concat!("language mo", "del"),
            concat!("coding ag", "ent"),
            concat!("AI assist", "ant"),
            concat!("sub", "agent"),
        ],
        any_case: true,
        instead: "not a part of the product",
        except: &["Cargo.lock"],
    },
];

/// A task may be named with its issue: `TODO(#12)`.
const TASK: &str = concat!("TO", "DO");

pub(super) fn check(repository: &Repository) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in &repository.files {
        for (number, line) in file.lines() {
            for group in GROUPS.iter().filter(|group| !group.except.iter().any(|ending| file.path.ends_with(ending))) {
                if let Some(word) = group.words.iter().find(|word| contains_word(line, word, group.any_case)) {
                    findings.push(Finding::new(&file.path, number, format!("\"{word}\": {}", group.instead)));
                }
            }
            if is_task_without_issue(line) {
                findings.push(Finding::new(
                    &file.path,
                    number,
                    format!("{TASK} without an issue: write {TASK}(#number)"),
                ));
            }
        }
    }
    findings
}

fn is_task_without_issue(line: &str) -> bool {
    contains_word(line, TASK, false) && !line.contains(&format!("{TASK}(#"))
}

/// Whether the word stands there by itself: not a part of a longer word, and a path from its very start.
fn contains_word(line: &str, word: &str, any_case: bool) -> bool {
    let (line, word) =
        if any_case { (line.to_lowercase(), word.to_lowercase()) } else { (line.to_owned(), word.to_owned()) };
    let is_name = |character: char| character.is_alphanumeric() || character == '_';
    let is_path = word.starts_with('/');
    line.match_indices(&word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + word.len()..].chars().next();
        let begins = before.is_none_or(|character| !(is_name(character) || is_path && "./}*~-".contains(character)));
        let ends = word.ends_with('/') || after.is_none_or(|character| !is_name(character));
        begins && ends
    })
}

#[cfg(test)]
mod tests {
    //! Every group sees one of its words, and words that only look alike pass.
    use super::*;

    fn found(path: &str, text: &str) -> usize {
        check(&Repository::of(&[(path, text)])).len()
    }

    #[test]
    fn each_group_is_found_in_any_kind_of_file() {
        for group in &GROUPS {
            for word in group.words {
                assert_eq!(found("docs/a.md", &format!("see {word} there\n")), 1, "{word}");
                assert_eq!(found("crates/a/src/lib.rs", &format!("// ({word})\n")), 1, "{word}");
            }
        }
        assert_eq!(found("a.md", &format!("{TASK}: later\n")), 1);
    }

    #[test]
    fn parts_of_other_words_and_paths_are_not_found() {
        let fine = [
            "mktemp /tmp/run.XXXXXX",
            "crates/work/src and ../work/main",
            "GET /v1/home/timeline",
            "anthropical",
            &format!("{TASK}(#12): drain the queue"),
            "the hackathon",
        ];
        for line in fine {
            assert_eq!(found("a.md", &format!("{line}\n")), 0, "{line}");
        }
        assert_eq!(found("tests/a.snap", concat!("XX", "X..\n")), 0);
        assert_eq!(found("Cargo.lock", concat!("source = \"index.crates", ".io\"\n")), 0);
    }
}
