//! `cargo xtask soak`: Chirp's processes are killed again and again while users write, and nothing may be lost.
//!
//! The loop itself is a test of Chirp, where everything is that boots a deployment and looks into it
//! (`chirp/tests/processes/soak.rs`); its short form runs with all tests. This command makes it long and shows how it
//! goes. The seed is printed, so that a run can be asked for again.

use std::time::Duration;

use crate::command_line::{number, option_values};
use crate::failure::Failure;
use crate::workspace::Workspace;

/// Kills, if nobody says how many.
pub(crate) const KILLS: u64 = 200;
const KILLS_MAX: u64 = 100_000;
/// What a build may take, and what one kill with its recovery may take on a busy machine.
const BUILD_LIMIT: Duration = Duration::from_secs(30 * 60);
const KILL_LIMIT: Duration = Duration::from_secs(20);

/// How long the soak is, and of what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SoakOptions {
    /// How many processes die.
    pub(crate) kills: u64,
    /// Which, and when.
    pub(crate) seed: u64,
    /// What keeps the data: `embedded` or `postgres`.
    pub(crate) engine: String,
}

impl Default for SoakOptions {
    fn default() -> Self {
        Self { kills: KILLS, seed: 1, engine: "embedded".to_owned() }
    }
}

/// Reads `--kills N --seed N --engine NAME`.
pub(crate) fn options(rest: &[String]) -> Result<SoakOptions, Failure> {
    let mut options = SoakOptions::default();
    for (option, value) in option_values("soak", &["--kills", "--seed", "--engine"], rest)? {
        match option {
            "--kills" => options.kills = number("soak", option, value, 1, KILLS_MAX)?,
            "--seed" => options.seed = number("soak", option, value, 0, u64::MAX)?,
            _ if ["embedded", "postgres"].contains(&value) => value.clone_into(&mut options.engine),
            _ => return Err(Failure::Usage(format!("soak: no engine \"{value}\"; there are: embedded, postgres"))),
        }
    }
    Ok(options)
}

/// Runs the loop.
pub(crate) fn run(workspace: &Workspace, options: &SoakOptions) -> Result<(), Failure> {
    let kills = u32::try_from(options.kills).expect("the number of kills was checked");
    let test = ["test", "--package", "chirp", "--test", "processes", "--", "--nocapture", "soak::"];
    workspace
        .cargo()
        .arguments(&test)
        .environment("CHIRP_SOAK_KILLS", options.kills.to_string())
        .environment("CHIRP_SOAK_SEED", options.seed.to_string())
        .environment("CHIRP_SOAK_ENGINE", options.engine.as_str())
        .limit(BUILD_LIMIT + KILL_LIMIT * kills)
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
        let long = SoakOptions { kills: 500, seed: 7, engine: "postgres".to_owned() };
        let cases = [
            ("nothing means the defaults", "", Ok(SoakOptions::default())),
            ("all can be said", "--kills 500 --seed 7 --engine postgres", Ok(long)),
            ("a value may not lack", "--kills", Err("soak: --kills lacks its value")),
            ("no kill is no soak", "--kills 0", Err("soak: --kills is a number from 1 to 100000, not \"0\"")),
            ("engines are known", "--engine x", Err("soak: no engine \"x\"; there are: embedded, postgres")),
            ("options are known", "--fast", Err("soak has no option \"--fast\"; it has --kills, --seed, --engine")),
        ];
        for (sentence, line, expected) in cases {
            assert_eq!(parsed(line), expected.map_err(str::to_owned), "{sentence}");
        }
    }
}
