//! What the reference shows is true, and what is stored beside these tests is used.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

mod world;

use plan::{Source, resolved::ResolvedPlan};
use world::{World, plans};

fn resolve(text: String) -> ResolvedPlan {
    match plan::check(&Source { name: "reference.yaml".to_owned(), text }, &World) {
        Ok(plan) => plan,
        Err(mistakes) => panic!("{:?}", miette::Report::new(mistakes)),
    }
}

/// The YAML blocks of the reference, in order.
fn blocks() -> Vec<String> {
    let page = plan::reference();
    let blocks = page.split("```yaml\n").skip(1).map(|rest| rest.split("```").next().unwrap().to_owned());
    blocks.collect()
}

#[test]
fn the_example_is_a_good_plan() {
    let plan = resolve(blocks().remove(0));
    assert_eq!((plan.regions.len(), plan.populations.len(), plan.faults.len()), (3, 3, 1));
}

#[test]
fn chirps_journeys_and_ledger_are_the_defaults() {
    let [example, journeys, ledger, sessions] = <[String; 4]>::try_from(blocks()).unwrap();
    let (default, written) = (resolve(example.clone()), resolve(format!("{example}journeys:\n{journeys}{ledger}")));
    assert_eq!((default.journeys, default.ledger), (written.journeys, written.ledger));
    let default = resolve(format!("{example}ledger: {{sessions: {{}}}}\n"));
    let written = resolve(format!("{example}{sessions}"));
    assert_eq!(default.ledger, written.ledger);
}

/// The names of the files in a folder of these tests, without their endings.
fn names(folder: &str) -> Vec<String> {
    let files = std::fs::read_dir(std::path::Path::new("tests").join(folder)).unwrap();
    let mut names: Vec<String> =
        files.map(|file| file.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn each_plan_has_its_snapshot_and_each_snapshot_its_plan() {
    for folder in ["good", "bad"] {
        assert_eq!(names(&format!("plans/{folder}")), names(&format!("snapshots/{folder}")), "{folder}");
    }
}

#[test]
fn each_file_of_data_is_named_by_a_plan() {
    let texts: String = ["good", "bad"].into_iter().flat_map(plans).map(|(_, source)| source.text).collect();
    for name in names("plans/data") {
        assert!(texts.contains(&format!("../data/{name}.")), "{name}");
    }
}
