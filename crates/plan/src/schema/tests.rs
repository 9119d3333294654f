//! What is generated from the plan's declarations is current, and the example plans hold against it. With
//! `UPDATE_GENERATED=1` the files are written anew.

use super::{checker::Checker, *};
use crate::{read::values::json_of, reference::reference, yaml::build};
use std::{fs, path::PathBuf};

fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn assert_current(file: &str, generated: &str) {
    let path = repository().join(file);
    if std::env::var_os("UPDATE_GENERATED").is_some() {
        fs::create_dir_all(path.parent().expect("it has a folder")).expect("a folder can be made");
        fs::write(&path, generated).expect("the file can be written");
    }
    let stored = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        stored == generated,
        "{file} is not current: run the tests with UPDATE_GENERATED=1 and read the difference"
    );
}

/// A plan of this crate's tests as JSON, as an editor would hand it to a schema.
fn plan(path: &str) -> Value {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/plans").join(path);
    let text = fs::read_to_string(&path).expect("the plan is there");
    json_of(&build(&text, &mut |mistake| panic!("{}: {mistake}", path.display())).expect("it is YAML"))
}

#[test]
fn the_schema_is_current() {
    let text = serde_json::to_string_pretty(&schema()).expect("a value can be written");
    assert_current("schemas/plan.schema.json", &format!("{text}\n"));
}

#[test]
fn the_reference_is_current() {
    assert_current("docs/reference/plan.md", &reference());
}

#[test]
fn good_plans_hold_against_the_schema() {
    let schema = schema();
    for name in ["lab", "attached", "entry", "peers", "minimal", "shapes"] {
        assert_eq!(Checker::new(&schema).check(&plan(&format!("good/{name}.yaml"))), Vec::<String>::new(), "{name}");
    }
}

#[test]
fn the_schema_refuses_what_the_reader_refuses_for_its_form() {
    let schema = schema();
    let cases = [
        ("unknown-keys", "/targets: not allowed"),
        ("wrong-types", "/seed: not of type \"integer\""),
        ("missing-everything", "/target: missing"),
        ("wrong-units", "/trust/unsent_max: not of pattern \"^\\\\d+(\\\\.\\\\d+)?\\\\s*%$\""),
        ("load-short-and-stages", "/load/stages/0: 2 of 4 forms"),
        ("version-unknown", "/version: not of const 1"),
    ];
    for (name, expected) in cases {
        let faults = Checker::new(&schema).check(&plan(&format!("bad/{name}.yaml")));
        assert!(faults.iter().any(|fault| fault == expected), "{name}: {faults:?}");
    }
}
