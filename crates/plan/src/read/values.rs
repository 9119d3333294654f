//! Single values without units: text, names, numbers, yes or no, and any JSON.

use super::{Read, scalar, web, wrong_type};
use crate::{
    mistakes::{Code, Collector, Mistake, Span},
    yaml::{Node, Value},
};
use schemars::{Schema, SchemaGenerator, json_schema};

/// Longest name, in characters.
const NAME_MAX: usize = 64;

impl Read for String {
    fn read(node: &Node, mistakes: &mut Collector<'_>) -> Option<Self> {
        scalar(node, "text", mistakes).map(str::to_owned)
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string"})
    }
}

impl Read for bool {
    fn read(node: &Node, mistakes: &mut Collector<'_>) -> Option<Self> {
        match scalar(node, "true or false", mistakes)? {
            "true" => Some(true),
            "false" => Some(false),
            other => {
                let message = format!("{other:?} is neither true nor false");
                mistakes.add(Mistake::new(Code::WrongType, node.span, message));
                None
            }
        }
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "boolean"})
    }
}

/// A name given by the plan's author: 1 to 64 letters, digits, spaces and `-_.:/+`, no space at its ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NameText(pub(crate) String);

impl Read for NameText {
    fn read(node: &Node, mistakes: &mut Collector<'_>) -> Option<Self> {
        let text = scalar(node, "a name", mistakes)?;
        let allowed = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_' | '.' | ':' | '/' | '+');
        let length = text.chars().count();
        if length == 0 || length > NAME_MAX || text.trim() != text || !text.chars().all(allowed) {
            let message = format!("{text:?} can't be a name");
            let hint =
                format!("1 to {NAME_MAX} letters, digits, spaces and any of - _ . : / +, without spaces at the ends");
            mistakes.add(Mistake::new(Code::Malformed, node.span, message).hint(hint));
            return None;
        }
        Some(Self(text.to_owned()))
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"title": "name", "type": "string", "minLength": 1, "maxLength": NAME_MAX})
    }
}

/// A whole number from `MIN` to `MAX`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Whole<const MIN: u64, const MAX: u64>(pub(crate) u64);

impl<const MIN: u64, const MAX: u64> Read for Whole<MIN, MAX> {
    fn read(node: &Node, mistakes: &mut Collector<'_>) -> Option<Self> {
        let text = scalar(node, "a whole number", mistakes)?;
        let quoted = matches!(node.value, Value::Scalar { plain: false, .. });
        if quoted || text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            let mistake = Mistake::new(Code::WrongType, node.span, format!("{text:?} is not a whole number"));
            mistakes.add(mistake.hint(format!("a number {}, without unit and quotes", range(MIN, MAX))));
            return None;
        }
        match text.parse() {
            Ok(number) if (MIN..=MAX).contains(&number) => Some(Self(number)),
            _ => {
                let mistake = Mistake::new(Code::OutOfRange, node.span, format!("{text} is out of range"));
                mistakes.add(mistake.hint(format!("a number {}", range(MIN, MAX))));
                None
            }
        }
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "integer", "minimum": MIN, "maximum": MAX})
    }
}

fn range(min: u64, max: u64) -> String {
    if max == u64::MAX { format!("of at least {min}") } else { format!("from {min} to {max}") }
}

/// A decimal number; limits are checked where it is used.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Decimal(pub(crate) f64);

impl Read for Decimal {
    fn read(node: &Node, mistakes: &mut Collector<'_>) -> Option<Self> {
        let text = scalar(node, "a number", mistakes)?;
        let quoted = matches!(node.value, Value::Scalar { plain: false, .. });
        let number = text.parse().ok().filter(|number: &f64| number.is_finite() && !quoted);
        if number.is_none() {
            let message = format!("{text:?} is not a number");
            mistakes.add(
                Mistake::new(Code::WrongType, node.span, message).hint("a number such as 99 or 99.9, without unit"),
            );
        }
        number.map(Self)
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "number"})
    }
}

/// A JSON body; the text in it is templates, of which each can be read.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Json {
    /// The body.
    pub(crate) value: serde_json::Value,
    /// From its first byte to its last.
    pub(crate) span: Span,
}

impl Read for Json {
    fn read(node: &Node, mistakes: &mut Collector<'_>) -> Option<Self> {
        match &node.value {
            Value::Scalar { .. } if !node.is_null() => {
                mistakes.add(wrong_type(node, "a mapping or a list").hint("text goes into `body`"));
                None
            }
            _ => templates_in(node, mistakes).then(|| Self { value: json_of(node), span: node.span }),
        }
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"title": "JSON", "type": ["object", "array"]})
    }
}

/// Whether each text in it is a template; adds mistakes for all those that aren't.
fn templates_in(node: &Node, mistakes: &mut Collector<'_>) -> bool {
    match &node.value {
        Value::Scalar { text, .. } => web::template(text, node.span, mistakes).is_some(),
        Value::Sequence(items) => items.iter().filter(|item| !templates_in(item, mistakes)).count() == 0,
        Value::Mapping(entries) => entries.iter().filter(|entry| !templates_in(&entry.value, mistakes)).count() == 0,
    }
}

/// A node as JSON, by YAML's core schema: null, true, false and numbers only without quotes.
pub(crate) fn json_of(node: &Node) -> serde_json::Value {
    match &node.value {
        _ if node.is_null() => serde_json::Value::Null,
        Value::Scalar { text, plain: true } => match text.as_str() {
            "true" => true.into(),
            "false" => false.into(),
            text => number(text).map_or_else(|| text.into(), serde_json::Value::Number),
        },
        Value::Scalar { text, plain: false } => text.as_str().into(),
        Value::Sequence(items) => items.iter().map(|item| json_of(item)).collect(),
        Value::Mapping(entries) => {
            entries.iter().map(|entry| (entry.name().to_owned(), json_of(&entry.value))).collect()
        }
    }
}

/// JSON's own number form only, so that `1.10.0`, `0x10` and `1_000` stay text.
fn number(text: &str) -> Option<serde_json::Number> {
    text.starts_with(|c: char| c == '-' || c.is_ascii_digit()).then(|| serde_json::from_str(text).ok()).flatten()
}
