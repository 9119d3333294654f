//! `report.json`: the findings as they are, in a form that people can read and `diff` can compare.
//!
//! The format and its version are the findings' own (see `verdict::findings`), so there is nothing to keep in step here.
//! Objects are indented; a list of plain numbers stands on one line, or a second of a run would take a line each.
//! The same findings give the same bytes.

use serde::Serialize;
use serde_json::{Serializer, ser::Formatter};
use std::io;
use verdict::Findings;

/// The findings as JSON, with a line feed at the end.
#[must_use]
pub fn write(findings: &Findings) -> String {
    let mut bytes = Vec::new();
    let mut serializer = Serializer::with_formatter(&mut bytes, Indented::default());
    findings.serialize(&mut serializer).expect("findings have text keys, and a vector takes every byte");
    bytes.push(b'\n');
    String::from_utf8(bytes).expect("JSON is UTF-8")
}

/// Objects and lists of objects are indented; lists of scalars are not.
#[derive(Debug, Default)]
struct Indented {
    /// For each open object or list: whether something inside of it began a new line.
    open: Vec<bool>,
    /// A list element was announced, but it isn't known yet whether it is a scalar.
    is_element_due: bool,
}

impl Indented {
    fn line<W: ?Sized + io::Write>(&self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b"\n")?;
        (0..self.open.len()).try_for_each(|_| writer.write_all(b"  "))
    }

    fn open<W: ?Sized + io::Write>(&mut self, writer: &mut W, bracket: &[u8]) -> io::Result<()> {
        if std::mem::take(&mut self.is_element_due) {
            self.line(writer)?;
            if let Some(has_lines) = self.open.last_mut() {
                *has_lines = true;
            }
        }
        self.open.push(false);
        writer.write_all(bracket)
    }

    fn close<W: ?Sized + io::Write>(&mut self, writer: &mut W, bracket: &[u8]) -> io::Result<()> {
        self.is_element_due = false;
        if self.open.pop().unwrap_or(false) {
            self.line(writer)?;
        }
        writer.write_all(bracket)
    }
}

impl Formatter for Indented {
    fn begin_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.open(writer, b"[")
    }

    fn end_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.close(writer, b"]")
    }

    fn begin_array_value<W: ?Sized + io::Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.is_element_due = true;
        if first { Ok(()) } else { writer.write_all(b",") }
    }

    fn end_array_value<W: ?Sized + io::Write>(&mut self, _writer: &mut W) -> io::Result<()> {
        self.is_element_due = false;
        Ok(())
    }

    fn begin_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.open(writer, b"{")
    }

    fn end_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.close(writer, b"}")
    }

    fn begin_object_key<W: ?Sized + io::Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        if !first {
            writer.write_all(b",")?;
        }
        if let Some(has_lines) = self.open.last_mut() {
            *has_lines = true;
        }
        self.line(writer)
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b": ")
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may panic")]

    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn written(value: &Value) -> String {
        let mut bytes = Vec::new();
        value.serialize(&mut Serializer::with_formatter(&mut bytes, Indented::default())).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn objects_are_indented_and_numbers_share_a_line() {
        let value = json!({"a": [1, null, 2.5], "b": [], "c": {}, "d": [{"e": "f"}, 3, []], "g": {"h": [[1], [2]]}});
        let expected = "{\n  \"a\": [1,null,2.5],\n  \"b\": [],\n  \"c\": {},\n  \"d\": [\n    {\n      \"e\": \"f\"\n    },3,\n    []\n  ],\n  \"g\": {\n    \"h\": [\n      [1],\n      [2]\n    ]\n  }\n}";
        assert_eq!(written(&value), expected);
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let scalar = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            ".{0,6}".prop_map(Value::from)
        ];
        scalar.prop_recursive(4, 40, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::vec(("[a-c]{1,3}", inner), 0..5)
                    .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn whatever_is_written_is_read_back(value in any_json()) {
            prop_assert_eq!(serde_json::from_str::<Value>(&written(&value)).unwrap(), value);
        }
    }
}
