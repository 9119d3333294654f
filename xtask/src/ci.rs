//! `cargo xtask ci`: everything a change must pass, each step timed and named.
//!
//! All steps run even when one has failed: a person wants the whole list at once, not one finding per run. The cheap
//! ones come first, so that most mistakes show within seconds. The last step holds the work tree against what it was
//! at the start: a test that writes a file which is under version control (a generated file, a snapshot) has changed
//! something that should have been committed.

use std::time::{Duration, Instant};

use crate::failure::Failure;
use crate::test::TestOptions;
use crate::workspace::Workspace;
use crate::{test, tidy};

/// One step: its name in the summary, and what it does.
struct CiStep {
    name: &'static str,
    run: fn(&Workspace) -> Result<(), Failure>,
}

const STEPS: [CiStep; 5] = [
    CiStep { name: "fmt", run: check_format },
    CiStep { name: "tidy", run: tidy::run },
    CiStep { name: "clippy", run: check_lints },
    CiStep { name: "test", run: run_tests },
    CiStep { name: "doc", run: build_documentation },
];

/// How one step ended.
struct Ended {
    name: &'static str,
    took: Duration,
    failure: Option<Failure>,
}

/// Runs all steps and prints the summary.
pub(crate) fn run(workspace: &Workspace) -> Result<(), Failure> {
    let before = work_tree(workspace)?;
    let mut ended: Vec<Ended> = STEPS.iter().map(|step| timed(step.name, || (step.run)(workspace))).collect();
    ended.push(timed("work tree unchanged", || unchanged(&before, &work_tree(workspace)?)));
    println!("\n{}", summary(&ended));
    let failed = ended.iter().filter(|step| step.failure.is_some()).count();
    if failed == 0 { Ok(()) } else { Err(Failure::Found(format!("{failed} of {} steps failed", ended.len()))) }
}

fn timed(name: &'static str, run: impl FnOnce() -> Result<(), Failure>) -> Ended {
    eprintln!("\n== {name}");
    let start = Instant::now();
    let failure = run().err();
    if let Some(failure) = &failure {
        eprintln!("== {name}: {failure}");
    }
    Ended { name, took: start.elapsed(), failure }
}

fn summary(ended: &[Ended]) -> String {
    let line = |step: &Ended| {
        let outcome = step.failure.as_ref().map_or_else(|| "ok".to_owned(), |failure| format!("FAILED: {failure}"));
        format!("  {:<20} {:>6.1} s  {outcome}\n", step.name, step.took.as_secs_f64())
    };
    let total: Duration = ended.iter().map(|step| step.took).sum();
    let lines: String = ended.iter().map(line).collect();
    format!("{lines}  {:<20} {:>6.1} s", "in all", total.as_secs_f64())
}

fn check_format(workspace: &Workspace) -> Result<(), Failure> {
    workspace.cargo().arguments(&["fmt", "--all", "--check"]).limit(minutes(5)).run()
}

fn check_lints(workspace: &Workspace) -> Result<(), Failure> {
    let arguments = ["clippy", "--workspace", "--all-targets", "--locked", "--keep-going", "--", "-D", "warnings"];
    workspace.cargo().arguments(&arguments).limit(minutes(20)).run()
}

fn run_tests(workspace: &Workspace) -> Result<(), Failure> {
    test::run(workspace, &TestOptions::default()).map(|_total| ())
}

/// Private items too: these pages are for who changes the code, and the maps in the modules' docs link to them.
fn build_documentation(workspace: &Workspace) -> Result<(), Failure> {
    workspace
        .cargo()
        .arguments(&["doc", "--no-deps", "--workspace", "--document-private-items", "--locked", "--keep-going"])
        .environment("RUSTDOCFLAGS", "-D warnings -A rustdoc::private_intra_doc_links")
        .limit(minutes(15))
        .run()
}

/// What differs from the last commit: the names of changed and new files, and the changes themselves.
fn work_tree(workspace: &Workspace) -> Result<String, Failure> {
    let names = workspace.git().arguments(&["status", "--porcelain"]).read()?;
    let changes = workspace.git().arguments(&["diff", "HEAD"]).read()?;
    Ok(names + &changes)
}

fn unchanged(before: &str, after: &str) -> Result<(), Failure> {
    if before == after {
        return Ok(());
    }
    for line in after.lines().filter(|line| !before.contains(line)) {
        eprintln!("{line}");
    }
    Err(Failure::Found("the steps changed files; run `cargo xtask generate` and commit what it writes".to_owned()))
}

const fn minutes(count: u64) -> Duration {
    Duration::from_secs(60 * count)
}

#[cfg(test)]
mod tests {
    //! The summary says which step failed, and a changed tree is noticed.
    use super::*;

    #[test]
    fn the_summary_names_every_step_its_time_and_its_end() {
        let failure = || Some(Failure::Found("2 tests failed".to_owned()));
        let ended = [
            Ended { name: "fmt", took: Duration::from_millis(1500), failure: None },
            Ended { name: "test", took: Duration::from_secs(100), failure: failure() },
        ];
        let expected = "  fmt                     1.5 s  ok
  test                  100.0 s  FAILED: 2 tests failed
  in all                101.5 s";
        assert_eq!(summary(&ended), expected);
    }

    #[test]
    fn a_file_that_changed_during_the_steps_is_a_failure() {
        assert!(unchanged(" M a\n", " M a\n").is_ok());
        assert!(unchanged(" M a\n", " M a\n M schemas/plan.schema.json\n").is_err());
    }
}
