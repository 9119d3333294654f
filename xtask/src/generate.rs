//! `cargo xtask generate`: writes all generated files anew.
//!
//! Each generated file is checked by a test beside the code that it is generated from, so that it can never be old on
//! main. The same test writes the file when it is told to: there is one way to produce it and no second program that
//! could disagree.

use crate::failure::Failure;
use crate::workspace::Workspace;

/// The environment variable that turns the checking tests into writers.
const UPDATE_VARIABLE: &str = "UPDATE_GENERATED";

/// A package whose tests check generated files, and those files.
struct Generated {
    package: &'static str,
    files: &'static [&'static str],
}

const GENERATED: [Generated; 3] = [
    Generated { package: "plan", files: &["schemas/plan.schema.json", "docs/reference/plan.md"] },
    Generated { package: "verdict", files: &["schemas/findings.schema.json", "schemas/runs.schema.json"] },
    Generated { package: "dashboard", files: &["crates/dashboard/page/src/wire.ts"] },
];

/// Runs the tests of the packages that own generated files, as writers.
pub(crate) fn run(workspace: &Workspace) -> Result<(), Failure> {
    for generated in &GENERATED {
        workspace
            .cargo()
            .arguments(&["test", "--quiet", "--package", generated.package])
            .environment(UPDATE_VARIABLE, "1")
            .run()?;
        for file in generated.files {
            if !workspace.root().join(file).is_file() {
                let package = generated.package;
                return Err(Failure::Found(format!("the tests of {package} passed, but none of them wrote {file}")));
            }
            println!("{file} is current");
        }
    }
    Ok(())
}
