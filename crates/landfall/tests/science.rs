//! The plans of `scenarios/science` are in order, and the guide names each of them. They are not carried out here: a minute each is a
//! matter for whoever wants to see them.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

use plan::Source;
use std::{fs, path::Path};

#[test]
fn each_of_the_fifteen_scenarios_is_in_order_and_in_the_guide() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let guide = fs::read_to_string(root.join("docs/guides/science-scenarios.md")).unwrap();
    let mut files: Vec<_> =
        fs::read_dir(root.join("scenarios/science")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert_eq!(files.len(), 15);
    for (index, path) in files.iter().enumerate() {
        let name = path.file_stem().unwrap().to_str().unwrap();
        let source = Source::read(path).unwrap();
        let number = index + 1;
        assert!(source.text.starts_with(&format!("# S{number}: ")), "{name} does not say what it is");
        let plan = plan::check(&source, wan::Atlas::embedded());
        let plan = plan.unwrap_or_else(|mistakes| panic!("{:?}", miette::Report::new(mistakes)));
        assert_eq!(plan.name, name);
        assert!(!plan.faults.is_empty() && !plan.objectives.is_empty(), "{name} breaks nothing, or promises nothing");
        assert!(guide.contains(&format!("| S{number} | `{name}` |")), "{name} is not in the guide");
    }
}
