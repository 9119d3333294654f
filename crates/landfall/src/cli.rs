//! The command tree.

use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// When a region goes down under real load, what happens to the users?
#[derive(Debug, Parser)]
#[command(name = "landfall", version, about, after_help = AFTER_HELP)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
    /// How it talks.
    #[command(flatten)]
    pub(crate) talk: Talk,
}

const AFTER_HELP: &str = "\
Exit codes: 0 pass, 99 an objective failed, 96 inconclusive, 65 mistakes in the plan,
69 the target is not there; all of them: docs/reference/exit-codes.md";

/// How the program talks.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Talk {
    /// Only ASCII characters in the terminal.
    #[arg(long, global = true)]
    pub(crate) ascii: bool,
    /// Print one JSON object on standard output and everything else on standard error.
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Boot Chirp in three regions, load it from four continents, kill a region and judge what that did to the users.
    Demo(DemoArguments),
    /// Carry out a plan and judge it.
    Run(RunArguments),
    /// Check a plan: every mistake at once, with line, column and a hint.
    Check(CheckArguments),
    /// Judge a recording again.
    Judge(RecordingArguments),
    /// Write the reports of a recording again.
    Report(RecordingArguments),
    /// Boot a plan's target and leave it up until Ctrl-C.
    Lab(LabArguments),
    /// The reference service and its parts.
    #[command(subcommand)]
    Chirp(chirp::Command),
    /// Print the JSON Schema of plans.
    Schema,
    /// The relay between the lab's regions; started by the lab.
    #[command(hide = true)]
    Relay,
    /// Holds a command hook; started by a run.
    #[command(hide = true)]
    HoldFault,
}

/// Arguments of `demo`.
#[derive(Debug, Args)]
pub(crate) struct DemoArguments {
    /// Switch a defect of Chirp on, to see a verdict fail (`landfall chirp defects` lists them).
    #[arg(long, value_name = "NAME")]
    pub(crate) defect: Option<String>,
    /// Where the run directory goes; it must not exist yet.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) out: Option<PathBuf>,
    /// Another seed than the plan's.
    #[arg(long)]
    pub(crate) seed: Option<u64>,
    /// Print the demo's plan instead of carrying it out: a start for one's own.
    #[arg(long)]
    pub(crate) print_plan: bool,
}

/// Arguments of `run`.
#[derive(Debug, Args)]
pub(crate) struct RunArguments {
    /// The plan.
    #[arg(value_name = "PLAN")]
    pub(crate) plan: PathBuf,
    /// Where the run directory goes; it must not exist yet. Default: runs/NAME-TIME.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) out: Option<PathBuf>,
    /// Another seed than the plan's.
    #[arg(long)]
    pub(crate) seed: Option<u64>,
}

/// Arguments of `check`.
#[derive(Debug, Args)]
pub(crate) struct CheckArguments {
    /// The plan.
    #[arg(value_name = "PLAN")]
    pub(crate) plan: PathBuf,
    /// Print the resolved plan: nothing in it is left to decide.
    #[arg(long)]
    pub(crate) resolved: bool,
}

/// Arguments of `judge` and `report`.
#[derive(Debug, Args)]
pub(crate) struct RecordingArguments {
    /// A run directory.
    #[arg(value_name = "RUN")]
    pub(crate) run: PathBuf,
    /// Where the reports go; default: into the run directory.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) out: Option<PathBuf>,
}

/// Arguments of `lab`.
#[derive(Debug, Args)]
pub(crate) struct LabArguments {
    /// The plan whose target is booted.
    #[arg(value_name = "PLAN")]
    pub(crate) plan: PathBuf,
    /// Where the lab keeps its data and logs; default: a temporary folder that is removed at the end.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) out: Option<PathBuf>,
}
