//! What belongs together in a sentence and must not be torn apart where a line ends: a number and its unit, the groups of a number.

/// A blank at which no line is broken.
pub(crate) const BOUND: char = '\u{a0}';
/// Units that are printed behind a blank.
const UNITS: [&str; 19] =
    ["%", "s", "ms", "µs", "us", "min", "m", "h", "d", "k", "M", "G", "B", "kB", "KB", "KiB", "MB", "MiB", "GiB"];

/// With blanks that don't break inside of `14 414`, `17.6 s`, `±0.1 s` and `0.4 %`.
pub(crate) fn bound(sentence: &str) -> String {
    let mut bound = String::with_capacity(sentence.len());
    let mut before = ' ';
    for (at, character) in sentence.char_indices() {
        let binds = character == ' ' && before.is_ascii_digit() && goes_on(&sentence[at + 1..]);
        bound.push(if binds { BOUND } else { character });
        before = character;
    }
    bound
}

/// Whether a number that a blank follows goes on behind it: with three digits, its error, or its unit.
fn goes_on(rest: &str) -> bool {
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let word = |character: char| character.is_alphanumeric() || character == '%';
    let unit = &rest[..rest.find(|character| !word(character)).unwrap_or(rest.len())];
    digits == 3 || rest.starts_with('±') || UNITS.contains(&unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_keeps_its_unit() {
        let cases = [
            ("of 14 414 requests", "of 14~414 requests"),
            ("in 17.6 s ±0.1 s", "in 17.6~s ±0.1~s"),
            ("0.4 % of 1 234 567, at 3.2 MiB/s", "0.4~% of 1~234~567, at 3.2~MiB/s"),
            ("at 2 of 3, and 12 more samples", "at 2 of 3, and 12 more samples"),
            ("4 minutes 30 s", "4 minutes 30~s"),
            ("5 µs, 7 ±2 %", "5~µs, 7~±2~%"),
            ("eu-1 is down", "eu-1 is down"),
            ("", ""),
            ("9 ", "9 "),
        ];
        for (sentence, expected) in cases {
            assert_eq!(bound(sentence), expected.replace('~', "\u{a0}"));
        }
    }
}
