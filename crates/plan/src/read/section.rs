//! Mappings with known keys, declared once: the struct, its reader, its schema and its documentation.

use super::{Field, Read, Spanned, similar, wrong_type};
use crate::{
    mistakes::{Code, Collector, Mistake},
    yaml::{Entry, Node, Value, snippet},
};
use schemars::{Schema, SchemaGenerator};
use serde_json::{Map, json};

/// Declares a mapping of the plan.
///
/// ```text
/// section! {
///     /// What it is.
///     RetryText "a retry" {
///         /// Attempts in all.
///         required "attempts" attempts: Whole<1, 100>;
///         /// Pause before the second attempt.
///         optional "backoff" backoff: Time<0, 60_000> = "100ms";
///     }
/// }
/// ```
/// The default is text of the plan's own language and is read by the field's own reader. With
/// `(exactly one of "a", "b")` after the title, one of these keys must be there and not two.
macro_rules! section {
    (
        $(#[doc = $doc:literal])*
        $name:ident $title:literal $((exactly one of $($one:literal),+))? {
            $(
                $(#[doc = $field_doc:literal])*
                $presence:ident $key:literal $field:ident: $type:ty $(= $default:literal)?;
            )*
        }
    ) => {
        $(#[doc = $doc])*
        #[derive(Debug, Clone)]
        pub(crate) struct $name {
            span: $crate::mistakes::Span,
            $($(#[doc = $field_doc])* pub(crate) $field: $crate::read::Field<$type>,)*
        }

        impl $crate::read::Read for $name {
            fn read(
                node: &$crate::yaml::Node,
                mistakes: &mut $crate::mistakes::Collector<'_>,
            ) -> Option<Self> {
                let section = $crate::read::section::Section::open(node, $title, &[$($key),*], mistakes)?;
                $(section.exactly_one_of(&[$($one),+], mistakes);)?
                Some(Self {
                    span: node.head(),
                    $($field: section.$presence(
                        $crate::read::section::Key { name: $key, doc: concat!($($field_doc, "\n"),*) },
                        None::<&str>$(.or(Some($default)))?,
                        mistakes,
                    ),)*
                })
            }

            fn schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                generator.subschema_for::<Self>()
            }
        }

        impl $crate::read::Placed for $name {
            fn place(&self) -> $crate::mistakes::Span {
                self.span
            }
        }

        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).trim_end_matches("Text").into()
            }

            fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                let mut schema = $crate::read::section::SectionSchema::new(concat!($($doc, "\n"),*));
                $(schema.field::<$type>(
                    $key,
                    concat!($($field_doc, "\n"),*),
                    stringify!($presence) == "required",
                    None::<&str>$(.or(Some($default)))?,
                    generator,
                );)*
                $(schema.exactly_one_of(&[$($one),+]);)?
                schema.finish()
            }
        }
    };
}
pub(crate) use section;

/// A key and its documentation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Key {
    /// As it is written.
    pub(crate) name: &'static str,
    /// What it means; the first sentence is the hint when it is missing.
    pub(crate) doc: &'static str,
}

/// A mapping whose keys are being read.
pub(crate) struct Section<'n> {
    node: &'n Node,
    title: &'static str,
    entries: &'n [Entry],
    /// Known keys that unknown ones were probably meant to be.
    meant: Vec<&'static str>,
}

