//! The binary `chirp`: reads the command line, runs the command, says what went wrong.

use std::error::Error as _;
use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser;

/// A small multi-region service: users, posts, follows, home time lines.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: chirp::Command,
}

fn main() -> ExitCode {
    let Err(error) = chirp::run(Arguments::parse().command) else { return ExitCode::SUCCESS };
    let mut text = format!("error: {error}");
    let mut source = error.source();
    while let Some(inner) = source {
        text.push_str(&format!(": {inner}"));
        source = inner.source();
    }
    if let Some(hint) = error.hint() {
        text.push_str(&format!("\nhint: {hint}"));
    }
    // Nobody is left to tell if standard error is closed.
    let _ = writeln!(std::io::stderr(), "{text}");
    ExitCode::FAILURE
}
