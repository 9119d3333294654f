//! What `chirp edge` costs: the same reads at a region and through an edge in front of it, in turn.
//!
//! ```text
//!   core 0: wrk ──► core 1: region             direct
//!   core 0: wrk ──► core 1: edge ──► region    edge
//!
//!   round: direct, edge, direct with one connection, edge with one connection; then the next round
//! ```
//!
//! **Processor time** is that of region and edge together, by the kernel, over a window in which 32 connections ask
//! as fast as they are answered, divided by the requests that the region has counted. **Latency** is what wrk sees with one
//! connection: with many, it would be the time in the queue in front of a busy core, and would say the same as
//! the processor time. Rounds alternate and the median of each figure is taken, because other work on the machine comes and
//! goes. Absolute figures depend on the machine; the ratios hold.
//!
//! The read is a profile, the cheapest there is, and the edge keeps no answers: for everything else the ratio is
//! smaller. There is no bound to keep, for none was promised; it fails only when requests fail.

use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

use super::consumption::Tick;
use super::placement::{self, Filler};
use super::server::fetch;
use crate::failure::Failure;
use crate::programs;
use crate::workspace::Workspace;

const PORT: u16 = 17_490;
const REGION: Ipv4Addr = Ipv4Addr::new(127, 8, 0, 1);
const EDGE: Ipv4Addr = Ipv4Addr::new(127, 8, 0, 2);
const READ: &str = "/v1/users/user-1";
/// Enough to keep a core busy.
const CONNECTIONS: u32 = 32;
const BUILD_LIMIT: Duration = Duration::from_secs(40 * 60);
const START_LIMIT: Duration = Duration::from_secs(30);
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// How long everything takes.
struct Size {
    rounds: usize,
    window_seconds: u32,
}

const FULL: Size = Size { rounds: 7, window_seconds: 4 };
const QUICK: Size = Size { rounds: 1, window_seconds: 1 };

/// How requests get to the region.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Direct,
    Edge,
}

impl Way {
    const ALL: [Self; 2] = [Self::Direct, Self::Edge];

    fn address(self) -> SocketAddr {
        SocketAddr::from((if self == Self::Direct { REGION } else { EDGE }, PORT))
    }
}

/// What one round said of one way.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Sample {
    requests_per_second: f64,
    microseconds_per_request: f64,
    p50_us: f64,
    p99_us: f64,
}

/// One of them.
type Figure = fn(&Sample) -> f64;

/// Builds Chirp, measures both ways in turn and prints the table.
pub(super) fn run(workspace: &Workspace, quick: bool) -> Result<(), Failure> {
    programs::ensure(&[programs::WRK])?;
    let build = ["build", "--release", "--package", "chirp", "--bin", "chirp"];
    workspace.cargo().arguments(&build).limit(BUILD_LIMIT).run()?;
    let folder = workspace.target().join("bench/edge");
    let blocked = |error: std::io::Error| Failure::Blocked(format!("{}: {error}", folder.display()));
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(blocked)?;
    }
    fs::create_dir_all(&folder).map_err(blocked)?;
    fs::write(folder.join("chirp.toml"), configuration()).map_err(blocked)?;
    let (generator_core, service_core) = super::cores();
    // What wrk leaves of its core is used up, so that the services always run beside a busy one.
    let _filler = (service_core != generator_core).then(|| Filler::start(generator_core)).transpose()?;
    let program = workspace.target().join("release/chirp");
    let region = Service::start(&program, "region", "eu-west-1", &folder, service_core, Way::Direct)?;
    let edge = Service::start(&program, "edge", "edge-eu", &folder, service_core, Way::Edge)?;
    let bench = Bench { groups: [region.group(), edge.group()], tick: Tick::of_this_system()?, generator_core };
    let size = if quick { QUICK } else { FULL };
    let mut samples = Vec::new();
    for round in 1..=size.rounds {
        eprintln!("xtask: round {round} of {}", size.rounds);
        let mut both = Vec::new();
        for way in Way::ALL {
            both.push(bench.busy(way, size.window_seconds)?);
        }
        for (way, sample) in Way::ALL.into_iter().zip(&mut both) {
            (sample.p50_us, sample.p99_us) = bench.alone(way, size.window_seconds)?;
        }
        samples.push([both[0], both[1]]);
    }
    println!("{}", table(&samples));
    Ok(())
}

