//! Letters in columns: cleaning, ASCII, widths, and cutting what is too long.
//!
//! Names and reasons come from the tested system: nothing of them reaches the terminal but what can be seen.

use super::{Glyphs, Style};
use crate::{together, visible};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The text on one line, without control or invisible direction marks, in the characters that the style allows.
pub(crate) fn clean(text: &str, style: &Style) -> String {
    let cleaned = visible::line(text);
    match style.glyphs() {
        Glyphs::Unicode => cleaned,
        Glyphs::Ascii => ascii(&cleaned),
    }
}

/// How many columns a clean text takes.
pub(crate) fn width(text: &str) -> usize {
    UnicodeWidthStr::width(text)
}

/// At most `columns` wide: what is too long loses its middle, since names of one family differ at both ends.
pub(crate) fn fit_middle(text: &str, columns: usize, style: &Style) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let ellipsis = ellipsis(style);
    let Some(room) = columns.checked_sub(width(ellipsis)).filter(|room| *room >= 2) else {
        return take_columns(text.chars(), columns).into_iter().collect();
    };
    let head = take_columns(text.chars(), room.div_ceil(2));
    let tail = take_columns(text.chars().rev(), room / 2);
    head.into_iter().chain(ellipsis.chars()).chain(tail.into_iter().rev()).collect()
}

/// At most `columns` wide: what is too long loses its end.
pub(crate) fn fit_end(text: &str, columns: usize, style: &Style) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let ellipsis = ellipsis(style);
    let room = columns.saturating_sub(width(ellipsis));
    let mut cut: String = take_columns(text.chars(), room).into_iter().collect();
    cut.truncate(cut.trim_end().len());
    cut.push_str(ellipsis);
    take_columns(cut.chars(), columns).into_iter().collect()
}

/// Broken between words into lines of at most `columns`; at most `lines_max` of them, the last one cut where there is more. A number
/// and its unit are one word, unless that is wider than a line.
pub(crate) fn fold(text: &str, columns: usize, lines_max: usize, style: &Style) -> Vec<String> {
    let text = together::bound(text);
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    let parted = |character: char| character.is_whitespace() && character != together::BOUND;
    let mut words = text
        .split(parted)
        .flat_map(|word| {
            let is_whole = width(word) <= columns;
            word.split(move |character| character == together::BOUND && !is_whole)
        })
        .filter(|word| !word.is_empty())
        .peekable();
    while let Some(word) = words.next() {
        let is_last_line = lines.len() + 1 == lines_max;
        if !line.is_empty() && width(&line) + 1 + width(word) > columns && !is_last_line {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
        let is_done = words.peek().is_none() || (is_last_line && width(&line) > columns);
        if is_done {
            break;
        }
    }
    lines.push(line);
    lines.iter().map(|line| fit_end(&line.replace(together::BOUND, " "), columns, style)).collect()
}

fn ellipsis(style: &Style) -> &'static str {
    match style.glyphs() {
        Glyphs::Unicode => "…",
        Glyphs::Ascii => "..",
    }
}

fn take_columns(characters: impl Iterator<Item = char>, columns: usize) -> Vec<char> {
    let mut taken = Vec::new();
    let mut used = 0;
    for character in characters {
        used += character.width().unwrap_or(0);
        if used > columns {
            break;
        }
        taken.push(character);
    }
    taken
}

fn ascii(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            character if character.is_ascii() => plain.push(character),
            other => plain.push_str(ascii_of(other)),
        }
    }
    plain
}

fn ascii_of(character: char) -> &'static str {
    match character {
        '±' => "+-",
        'µ' | 'μ' => "u",
        '→' => "->",
        '–' | '−' | '‐' | '‑' | '─' => "-",
        '—' => "--",
        '…' => "..",
        '×' => "x",
        '÷' => "/",
        '·' => ".",
        '≤' => "<=",
        '≥' => ">=",
        '≈' => "~",
        '“' | '”' | '„' => "\"",
        '‘' | '’' => "'",
        '✕' => "X",
        '▲' => "^",
        '◐' => ":",
        '●' => ".",
        '○' => "o",
        '✓' => "+",
        '①' => "(1)",
        '②' => "(2)",
        '③' => "(3)",
        '④' => "(4)",
        '⑤' => "(5)",
        '⑥' => "(6)",
        '⑦' => "(7)",
        '⑧' => "(8)",
        '\u{a0}' | '\u{202f}' | '\u{2009}' => " ",
        '▁' => "_",
        '▂' => ".",
        '▃' => "-",
        '▄' => "=",
        '▅' => "+",
        '▆' => "*",
        '▇' => "#",
        '█' => "@",
        _ => "?",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ascii_style() -> Style {
        Style::plain().with_glyphs(Glyphs::Ascii)
    }

    #[test]
    fn the_middle_goes_first() {
        let cases = [
            ("eu-west-1", 9, "eu-west-1"),
            ("asia-northeast-2-cable", 12, "asia-n…cable"),
            ("abcdef", 2, "ab"),
            ("東京東京東京", 5, "東…京"),
        ];
        for (text, columns, fitted) in cases {
            assert_eq!(fit_middle(text, columns, &Style::plain()), fitted, "{text} in {columns}");
        }
        assert_eq!(fit_middle("asia-northeast-2-cable", 12, &ascii_style()), "asia-..cable");
    }

    #[test]
    fn prose_is_folded_between_words() {
        let text = "one two three four five six";
        assert_eq!(fold(text, 9, 9, &Style::plain()), ["one two", "three", "four five", "six"]);
        assert_eq!(fold(text, 9, 2, &Style::plain()), ["one two", "three fo…"]);
        assert_eq!(fold("", 9, 2, &Style::plain()), [""]);
        assert_eq!(fold("unbreakable-word", 9, 3, &Style::plain()), ["unbreaka…"]);
    }

    #[test]
    fn a_number_and_its_unit_stay_on_one_line() {
        let folded = |text: &str, columns| fold(text, columns, 9, &Style::plain());
        assert_eq!(folded("some 8 of all 14 414 were 3.5 % slow", 13), ["some 8 of all", "14 414 were", "3.5 % slow"]);
        assert_eq!(folded("100 200 300 400", 9), ["100 200", "300 400"], "wider than a line");
    }

    proptest! {
        #[test]
        fn nothing_is_wider_than_asked(text in "\\PC{0,40}|[\u{0}-\u{ff}]{0,40}", columns in 0_usize..30) {
            for style in [Style::plain(), ascii_style()] {
                let text = clean(&text, &style);
                prop_assert!(width(&fit_middle(&text, columns, &style)) <= columns);
                prop_assert!(width(&fit_end(&text, columns, &style)) <= columns);
                prop_assert!(fold(&text, columns, 3, &style).iter().all(|line| width(line) <= columns));
            }
            prop_assert!(clean(&text, &ascii_style()).bytes().all(|byte| (b' '..=b'~').contains(&byte)));
        }
    }
}
