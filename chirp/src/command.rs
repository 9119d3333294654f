//! The command line. [`run`] is synchronous and builds its own runtime, so that another binary can offer
//! the same commands under a name of its own.

mod condition;
mod drain;
mod restore;
mod switch;
mod token;

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};

use crate::config::{Config, EdgeConfig, RegionConfig};
use crate::conflicts::{self, ConflictsArguments};
use crate::defects::{Defect, Defects};
use crate::error::Error;
use crate::promote::{self, PromoteArguments};
use crate::provider::ProviderArguments;
use crate::stop::Stop;
use crate::topology::topology;
use crate::{dns, edge, region, stop, telemetry};

use drain::DrainArguments;
use token::TokenArguments;

/// What Chirp can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run one region: API for users, replication with its peers.
    Region(RegionArguments),
    /// Write pairs of concurrent updates to a running deployment and say which are still there.
    Conflicts(ConflictsArguments),
    /// Run the geo-DNS with its health checks.
    Dns(DnsArguments),
    /// Run one edge: it sends users' requests to the nearest region that is well.
    Edge(EdgeArguments),
    /// List the defects that can be switched on, and what each breaks.
    Defects,
    /// Print what runs where.
    Topology(TopologyArguments),
    /// Make a region the writer of a partition, by the rules of the lease, and wait until it is.
    Promote(PromoteArguments),
    /// Make something wrong with a running process for a while, end that, or ask.
    ///
    /// What is set ends by itself when its lease is over. `status` ends with exit code 0 if the condition is on and 1
    /// if it is not.
    Condition(condition::ConditionArguments),
    /// List the conditions that can be set on running processes, and what each does.
    Conditions,
    /// Take a running region out of service (no new users), put it back, or ask.
    ///
    /// `status` ends with exit code 0 if the region is draining and 1 if it is not.
    Drain(DrainArguments),
    /// Print a token for a user.
    Token(TokenArguments),
    /// Run a third party: a link previewer, a media host or a push service.
    Provider(ProviderArguments),
    /// Make a region's data directory from its newest usable snapshot.
    Restore(restore::RestoreArguments),
}

/// Arguments of `region`.
#[derive(Debug, Args)]
pub struct RegionArguments {
    /// The configuration of the deployment.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Which region to run.
    #[arg(long, value_name = "NAME")]
    region: String,
    /// Say that this is another version than it is: for playing a deployment.
    #[arg(long, value_name = "VERSION", value_parser = version)]
    as_version: Option<String>,
    /// Take this defence away, besides those that the configuration takes away; several times for several.
    #[arg(long, value_name = "NAME")]
    defect: Vec<Defect>,
    /// End when standard input ends (with the process that started this one).
    #[arg(long)]
    exit_with_stdin: bool,
}

/// Arguments of `dns`.
#[derive(Debug, Args)]
pub struct DnsArguments {
    /// The configuration of the deployment.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// End when standard input ends (with the process that started this one).
    #[arg(long)]
    exit_with_stdin: bool,
}

/// Arguments of `edge`.
#[derive(Debug, Args)]
pub struct EdgeArguments {
    /// The configuration of the deployment.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Which edge to run.
    #[arg(long, value_name = "NAME")]
    edge: String,
    /// End when standard input ends (with the process that started this one).
    #[arg(long)]
    exit_with_stdin: bool,
}