/// What all windows share.
struct Bench {
    /// The process groups of region and edge.
    groups: [u32; 2],
    tick: Tick,
    generator_core: &'static str,
}

impl Bench {
    /// What a request costs while many ask.
    fn busy(&self, way: Way, seconds: u32) -> Result<Sample, Failure> {
        self.ask(way, CONNECTIONS, 1)?;
        let (start, asked, used) = (Instant::now(), answered()?, self.used());
        self.ask(way, CONNECTIONS, seconds)?;
        let (took, used) = (start.elapsed(), self.used().saturating_sub(used));
        let requests = answered()? - asked;
        if requests < 1.0 || used.is_zero() {
            return Err(Failure::Found(format!("{way:?}: no request was counted in the window")));
        }
        Ok(Sample {
            requests_per_second: requests / took.as_secs_f64(),
            microseconds_per_request: used.as_secs_f64() * 1e6 / requests,
            p50_us: f64::NAN,
            p99_us: f64::NAN,
        })
    }

    /// The 50th and the 99th percentile of the latency of one who asks alone, in microseconds.
    fn alone(&self, way: Way, seconds: u32) -> Result<(f64, f64), Failure> {
        let said = self.ask(way, 1, seconds)?;
        let percentile = |name| latency_us(&said, name);
        percentile("50%").zip(percentile("99%")).ok_or_else(|| Failure::Blocked(format!("wrk said:\n{said}")))
    }

    /// Lets wrk ask; answers what it says.
    fn ask(&self, way: Way, connections: u32, seconds: u32) -> Result<String, Failure> {
        let wrk = programs::path_of(programs::WRK)
            .ok_or_else(|| Failure::Blocked("wrk was installed a moment ago and is gone".to_owned()))?;
        let url = format!("http://{}{READ}", way.address());
        let load = ["-t1".to_owned(), format!("-c{connections}"), format!("-d{seconds}s"), "--latency".to_owned(), url];
        let output = placement::on_core(self.generator_core, &wrk).args(load).stdin(Stdio::null()).output();
        let output = output.map_err(|error| Failure::Blocked(format!("wrk could not be started: {error}")))?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let failed = !output.status.success() || said.contains("Non-2xx") || said.contains("Socket errors");
        if failed { Err(Failure::Found(format!("{way:?}: requests failed:\n{said}"))) } else { Ok(said) }
    }

    fn used(&self) -> Duration {
        self.groups.iter().map(|group| self.tick.used_by_group(*group)).sum()
    }
}

/// A process of Chirp. It is ended when this is dropped.
struct Service {
    process: Child,
    /// Its end is the process's end.
    _stdin: ChildStdin,
}

impl Service {
    /// Starts it on this core and waits until it is well.
    fn start(program: &Path, kind: &str, name: &str, folder: &Path, core: &str, way: Way) -> Result<Self, Failure> {
        let start = || -> std::io::Result<Self> {
            let log = File::create(folder.join(format!("{name}.log")))?;
            let mut process = placement::on_core(core, program)
                .args([kind, &format!("--{kind}"), name, "--config", "chirp.toml", "--exit-with-stdin"])
                .current_dir(folder)
                .stdin(Stdio::piped())
                .stdout(log.try_clone()?)
                .stderr(log)
                .spawn()?;
            let _stdin = process.stdin.take().expect("standard input was asked for");
            Ok(Self { process, _stdin })
        };
        let service = start().map_err(|error| Failure::Blocked(format!("{name} could not be started: {error}")))?;
        let deadline = Instant::now() + START_LIMIT;
        while Instant::now() < deadline {
            if fetch(way.address(), "/healthz").is_ok_and(|answer| answer.starts_with("HTTP/1.0 200")) {
                return Ok(service);
            }
            std::thread::sleep(LOOK_EVERY);
        }
        let log = fs::read_to_string(folder.join(format!("{name}.log"))).unwrap_or_default();
        Err(Failure::Blocked(format!("{name} does not serve:\n{log}")))
    }

