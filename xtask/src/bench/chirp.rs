//! What Chirp holds: 3,000 time lines and 150 posts a second over three regions, with Landfall as the load.
//!
//! ```text
//!   landfall run chirp.yaml ──┬── load ──┬── quiet ── end
//!                             │          └── each region's own histogram of the time it worked on a time line
//!                             └── the plan fixes the port; regions are at 127.1.0.1, 127.2.0.1, 127.3.0.1
//! ```
//!
//! The bound is on *server* time: what a region measures between a request's header and its answer. The response
//! time of users has their path in it and belongs to the report. A histogram of fixed buckets gives no exact percentile;
//! what is printed is the upper bound of the bucket that the 99th percentile is in, which can only be too high.

use std::io::{BufRead as _, BufReader};
use std::net::{Ipv4Addr, SocketAddr};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use super::server::fetch;
use crate::failure::Failure;
use crate::workspace::Workspace;

const PLAN: &str = include_str!("chirp.yaml");
const PORT: u16 = 17_480;
const REGIONS: u8 = 3;
const TIMELINE: &str = "/v1/users/{name}/timeline";
const POST: &str = "/v1/posts";
/// The 99th percentile of a time line's server time, in seconds, must be below.
const WANTED_SECONDS: f64 = 0.020;
const WANTED_TIMELINES_PER_SECOND: f64 = 3_000.0;
const WANTED_POSTS_PER_SECOND: f64 = 150.0;
/// Open arrivals are random: so much less than was asked for is still what was asked for.
const ARRIVAL_TOLERANCE: f64 = 0.98;
const BUILD_LIMIT: Duration = Duration::from_secs(40 * 60);

/// What one region has counted of one route.
#[derive(Debug, Clone, PartialEq)]
struct Route {
    requests: f64,
    /// The upper bound of the bucket with the 99th percentile, in seconds.
    p99: f64,
}

/// Builds Landfall, runs the plan, and asks each region what it measured.
pub(super) fn run(workspace: &Workspace, quick: bool) -> Result<(), Failure> {
    workspace.cargo().arguments(&["build", "--release", "--package", "landfall"]).limit(BUILD_LIMIT).run()?;
    let folder = workspace.target().join("bench/chirp");
    let seconds = if quick { 8 } else { 60 };
    let blocked = |error: std::io::Error| Failure::Blocked(format!("{}: {error}", folder.display()));
    if folder.exists() {
        std::fs::remove_dir_all(&folder).map_err(blocked)?;
    }
    std::fs::create_dir_all(&folder).map_err(blocked)?;
    std::fs::write(folder.join("chirp.yaml"), PLAN.replace("SECONDS", &seconds.to_string())).map_err(blocked)?;
    let mut landfall = Command::new(workspace.target().join("release/landfall"));
    landfall.args(["run", "chirp.yaml", "--out", "run"]).current_dir(&folder);
    let pages = follow(landfall)?;
    // The warm-up is part of the load, and of what the regions count.
    let window = f64::from(seconds);
    let mut regions = Vec::new();
    for page in &pages {
        regions.push((route(page, TIMELINE)?, route(page, POST)?));
    }
    println!("{}", table(&regions, window));
    if quick { Ok(()) } else { judge(&regions, window) }
}

/// Runs it to its end; answers the regions' metrics as they were when the load had ended and all still ran.
fn follow(mut landfall: Command) -> Result<Vec<String>, Failure> {
    let started = landfall.stdin(Stdio::null()).stdout(Stdio::inherit()).stderr(Stdio::piped()).spawn();
    let mut run =
        Running(started.map_err(|error| Failure::Blocked(format!("landfall could not be started: {error}")))?);
    let output = run.0.stderr.take().expect("standard error was asked for");
    let mut pages = Vec::new();
    for line in BufReader::new(output).lines().map_while(Result::ok) {
        eprintln!("{line}");
        if line.contains("PHASE quiet") {
            for region in 1..=REGIONS {
                let address = SocketAddr::from((Ipv4Addr::new(127, region, 0, 1), PORT));
                let page = fetch(address, "/metrics");
                pages.push(
                    page.map_err(|error| Failure::Blocked(format!("{address} did not tell its metrics: {error}")))?,
                );
            }
        }
    }
    let status = run.wait()?;
    match (status.success(), pages.is_empty()) {
        (true, false) => Ok(pages),
        (true, true) => Err(Failure::Blocked("the run never said that it was quiet".to_owned())),
        (false, _) => Err(Failure::Found(format!("the run did not keep its objective ({status})"))),
    }
}

/// A run that is ended when the benchmark fails before it.
struct Running(Child);

