//! What one request costs: Landfall, wrk and k6 against the same server with the same load.
//!
//! ```text
//!   core 0: generator ── 64 connections ──► core 1: nginx, 1,024 bytes
//!
//!   start ── warm-up ──┬────── window ──────┬── end
//!                 count, time          count, time        µs per request = processor time / requests
//! ```
//!
//! Requests are counted by the server and processor time by the kernel, both at the same two moments, so start and end
//! are left out and no generator is believed about itself. Rounds are interleaved (A B C A B C …) and the median of each
//! is taken, because other work on the machine comes and goes. Absolute figures depend on the machine; the ratios hold.
//!
//! Landfall is the whole product here: paths, histograms and the recording included. It has to need at most an eighth of
//! k6's processor time per request; where it does not, the command fails.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::consumption::Tick;
use super::generators::{Generator, Kind, Load};
use super::k6;
use super::placement::Filler;
use super::server::Server;
use crate::failure::Failure;
use crate::programs;
use crate::workspace::Workspace;

const USERS: u32 = 64;
/// How many times Landfall must be cheaper than k6.
const WANTED_ADVANTAGE: f64 = 8.0;
const BUILD_LIMIT: Duration = Duration::from_secs(40 * 60);

/// How long everything takes.
struct Size {
    rounds: usize,
    warm_up: Duration,
    window: Duration,
}

const FULL: Size = Size { rounds: 5, warm_up: Duration::from_secs(4), window: Duration::from_secs(5) };
const QUICK: Size = Size { rounds: 1, warm_up: Duration::from_secs(2), window: Duration::from_secs(1) };

/// What one generator did in one window.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Sample {
    kind: Kind,
    requests_per_second: f64,
    microseconds_per_request: f64,
}

/// Installs and builds the generators, measures them in turn and prints the table.
pub(super) fn run(workspace: &Workspace, quick: bool) -> Result<(), Failure> {
    programs::ensure(&programs::FOR_BENCHMARKS)?;
    let folder = workspace.target().join("bench");
    let generators = generators(workspace, &folder)?;
    let size = if quick { QUICK } else { FULL };
    let (generator_core, server_core) = super::cores();
    let _filler = (server_core != generator_core).then(|| Filler::start(server_core)).transpose()?;
    let server = Server::start(&folder.join("nginx"), server_core)?;
    let tick = Tick::of_this_system()?;
    let mut samples = Vec::new();
    for round in 1..=size.rounds {
        for generator in &generators {
            eprintln!("xtask: round {round} of {}: {}", size.rounds, generator.kind.name());
            samples.push(measure(generator, &server, &size, tick, &folder.join("work"), generator_core)?);
        }
    }
    let medians = [Kind::Landfall, Kind::Wrk, Kind::K6].map(|kind| median(kind, &samples));
    println!("{}", table(&medians));
    if quick { Ok(()) } else { judge(&medians) }
}

fn generators(workspace: &Workspace, folder: &Path) -> Result<Vec<Generator>, Failure> {
    let wrk = programs::path_of(programs::WRK)
        .ok_or_else(|| Failure::Blocked("wrk was installed a moment ago and is gone".to_owned()))?;
    let k6 = k6::install(folder)?;
    workspace.cargo().arguments(&["build", "--release", "--package", "landfall"]).limit(BUILD_LIMIT).run()?;
    let landfall: PathBuf = workspace.target().join("release/landfall");
    let generator = |kind, program| Generator { kind, program };
    Ok(vec![generator(Kind::Wrk, wrk), generator(Kind::Landfall, landfall), generator(Kind::K6, k6)])
}

fn measure(
    generator: &Generator,
    server: &Server,
    size: &Size,
    tick: Tick,
    folder: &Path,
    core: &str,
) -> Result<Sample, Failure> {
    let spare = Duration::from_secs(5);
    let load = Load { users: USERS, seconds: (size.warm_up + size.window + spare).as_secs() };
    let mut working = generator.start(server, load, folder, core)?;
    std::thread::sleep(size.warm_up);
    let (start, requests, used) = (Instant::now(), server.requests_answered()?, tick.used_by_group(working.group()));
    std::thread::sleep(size.window);
    let requests = server.requests_answered()?.saturating_sub(requests + 1);
    let used = tick.used_by_group(working.group()).saturating_sub(used);
    let took = start.elapsed();
    working.must_be_running()?;
    if requests == 0 || used.is_zero() {
        return Err(Failure::Found(format!("{} made no load in the window", generator.kind.name())));
    }
    Ok(Sample {
        kind: generator.kind,
        requests_per_second: requests as f64 / took.as_secs_f64(),
        microseconds_per_request: used.as_secs_f64() * 1e6 / requests as f64,
    })
}

/// The median of each figure by itself.
fn median(kind: Kind, samples: &[Sample]) -> Sample {
    let middle = |figure: fn(&Sample) -> f64| {
        super::median(samples.iter().filter(|sample| sample.kind == kind).map(figure).collect())
    };
    Sample {
        kind,
        requests_per_second: middle(|sample| sample.requests_per_second),
        microseconds_per_request: middle(|sample| sample.microseconds_per_request),
    }
}

fn table(medians: &[Sample; 3]) -> String {
    let ours = medians[0].microseconds_per_request;
    let mut lines = vec![format!(
        "{USERS} connections, 1,024-byte answers, one core each\n{:<10} {:>12} {:>16} {:>14}",
        "generator", "requests/s", "µs per request", "times ours"
    )];
    for sample in medians {
        lines.push(format!(
            "{:<10} {:>12.0} {:>16.1} {:>14.2}",
            sample.kind.name(),
            sample.requests_per_second,
            sample.microseconds_per_request,
            sample.microseconds_per_request / ours
        ));
    }
    lines.join("\n")
}

fn judge(medians: &[Sample; 3]) -> Result<(), Failure> {
    let [ours, _wrk, k6] = medians;
    let advantage = k6.microseconds_per_request / ours.microseconds_per_request;
    if advantage >= WANTED_ADVANTAGE {
        return Ok(());
    }
    Err(Failure::Found(format!(
        "a request costs k6 {advantage:.1} times what it costs Landfall; at least {WANTED_ADVANTAGE:.0} times is wanted"
    )))
}

#[cfg(test)]
mod tests {
    //! Medians, the table and the judgement, on figures made up.
    use super::*;

    fn sample(kind: Kind, microseconds_per_request: f64) -> Sample {
        Sample { kind, requests_per_second: 1e6 / microseconds_per_request, microseconds_per_request }
    }

    #[test]
    fn the_median_is_of_the_generator_alone() {
        let samples = [10.0, 30.0, 20.0].map(|cost| sample(Kind::Wrk, cost));
        let all: Vec<Sample> = samples.into_iter().chain([sample(Kind::K6, 150.0)]).collect();
        assert!((median(Kind::Wrk, &all).microseconds_per_request - 20.0).abs() < 1e-9);
        assert!(median(Kind::Landfall, &all).microseconds_per_request.is_nan());
    }

    #[test]
    fn an_eighth_of_what_k6_needs_is_wanted_and_no_figure_is_not_enough() {
        let medians = |ours: f64| [sample(Kind::Landfall, ours), sample(Kind::Wrk, 15.0), sample(Kind::K6, 160.0)];
        assert!(judge(&medians(20.0)).is_ok());
        assert!(judge(&medians(20.1)).is_err());
        assert!(judge(&medians(f64::NAN)).is_err());
        let table = table(&medians(20.0));
        assert!(table.ends_with("k6                 6250            160.0           8.00"), "{table}");
    }
}
