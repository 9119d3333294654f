//! `cargo xtask bench`: the benchmarks of the crates, in the release profile.
//!
//! The programs are examples of the crates that they measure, so that they are compiled with every test run and cannot
//! rot. This is only the list of them and how they are called; each prints its own table.

use std::time::Duration;

use crate::failure::Failure;
use crate::workspace::Workspace;

/// Which benchmarks to run, and how big.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct BenchOptions {
    /// Small sizes, to see that they run. The figures mean nothing.
    pub(crate) quick: bool,
    /// Names from the list; all when empty.
    pub(crate) names: Vec<String>,
}

/// One benchmark program.
struct Benchmark {
    name: &'static str,
    package: &'static str,
    example: &'static str,
    arguments: &'static [&'static str],
    quick_arguments: &'static [&'static str],
}

const BENCHMARKS: [Benchmark; 2] = [
    Benchmark { name: "engine", package: "load", example: "bench", arguments: &[], quick_arguments: &["--quick"] },
    Benchmark {
        name: "round-trips",
        package: "wan",
        example: "round_trip_accuracy",
        arguments: &[],
        quick_arguments: &["--quick"],
    },
];

const LIMIT: Duration = Duration::from_secs(30 * 60);

/// Runs the named benchmarks, or all.
pub(crate) fn run(workspace: &Workspace, options: &BenchOptions) -> Result<(), Failure> {
    let is_known = |name: &&String| BENCHMARKS.iter().any(|benchmark| benchmark.name == name.as_str());
    if let Some(unknown) = options.names.iter().find(|name| !is_known(name)) {
        let names: Vec<&str> = BENCHMARKS.iter().map(|benchmark| benchmark.name).collect();
        return Err(Failure::Usage(format!("no benchmark \"{unknown}\"; there are: {}", names.join(", "))));
    }
    let is_wanted =
        |benchmark: &&Benchmark| options.names.is_empty() || options.names.iter().any(|name| name == benchmark.name);
    for benchmark in BENCHMARKS.iter().filter(is_wanted) {
        run_benchmark(workspace, benchmark, options.quick)?;
    }
    Ok(())
}

fn run_benchmark(workspace: &Workspace, benchmark: &Benchmark, quick: bool) -> Result<(), Failure> {
    let own = if quick { benchmark.quick_arguments } else { benchmark.arguments };
    workspace
        .cargo()
        .arguments(&["run", "--release", "--package", benchmark.package, "--example", benchmark.example, "--"])
        .arguments(own)
        .limit(LIMIT)
        .run()
}