impl Running {
    fn wait(&mut self) -> Result<ExitStatus, Failure> {
        self.0.wait().map_err(|error| Failure::Blocked(format!("landfall's end was not seen: {error}")))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It has mostly ended by itself; its lab ends with it.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Reads one route's histogram out of a page of metrics.
fn route(page: &str, route: &str) -> Result<Route, Failure> {
    let label = format!("route=\"{route}\"");
    let mut buckets: Vec<(f64, f64)> = Vec::new();
    for line in page.lines().filter(|line| line.starts_with("chirp_http_request_duration_seconds_bucket")) {
        let bound = line.split("le=\"").nth(1).and_then(|rest| rest.split('"').next());
        let count = line.rsplit(' ').next().and_then(|count| count.parse().ok());
        if let (true, Some(bound), Some(count)) = (line.contains(&label), bound, count) {
            buckets.push((bound.parse().unwrap_or(f64::INFINITY), count));
        }
    }
    let requests = buckets.iter().map(|(_, count)| *count).fold(0.0, f64::max);
    let p99 = buckets.iter().find(|(_, count)| *count >= 0.99 * requests).map(|(bound, _)| *bound);
    match p99 {
        Some(p99) if requests > 0.0 => Ok(Route { requests, p99 }),
        _ => Err(Failure::Found(format!("a region answered no request of {route}"))),
    }
}

fn table(regions: &[(Route, Route)], seconds: f64) -> String {
    let mut lines =
        vec![format!("{:<8} {:>14} {:>18} {:>10}", "region", "time lines/s", "p99 server time <=", "posts/s")];
    for (index, (timelines, posts)) in regions.iter().enumerate() {
        lines.push(format!(
            "{:<8} {:>14.0} {:>15.1} ms {:>10.1}",
            index + 1,
            timelines.requests / seconds,
            timelines.p99 * 1e3,
            posts.requests / seconds
        ));
    }
    lines.join("\n")
}

fn judge(regions: &[(Route, Route)], seconds: f64) -> Result<(), Failure> {
    let rate = |requests: fn(&(Route, Route)) -> f64| regions.iter().map(requests).sum::<f64>() / seconds;
    let (timelines, posts) = (rate(|region| region.0.requests), rate(|region| region.1.requests));
    let p99 = regions.iter().map(|region| region.0.p99).fold(0.0, f64::max);
    let kept = timelines >= WANTED_TIMELINES_PER_SECOND * ARRIVAL_TOLERANCE
        && posts >= WANTED_POSTS_PER_SECOND * ARRIVAL_TOLERANCE
        && p99 < WANTED_SECONDS;
    if kept {
        return Ok(());
    }
    Err(Failure::Found(format!(
        "{timelines:.0} time lines and {posts:.0} posts a second with a p99 of at most {:.1} ms; wanted are \
         {WANTED_TIMELINES_PER_SECOND:.0}, {WANTED_POSTS_PER_SECOND:.0} and less than {:.0} ms",
        p99 * 1e3,
        WANTED_SECONDS * 1e3
    )))
}

#[cfg(test)]
mod tests {
    //! Metrics as a region writes them, and figures on both sides of what is wanted.
    use super::*;

    const PAGE: &str = r#"
chirp_http_request_duration_seconds_count{method="GET",route="/v1/users/{name}/timeline"} 200
chirp_http_request_duration_seconds_bucket{le="0.005",method="GET",route="/v1/users/{name}/timeline"} 197
chirp_http_request_duration_seconds_bucket{le="0.01",method="GET",route="/v1/users/{name}/timeline"} 198
chirp_http_request_duration_seconds_bucket{le="+Inf",method="GET",route="/v1/users/{name}/timeline"} 200
chirp_http_request_duration_seconds_bucket{le="+Inf",method="POST",route="/v1/posts"} 7
"#;

    #[test]
    fn a_route_is_read_by_its_own_label_and_a_percentile_rounds_up_to_its_bucket() {
        assert_eq!(route(PAGE, TIMELINE).ok(), Some(Route { requests: 200.0, p99: 0.01 }));
        assert_eq!(route(PAGE, POST).ok(), Some(Route { requests: 7.0, p99: f64::INFINITY }));
        assert!(route(PAGE, "/v1/nothing").is_err());
    }

    #[test]
    fn too_few_requests_and_too_slow_answers_fail() {
        let region = |timelines: f64, p99: f64, posts: f64| {
            (Route { requests: timelines, p99 }, Route { requests: posts, p99: 0.1 })
        };
        assert!(judge(&[region(30_000.0, 0.01, 1_500.0)], 10.0).is_ok());
        assert!(judge(&[region(29_000.0, 0.01, 1_500.0)], 10.0).is_err());
        assert!(judge(&[region(30_000.0, 0.01, 1_400.0)], 10.0).is_err());
        assert!(judge(&[region(30_000.0, 0.025, 1_500.0)], 10.0).is_err());
        assert!(judge(&[region(15_000.0, 0.01, 750.0), region(15_000.0, 0.025, 750.0)], 10.0).is_err());
    }

    #[test]
    fn the_plan_has_the_port_that_is_asked() {
        assert!(PLAN.contains(&format!("port: {PORT}")) && PLAN.contains("for: SECONDSs"));
    }
}
