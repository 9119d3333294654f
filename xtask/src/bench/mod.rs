//! `cargo xtask bench`: what the parts can do, and the whole beside the field's tools.
//!
//! | benchmark | question |
//! | --- | --- |
//! | `engine` | how late is a request sent, how much does one cost, how much memory does a user take |
//! | `round-trips` | how far is an emulated round trip from the one that was asked for |
//! | `users` | do 100,000 users with a connection each fit this machine, and what do they weigh beside k6's |
//! | `controller` | does the controller of 100 agents with 20 origins take less than 10 % of one core |
//! | `chirp` | does Chirp hold 3,000 time lines and 150 posts a second over three regions |
//! | `edge` | what does a request cost through `chirp edge`, beside one that goes to the region |
//! | `side-by-side` | what does a request cost here, with wrk and with k6, against the same server |
//!
//! The first four belong to the crates that they measure: `cargo xtask ci` compiles them every time, so they cannot rot, and
//! each prints its own table. The others are here: two run the whole product, one installs and starts programs
//! that are not ours.

mod chirp;
mod consumption;
mod edge;
mod generators;
mod k6;
mod placement;
mod server;
mod side_by_side;

use std::time::Duration;

use crate::failure::Failure;
use crate::programs;
use crate::workspace::Workspace;

/// Which benchmarks to run, and how big.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct BenchOptions {
    /// Small sizes, to see that they run. The figures mean nothing.
    pub(crate) quick: bool,
    /// Names from the list; all when empty.
    pub(crate) names: Vec<String>,
    /// How many users `users` holds, if not 100,000.
    pub(crate) users: Option<u32>,
}

/// One benchmark, and how it is run.
struct Benchmark {
    name: &'static str,
    run: fn(&Workspace, &BenchOptions) -> Result<(), Failure>,
}

const BENCHMARKS: [Benchmark; 7] = [
    Benchmark { name: "engine", run: engine },
    Benchmark { name: "round-trips", run: round_trips },
    Benchmark { name: "users", run: users },
    Benchmark { name: "controller", run: controller },
    Benchmark { name: "chirp", run: |workspace, options| chirp::run(workspace, options.quick) },
    Benchmark { name: "edge", run: |workspace, options| edge::run(workspace, options.quick) },
    Benchmark { name: "side-by-side", run: |workspace, options| side_by_side::run(workspace, options.quick) },
];

const LIMIT: Duration = Duration::from_secs(40 * 60);

/// Runs the named benchmarks, or all.
pub(crate) fn run(workspace: &Workspace, options: &BenchOptions) -> Result<(), Failure> {
    for benchmark in chosen(&options.names)? {
        eprintln!("\n== {}", benchmark.name);
        (benchmark.run)(workspace, options)?;
    }
    Ok(())
}

fn chosen(names: &[String]) -> Result<Vec<&'static Benchmark>, Failure> {
    let is_known = |name: &&String| BENCHMARKS.iter().any(|benchmark| benchmark.name == name.as_str());
    if let Some(unknown) = names.iter().find(|name| !is_known(name)) {
        let known: Vec<&str> = BENCHMARKS.iter().map(|benchmark| benchmark.name).collect();
        return Err(Failure::Usage(format!("no benchmark \"{unknown}\"; there are: {}", known.join(", "))));
    }
    let is_wanted = |benchmark: &&Benchmark| names.is_empty() || names.iter().any(|name| name == benchmark.name);
    Ok(BENCHMARKS.iter().filter(is_wanted).collect())
}

/// One core for the generator and another for the server, where there are two.
fn cores() -> (&'static str, &'static str) {
    let several = std::thread::available_parallelism().is_ok_and(|count| count.get() > 1);
    if several { ("0", "1") } else { ("0", "0") }
}

/// The one in the middle; of an even number the upper one; none: not a number.
fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}

fn engine(workspace: &Workspace, options: &BenchOptions) -> Result<(), Failure> {
    programs::ensure(&programs::FOR_BENCHMARKS)?;
    let size: &[&str] = if options.quick { &["--quick"] } else { &[] };
    workspace
        .cargo()
        .arguments(&["bench", "--package", "load", "--bench", "engine", "--"])
        .arguments(size)
        .limit(LIMIT)
        .run()
}

/// With k6 where it can be had; without it the rest is measured all the same.
fn users(workspace: &Workspace, options: &BenchOptions) -> Result<(), Failure> {
    let mut arguments = Vec::new();
    match k6::install(&workspace.target().join("bench")) {
        Ok(program) => arguments.extend(["--k6".to_owned(), program.display().to_string()]),
        Err(failure) => eprintln!("xtask: without k6: {failure}"),
    }
    arguments.extend(options.quick.then(|| "--quick".to_owned()));
    arguments.extend(options.users.iter().flat_map(|users| ["--users".to_owned(), users.to_string()]));
    workspace
        .cargo()
        .arguments(&["bench", "--package", "landfall", "--bench", "users", "--"])
        .arguments(&arguments)
        .limit(LIMIT)
        .run()
}

fn controller(workspace: &Workspace, options: &BenchOptions) -> Result<(), Failure> {
    let size: &[&str] = if options.quick { &["--quick"] } else { &[] };
    workspace
        .cargo()
        .arguments(&["bench", "--package", "fleet", "--bench", "controller", "--"])
        .arguments(size)
        .limit(LIMIT)
        .run()
}

/// Its size is fixed: about a minute and a half.
fn round_trips(workspace: &Workspace, _options: &BenchOptions) -> Result<(), Failure> {
    let arguments = ["run", "--release", "--package", "wan", "--example", "round_trip_accuracy"];
    workspace.cargo().arguments(&arguments).limit(LIMIT).run()
}

#[cfg(test)]
mod tests {
    //! Which benchmarks a list of names means.
    use super::*;

    #[test]
    fn no_name_means_all_and_an_unknown_one_lists_them() {
        let names = |list: &[&str]| {
            let list: Vec<String> = list.iter().map(|&name| name.to_owned()).collect();
            let chosen = chosen(&list).map_err(|failure| failure.to_string())?;
            Ok::<_, String>(chosen.iter().map(|benchmark| benchmark.name).collect::<Vec<_>>().join(" "))
        };
        assert_eq!(names(&[]), Ok("engine round-trips users controller chirp edge side-by-side".to_owned()));
        assert_eq!(names(&["engine"]), Ok("engine".to_owned()));
        assert_eq!(
            names(&["all"]),
            Err("no benchmark \"all\"; there are: engine, round-trips, users, controller, chirp, edge, side-by-side"
                .to_owned())
        );
    }
}
