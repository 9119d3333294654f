//! A Rust file with its code told from its comments and strings, and its tests from the rest.
//!
//! The rules look for words such as `Instant::now` and count braces. Neither may be misled by a comment or a string
//! that holds the same characters, so each file is read once by a small lexer that writes a *code view*: the same
//! text, with the contents of comments, strings and character literals replaced by spaces. Lines and columns stay.
//!
//! Known limits: macros are read as if their contents were plain code, and `#[cfg(test)]` is recognised when it is
//! written exactly so (`#[cfg(all(test, …))]` too).

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use super::repository::TextFile;

/// A Rust file as the rules see it.
#[derive(Debug, Clone)]
pub(super) struct RustSource {
    pub(super) path: String,
    /// The text as written.
    pub(super) text: String,
    /// The same text without comments and the contents of literals.
    pub(super) code: String,
    /// Lines (from 1) of `#[cfg(test)]` modules inside this file.
    pub(super) test_modules: Vec<RangeInclusive<usize>>,
    /// The whole file is compiled for tests only.
    pub(super) is_test_file: bool,
}

impl RustSource {
    /// Reads all Rust files among `files`. All at once, for whether a file is a test is written in its parent.
    pub(super) fn of_all(files: &[TextFile]) -> Vec<Self> {
        let rust_files = files.iter().filter(|file| file.path.ends_with(".rs"));
        let mut sources: Vec<Self> = rust_files.map(Self::of).collect();
        let declared: BTreeSet<String> = sources.iter().flat_map(Self::declared_test_files).collect();
        for source in &mut sources {
            source.is_test_file |= declared.contains(&source.path);
        }
        sources
    }

    /// Whether the line (from 1) is compiled for tests only.
    pub(super) fn is_test_line(&self, line: usize) -> bool {
        self.is_test_file || self.test_modules.iter().any(|lines| lines.contains(&line))
    }

    /// Lines of the code view outside tests, with their numbers from 1.
    pub(super) fn shipped_code(&self) -> impl Iterator<Item = (usize, &str)> {
        let numbered = self.code.lines().enumerate().map(|(index, line)| (index + 1, line));
        numbered.filter(|&(number, _)| !self.is_test_line(number))
    }

    /// How many lines the file has.
    pub(super) fn length(&self) -> usize {
        self.text.lines().count()
    }

    fn of(file: &TextFile) -> Self {
        let code = code_view(&file.text);
        let test_modules = test_modules(&code);
        let in_test_folder = ["/tests/", "/benches/"].iter().any(|folder| file.path.contains(folder));
        let is_test_file = in_test_folder || file.path.ends_with("/tests.rs");
        Self { path: file.path.clone(), text: file.text.clone(), code, test_modules, is_test_file }
    }

    /// Files that this one declares as `#[cfg(test)] mod name;`, in both places where they may be.
    fn declared_test_files(&self) -> Vec<String> {
        let (folder, name) = self.path.rsplit_once('/').unwrap_or(("", &self.path));
        let is_root = ["lib.rs", "main.rs", "mod.rs"].contains(&name);
        let folder = if is_root { folder.to_owned() } else { format!("{folder}/{}", name.trim_end_matches(".rs")) };
        let lines: Vec<&str> = self.code.lines().map(str::trim).collect();
        let pairs = lines.windows(2).filter(|pair| is_test_attribute(pair[0]));
        let names = pairs.filter_map(|pair| module_name(pair[1]));
        names.flat_map(|name| [format!("{folder}/{name}.rs"), format!("{folder}/{name}/mod.rs")]).collect()
    }
}

/// The position just behind the brace that closes the one at `open`, or the end of the text.
pub(super) fn closing_brace(code: &str, open: usize) -> usize {
    let mut depth = 0_usize;
    for (offset, character) in code[open..].char_indices() {
        match character {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return open + offset + 1;
        }
    }
    code.len()
}

/// The line (from 1) that holds this position.
pub(super) fn line_at(text: &str, position: usize) -> usize {
    text[..position].matches('\n').count() + 1
}

fn is_test_attribute(line: &str) -> bool {
    line.starts_with("#[cfg(test)]") || line.starts_with("#[cfg(all(test")
}

/// The name in `mod name;`, whatever its visibility.
fn module_name(line: &str) -> Option<&str> {
    line.strip_suffix(';')?.rsplit_once("mod ").map(|(_, name)| name.trim())
}

fn test_modules(code: &str) -> Vec<RangeInclusive<usize>> {
    let mut modules = Vec::new();
    for (attribute, _) in code.match_indices("#[cfg(") {
        if !is_test_attribute(&code[attribute..]) {
            continue;
        }
        let rest = &code[attribute..];
        let (Some(brace), end) = (rest.find('{'), rest.find(';').unwrap_or(rest.len())) else { continue };
        if brace < end && rest[..brace].contains("mod ") {
            let close = closing_brace(code, attribute + brace);
            modules.push(line_at(code, attribute)..=line_at(code, close));
        }
    }
    modules
}

/// The same text with comments and the contents of literals blanked.
fn code_view(text: &str) -> String {
    let mut view = String::with_capacity(text.len());
    let mut rest = text;
    let mut before = ' ';
    while let Some(first) = rest.chars().next() {
        let (kept, blanked) = match literal_or_comment(rest, before) {
            Some(length) => (0, length),
            None => (first.len_utf8(), 0),
        };
        view.push_str(&rest[..kept]);
        view.extend(rest[..blanked].chars().map(blank));
        before = if kept > 0 { first } else { ' ' };
        rest = &rest[kept + blanked..];
    }
    view
}

