//! All automation of the repository: one command each, listed by `cargo xtask help`.
//!
//! What a person, a hook or a build server does to the repository is a command here and nothing else: no shell
//! scripts to keep in step, no steps in a build server's own language. The exit code is 0 when all is well, 1 when a
//! check failed, and 2 when the command line was not understood.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "what this program is for is what it prints")]

mod bench;
mod ci;
mod command_line;
mod descendants;
mod failure;
mod generate;
mod judge_the_judge;
mod programs;
mod soak;
mod step;
mod test;
mod tidy;
mod tools;
mod workspace;

use std::process::ExitCode;

use command_line::Command;
use failure::Failure;
use workspace::Workspace;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match command_line::parse(&arguments).and_then(run) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("xtask: {failure}");
            failure.exit_code()
        }
    }
}

fn run(command: Command) -> Result<(), Failure> {
    if matches!(command, Command::Help) {
        print!("{}", command_line::HELP);
        return Ok(());
    }
    let workspace = Workspace::open()?;
    match command {
        Command::Help => Ok(()),
        Command::Test(options) => test::run(&workspace, &options).map(|_total| ()),
        Command::Tidy => tidy::run(&workspace),
        Command::Ci => ci::run(&workspace),
        Command::Bench(options) => bench::run(&workspace, &options),
        Command::Generate => generate::run(&workspace),
        Command::JudgeTheJudge(options) => judge_the_judge::run(&workspace, &options),
        Command::Soak(options) => soak::run(&workspace, &options),
        Command::Tools => tools::run(&workspace),
    }
}
