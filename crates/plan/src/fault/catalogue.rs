//! All kinds of fault with their parameters, for people and programs: made from the declarations that plans are read with.

use super::{About, FaultKind};
use crate::schema::schema;
use serde::Serialize;
use serde_json::Value;

/// A kind of fault, as it is listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Listed {
    /// As it is written in a plan.
    pub kind: &'static str,
    /// What it hits: `regions`, `network`, …
    pub group: &'static str,
    /// What it does, in a sentence.
    pub about: String,
    /// The numbers of the catalogue that it covers.
    pub covers: &'static [&'static str],
    /// Where it works.
    pub works_on: &'static str,
    /// Which parts of the envelope it can have besides those that all have.
    pub envelope: Vec<&'static str>,
    /// What it takes: nobody else can have that at the same time.
    pub takes: &'static str,
    /// What it needs in order that it can be proven.
    pub needs: &'static str,
    /// Its own parameters.
    pub parameters: Vec<Parameter>,
}

/// A parameter of a kind of fault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Parameter {
    /// Its key.
    pub name: String,
    /// What can be written.
    pub value: String,
    /// What holds where nothing is written. `None`: it is needed, or nothing in particular holds.
    pub default: Option<String>,
    /// Whether it must be written.
    pub needed: bool,
    /// What it means.
    pub meaning: String,
}

/// All kinds of fault, in the order of the catalogue.
#[must_use]
pub fn faults() -> Vec<Listed> {
    let schema = schema();
    FaultKind::ALL.iter().map(|about| listed(about, &schema)).collect()
}

fn listed(about: &About, schema: &Value) -> Listed {
    let section = section(about.name, schema);
    let required: Vec<&str> = section["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let properties = section["properties"].as_object().into_iter().flatten();
    let parameter = |(name, property): (&String, &Value)| Parameter {
        name: name.clone(),
        value: crate::reference::form(property),
        default: property.get("default").map(crate::reference::plain),
        needed: required.contains(&name.as_str()),
        meaning: property["description"].as_str().unwrap_or_default().to_owned(),
    };
    let envelope = [(about.ramps, "ramp"), (about.exempts, "exempt"), (about.rolls, "rolling")];
    Listed {
        kind: about.name,
        group: about.group.label(),
        about: section["description"].as_str().unwrap_or_default().to_owned(),
        covers: about.covers,
        works_on: about.works_on,
        envelope: envelope.into_iter().filter_map(|(has, part)| has.then_some(part)).collect(),
        takes: about.takes,
        needs: about.needs,
        parameters: properties.map(parameter).collect(),
    }
}

/// The schema of a kind's own section.
fn section<'s>(kind: &str, schema: &'s Value) -> &'s Value {
    let property = &schema["$defs"]["Fault"]["properties"][kind];
    let reference = property["$ref"].as_str().unwrap_or_default();
    schema.pointer(reference.trim_start_matches('#')).unwrap_or(&Value::Null)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_read_and_has_a_page_and_parameters() {
        let pages = std::path::Path::new("../../docs/faults");
        for kind in faults() {
            assert!(!kind.parameters.is_empty() && !kind.about.is_empty(), "{} is no key of a fault", kind.kind);
            assert!(pages.join(format!("{}.md", kind.kind)).is_file(), "{} has no page", kind.kind);
        }
        let schema = schema();
        let one_of = schema["$defs"]["Fault"]["oneOf"].as_array().map_or(0, Vec::len);
        assert_eq!(one_of, FaultKind::ALL.len(), "a kind is missing in the list of which exactly one is written");
    }
}
