//! `cargo xtask judge-the-judge`: the bugs that are planted in Chirp must be found, and nothing else.
//!
//! The loop itself is a test of the binary, where the plans are run and read
//! (`crates/landfall/tests/planted`); its short form runs with all tests. This command makes it long: fifty runs without any
//! bug if nothing is said, and up to five tries for each bug.

use std::time::Duration;

use crate::command_line::{number, option_values};
use crate::failure::Failure;
use crate::workspace::Workspace;

/// Runs without a bug, if nobody says how many.
const CLEAN: u64 = 50;
const CLEAN_MAX: u64 = 10_000;
/// Runs with a bug, at most, until it is found.
const TRIES: u64 = 5;
const TRIES_MAX: u64 = 100;
/// What a build may take, and what a run may take on a busy machine.
const BUILD_LIMIT: Duration = Duration::from_secs(40 * 60);
const RUN_LIMIT: Duration = Duration::from_secs(90);
/// More bugs than there are.
const BUGS_MAX: u64 = 40;

/// How long the judge is judged, and by what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct JudgeOptions {
    /// Runs without a bug, in turn over the plans.
    pub(crate) clean: u64,
    /// Runs with a bug, at most, until it is found.
    pub(crate) tries: u64,
    /// Only plans whose name contains this.
    pub(crate) only: String,
}

impl Default for JudgeOptions {
    fn default() -> Self {
        Self { clean: CLEAN, tries: TRIES, only: String::new() }
    }
}

/// Reads `--clean N --tries N --only NAME`.
pub(crate) fn options(rest: &[String]) -> Result<JudgeOptions, Failure> {
    let mut options = JudgeOptions::default();
    for (option, value) in option_values("judge-the-judge", &["--clean", "--tries", "--only"], rest)? {
        match option {
            "--clean" => options.clean = number("judge-the-judge", option, value, 0, CLEAN_MAX)?,
            "--tries" => options.tries = number("judge-the-judge", option, value, 1, TRIES_MAX)?,
            _ => value.clone_into(&mut options.only),
        }
    }
    Ok(options)
}

/// Runs the loop.
pub(crate) fn run(workspace: &Workspace, options: &JudgeOptions) -> Result<(), Failure> {
    let runs = options.clean + options.tries * BUGS_MAX;
    let test = ["test", "--release", "--package", "landfall", "--test", "planted", "--", "--nocapture"];
    workspace
        .cargo()
        .arguments(&test)
        .environment("LANDFALL_JUDGE_CLEAN", options.clean.to_string())
        .environment("LANDFALL_JUDGE_TRIES", options.tries.to_string())
        .environment("LANDFALL_JUDGE_ONLY", options.only.as_str())
        .limit(BUILD_LIMIT + RUN_LIMIT * u32::try_from(runs).unwrap_or(u32::MAX))
        .run()
}

#[cfg(test)]
mod tests {
    //! What a person may type.
    use super::*;

    #[test]
    fn the_options_are_read_and_what_is_wrong_is_named() {
        let parsed = |line: &str| {
            let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
            options(&words).map_err(|failure| failure.to_string())
        };
        let some = JudgeOptions { clean: 0, tries: 1, only: "04".to_owned() };
        let cases = [
            ("nothing means the defaults", "", Ok(JudgeOptions::default())),
            ("all can be said", "--clean 0 --tries 1 --only 04", Ok(some)),
            ("a value may not lack", "--clean", Err("judge-the-judge: --clean lacks its value")),
            ("no try finds nothing", "--tries 0", Err("judge-the-judge: --tries is a number from 1 to 100, not \"0\"")),
            (
                "options are known",
                "--fast",
                Err("judge-the-judge has no option \"--fast\"; it has --clean, --tries, --only"),
            ),
        ];
        for (sentence, line, expected) in cases {
            assert_eq!(parsed(line), expected.map_err(str::to_owned), "{sentence}");
        }
    }
}
