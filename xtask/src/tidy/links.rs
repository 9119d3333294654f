//! Links inside the repository lead somewhere: to a file or folder, and to a heading in it.
//!
//! Inline links of Markdown files (`[text](path#heading)`) are followed; addresses with a scheme are not, for they need
//! a network. Code blocks and code spans are not looked at. Headings become anchors the way the common forges do it:
//! lower case, spaces to hyphens, punctuation dropped, a number behind a repeated one.

use std::collections::BTreeMap;

use super::Finding;
use super::repository::{Repository, TextFile};

pub(super) fn check(repository: &Repository) -> Vec<Finding> {
    let documents = repository.files.iter().filter(|file| file.path.ends_with(".md"));
    let mut findings = Vec::new();
    for document in documents {
        for (number, target) in links_of(document) {
            if let Some(problem) = problem_with(repository, document, target) {
                findings.push(Finding::new(&document.path, number, problem));
            }
        }
    }
    findings
}

/// Lines outside code blocks, with their numbers.
pub(super) fn prose_of(document: &TextFile) -> impl Iterator<Item = (usize, &str)> {
    let mut in_code = false;
    document.lines().filter(move |(_, line)| {
        let is_fence = line.trim_start().starts_with("```");
        in_code ^= is_fence;
        !in_code && !is_fence
    })
}

fn links_of(document: &TextFile) -> Vec<(usize, &str)> {
    let mut links = Vec::new();
    for (number, line) in prose_of(document) {
        let mut rest = line;
        while let Some(at) = rest.find("](") {
            let in_code_span = rest[..at].matches('`').count() % 2 == 1;
            rest = &rest[at + 2..];
            let Some(end) = rest.find(')') else { break };
            if !in_code_span {
                links.push((number, rest[..end].split_whitespace().next().unwrap_or_default()));
            }
            rest = &rest[end..];
        }
    }
    links
}

fn problem_with(repository: &Repository, document: &TextFile, target: &str) -> Option<String> {
    if target.contains("://") || target.starts_with("mailto:") {
        return None;
    }
    let (path, heading) = target.split_once('#').map_or((target, None), |(path, heading)| (path, Some(heading)));
    let resolved = if path.is_empty() { document.path.clone() } else { resolve(&document.path, path) };
    let is_folder = || repository.paths.iter().any(|other| other.starts_with(&format!("{resolved}/")));
    if !repository.paths.contains(&resolved) && !resolved.is_empty() && !is_folder() {
        return Some(format!("the link to {target} leads nowhere: there is no {resolved}"));
    }
    let heading = heading.filter(|_| resolved.ends_with(".md"))?;
    let anchors = anchors_of(repository.file(&resolved)?);
    (!anchors.iter().any(|anchor| anchor == heading)).then(|| format!("{resolved} has no heading #{heading}"))
}

/// The path relative to the root; a path that starts with `/` is meant from the root.
fn resolve(document: &str, path: &str) -> String {
    let mut parts: Vec<&str> = document.split('/').collect();
    parts.pop();
    if path.starts_with('/') {
        parts.clear();
    }
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            name => parts.push(name),
        }
    }
    parts.join("/")
}

fn anchors_of(document: &TextFile) -> Vec<String> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut anchors = Vec::new();
    for (_, line) in prose_of(document) {
        let title = line.trim_start_matches('#');
        if title.len() == line.len() || !title.starts_with(' ') {
            continue;
        }
        let anchor = slug(title.trim());
        let count = seen.entry(anchor.clone()).and_modify(|count| *count += 1).or_insert(0);
        anchors.push(if *count == 0 { anchor } else { format!("{anchor}-{count}") });
    }
    anchors
}

fn slug(title: &str) -> String {
    let kept = |character: &char| character.is_alphanumeric() || matches!(character, ' ' | '-' | '_');
    title.to_lowercase().chars().filter(kept).map(|character| if character == ' ' { '-' } else { character }).collect()
}

#[cfg(test)]
mod tests {
    //! Links that lead somewhere and links that do not.
    use super::*;

    fn found(text: &str) -> Vec<String> {
        let files =
            [("docs/guide.md", text), ("README.md", "# Two commands\n## Tests\n## Tests\n"), ("docs/faults/a.md", "")];
        check(&Repository::of(&files)).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn links_that_lead_somewhere_pass() {
        let fine = "# Here\n[a](../README.md) [b](faults) [c](../README.md#two-commands) [d](#here) [e](/docs/guide.md)\n\
                    [f](https://example.org/none) `[g](none.md)` [h](../README.md#tests-1) ![i](faults/a.md \"title\")\n\
                    ```text\n[j](none.md)\n```\n";
        assert_eq!(found(fine), Vec::<String>::new());
    }

    #[test]
    fn links_that_lead_nowhere_are_found_with_their_line() {
        assert_eq!(
            found("\n[a](none.md) [b](../README.md#none)\n"),
            [
                "docs/guide.md:2: the link to none.md leads nowhere: there is no docs/none.md",
                "docs/guide.md:2: README.md has no heading #none",
            ]
        );
    }
}
