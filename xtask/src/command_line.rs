//! The command line: which command, with which options.
//!
//! Parsed by hand, so that nothing but the JSON reader has to be compiled before the first word is printed on a
//! fresh machine.

use crate::bench::BenchOptions;
use crate::failure::Failure;
use crate::judge_the_judge::{self, JudgeOptions};
use crate::soak::{self, SoakOptions};
use crate::test::TestOptions;

/// What `cargo xtask help` prints.
pub(crate) const HELP: &str = "\
All automation of the repository.

Usage: cargo xtask COMMAND [OPTIONS]

  test [--quick] [ARGUMENTS]  run all tests of the workspace, installing the programs they drive when missing.
                              --quick: unit tests only, no installed program needed.
                              ARGUMENTS go to `cargo test`, for example: -p plan -- resolved
  tidy                        check what the compiler cannot: edges between crates, sizes, words, licences, links
  ci                          everything a change must pass: fmt, tidy, clippy, test, doc, generated files
  bench [--quick] [--users N] [NAME]
                              run the benchmarks, side by side with wrk and k6.
                              --quick: small sizes, to see that they run; the figures mean nothing
                              --users: how many the benchmark `users` holds at once; 100000 if nothing is said
  generate                    write all generated files anew
  tools                       fetch the servers that tests start (PostgreSQL, NATS) into the target folder, and
                              print where they are; `test` does it by itself
  soak [--kills N] [--seed N] [--engine NAME]
                              kill -9 Chirp's processes at random moments while users write: 200 times if nothing
                              is said, on the engine embedded; whatever was acknowledged must be there
  judge-the-judge [--clean N] [--tries N] [--only NAME]
                              plant each bug of scenarios/planted in Chirp: it must be found within so many tries (5),
                              and so many runs without a bug (50) must not fail
  help                        print this

Exit codes: 0 all is well, 1 a check failed or could not run, 2 the command line was not understood.
";

/// One command with its options.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Help,
    Test(TestOptions),
    Tidy,
    Ci,
    Bench(BenchOptions),
    Generate,
    JudgeTheJudge(JudgeOptions),
    Tools,
    Soak(SoakOptions),
}

/// The names that [`parse`] understands, for the check of the documentation's command examples.
pub(crate) const COMMAND_NAMES: [&str; 9] =
    ["test", "tidy", "ci", "bench", "generate", "tools", "soak", "judge-the-judge", "help"];

/// Reads the arguments after the program's name.
pub(crate) fn parse(arguments: &[String]) -> Result<Command, Failure> {
    let Some((name, rest)) = arguments.split_first() else { return Ok(Command::Help) };
    match name.as_str() {
        "help" | "--help" | "-h" => Ok(Command::Help),
        "test" => Ok(Command::Test(test_options(rest))),
        "tidy" => without_options(name, rest).map(|()| Command::Tidy),
        "ci" => without_options(name, rest).map(|()| Command::Ci),
        "bench" => bench_options(rest).map(Command::Bench),
        "generate" => without_options(name, rest).map(|()| Command::Generate),
        "tools" => without_options(name, rest).map(|()| Command::Tools),
        "soak" => soak::options(rest).map(Command::Soak),
        "judge-the-judge" => judge_the_judge::options(rest).map(Command::JudgeTheJudge),
        other => Err(Failure::Usage(format!("no command \"{other}\"; there are: {}", COMMAND_NAMES.join(", ")))),
    }
}

fn test_options(rest: &[String]) -> TestOptions {
    let own_part = rest.iter().position(|argument| argument == "--").unwrap_or(rest.len());
    let is_quick = |(index, argument): (usize, &String)| index < own_part && argument == "--quick";
    TestOptions {
        quick: rest.iter().enumerate().any(is_quick),
        cargo_arguments: rest
            .iter()
            .enumerate()
            .filter(|&pair| !is_quick(pair))
            .map(|(_, text)| text.clone())
            .collect(),
    }
}

