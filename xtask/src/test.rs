//! `cargo xtask test`: the one command that runs all tests on a fresh machine.
//!
//! ```text
//!   programs missing? ─► installed, and said so
//!   servers missing?  ─► fetched, and said so (`tools`); tests are told where they are by the environment
//!   cargo test        ─► every line shown; its "test result:" lines are added up
//!   a few failed?     ─► those once more, alone (`again`): named, whatever comes of it
//!   total             ─► "total: 812 passed, 0 failed, 0 skipped"
//! ```
//!
//! The tests go on after a failure, so that the total counts all of them. A run in which no test was executed fails:
//! no data is never green. The programs of the workspace that tests start (`landfall`, `chirp`) are built by cargo, which
//! tells the tests where they are.

mod again;

use std::time::Duration;

use crate::failure::Failure;
use crate::programs;
use crate::tools;
use crate::workspace::Workspace;

/// A clean build and all tests on two cores fit well inside; past it something hangs.
const TEST_LIMIT: Duration = Duration::from_secs(45 * 60);

/// What to test.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct TestOptions {
    /// Unit tests only: no installed program, no documentation examples.
    pub(crate) quick: bool,
    /// Handed to `cargo test` as they are.
    pub(crate) cargo_arguments: Vec<String>,
}

/// How many tests ended how.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Total {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    pub(crate) skipped: u64,
}

impl Total {
    /// What one closing line of a test program adds, if the line is one.
    pub(crate) fn of_line(line: &str) -> Option<Self> {
        let counts = line.trim_start().strip_prefix("test result: ")?;
        let (_verdict, counts) = counts.split_once(". ")?;
        let mut total = Self::default();
        for part in counts.split("; ") {
            let (number, what) = part.split_once(' ')?;
            let Ok(number) = number.parse::<u64>() else { continue };
            match what.trim() {
                "passed" => total.passed = number,
                "failed" => total.failed = number,
                "ignored" => total.skipped = number,
                _ => {}
            }
        }
        Some(total)
    }

    fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

/// What the output of test programs has said.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) total: Total,
    /// The names of those that failed.
    pub(crate) failed: Vec<String>,
    /// The names of those that passed.
    pub(crate) passed: Vec<String>,
    /// Test programs that began, and that ended with their counts.
    pub(crate) begun: usize,
    pub(crate) ended: usize,
}

impl Seen {
    /// Takes in one line.
    pub(crate) fn read(&mut self, line: &str) {
        if let Some(total) = Total::of_line(line) {
            self.total.add(total);
            self.ended += 1;
        } else if line.starts_with("running ") && (line.ends_with(" tests") || line.ends_with(" test")) {
            self.begun += 1;
        } else if let Some((name, outcome)) = line.strip_prefix("test ").and_then(|line| line.rsplit_once(" ... ")) {
            let name = name.strip_suffix(" - should panic").unwrap_or(name).to_owned();
            match outcome {
                "ok" => self.passed.push(name),
                "FAILED" => self.failed.push(name),
                _ => {}
            }
        }
    }
}

impl std::fmt::Display for Total {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "total: {} passed, {} failed, {} skipped", self.passed, self.failed, self.skipped)
    }
}

/// Runs the tests and prints the total as the last line.
pub(crate) fn run(workspace: &Workspace, options: &TestOptions) -> Result<Total, Failure> {
    let arguments = cargo_test_arguments(options, &workspace.libraries()?);
    let mut step =
        workspace.cargo().arguments(&arguments).environment("PATH", programs::search_path()).limit(TEST_LIMIT);
    if !options.quick {
        programs::ensure(&programs::FOR_TESTS)?;
        let tools = tools::ensure(workspace.target())?;
        step = step
            .environment(tools::POSTGRES_VARIABLE, tools.postgres_bin)
            .environment(tools::NATS_VARIABLE, tools.nats_server)
            .environment(tools::CLIENTS_VARIABLE, tools.clients);
    }
    let mut seen = Seen::default();
    let outcome = step.run_reading(|line| seen.read(line));
    let mut total = seen.total;
    let outcome = match again::arguments(&seen, &arguments) {
        Some(alone) if outcome.is_err() => {
            println!("\n{}", again::announcement(&seen.failed));
            let mut once_more = Seen::default();
            let outcome = step.clone().arguments_only(&alone).run_reading(|line| once_more.read(line));
            total = again::total(&seen, &once_more);
            println!("\n{}", again::outcome(&seen, &once_more));
            outcome
        }
        _ => outcome,
    };
    println!("\n{total}");
    // What was counted says more than that cargo failed.
    judge(total).and_then(|total| outcome.map(|()| total))
}

