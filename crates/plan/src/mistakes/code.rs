//! The kinds of mistake: stable words that scripts and editors can match.

use std::fmt;

macro_rules! codes {
    ($($(#[doc = $doc:literal])* $variant:ident $text:literal),* $(,)?) => {
        /// What kind of mistake; prints as a stable word.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code {
            $($(#[doc = $doc])* $variant,)*
        }

        impl Code {
            /// All kinds.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The stable word (`unknown-key`).
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                }
            }

            /// One sentence on it.
            #[must_use]
            pub fn meaning(self) -> &'static str {
                match self {
                    $(Self::$variant => concat!($($doc),*).trim_ascii(),)*
                }
            }
        }
    };
}

codes! {
    /// The text is no YAML, or not one document of it.
    Syntax "syntax",
    /// The same key twice in one mapping.
    DuplicateKey "duplicate-key",
    /// A key that nothing reads.
    UnknownKey "unknown-key",
    /// Something that must be there is not.
    Missing "missing",
    /// Another kind of value was wanted: text, number, list, mapping, one of some words.
    WrongType "wrong-type",
    /// A value without its unit, or with one that doesn't fit.
    WrongUnit "wrong-unit",
    /// A value of the right kind that is too small, too large or too long.
    OutOfRange "out-of-range",
    /// A word that is not one of those that can stand there.
    UnknownWord "unknown-word",
    /// A region, place, access profile, population, step, feed, column or variable that nobody knows.
    UnknownName "unknown-name",
    /// A name that was given to something else of the same kind.
    DuplicateName "duplicate-name",
    /// Parts that don't add up to the whole.
    Shares "shares",
    /// Things that can't be together.
    Conflict "conflict",
    /// A time that doesn't fit the load's times.
    Timing "timing",
    /// Something that needs what the plan doesn't have.
    Unmet "unmet",
    /// An address, header name, JSONPath or name that isn't well formed.
    Malformed "malformed",
    /// A template that can't be read.
    Template "template",
    /// A file that the plan names and that can't be used.
    File "file",
}

impl fmt::Display for Code {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}