/// Arguments of `topology`.
#[derive(Debug, Args)]
pub struct TopologyArguments {
    /// The configuration of the deployment.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}

/// Runs a command to its end.
///
/// # Errors
///
/// [`Error`] says what failed; [`Error::hint`] what to do. The exit code of a failed command is 1.
pub fn run(command: Command) -> Result<(), Error> {
    match command {
        Command::Region(arguments) => {
            let mut config = Config::read(&arguments.config)?;
            config.defects = Defects::new(config.defects.iter().chain(arguments.defect));
            config.version = arguments.as_version.unwrap_or(config.version);
            let region = find_region(&config, &arguments.region)?.clone();
            telemetry::start("region", region.name.as_str());
            serve(arguments.exit_with_stdin, |stop| region::run(&config, region, stop))
        }
        Command::Dns(arguments) => {
            let config = Config::read(&arguments.config)?;
            telemetry::start("dns", config.steering.as_ref().map_or("", |steering| &steering.name));
            serve(arguments.exit_with_stdin, |stop| dns::run(&config, stop))
        }
        Command::Edge(arguments) => {
            let config = Config::read(&arguments.config)?;
            let own = find_edge(&config, &arguments.edge)?;
            telemetry::start("edge", &own.name);
            serve(arguments.exit_with_stdin, |stop| edge::run(&config, own, stop))
        }
        Command::Conflicts(arguments) => {
            let config = Config::read(&arguments.config)?;
            print(&block_on(conflicts::run(&config, arguments.pairs, arguments.json))?)
        }
        Command::Defects => print(&defects()),
        Command::Topology(arguments) => print(&topology(&Config::read(&arguments.config)?)),
        Command::Promote(arguments) => {
            let config = Config::read(&arguments.config)?;
            let region = find_region(&config, &arguments.region)?;
            let wait = Duration::from_secs(arguments.wait.min(3600));
            print(&block_on(promote::promote(&config, region, arguments.partition.as_deref(), wait))?)
        }
        Command::Condition(arguments) => {
            let config = Config::read(&arguments.config)?;
            block_on(condition::run(&config, &arguments))
        }
        Command::Conditions => print(&condition::list()),
        Command::Restore(arguments) => {
            let config = Config::read(&arguments.config)?;
            let own = find_region(&config, &arguments.region)?;
            let origin = arguments.from.as_deref().map_or(Ok(own), |name| find_region(&config, name))?;
            telemetry::start("restore", own.name.as_str());
            block_on(restore::run(&config, own, origin))
        }
        Command::Drain(arguments) => {
            let config = Config::read(&arguments.config)?;
            block_on(drain::run(find_region(&config, &arguments.region)?, arguments.action))
        }
        Command::Token(arguments) => token::run(&Config::read(&arguments.config)?, &arguments),
        Command::Provider(arguments) => {
            telemetry::start("provider", &arguments.provider);
            serve(arguments.exit_with_stdin, |stop| arguments.run(stop))
        }
    }
}

/// Runs a process until it is told to stop.
fn serve<F>(exit_with_stdin: bool, run: impl FnOnce(Stop) -> F) -> Result<(), Error>
where
    F: Future<Output = Result<(), Error>>,
{
    block_on(async { run(stop::listen(exit_with_stdin)?).await })
}

fn find_region<'a>(config: &'a Config, name: &str) -> Result<&'a RegionConfig, Error> {
    let unknown = || Error::UnknownRegion { name: name.to_owned(), known: config.region_names() };
    config.region(name).ok_or_else(unknown)
}

fn find_edge<'a>(config: &'a Config, name: &str) -> Result<&'a EdgeConfig, Error> {
    let known = || config.edges.iter().map(|edge| edge.name.as_str()).collect::<Vec<_>>().join(", ");
    let unknown = || Error::UnknownEdge { name: name.to_owned(), known: known() };
    config.edges.iter().find(|edge| edge.name == name).ok_or_else(unknown)
}

/// A version as it can be told: 1 to 32 letters, digits and any of `-+.`.
fn version(text: &str) -> Result<String, String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '+' | '.');
    let is_one = (1..=32).contains(&text.len()) && text.chars().all(allowed);
    is_one.then(|| text.to_owned()).ok_or_else(|| "1 to 32 letters, digits and any of - + .".to_owned())
}

/// One thread for all that waits; storage has its own writer thread and a few for reading.
fn block_on<T>(future: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(region::READERS_MAX)
        .build()
        .map_err(Error::Runtime)?;
    let outcome = runtime.block_on(future);
    runtime.shutdown_timeout(Duration::from_secs(1));
    outcome
}

fn defects() -> String {
    let mut text = String::new();
    for defect in Defect::ALL {
        writeln!(text, "{}\n    {}", defect.name(), defect.description()).expect("a string takes every write");
    }
    text
}

fn print(text: &str) -> Result<(), Error> {
    let mut output = std::io::stdout().lock();
    output.write_all(text.as_bytes()).and_then(|()| output.flush()).map_err(Error::Output)
}
