//! Text from the tested system with nothing invisible in it.
//!
//! A control character could drive a terminal; a direction mark or a zero-width letter could make two names look alike in
//! any rendering. All of them are shown as `�`.

/// The text on one line: blanks of every kind are a space, what can't be seen is `�`.
pub(crate) fn line(text: &str) -> String {
    text.chars()
        .map(|character| match character {
            '\n' | '\t' | '\r' => ' ',
            _ if is_unseen(character) => '�',
            _ => character,
        })
        .collect()
}

/// Control characters, and format characters that reorder or hide what follows.
fn is_unseen(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_not_be_seen_is_shown() {
        let cases = [
            ("plain", "plain"),
            ("red \u{1b}[31m", "red �[31m"),
            ("bell\u{7}", "bell�"),
            ("two\nlines\tand tab", "two lines and tab"),
            ("right-to-left \u{202e}txt", "right-to-left �txt"),
            ("zero\u{200b}width", "zero�width"),
            ("c1 \u{9b}2J", "c1 �2J"),
        ];
        for (text, seen) in cases {
            assert_eq!(line(text), seen);
        }
    }
}
