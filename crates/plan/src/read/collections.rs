//! Lists, mappings with free keys, and values that have a short and a long form.

use super::{Read, Spanned, wrong_type};
use crate::{
    mistakes::{Code, Collector, Mistake},
    yaml::{Node, Value},
};
use schemars::{Schema, SchemaGenerator, json_schema};

/// Longer lists are refused.
const ITEMS_MAX: usize = 1_000;

/// A list that isn't empty and has at most 1000 items. An item that can't be read is left out and makes the list incomplete.
#[derive(Debug, Clone)]
pub(crate) struct List<T> {
    /// What could be read.
    pub(crate) items: Vec<Spanned<T>>,
    /// Nothing was left out.
    pub(crate) complete: bool,
}

impl<T: Read> Read for List<T> {
    fn read(node: &Node, mistakes: &mut Collector<'_>) -> Option<Self> {
        let Value::Sequence(nodes) = &node.value else {
            mistakes.add(wrong_type(node, "a list").hint("write [a, b], or one line with `- ` for each"));
            return None;
        };
        if nodes.is_empty() {
            mistakes.add(
                Mistake::new(Code::Missing, node.span, "the list is empty").hint("add an item, or leave the key out"),
            );
            return None;
        }
        if nodes.len() > ITEMS_MAX {
            let message = format!("the list has {} items, at most {ITEMS_MAX} are possible", nodes.len());
            mistakes.add(Mistake::new(Code::OutOfRange, nodes[ITEMS_MAX].head(), message));
            return None;
        }
        let items: Vec<_> = nodes.iter().filter_map(|item| Spanned::read(item, mistakes)).collect();
        Some(Self { complete: items.len() == nodes.len(), items })
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "array", "minItems": 1, "maxItems": ITEMS_MAX, "items": T::schema(generator)})
    }
}

/// A list, or its only item without the brackets.
#[derive(Debug, Clone)]
pub(crate) struct OneOrMany<T>(pub(crate) Vec<Spanned<T>>);

impl<T: Read> Read for OneOrMany<T> {
    fn read(node: &Node, mistakes: &mut Collector<'_>) -> Option<Self> {
        match &node.value {
            Value::Sequence(_) => List::read(node, mistakes).map(|list| Self(list.items)),
            Value::Scalar { .. } | Value::Mapping(_) => Spanned::read(node, mistakes).map(|item| Self(vec![item])),
        }
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({"anyOf": [T::schema(generator), List::<T>::schema(generator)]})
    }
}

/// A mapping with keys of the author's choice, in the order written. Entries that can't be read are left out.
#[derive(Debug, Clone)]
pub(crate) struct Mapping<K, V> {
    /// What could be read.
    pub(crate) entries: Vec<(Spanned<K>, Spanned<V>)>,
    /// Nothing was left out.
    pub(crate) complete: bool,
}

impl<K: Read, V: Read> Read for Mapping<K, V> {
    fn read(node: &Node, mistakes: &mut Collector<'_>) -> Option<Self> {
        let Value::Mapping(nodes) = &node.value else {
            mistakes.add(wrong_type(node, "a mapping").hint("write {key: value}, or one line `key: value` for each"));
            return None;
        };
        let mut entries = Vec::with_capacity(nodes.len());
        for entry in nodes {
            let key = Spanned::read(&entry.key, mistakes);
            let value = Spanned::read(&entry.value, mistakes);
            entries.extend(key.zip(value));
        }
        Some(Self { complete: entries.len() == nodes.len(), entries })
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "object", "additionalProperties": V::schema(generator)})
    }
}

/// A value, or nothing (`~`).
#[derive(Debug, Clone)]
pub(crate) struct OrNothing<T>(pub(crate) Option<T>);

impl<T: Read> Read for OrNothing<T> {
    fn read(node: &Node, mistakes: &mut Collector<'_>) -> Option<Self> {
        if node.is_null() { Some(Self(None)) } else { T::read(node, mistakes).map(|value| Self(Some(value))) }
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({"anyOf": [T::schema(generator), {"type": "null"}]})
    }
}

/// A short form in one value, or the long form: a mapping or a list.
#[derive(Debug, Clone)]
pub(crate) enum ShortOr<S, L> {
    /// One value.
    Short(S),
    /// The long form.
    Long(L),
}

impl<S: Read, L: Read> Read for ShortOr<S, L> {
    fn read(node: &Node, mistakes: &mut Collector<'_>) -> Option<Self> {
        match &node.value {
            Value::Scalar { .. } => S::read(node, mistakes).map(Self::Short),
            Value::Sequence(_) | Value::Mapping(_) => L::read(node, mistakes).map(Self::Long),
        }
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({"anyOf": [S::schema(generator), L::schema(generator)]})
    }
}
