//! The findings' schema is checked in, current, and kept by real findings.

use crate::story::Story;
use std::{fs, path::Path};
use verdict::{Findings, runs::Runs};

#[test]
fn the_schemas_are_current() {
    let schemas = [("findings", schemars::schema_for!(Findings)), ("runs", schemars::schema_for!(Runs))];
    for (name, schema) in schemas {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../schemas/{name}.schema.json"));
        let current = format!("{}\n", serde_json::to_string_pretty(&schema).unwrap());
        if std::env::var_os("UPDATE_GENERATED").is_some() {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, &current).unwrap();
        }
        let stored = fs::read_to_string(&path).unwrap_or_default();
        assert!(stored == current, "schemas/{name}.schema.json is not current: run this test with UPDATE_GENERATED=1");
    }
}

#[test]
fn times_are_whole_microseconds_and_say_so() {
    let json = serde_json::to_value(Story::good().judged()).unwrap();
    assert_eq!(json["format"], verdict::findings::FORMAT);
    let fault = &json["faults"][0];
    assert_eq!(fault["recovery"][0]["time_us"], 4_200_000);
    assert_eq!(fault["marks"][1]["kind"], "active");
    assert_eq!(fault["marks"][1]["at_us"], 14_300_000);
    assert_eq!(fault["effect"]["state"], "proven");
    assert_eq!(json["summary"]["verdict"], "pass");
    assert_eq!(json["run"]["seed"], "7");
}
