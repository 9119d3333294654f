//! The plan's text as a tree of nodes that know where they stand.
//!
//! Why a tree of our own and not `serde`: a derived reader stops at the first wrong value and can't say two things at
//! once, and it forgets where values stood, which checks across sections need. The tree is built from the parser's
//! events in one pass ([`build()`]); [`crate::read`] maps it to typed values and never stops.
//!
//! What YAML offers beyond plain mappings, sequences and scalars: anchors, aliases and merge keys (`<<`) work, with a
//! budget against aliases of aliases; tags, several documents and keys that aren't scalars are mistakes. A scalar keeps
//! its text: `name: no` is the text `no`, whatever a YAML 1.1 reader would make of it.

mod build;

pub(crate) use build::{build, snippet};

use crate::mistakes::Span;
use std::rc::Rc;

/// A node and where it stands.
#[derive(Debug)]
pub(crate) struct Node {
    /// From its first byte to its last.
    pub(crate) span: Span,
    /// What it is.
    pub(crate) value: Value,
}

/// What a node is.
#[derive(Debug)]
pub(crate) enum Value {
    /// A scalar's text; `plain` when it stood without quotes.
    Scalar { text: String, plain: bool },
    /// A list.
    Sequence(Vec<Rc<Node>>),
    /// A mapping, in the order written, without duplicates.
    Mapping(Vec<Entry>),
}

/// One entry of a mapping. The key is a scalar.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// The key.
    pub(crate) key: Rc<Node>,
    /// Its value.
    pub(crate) value: Rc<Node>,
}

impl Entry {
    /// The key's text.
    pub(crate) fn name(&self) -> &str {
        match &self.key.value {
            Value::Scalar { text, .. } => text,
            Value::Sequence(_) | Value::Mapping(_) => unreachable!("the tree's builder refuses such keys"),
        }
    }
}

impl Node {
    /// Whether it is `~`, `null` or nothing at all.
    pub(crate) fn is_null(&self) -> bool {
        matches!(&self.value, Value::Scalar { text, plain: true }
            if matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL"))
    }

    /// Where to point when the whole node is meant: a scalar itself, the first key of a mapping, the first item of a list.
    pub(crate) fn head(&self) -> Span {
        match &self.value {
            Value::Mapping(entries) => entries.first().map_or(self.span, |entry| entry.key.span),
            Value::Sequence(items) => items.first().map_or(self.span, |item| item.head()),
            Value::Scalar { .. } => self.span,
        }
    }

    /// What it is, for messages: `a list`, `text`, `nothing`.
    pub(crate) fn kind(&self) -> &'static str {
        match &self.value {
            _ if self.is_null() => "nothing",
            Value::Scalar { .. } => "a single value",
            Value::Sequence(_) => "a list",
            Value::Mapping(_) => "a mapping",
        }
    }
}
