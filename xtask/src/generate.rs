//! `cargo xtask generate`: writes all generated files anew.
//!
//! Each generated file is checked by a test beside the code that it is generated from, so that it can never be old on
//! main. The same test writes the file when it is told to: there is one way to produce it and no second program that
//! could disagree.

use crate::failure::Failure;
use crate::workspace::Workspace;

/// The environment variable that turns the checking tests into writers.
pub(crate) const UPDATE_VARIABLE: &str = "UPDATE_GENERATED";

/// A package whose tests check generated files, the part of their names that picks them, and what they write.
struct Generated {
    package: &'static str,
    test_filter: &'static str,
    writes: &'static str,
}

const GENERATED: [Generated; 2] = [
    Generated { package: "plan", test_filter: "schema", writes: "schemas/plan.schema.json" },
    Generated { package: "verdict", test_filter: "schema", writes: "schemas/findings.schema.json" },
];

/// Runs the tests that own generated files, as writers.
pub(crate) fn run(workspace: &Workspace) -> Result<(), Failure> {
    for generated in &GENERATED {
        let mut tests_run = 0;
        workspace
            .cargo()
            .arguments(&["test", "--quiet", "--package", generated.package, generated.test_filter])
            .environment(UPDATE_VARIABLE, "1")
            .run_reading(|line| {
                tests_run += crate::test::Total::of_line(line).map_or(0, |total| total.passed);
            })?;
        if tests_run == 0 {
            return Err(Failure::Found(format!(
                "no test of {} matches \"{}\", so nothing wrote {}",
                generated.package, generated.test_filter, generated.writes
            )));
        }
        if !workspace.root().join(generated.writes).is_file() {
            return Err(Failure::Found(format!(
                "the tests of {} passed but did not write {}",
                generated.package, generated.writes
            )));
        }
        println!("{} is current", generated.writes);
    }
    Ok(())
}