fn bench_options(rest: &[String]) -> Result<BenchOptions, Failure> {
    let mut options = BenchOptions::default();
    let mut rest = rest.iter();
    while let Some(argument) = rest.next() {
        match argument.as_str() {
            "--quick" => options.quick = true,
            "--users" => {
                let users = rest.next().and_then(|number| number.parse().ok()).filter(|users| *users >= 100);
                let message = || Failure::Usage("--users wants a number, 100 or more".to_owned());
                options.users = Some(users.ok_or_else(message)?);
            }
            option if option.starts_with('-') => {
                return Err(Failure::Usage(format!("bench has no option \"{option}\"; it has --quick and --users N")));
            }
            name => options.names.push(name.to_owned()),
        }
    }
    Ok(options)
}

/// Options that each have a value, in the order in which they were typed, of a command that has these.
pub(crate) fn option_values<'a>(
    command: &str,
    known: &[&str],
    rest: &'a [String],
) -> Result<Vec<(&'a str, &'a str)>, Failure> {
    let value_of = |pair: &'a [String]| match pair {
        [option, ..] if !known.contains(&option.as_str()) => {
            let known = known.join(", ");
            Err(Failure::Usage(format!("{command} has no option \"{option}\"; it has {known}")))
        }
        [option, value] => Ok((option.as_str(), value.as_str())),
        _ => Err(Failure::Usage(format!("{command}: {} lacks its value", pair.join(" ")))),
    };
    rest.chunks(2).map(value_of).collect()
}

/// The number that follows an option of a command.
pub(crate) fn number(command: &str, option: &str, text: &str, min: u64, max: u64) -> Result<u64, Failure> {
    let number = text.parse().ok().filter(|number| (min..=max).contains(number));
    let message = || format!("{command}: {option} is a number from {min} to {max}, not \"{text}\"");
    number.ok_or_else(|| Failure::Usage(message()))
}

fn without_options(command: &str, rest: &[String]) -> Result<(), Failure> {
    match rest.first() {
        None => Ok(()),
        Some(extra) => Err(Failure::Usage(format!("{command} takes no arguments, but got \"{extra}\""))),
    }
}

#[cfg(test)]
mod tests {
    //! What a person may type, and what it means.
    use super::*;

    fn parsed(line: &str) -> Result<Command, String> {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        parse(&words).map_err(|failure| failure.to_string())
    }

    fn test_command(quick: bool, cargo_arguments: &[&str]) -> Result<Command, String> {
        let cargo_arguments = cargo_arguments.iter().map(|&text| text.to_owned()).collect();
        Ok(Command::Test(TestOptions { quick, cargo_arguments }))
    }

    #[test]
    fn the_command_line_is_read_as_written() {
        let cases = [
            ("nothing asks for help", "", Ok(Command::Help)),
            ("test alone runs everything", "test", test_command(false, &[])),
            ("quick is ours and not cargo's", "test --quick -p plan", test_command(true, &["-p", "plan"])),
            ("after -- all belongs to the test program", "test -- --quick", test_command(false, &["--", "--quick"])),
            ("tidy takes nothing", "tidy x", Err("tidy takes no arguments, but got \"x\"".to_owned())),
            ("users are a number", "bench users --users many", Err("--users wants a number, 100 or more".to_owned())),
            (
                "users belong to the benchmark",
                "bench users --users 5000",
                Ok(Command::Bench(BenchOptions { quick: false, names: vec!["users".to_owned()], users: Some(5_000) })),
            ),
            (
                "a bad option of bench is named",
                "bench --fast",
                Err("bench has no option \"--fast\"; it has --quick and --users N".to_owned()),
            ),
            (
                "an unknown command lists the known ones",
                "tset",
                Err("no command \"tset\"; there are: test, tidy, ci, bench, generate, tools, soak, \
                     judge-the-judge, help"
                    .to_owned()),
            ),
        ];
        for (sentence, line, expected) in cases {
            assert_eq!(parsed(line), expected, "{sentence}");
        }
    }

    #[test]
    fn each_listed_name_is_a_command_and_is_in_the_help() {
        for name in COMMAND_NAMES {
            assert!(parsed(name).is_ok(), "{name} is listed but not understood");
            assert!(HELP.contains(&format!("\n  {name} ")), "{name} is not in the help");
        }
    }
}
