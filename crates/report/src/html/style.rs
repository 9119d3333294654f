//! The style sheet, and the policy that allows it and nothing else.
//!
//! The policy refuses every request of any kind, and every style and script but those whose hashes it names. So the
//! file can be opened anywhere without telling anybody, and text from the tested system could not run even if the
//! escaping had a hole.

use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};
use std::fmt::Write;

const SHEET: &str = include_str!("style.css");

/// The style sheet with the page footer of the printed report.
pub(super) fn sheet(footer: &str) -> String {
    format!("{SHEET}\n@page {{ @bottom-left {{ content: \"{}\"; }} }}\n", css_text(footer))
}

/// The content security policy for style sheets from these sources.
pub(super) fn policy(styles: &[String]) -> String {
    format!("default-src 'none'; style-src {}; base-uri 'none'; form-action 'none'", styles.join(" "))
}

/// A style sheet or a script of the file itself, as a policy names it.
pub(super) fn source(text: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)))
}

/// Text inside of a CSS string: whatever could end it is written as an escape.
fn css_text(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_alphanumeric() || matches!(character, ' ' | '-' | '.' | ',' | ':' | '(' | ')') {
            safe.push(character);
        } else {
            // Infallible: a string takes every byte.
            let _ = write!(safe, "\\{:x} ", u32::from(character));
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_can_not_leave_its_string() {
        assert_eq!(css_text("run-1: FAIL (a.b)"), "run-1: FAIL (a.b)");
        assert_eq!(css_text("\"; } </style>\n\\"), "\\22 \\3b  \\7d  \\3c \\2f style\\3e \\a \\5c ");
    }

    #[test]
    fn a_source_is_the_hash_of_exactly_this_text() {
        // `printf 'p{}' | openssl dgst -sha256 -binary | base64`
        assert_eq!(source("p{}"), "'sha256-gG2yISYereRMiG2lMXrbiUgi0Ubw9p7QCeWcroOvy9Y='");
        assert_ne!(source("p{}"), source("p{} "));
    }
}
