//! The small language of paths, headers and bodies: text with `{{ … }}` in it.
//!
//! | written | gives |
//! |---|---|
//! | `{{ name }}` | the variable a step extracted, or one the engine provides (see [`Expression::Variable`]) |
//! | `{{ feed.users.name }}` | a column of the row this journey drew from a data feed |
//! | `{{ unique }}` | an id that no other call in the run gives |
//! | `{{ random 1 1000 }}` | a whole number in 1..=1000; `by 2`: every second of them |
//! | `{{ resident 0 999 }}` | the same, of the part that belongs to the population's nearest region (see [`Numbers`]) |
//! | `{{ choice red green blue }}` | one of the words |
//! | `{{ now }}` / `{{ now unix }}` / `{{ now unix-ms }}` | the time, RFC 3339 / seconds / milliseconds |
//! | `{{ base64 TEXT }}` | TEXT (a word or a variable in the rest of the expression) in base64 |
//! | `{{ ledger.value }}`, `{{ ledger.id }}`, `{{ ledger.key }}` | in the ledger only; the key in its sessions only |
//!
//! A literal `{{` is written `{{{{`. Parsed when the plan is checked, so that a run never meets a bad template.

mod numbers;

pub use numbers::Numbers;

use serde::{Deserialize, Serialize};
use std::fmt;

/// A parsed template; prints as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    text: String,
    parts: Vec<Part>,
}

/// A piece of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// Copied as it is.
    Text(String),
    /// Computed for each request.
    Expression(Expression),
}

/// What can stand between `{{` and `}}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expression {
    /// An extracted value, or `user` (number of the virtual user), `population`, `origin`, `iteration`.
    Variable(String),
    /// A column of a data feed.
    Feed {
        /// The feed.
        feed: String,
        /// The column.
        column: String,
    },
    /// An id that no other call in the run gives.
    Unique,
    /// One of these numbers.
    Random(Numbers),
    /// One of those of these numbers that belong to the population's nearest region.
    Resident(Numbers),
    /// One of these.
    Choice(Vec<String>),
    /// The time in RFC 3339, UTC.
    Now,
    /// Whole seconds since 1970.
    NowUnix,
    /// Milliseconds since 1970.
    NowUnixMillis,
    /// The inner expression in base64.
    Base64(Box<Expression>),
    /// A word taken literally (argument of [`Expression::Base64`], in quotes).
    Literal(String),
    /// The ledger's unique value.
    LedgerValue,
    /// What the write's answer called it.
    LedgerId,
    /// The name of the key that a session of the ledger uses.
    LedgerKey,
}

/// A text that is no template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message} at character {at} of {text:?}")]
pub struct TemplateError {
    /// What is wrong.
    pub message: String,
    /// Where, in characters from 1.
    pub at: usize,
    /// The whole text.
    pub text: String,
}

/// Variables that the engine provides.
pub const ENGINE_VARIABLES: [&str; 4] = ["user", "population", "origin", "iteration"];

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// What is wrong and where.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        let error = |message: String, offset: usize| TemplateError {
            message,
            at: text[..offset].chars().count() + 1,
            text: text.to_owned(),
        };
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut position = 0;
        while let Some(found) = text[position..].find("{{") {
            let open = position + found;
            literal.push_str(&text[position..open]);
            if text[open..].starts_with("{{{{") {
                literal.push_str("{{");
                position = open + 4;
                continue;
            }
            let inner = open + 2;
            let close = text[inner..].find("}}").ok_or_else(|| error("`{{` without `}}`".to_owned(), open))? + inner;
            let expression = Expression::parse(text[inner..close].trim()).map_err(|message| error(message, inner))?;
            if !literal.is_empty() {
                parts.push(Part::Text(std::mem::take(&mut literal)));
            }
            parts.push(Part::Expression(expression));
            position = close + 2;
        }
        literal.push_str(&text[position..]);
        if !literal.is_empty() {
            parts.push(Part::Text(literal));
        }
        Ok(Self { text: text.to_owned(), parts })
    }

    /// The pieces, in order.
    #[must_use]
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// All expressions in it, the inner ones too.
    pub fn expressions(&self) -> impl Iterator<Item = &Expression> {
        self.parts.iter().filter_map(|part| match part {
            Part::Expression(Expression::Base64(inner)) => Some(&**inner),
            Part::Expression(expression) => Some(expression),
            Part::Text(_) => None,
        })
    }
}

impl Expression {
    fn parse(text: &str) -> Result<Self, String> {
        let words: Vec<&str> = text.split_whitespace().collect();
        match words.as_slice() {
            [] => Err("nothing between `{{` and `}}`".to_owned()),
            ["unique"] => Ok(Self::Unique),
            ["now"] => Ok(Self::Now),
            ["now", "unix"] => Ok(Self::NowUnix),
            ["now", "unix-ms"] => Ok(Self::NowUnixMillis),
            ["now", other] => Err(format!("`now {other}` is not known: write now, now unix or now unix-ms")),
            ["random", range @ ..] if !range.is_empty() => numbers::parse("random", range).map(Self::Random),
            ["resident", range @ ..] if !range.is_empty() => numbers::parse("resident", range).map(Self::Resident),
            ["choice", first, rest @ ..] => {
                Ok(Self::Choice(std::iter::once(first).chain(rest).map(|word| (*word).to_owned()).collect()))
            }
            ["base64", ..] => base64(text["base64".len()..].trim()),
            ["random" | "resident" | "choice", ..] => {
                Err(format!("`{text}` lacks its values: write random 1 100, resident 0 999, or choice a b c"))
            }
            [word] => variable(word),
            [word, ..] => {
                Err(format!("`{word}` is no function: write unique, random, resident, choice, now or base64"))
            }
        }
    }
}

fn base64(argument: &str) -> Result<Expression, String> {
    let quoted = argument.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let inner = match quoted {
        Some(word) => Expression::Literal(word.to_owned()),
        None => Expression::parse(argument)?,
    };
    match inner {
        Expression::Base64(_) => Err("base64 in base64".to_owned()),
        inner => Ok(Expression::Base64(Box::new(inner))),
    }
}

fn variable(word: &str) -> Result<Expression, String> {
    let valid = |name: &str| !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'));
    match word.split('.').collect::<Vec<_>>().as_slice() {
        ["ledger", "value"] => Ok(Expression::LedgerValue),
        ["ledger", "id"] => Ok(Expression::LedgerId),
        ["ledger", "key"] => Ok(Expression::LedgerKey),
        ["feed", feed, column] if valid(feed) && valid(column) => {
            Ok(Expression::Feed { feed: (*feed).to_owned(), column: (*column).to_owned() })
        }
        [name] if valid(name) => Ok(Expression::Variable((*name).to_owned())),
        _ => Err(format!(
            "`{word}` is not a name: letters, digits, _ and -; or feed.NAME.COLUMN, ledger.value, ledger.id, ledger.key"
        )),
    }
}

impl fmt::Display for Template {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl Serialize for Template {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Template {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests;
