//! Everything that is compiled has a licence from `licences.txt`.
//!
//! The expression of each package (`MIT OR Apache-2.0`, `ISC AND (Apache-2.0 OR ISC)`, and the older `MIT/Apache-2.0`)
//! is evaluated: a name is true when it is in the list, `AND` and `OR` are what they say, and `AND` binds closer.

use super::Finding;
use super::repository::Repository;

const LIST: &str = include_str!("licences.txt");

pub(super) fn check(repository: &Repository) -> Vec<Finding> {
    check_against(&parse(LIST), repository)
}

fn check_against(allowed: &[&str], repository: &Repository) -> Vec<Finding> {
    let refused = repository.packages.iter().filter(|package| !satisfied(&package.licence, allowed));
    let message = |name: &str, version: &str, licence: &str| match licence {
        "" => format!("{name} {version} states no licence"),
        licence => format!("{name} {version} is under {licence}, which xtask/src/tidy/licences.txt does not allow"),
    };
    refused
        .map(|package| Finding::new("Cargo.lock", 0, message(&package.name, &package.version, &package.licence)))
        .collect()
}

/// The names in the list: what stands before two spaces.
fn parse(list: &str) -> Vec<&str> {
    let entries = list.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    entries.map(|line| line.split_once("  ").map_or(line, |(name, _reason)| name).trim()).collect()
}

fn satisfied(expression: &str, allowed: &[&str]) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut reader = Reader { words: &words, allowed };
    let satisfied = reader.any_of();
    satisfied && reader.words.is_empty()
}

struct Reader<'a> {
    words: &'a [&'a str],
    allowed: &'a [&'a str],
}

impl Reader<'_> {
    fn any_of(&mut self) -> bool {
        let mut satisfied = self.all_of();
        while self.take("OR") {
            satisfied |= self.all_of();
        }
        satisfied
    }

    fn all_of(&mut self) -> bool {
        let mut satisfied = self.single();
        while self.take("AND") {
            satisfied &= self.single();
        }
        satisfied
    }

    fn single(&mut self) -> bool {
        if self.take("(") {
            let satisfied = self.any_of();
            return self.take(")") && satisfied;
        }
        let Some((name, rest)) = self.words.split_first() else { return false };
        self.words = rest;
        if self.take("WITH") {
            let Some((exception, rest)) = self.words.split_first() else { return false };
            self.words = rest;
            return self.allowed.contains(&format!("{name} WITH {exception}").as_str());
        }
        self.allowed.contains(name)
    }

    fn take(&mut self, word: &str) -> bool {
        let taken = self.words.first().is_some_and(|first| first.eq_ignore_ascii_case(word));
        if taken {
            self.words = &self.words[1..];
        }
        taken
    }
}

#[cfg(test)]
mod tests {
    //! Expressions from real manifests, and one that must be refused.
    use super::*;
    use crate::tidy::dependencies::Package;

    #[test]
    fn expressions_are_evaluated() {
        let cases = [
            ("a listed name", "MIT", true),
            ("an unlisted name", "GPL-3.0-only", false),
            ("one side of OR is enough", "GPL-2.0 OR MIT", true),
            ("the older slash means OR", "Unlicense/MIT", true),
            ("both sides of AND are needed", "MIT AND GPL-2.0", false),
            ("AND binds closer than OR", "GPL-2.0 AND MIT OR MIT", true),
            ("parentheses", "ISC AND (Apache-2.0 OR GPL-2.0)", true),
            ("an exception is part of the name", "Apache-2.0 WITH LLVM-exception", true),
            ("an unknown exception is not allowed", "Apache-2.0 WITH Other-exception", false),
            ("nothing is not a licence", "", false),
            ("a broken expression is not satisfied", "MIT )", false),
        ];
        let allowed = parse(LIST);
        for (sentence, expression, expected) in cases {
            assert_eq!(satisfied(expression, &allowed), expected, "{sentence}: {expression}");
        }
    }

    #[test]
    fn a_package_with_a_refused_licence_is_named() {
        let package = Package { name: "x".to_owned(), version: "1.0.0".to_owned(), licence: "AGPL-3.0".to_owned() };
        let found = check(&Repository { packages: vec![package], ..Repository::default() });
        assert_eq!(
            found[0].to_string(),
            "Cargo.lock: x 1.0.0 is under AGPL-3.0, which xtask/src/tidy/licences.txt does not allow"
        );
    }
}