    /// The id of its process group, which it leads.
    fn group(&self) -> u32 {
        self.process.id()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // It may have ended by itself, and there is nobody left to tell.
        let group = format!("-{}", self.process.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).stderr(Stdio::null()).status();
        let _ = self.process.wait();
    }
}

fn configuration() -> String {
    let peers = PORT + 1;
    format!(
        "seed_users = 10\nfollows_per_user = 2\n\
         [[region]]\nname = \"eu-west-1\"\nlisten = \"{REGION}:{PORT}\"\npeer_listen = \"{REGION}:{peers}\"\ndata = \"data\"\n\
         [[edge]]\nname = \"edge-eu\"\nlisten = \"{EDGE}:{PORT}\"\nnear = [\"eu-west-1\"]\n"
    )
}

/// How many reads the region has answered well since its start.
fn answered() -> Result<f64, Failure> {
    let page = fetch(Way::Direct.address(), "/metrics");
    let page = page.map_err(|error| Failure::Blocked(format!("the region did not tell its metrics: {error}")))?;
    Ok(reads_in(&page))
}

fn reads_in(page: &str) -> f64 {
    let is_read = |line: &&str| {
        line.starts_with("chirp_http_requests_total")
            && line.contains("route=\"/v1/users/{name}\"")
            && line.contains("status=\"200\"")
    };
    page.lines().filter(is_read).filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum()
}

/// A percentile of wrk's table, in microseconds.
fn latency_us(said: &str, percentile: &str) -> Option<f64> {
    let line = said.lines().find_map(|line| line.trim().strip_prefix(percentile))?.trim();
    let split = line.find(char::is_alphabetic)?;
    let factor = match &line[split..] {
        "us" => 1.0,
        "ms" => 1e3,
        "s" => 1e6,
        _ => return None,
    };
    Some(line[..split].parse::<f64>().ok()? * factor)
}

fn table(samples: &[[Sample; 2]]) -> String {
    let median = |way: usize, figure: Figure| super::median(samples.iter().map(|round| figure(&round[way])).collect());
    let figures: [(&str, Figure); 4] = [
        ("requests/s, 32 connections", |sample| sample.requests_per_second),
        ("processor µs per request", |sample| sample.microseconds_per_request),
        ("p50 µs, 1 connection", |sample| sample.p50_us),
        ("p99 µs, 1 connection", |sample| sample.p99_us),
    ];
    let mut lines = vec![format!("{:<28} {:>10} {:>10} {:>8}", "median of rounds", "direct", "edge", "ratio")];
    for (name, figure) in figures {
        let (direct, edge) = (median(0, figure), median(1, figure));
        lines.push(format!("{name:<28} {direct:>10.1} {edge:>10.1} {:>8.2}", edge / direct));
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    //! Pages and tables as region and wrk write them.
    use super::*;

    #[test]
    fn only_good_answers_to_the_read_are_counted() {
        let page = r#"
chirp_http_requests_total{method="GET",route="/v1/users/{name}",status="200"} 40
chirp_http_requests_total{method="GET",route="/v1/users/{name}",status="503"} 3
chirp_http_requests_total{method="GET",route="/v1/users/{name}/posts",status="200"} 7
"#;
        assert!((reads_in(page) - 40.0).abs() < 1e-9);
    }

    #[test]
    fn percentiles_are_read_in_each_unit_that_wrk_writes() {
        let said =
            "  Latency Distribution\n     50%  123.00us\n     75%    1.50ms\n     99%    1.02s \n  10 requests in 1s";
        let read = |percentile| latency_us(said, percentile);
        assert_eq!(
            (read("50%"), read("75%"), read("99%"), read("90%")),
            (Some(123.0), Some(1500.0), Some(1_020_000.0), None)
        );
    }

    #[test]
    fn the_table_shows_medians_and_their_ratio() {
        let sample = |cost: f64| Sample {
            requests_per_second: 1e6 / cost,
            microseconds_per_request: cost,
            p50_us: cost * 2.0,
            p99_us: cost * 4.0,
        };
        let rounds = [[sample(10.0), sample(25.0)], [sample(90.0), sample(30.0)], [sample(20.0), sample(90.0)]];
        let table = table(&rounds);
        assert!(table.contains("processor µs per request           20.0       30.0     1.50"), "{table}");
    }
}
