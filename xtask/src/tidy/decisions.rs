//! Pages of decisions are numbered in order, stand in the index, and say what state they are in.

use super::Finding;
use super::repository::Repository;

const FOLDER: &str = "docs/design/";
const INDEX: &str = "docs/design/README.md";

pub(super) fn check(repository: &Repository) -> Vec<Finding> {
    let index = repository.file(INDEX).map_or("", |file| file.text.as_str());
    let pages = repository.files.iter().filter(|file| file.path.starts_with(FOLDER) && file.path != INDEX);
    let mut findings = Vec::new();
    // Files come sorted by path, so by number.
    for (position, page) in pages.enumerate() {
        let mut complain = |message: String| findings.push(Finding::new(&page.path, 0, message));
        let name = page.file_name();
        let number = format!("{:03}-", position + 1);
        if !name.starts_with(&number) {
            complain(format!("the next free number is {number} and each is used once"));
        }
        if !index.contains(&format!("({name})")) {
            complain(format!("not in the index, {INDEX}"));
        }
        if !page.lines().any(|(_, line)| line.starts_with("State: ")) {
            complain("has no line \"State: …\"".to_owned());
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    //! Pages with and without a number, a place in the index and a state.
    use super::*;

    #[test]
    fn numbers_index_and_state_are_checked() {
        let page = "# 001: a\n\nState: accepted.\n";
        let repository = Repository::of(&[
            ("docs/design/001-a.md", page),
            ("docs/design/002-b.md", "# 002: b\n"),
            ("docs/design/002-c.md", page),
            ("docs/design/README.md", "[001](001-a.md) [002](002-b.md) [002](002-c.md)\n"),
        ]);
        let found: Vec<String> = check(&repository).iter().map(ToString::to_string).collect();
        assert_eq!(
            found,
            [
                "docs/design/002-b.md: has no line \"State: …\"",
                "docs/design/002-c.md: the next free number is 003- and each is used once",
            ]
        );
        let unlisted = check(&Repository::of(&[("docs/design/001-a.md", page)]));
        assert_eq!(unlisted[0].message, "not in the index, docs/design/README.md");
    }
}
