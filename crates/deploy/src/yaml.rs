//! Writes a value as YAML: always the same text, with nothing that two readers could take differently.
//!
//! Manifests are values; a template of text would have to know about quoting in each place. Only what is needed is here:
//! maps and lists in blocks, texts of several lines as literal blocks, everything else on one line. A text is written
//! without quotes only if no reader of any version of YAML takes it for something else (`no`, `1e3`, `0x1`, `~`), which
//! is easier to say the other way round: letters first, and no word that has a meaning.

use serde_json::Value;

/// Words that some version of YAML takes for a truth value or for nothing, in small letters.
const MEANT_OTHERWISE: [&str; 9] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];

/// The documents of a file, each introduced by `---`.
pub(crate) fn documents(values: &[Value]) -> String {
    let mut text = String::new();
    for value in values {
        text.push_str("---\n");
        block(value, 0, &mut text);
    }
    text
}

/// A map or a list, one entry per line, each line with its indentation.
fn block(value: &Value, indent: usize, text: &mut String) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                text.push_str(&" ".repeat(indent));
                text.push_str(&scalar(key));
                text.push(':');
                entry(value, indent + 2, text);
            }
        }
        Value::Array(list) => {
            for value in list {
                text.push_str(&" ".repeat(indent));
                text.push('-');
                match value {
                    // The first key stands on the line of the hyphen.
                    Value::Object(map) if !map.is_empty() => {
                        let mut inner = String::new();
                        block(value, indent + 2, &mut inner);
                        text.push(' ');
                        text.push_str(inner.trim_start());
                    }
                    value => entry(value, indent + 2, text),
                }
            }
        }
        other => entry(other, indent, text),
    }
}

/// What follows a key or a hyphen.
fn entry(value: &Value, indent: usize, text: &mut String) {
    match value {
        Value::Object(map) if map.is_empty() => text.push_str(" {}\n"),
        Value::Array(list) if list.is_empty() => text.push_str(" []\n"),
        Value::Object(_) | Value::Array(_) => {
            text.push('\n');
            block(value, indent, text);
        }
        Value::String(string) if is_literal(string) => {
            text.push_str(" |\n");
            for line in string.lines() {
                let indent = if line.is_empty() { 0 } else { indent };
                text.push_str(&" ".repeat(indent));
                text.push_str(line);
                text.push('\n');
            }
        }
        Value::String(string) => {
            text.push(' ');
            text.push_str(&scalar(string));
            text.push('\n');
        }
        other => {
            text.push(' ');
            text.push_str(&other.to_string());
            text.push('\n');
        }
    }
}

/// Whether a text is the same as a literal block: lines that end with one line end, the first not indented.
fn is_literal(string: &str) -> bool {
    let is_plain = |character: char| character == '\n' || !character.is_control();
    string.contains('\n')
        && string.ends_with('\n')
        && !string.ends_with("\n\n")
        && !string.starts_with([' ', '\n'])
        && string.chars().all(is_plain)
}

/// A text on one line; quoted as JSON does it, which YAML reads the same.
fn scalar(string: &str) -> String {
    let is_safe = |character: char| character.is_ascii_alphanumeric() || "-_./".contains(character);
    let is_bare = string.starts_with(|first: char| first.is_ascii_alphabetic() || first == '/')
        && string.chars().all(is_safe)
        && !MEANT_OTHERWISE.contains(&string.to_ascii_lowercase().as_str());
    if is_bare { string.to_owned() } else { Value::String(string.to_owned()).to_string() }
}

#[cfg(test)]
mod tests {
    //! Values that are written, and are read back as the same by another program's reader.
    #![expect(clippy::unwrap_used, reason = "tests may panic")]

    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_written_is_read_back() {
        let values = [
            ("nested", json!({"a": {"b": [1, {"c": "d", "e": []}, [], [[2]]], "f": {}}, "g": true, "h": null})),
            (
                "words that mean something else",
                json!({"no": "yes", "a": ["on", "Null", "1", "1.5", "0x1", "1e3", "~", ""]}),
            ),
            (
                "characters that mean something",
                json!({"a": "b: c", "d": "#e", "f": "\"g\"", "h": "*i", "j": "k\tl", "ü": "é"}),
            ),
            ("lines", json!({"a": "one\n  two\n\nthree\n", "b": "no end\nhere", "c": "two ends\n\n", "d": " first\n"})),
            ("lines in a list", json!(["one\ntwo\n", {"a": "one\ntwo\n"}])),
        ];
        for (sentence, value) in values {
            let text = documents(&[value.clone(), value.clone()]);
            let read: Vec<Value> = serde_saphyr::from_multiple(&text).unwrap();
            assert_eq!(read, [value.clone(), value], "{sentence}:\n{text}");
        }
    }

    #[test]
    fn it_looks_as_people_write_it() {
        let value = json!({"kind": "Pod", "args": ["--port", "4222"], "ports": [{"name": "nats", "port": 4222}], "conf": "a\nb\n"});
        let expected = "---\nkind: Pod\nargs:\n  - \"--port\"\n  - \"4222\"\nports:\n  - name: nats\n    port: 4222\n\
                        conf: |\n  a\n  b\n";
        assert_eq!(documents(&[value]), expected);
    }
}