/// `libraries` are the packages that have one: cargo refuses to test "the library" where no named package does.
fn cargo_test_arguments(options: &TestOptions, libraries: &[String]) -> Vec<String> {
    let mut arguments = vec!["test".to_owned(), "--no-fail-fast".to_owned()];
    let picked = picked_packages(&options.cargo_arguments);
    if picked.is_empty() {
        arguments.push("--workspace".to_owned());
    }
    if options.quick {
        arguments.push("--bins".to_owned());
        if picked.is_empty() || picked.iter().any(|&name| libraries.iter().any(|library| library == name)) {
            arguments.push("--lib".to_owned());
        }
    }
    arguments.extend(options.cargo_arguments.iter().cloned());
    arguments
}

/// What follows `-p` or `--package`, before the `--` behind which all belongs to the test program.
fn picked_packages(cargo_arguments: &[String]) -> Vec<&str> {
    let mut words = cargo_arguments.iter().map(String::as_str).take_while(|&word| word != "--");
    let mut picked = Vec::new();
    while let Some(word) = words.next() {
        let name = match word {
            "-p" | "--package" => words.next(),
            _ => word.strip_prefix("--package=").or_else(|| word.strip_prefix("-p")),
        };
        picked.extend(name);
    }
    picked
}

fn judge(total: Total) -> Result<Total, Failure> {
    if total.failed > 0 {
        return Err(Failure::Found(format!("{} tests failed", total.failed)));
    }
    if total.passed == 0 {
        return Err(Failure::Found("no test was executed".to_owned()));
    }
    Ok(total)
}

#[cfg(test)]
mod tests {
    //! Closing lines as cargo prints them, and the arguments that lead to them.
    #![expect(clippy::unwrap_used, reason = "tests may panic")]
    use super::*;

    #[test]
    fn closing_lines_are_counted_and_others_are_not() {
        let good = "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 3 filtered out; finished in 0.01s";
        assert_eq!(Total::of_line(good), Some(Total { passed: 12, failed: 0, skipped: 1 }));
        let bad = "test result: FAILED. 2 passed; 7 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.20s";
        assert_eq!(Total::of_line(bad), Some(Total { passed: 2, failed: 7, skipped: 0 }));
        assert_eq!(Total::of_line("test plan::resolves ... ok"), None);
    }

    #[test]
    fn the_total_is_the_sum_and_its_line_is_plain() {
        let mut total = Total::default();
        total.add(Total { passed: 3, failed: 0, skipped: 1 });
        total.add(Total { passed: 4, failed: 2, skipped: 0 });
        assert_eq!(total.to_string(), "total: 7 passed, 2 failed, 1 skipped");
        assert_eq!(judge(total).unwrap_err().to_string(), "2 tests failed");
        assert_eq!(judge(Total::default()).unwrap_err().to_string(), "no test was executed");
        assert!(judge(Total { passed: 1, failed: 0, skipped: 0 }).is_ok());
    }

    #[test]
    fn all_packages_are_tested_unless_some_are_named() {
        let line = |quick: bool, words: &str| {
            let cargo_arguments = words.split_whitespace().map(str::to_owned).collect();
            cargo_test_arguments(&TestOptions { quick, cargo_arguments }, &["plan".to_owned()]).join(" ")
        };
        assert_eq!(line(false, ""), "test --no-fail-fast --workspace");
        assert_eq!(line(true, ""), "test --no-fail-fast --workspace --bins --lib");
        assert_eq!(line(true, "-p plan -p xtask"), "test --no-fail-fast --bins --lib -p plan -p xtask");
        assert_eq!(line(true, "--package=xtask"), "test --no-fail-fast --bins --package=xtask");
        assert_eq!(line(false, "-p plan"), "test --no-fail-fast -p plan");
        assert_eq!(line(false, "-- -p"), "test --no-fail-fast --workspace -- -p");
    }
}
