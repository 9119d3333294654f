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
    /// What else can stand there, for messages.
    const OR: &'static str = "";
}

/// One of the words of `T`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Word<T>(pub(crate) T);

impl<T: Words> Read for Word<T> {
    fn read(node: &Node, mistakes: &mut Collector<'_>) -> Option<Self> {
        let words: Vec<&str> = T::WORDS.iter().map(|(word, _)| *word).collect();
        let text = scalar(node, &one_of(&words, T::OR), mistakes)?;
        let found = T::WORDS.iter().find(|(word, _)| *word == text);
        if found.is_none() {
            let mistake =
                Mistake::new(Code::UnknownWord, node.span, format!("`{text}` is not {}", one_of(&words, T::OR)));
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

/// `a`, `a or b`, `one of a, b or c`, and what else can stand there.
fn one_of(words: &[&str], or: &str) -> String {
    let mut quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    quoted.extend((!or.is_empty()).then(|| or.to_owned()));
    match quoted.as_slice() {
        [] => String::new(),
        [only] => only.clone(),
        [rest @ .., last] => {
            format!("{}{} or {last}", if rest.len() > 1 { "one of " } else { "" }, rest.join(", "))
        }
    }
}
