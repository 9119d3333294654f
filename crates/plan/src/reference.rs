//! The reference page of the plan's language, made from the same declarations that read plans.

use crate::{
    fault::{self, faults},
    mistakes::Code,
    resolve::{CHIRP_DEFECTS, chirp_texts},
    schema::schema,
};
use serde_json::{Map, Value};
use std::{
    collections::BTreeSet,
    fmt::{self, Write},
};

/// The reference page in Markdown.
#[must_use]
pub fn reference() -> String {
    let schema = schema();
    let mut page = Page { schema: &schema, text: String::new(), written: BTreeSet::new() };
    page.write().expect("a string takes all text");
    page.text
}

struct Page<'s> {
    schema: &'s Value,
    text: String,
    written: BTreeSet<String>,
}

impl Page<'_> {
    fn write(&mut self) -> fmt::Result {
        self.text.push_str(INTRODUCTION);
        self.section("Plan", "The plan", self.schema)?;
        let mut queue = references(self.schema);
        // Every definition is written once, so this ends.
        while let Some(name) = (!queue.is_empty()).then(|| queue.remove(0)) {
            if self.written.contains(&name) || name == "Plan" {
                continue;
            }
            let definition = self.schema.pointer(&format!("/$defs/{name}")).expect("each reference has a definition");
            self.section(&name, &name, definition)?;
            let inner = references(definition);
            queue.splice(0..0, inner);
        }
        for part in [FAULTS, TEMPLATES] {
            write!(self.text, "\n{part}")?;
        }
        self.faults()?;
        let defects = CHIRP_DEFECTS.map(|defect| format!("`{defect}`")).join(", ");
        writeln!(self.text, "\n## Chirp's defects\n\n{defects}. All are off by default.")?;
        let [journeys, write, read, objects] = chirp_texts();
        writeln!(
            self.text,
            "\n## What Chirp's users do by default\n\nFor 1000 users:\n\n```yaml\n{}```",
            journeys.trim_start()
        )?;
        let indented = |text: &str| text.trim().lines().map(|line| format!("    {line}\n")).collect::<String>();
        let (write, read, objects) = (indented(&write), indented(&read), indented(&objects).replace("\n", "\n  "));
        writeln!(self.text, "\nIts ledger:\n\n```yaml\nledger:\n  write:\n{write}  read:\n{read}```")?;
        writeln!(
            self.text,
            "\nThe objects of its sessions:\n\n```yaml\nledger:\n  sessions:\n    objects:\n  {}```",
            objects.trim_end_matches(' ')
        )?;
        self.text.push_str("\n## Mistakes\n\nEvery mistake that can be told apart is reported at once.\n\n| code | meaning |\n|---|---|\n");
        for code in Code::ALL {
            writeln!(self.text, "| `plan::{code}` | {} |", code.meaning())?;
        }
        Ok(())
    }

    /// Which parts of the envelope each kind of fault can have, and who can be together.
    fn faults(&mut self) -> fmt::Result {
        writeln!(self.text, "\n## The kinds of fault\n\n`landfall faults` lists them with their parameters.\n")?;
        writeln!(self.text, "| fault | works on | can have | takes | needs |\n|---|---|---|---|---|")?;
        for kind in faults() {
            let envelope = kind.envelope.iter().map(|part| format!("`{part}`")).collect::<Vec<_>>().join(", ");
            let fault::Listed { kind, works_on, takes, needs, .. } = kind;
            writeln!(self.text, "| `{kind}` | {works_on} | {envelope} | {takes} | {needs} |")?;
        }
        Ok(())
    }

    fn section(&mut self, name: &str, heading: &str, definition: &Value) -> fmt::Result {
        self.written.insert(name.to_owned());
        writeln!(self.text, "\n## {heading}\n\n{}\n", text(definition, "description"))?;
        let one_of = definition.get("oneOf").and_then(Value::as_array).into_iter().flatten();
        let one_of: Vec<String> =
            one_of.filter_map(|form| Some(format!("`{}`", form["required"][0].as_str()?))).collect();
        if !one_of.is_empty() {
            writeln!(self.text, "Exactly one of {} is there.\n", one_of.join(", "))?;
        }
        writeln!(self.text, "| key | value | default | meaning |\n|---|---|---|---|")?;
        let empty = Map::new();
        let properties = definition["properties"].as_object().unwrap_or(&empty);
        let required: Vec<&Value> = definition["required"].as_array().into_iter().flatten().collect();
        for (key, property) in properties {
            let (value, meaning) = (cell(&form(property)), text(property, "description"));
            let default = match property.get("default") {
                Some(default) => format!("`{}`", cell(&plain(default))),
                None if required.iter().any(|name| *name == key) => "**needed**".to_owned(),
                None => String::new(),
            };
            writeln!(self.text, "| `{key}` | {value} | {default} | {} |", cell(meaning))?;
        }
        Ok(())
    }
}

/// The definitions that a schema refers to, in order.
fn references(schema: &Value) -> Vec<String> {
    let mut found = Vec::new();
    match schema {
        Value::Object(entries) => {
            for (key, value) in entries.iter().filter(|(key, _)| *key != "$defs") {
                match value.as_str().filter(|_| key == "$ref") {
                    Some(reference) => found.extend(reference.rsplit('/').next().map(str::to_owned)),
                    None => found.extend(references(value)),
                }
            }
        }
        Value::Array(items) => found.extend(items.iter().flat_map(references)),
        _ => {}
    }
    found
}

/// What can stand as a value, in words.
pub(crate) fn form(schema: &Value) -> String {
    let text = |key| schema.get(key).and_then(Value::as_str);
    if let Some(name) = text("$ref").and_then(|reference| reference.rsplit('/').next()) {
        return format!("[{name}](#{})", name.to_lowercase());
    }
    if let Some(forms) = schema.get("anyOf").and_then(Value::as_array) {
        return forms.iter().map(form).collect::<Vec<_>>().join(" or ");
    }
    if let Some(words) = schema.get("enum").and_then(Value::as_array) {
        return words.iter().map(|word| format!("`{}`", plain(word))).collect::<Vec<_>>().join(", ");
    }
    if let Some(only) = schema.get("const") {
        return format!("`{only}`");
    }
    match text("type") {
        Some("array") => format!("list of {}", form(&schema["items"])),
        Some("object") => match schema.get("additionalProperties") {
            Some(values) => format!("mapping to {}", form(values)),
            None => "mapping".to_owned(),
        },
        Some("integer") => match (schema["minimum"].as_u64(), schema["maximum"].as_u64()) {
            (Some(min), Some(max)) if max < u64::MAX => format!("{min} to {max}"),
            (Some(min), _) => format!("whole number from {min}"),
            _ => "whole number".to_owned(),
        },
        Some("number") => "number".to_owned(),
        Some("boolean") => "`true`, `false`".to_owned(),
        Some("null") => "`~`".to_owned(),
        Some("string") => match text("title") {
            Some(title) => title.to_owned(),
            None => "text".to_owned(),
        },
        _ => text("title").unwrap_or("text").to_owned(),
    }
}

fn text<'v>(schema: &'v Value, key: &str) -> &'v str {
    schema.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// A default as it would be written in YAML.
pub(crate) fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Text inside of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

const INTRODUCTION: &str = include_str!("reference/introduction.md");
const TEMPLATES: &str = include_str!("reference/templates.md");
const FAULTS: &str = include_str!("reference/faults.md");