impl<'n> Section<'n> {
    /// Opens a mapping and reports the keys that it doesn't know.
    pub(crate) fn open(
        node: &'n Node,
        title: &'static str,
        keys: &[&'static str],
        mistakes: &mut Collector<'_>,
    ) -> Option<Self> {
        let entries: &[Entry] = match &node.value {
            Value::Mapping(entries) => entries,
            _ if node.is_null() => &[],
            Value::Scalar { .. } | Value::Sequence(_) => {
                let hint = format!("write a mapping with these keys: {}", keys.join(", "));
                mistakes.add(wrong_type(node, title).hint(hint));
                return None;
            }
        };
        let mut meant = Vec::new();
        for entry in entries.iter().filter(|entry| !keys.contains(&entry.name())) {
            let message = format!("`{}` is no key of {title}", entry.name());
            let hint = similar::hint(entry.name(), keys).unwrap_or_else(|| "it has no keys".to_owned());
            mistakes.add(Mistake::new(Code::UnknownKey, entry.key.span, message).hint(hint));
            meant.extend(similar::nearest(entry.name(), keys.iter().copied()));
        }
        Some(Self { node, title, entries, meant })
    }

    /// A key that must be there. It is not missed where an unknown key was probably meant to be it.
    pub(crate) fn required<T: Read>(&self, key: Key, _: Option<&str>, mistakes: &mut Collector<'_>) -> Field<T> {
        match self.entry(key.name) {
            Some(entry) => self.read(entry, mistakes),
            None => {
                if !self.meant.contains(&key.name) {
                    let message = format!("{} lacks `{}`", self.title, key.name);
                    let hint = format!("add `{}: …`: {}", key.name, first_sentence(key.doc));
                    mistakes.add(Mistake::new(Code::Missing, self.node.head(), message).hint(hint));
                }
                Field::Bad
            }
        }
    }

    /// A key that may be there; nothing written after it is the same as leaving it out.
    pub(crate) fn optional<T: Read>(&self, key: Key, default: Option<&str>, mistakes: &mut Collector<'_>) -> Field<T> {
        match self.entry(key.name).filter(|entry| !entry.value.is_null()) {
            Some(entry) => self.read(entry, mistakes),
            None => match default {
                None if self.meant.contains(&key.name) => Field::Bad,
                Some(text) => Field::Default(T::read(&snippet(text), mistakes).expect("a default can be read")),
                None => Field::Absent,
            },
        }
    }

    fn read<T: Read>(&self, entry: &Entry, mistakes: &mut Collector<'_>) -> Field<T> {
        let value = &entry.value;
        if value.is_null() {
            mistakes.add(self.empty(entry));
            return Field::Bad;
        }
        Spanned::read(value, mistakes).map_or(Field::Bad, Field::Written)
    }

    fn empty(&self, entry: &Entry) -> Mistake {
        let message = format!("`{}` of {} is empty", entry.name(), self.title);
        Mistake::new(Code::Missing, entry.key.span, message).hint("write a value after it")
    }

    fn entry(&self, key: &str) -> Option<&'n Entry> {
        self.entries.iter().find(|entry| entry.name() == key)
    }

    /// Reports when none, or more than one, of these keys is there.
    pub(crate) fn exactly_one_of(&self, keys: &[&str], mistakes: &mut Collector<'_>) {
        let found: Vec<&Entry> = keys.iter().filter_map(|key| self.entry(key)).collect();
        for entry in found.iter().filter(|entry| entry.value.is_null()) {
            mistakes.add(self.empty(entry));
        }
        match found.as_slice() {
            [] if self.meant.iter().any(|key| keys.contains(key)) => {}
            [_] => {}
            [] => {
                let message = format!("{} lacks one of these: {}", self.title, keys.join(", "));
                mistakes.add(Mistake::new(Code::Missing, self.node.head(), message));
            }
            [first, others @ ..] => {
                for other in others {
                    let message = format!("{} has both `{}` and `{}`", self.title, first.name(), other.name());
                    let mistake = Mistake::new(Code::Conflict, other.key.span, message);
                    mistakes.add(mistake.also(first.key.span, "the other one").hint("keep one of them"));
                }
            }
        }
    }
}

/// The first sentence of a doc comment, to stand inside of another sentence.
fn first_sentence(doc: &str) -> String {
    let text = prose(doc);
    let sentence = text.split_once(". ").map_or(text.as_str(), |(first, _)| first).trim_end_matches(['.', ' ', '…']);
    let mut letters = sentence.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}

/// The schema of a section while it is put together.
pub(crate) struct SectionSchema {
    description: String,
    properties: Map<String, serde_json::Value>,
    required: Vec<String>,
    one_of: Vec<serde_json::Value>,
}

impl SectionSchema {
    pub(crate) fn new(doc: &str) -> Self {
        Self { description: prose(doc), properties: Map::new(), required: Vec::new(), one_of: Vec::new() }
    }

    pub(crate) fn field<T: Read>(
        &mut self,
        key: &str,
        doc: &str,
        required: bool,
        default: Option<&str>,
        generator: &mut SchemaGenerator,
    ) {
        let mut schema = T::schema(generator);
        schema.insert("description".to_owned(), json!(prose(doc)));
        if let Some(default) = default {
            schema.insert("default".to_owned(), super::values::json_of(&snippet(default)));
        }
        self.properties.insert(key.to_owned(), schema.to_value());
        if required {
            self.required.push(key.to_owned());
        }
    }

    pub(crate) fn exactly_one_of(&mut self, keys: &[&str]) {
        self.one_of = keys.iter().map(|key| json!({"required": [key]})).collect();
    }

    pub(crate) fn finish(self) -> Schema {
        let mut schema = Map::new();
        schema.insert("description".to_owned(), json!(self.description));
        schema.insert("type".to_owned(), json!("object"));
        schema.insert("properties".to_owned(), self.properties.into());
        schema.insert("additionalProperties".to_owned(), json!(false));
        if !self.required.is_empty() {
            schema.insert("required".to_owned(), json!(self.required));
        }
        if !self.one_of.is_empty() {
            schema.insert("oneOf".to_owned(), json!(self.one_of));
        }
        schema.into()
    }
}

/// A doc comment as running text.
fn prose(doc: &str) -> String {
    doc.lines().map(str::trim).collect::<Vec<_>>().join(" ").trim().to_owned()
}
