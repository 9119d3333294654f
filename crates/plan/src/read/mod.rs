//! From nodes to typed values, without ever stopping: a value that can't be read is reported and its field is [`Field::Bad`].
//!
//! Map: [`Read`] is what each type that can stand in a plan implements: reading, and its part of the JSON Schema, side by
//! side so that they can't drift apart. [`section`] holds the macro that declares a mapping with its keys, their
//! documentation and their defaults: the reader, the schema and the reference page all come from that one declaration.
//! [`values`] are single values, [`units_read`] those with units, [`collections`] lists and mappings, [`words`] choices,
//! [`web`] addresses, header names, paths into JSON and templates, [`similar`] finds what was probably meant.

pub(crate) mod collections;
pub(crate) mod section;
pub(crate) mod similar;
pub(crate) mod units_read;
pub(crate) mod values;
pub(crate) mod web;
pub(crate) mod words;

use crate::{
    mistakes::{Code, Collector, Mistake, Span},
    yaml::{Node, Value},
};
use schemars::{Schema, SchemaGenerator};

/// Something that can stand in a plan.
pub(crate) trait Read: Sized {
    /// Reads it. `None` when that can't be; then at least one mistake has been added.
    fn read(node: &Node, mistakes: &mut Collector<'_>) -> Option<Self>;

    /// Its part of the JSON Schema.
    fn schema(generator: &mut SchemaGenerator) -> Schema;
}

/// A mapping that knows where it stands, to point there when a key is missing.
pub(crate) trait Placed {
    /// Where it stands.
    fn place(&self) -> Span;
}

/// A value and where it was written.
#[derive(Debug, Clone)]
pub(crate) struct Spanned<T> {
    /// The value.
    pub(crate) value: T,
    /// Where to point when it is meant.
    pub(crate) span: Span,
}

impl<T: Read> Spanned<T> {
    pub(crate) fn read(node: &Node, mistakes: &mut Collector<'_>) -> Option<Self> {
        T::read(node, mistakes).map(|value| Self { value, span: node.head() })
    }
}

/// What became of a key.
#[derive(Debug, Clone)]
pub(crate) enum Field<T> {
    /// Not written, and without a default.
    Absent,
    /// Missing or not readable. A mistake has been added, so whoever reads it keeps quiet.
    Bad,
    /// Not written; this is the documented default.
    Default(T),
    /// As written.
    Written(Spanned<T>),
}

impl<T> Field<T> {
    /// The value, written or default.
    pub(crate) fn value(&self) -> Option<&T> {
        match self {
            Self::Default(value) | Self::Written(Spanned { value, .. }) => Some(value),
            Self::Absent | Self::Bad => None,
        }
    }

    /// The value with its place, if it was written.
    pub(crate) fn written(&self) -> Option<&Spanned<T>> {
        match self {
            Self::Written(spanned) => Some(spanned),
            Self::Absent | Self::Bad | Self::Default(_) => None,
        }
    }

    /// Where it was written, else `or`.
    pub(crate) fn span_or(&self, or: Span) -> Span {
        self.written().map_or(or, |spanned| spanned.span)
    }

    /// Neither written nor has it a default.
    pub(crate) fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }

    /// Written, readable or not.
    pub(crate) fn is_written(&self) -> bool {
        matches!(self, Self::Written(_) | Self::Bad)
    }

    /// A mistake has been added for it.
    pub(crate) fn is_bad(&self) -> bool {
        matches!(self, Self::Bad)
    }
}

/// The text of a scalar that isn't null; else adds that `wanted` was wanted.
pub(crate) fn scalar<'n>(node: &'n Node, wanted: &str, mistakes: &mut Collector<'_>) -> Option<&'n str> {
    match &node.value {
        Value::Scalar { text, .. } if !node.is_null() => Some(text),
        _ => {
            // `{{ x }}` without quotes: a mapping in a mapping, which the tree's builder has reported.
            if !mistakes.source().text.get(node.span.start..).is_some_and(|rest| rest.starts_with("{{")) {
                mistakes.add(wrong_type(node, wanted));
            }
            None
        }
    }
}

/// `wanted` was wanted, the node is something else.
pub(crate) fn wrong_type(node: &Node, wanted: &str) -> Mistake {
    Mistake::new(Code::WrongType, node.head(), format!("{} where {wanted} is wanted", node.kind()))
}
