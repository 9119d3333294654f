//! One of some words.

use super::{Read, scalar, similar};
use crate::{
    mistakes::{Code, Collector, Mistake},
    yaml::Node,
};
use schemars::{Schema, SchemaGenerator, json_schema};

/// A type each of whose values is written as one word.
pub(crate) trait Words: Copy + 'static {
    /// The words and what they stand for.
    const WORDS: &'static [(&'static str, Self)];
}

/// One of the words of `T`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Word<T>(pub(crate) T);

impl<T: Words> Read for Word<T> {
    fn read(node: &Node, mistakes: &mut Collector<'_>) -> Option<Self> {
        let words: Vec<&str> = T::WORDS.iter().map(|(word, _)| *word).collect();
        let text = scalar(node, &one_of(&words), mistakes)?;
        let found = T::WORDS.iter().find(|(word, _)| *word == text);
        if found.is_none() {
            let mistake = Mistake::new(Code::UnknownWord, node.span, format!("`{text}` is not {}", one_of(&words)));
            mistakes.add(match similar::nearest(text, words) {
                Some(nearest) => mistake.hint(format!("did you mean `{nearest}`?")),
                None => mistake,
            });
        }
        found.map(|(_, value)| Self(*value))
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"enum": T::WORDS.iter().map(|(word, _)| *word).collect::<Vec<_>>()})
    }
}

/// `a`, `a or b`, `one of a, b or c`.
fn one_of(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [only] => format!("`{only}`"),
        [rest @ .., last] => {
            let rest: Vec<String> = rest.iter().map(|word| format!("`{word}`")).collect();
            format!("{}{} or `{last}`", if rest.len() > 1 { "one of " } else { "" }, rest.join(", "))
        }
    }
}
