//! Holds JSON against a schema, for the keywords that our own schema uses; any other keyword is a failure of the test.

use regex::Regex;
use serde_json::{Map, Value};

/// A schema with its definitions.
pub(super) struct Checker<'s> {
    root: &'s Value,
}

impl<'s> Checker<'s> {
    pub(super) fn new(root: &'s Value) -> Self {
        Self { root }
    }

    /// What is wrong with the value, each with its place.
    pub(super) fn check(&self, value: &Value) -> Vec<String> {
        let mut faults = Vec::new();
        self.against(self.root, value, "", &mut faults);
        faults
    }

    fn against(&self, schema: &Value, value: &Value, at: &str, faults: &mut Vec<String>) {
        let schema = schema.as_object().expect("a schema is an object");
        for (keyword, wanted) in schema {
            match keyword.as_str() {
                "$schema" | "$defs" | "title" | "description" | "default" | "examples" => {}
                "$ref" => {
                    let pointer = wanted.as_str().and_then(|text| text.strip_prefix('#')).expect("a local reference");
                    self.against(self.root.pointer(pointer).expect("it leads somewhere"), value, at, faults);
                }
                "anyOf" => {
                    if self.matching(wanted, value) == 0 {
                        faults.push(format!("{at}: none of the forms"));
                    }
                }
                "oneOf" => {
                    let (found, of) = (self.matching(wanted, value), wanted.as_array().map_or(0, Vec::len));
                    if found != 1 {
                        faults.push(format!("{at}: {found} of {of} forms"));
                    }
                }
                _ => self.simple(schema, keyword, wanted, value, at, faults),
            }
        }
    }

    fn matching(&self, forms: &Value, value: &Value) -> usize {
        let fits = |form: &&Value| {
            let mut faults = Vec::new();
            self.against(form, value, "", &mut faults);
            faults.is_empty()
        };
        forms.as_array().expect("forms are a list").iter().filter(fits).count()
    }

    fn simple(
        &self,
        schema: &Map<String, Value>,
        keyword: &str,
        wanted: &Value,
        value: &Value,
        at: &str,
        faults: &mut Vec<String>,
    ) {
        let length = || value.as_str().map(|text| text.chars().count() as u64);
        let items = || value.as_array().map(|items| items.len() as u64);
        let holds = match keyword {
            "type" => is_of(wanted, value),
            "const" => value == wanted,
            "enum" => wanted.as_array().expect("words are a list").contains(value),
            "pattern" => {
                let pattern = Regex::new(wanted.as_str().expect("a pattern is text")).expect("it is one");
                value.as_str().is_none_or(|text| pattern.is_match(text))
            }
            "minimum" => value.as_u64().is_none_or(|number| number >= wanted.as_u64().expect("a number")),
            "maximum" => value.as_u64().is_none_or(|number| number <= wanted.as_u64().expect("a number")),
            "minLength" => length().is_none_or(|length| length >= wanted.as_u64().expect("a number")),
            "maxLength" => length().is_none_or(|length| length <= wanted.as_u64().expect("a number")),
            "minItems" => items().is_none_or(|items| items >= wanted.as_u64().expect("a number")),
            "maxItems" => items().is_none_or(|items| items <= wanted.as_u64().expect("a number")),
            "items" => {
                for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                    self.against(wanted, item, &format!("{at}/{index}"), faults);
                }
                true
            }
            "required" => {
                let missing = |key: &&Value| {
                    value.as_object().is_some_and(|object| !object.contains_key(key.as_str().expect("a key")))
                };
                for key in wanted.as_array().expect("keys are a list").iter().filter(missing) {
                    faults.push(format!("{at}/{}: missing", key.as_str().expect("a key")));
                }
                true
            }
            "properties" => {
                for (key, value) in value.as_object().into_iter().flatten() {
                    if let Some(schema) = wanted.get(key) {
                        self.against(schema, value, &format!("{at}/{key}"), faults);
                    }
                }
                true
            }
            "additionalProperties" => {
                for (key, value) in value.as_object().into_iter().flatten() {
                    if schema.get("properties").is_some_and(|properties| properties.get(key).is_some()) {
                        continue;
                    }
                    match wanted {
                        Value::Bool(false) => faults.push(format!("{at}/{key}: not allowed")),
                        wanted => self.against(wanted, value, &format!("{at}/{key}"), faults),
                    }
                }
                true
            }
            other => panic!("the keyword {other} is not known to this test"),
        };
        if !holds {
            faults.push(format!("{at}: not of {keyword} {wanted}"));
        }
    }
}

fn is_of(wanted: &Value, value: &Value) -> bool {
    match wanted {
        Value::Array(any) => any.iter().any(|wanted| is_of(wanted, value)),
        wanted => match wanted.as_str().expect("a type is a word") {
            "object" => value.is_object(),
            "array" => value.is_array(),
            "string" => value.is_string(),
            "boolean" => value.is_boolean(),
            "null" => value.is_null(),
            "integer" => value.is_i64() || value.is_u64(),
            "number" => value.is_number(),
            other => panic!("the type {other} is not known to this test"),
        },
    }
}
