//! The JSON Schema of plans, for editors: completion, and mistakes while typing.
//!
//! It is made from the same declarations that read plans (`text`), so it knows every key. What only a run's parts know
//! together (regions, shares, times) no schema can say; [`crate::check()`] does.

use crate::{read::Read, text::PlanText};
use schemars::generate::SchemaSettings;
use serde_json::Value;

/// The JSON Schema (draft 2020-12) of a plan.
#[must_use]
pub fn schema() -> Value {
    let mut generator = SchemaSettings::draft2020_12().into_generator();
    PlanText::schema(&mut generator);
    let mut schema = generator.into_root_schema_for::<PlanText>();
    schema.insert("title".to_owned(), Value::from("A plan of Landfall"));
    schema.to_value()
}

#[cfg(test)]
mod checker;
#[cfg(test)]
mod tests;