fn blank(character: char) -> char {
    if character == '\n' { '\n' } else { ' ' }
}

/// The length of the comment or literal that `rest` starts with, if it does. `before` is the character before it.
fn literal_or_comment(rest: &str, before: char) -> Option<usize> {
    let in_word = before.is_alphanumeric() || before == '_';
    match rest.as_bytes()[0] {
        b'/' if rest.starts_with("//") => Some(rest.find('\n').unwrap_or(rest.len())),
        b'/' if rest.starts_with("/*") => Some(block_comment(rest)),
        b'"' => Some(quoted(rest, 0)),
        b'r' | b'b' | b'c' if !in_word => prefixed_string(rest),
        b'\'' => character_literal(rest),
        _ => None,
    }
}

fn block_comment(rest: &str) -> usize {
    let (mut depth, mut position) = (0_usize, 0);
    while position < rest.len() {
        let here = &rest.as_bytes()[position..];
        if here.starts_with(b"/*") {
            depth += 1;
            position += 2;
        } else if here.starts_with(b"*/") {
            depth -= 1;
            position += 2;
            if depth == 0 {
                return position;
            }
        } else {
            position += 1;
        }
    }
    rest.len()
}

/// The end of a string with escapes whose opening quote is at `open`.
fn quoted(rest: &str, open: usize) -> usize {
    let bytes = rest.as_bytes();
    let mut position = open + 1;
    while position < bytes.len() {
        match bytes[position] {
            b'\\' => position += 2,
            b'"' => return position + 1,
            _ => position += 1,
        }
    }
    rest.len()
}

/// `b"…"`, `c"…"`, `r"…"`, `r#"…"#`, `br#"…"#` and `b'…'`.
fn prefixed_string(rest: &str) -> Option<usize> {
    let prefix = rest.find(|character: char| !matches!(character, 'r' | 'b' | 'c'))?;
    if prefix > 2 {
        return None;
    }
    let hashes = rest[prefix..].len() - rest[prefix..].trim_start_matches('#').len();
    let quote = prefix + hashes;
    match rest.as_bytes().get(quote)? {
        b'"' if rest[..prefix].contains('r') => {
            let end = format!("\"{}", "#".repeat(hashes));
            let contents = &rest[quote + 1..];
            Some(contents.find(&end).map_or(rest.len(), |at| quote + 1 + at + end.len()))
        }
        b'"' if hashes == 0 => Some(quoted(rest, quote)),
        b'\'' if hashes == 0 && &rest[..prefix] == "b" => character_literal(&rest[prefix..]).map(|end| prefix + end),
        _ => None,
    }
}

/// A character literal; a lifetime is not one and stays.
fn character_literal(rest: &str) -> Option<usize> {
    let mut characters = rest.char_indices().skip(1);
    let (_, first) = characters.next()?;
    if first == '\\' {
        let contents = &rest[3.min(rest.len())..];
        return contents.find('\'').map(|at| 3 + at + 1);
    }
    let (at, second) = characters.next()?;
    (second == '\'').then_some(at + 1)
}

#[cfg(test)]
mod tests {
    //! What the lexer keeps, what it blanks, and what it takes for a test.
    use super::*;
    use crate::tidy::repository::Repository;

    #[test]
    fn comments_and_literals_are_blanked_and_code_is_kept() {
        let cases = [
            ("a line comment", "a // b {\nc", "a       \nc"),
            ("a nested block comment", "a /* { /* */ } */ b", "a                 b"),
            ("a string with an escaped quote", r#"f("a\"{", b)"#, "f(      , b)"),
            ("a raw string with hashes", "f(r#\"a\"{\"#, b)", "f(        , b)"),
            ("a byte string", "f(b\"{\")", "f(    )"),
            ("a brace as a character", "m('{', '\\n', '\\'')", "m(   ,     ,     )"),
            ("a lifetime is not a character", "fn f<'a>(x: &'a str) {}", "fn f<'a>(x: &'a str) {}"),
            ("a name that ends in r is not a prefix", "var\"x\"", "var   "),
            ("a raw identifier stays", "r#type = 1", "r#type = 1"),
        ];
        for (sentence, text, expected) in cases {
            assert_eq!(code_view(text), expected, "{sentence}");
        }
    }

    #[test]
    fn test_modules_and_declared_test_files_are_told_from_the_rest() {
        let library =
            "//! Doc.\nfn a() {}\n#[cfg(test)]\nmod properties;\n#[cfg(test)]\nmod tests {\n    fn b() {}\n}\n";
        let repository = Repository::of(&[
            ("crates/plan/src/lib.rs", library),
            ("crates/plan/src/properties.rs", "fn c() {}\n"),
            ("crates/plan/src/share.rs", "#[cfg(test)]\nmod cases;\n"),
            ("crates/plan/src/share/cases.rs", "fn d() {}\n"),
            ("crates/plan/tests/all.rs", "fn e() {}\n"),
        ]);
        let tests: Vec<bool> = repository.sources.iter().map(|source| source.is_test_file).collect();
        assert_eq!(tests, [false, true, false, true, true]);
        let shipped: Vec<usize> = repository.sources[0].shipped_code().map(|(number, _)| number).collect();
        assert_eq!(shipped, [1, 2, 3, 4]);
    }
}
