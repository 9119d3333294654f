//! The runs of one plan in a row, from the oldest to the newest: how long it took each time until all were well again, and the verdict.
//!
//! One number stands for a run: the longest recovery time of any population and class in it, as on its scorecard. A run in which somebody
//! did not recover, of which it can't be told, or whose measurement of it can't be trusted has a point without a time. What is
//! usual is a median, and that takes 5 known times, as in [`super::several`]: of fewer it is said that they are too few. From which run on
//! recovery times are other ones is said of all runs, also of those that are too many to be shown, in the words of `changes`.

use super::{
    changes::{self, Timed, Times},
    is_trusted,
    value::Changes,
};
use crate::{
    Findings, Verdict,
    findings::{Length, Percentile, RecoveryState},
    live,
    rules::{fault::taken, percentile::percentile},
    words,
};
use record::Histogram;

/// So many of the newest runs are shown.
pub const POINTS_MAX: usize = 20;

/// One run of a plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// What the run is called.
    pub name: String,
    /// Wall clock of its start: microseconds since 1970-01-01 UTC. `None`: the manifest is damaged.
    pub started_unix_us: Option<u64>,
    /// How it ended.
    pub verdict: Verdict,
    /// The longest recovery time in it, zero where nobody was affected; `None`: it is not known, or can't be trusted.
    pub recovery: Option<Length>,
    /// The promised limit of it, in seconds; `None`: nothing is promised.
    pub limit_seconds: Option<f64>,
    /// What its scorecard says of it, and whether that can't be trusted: "17.6 s", "26 s, not trusted".
    pub text: String,
    /// The populations' names, by index.
    pub populations: Vec<String>,
    /// Its recovery times, as far as they are known.
    pub times: Times,
}

/// The runs of a plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Trend {
    /// The newest, at most [`POINTS_MAX`], from the oldest of them to the newest.
    pub points: Vec<Point>,
    /// The median of the known recovery times.
    pub usual: Percentile,
    /// In words: "6 runs, recovery time known of 5: 16.2 s to 19 s, median 17.6 s".
    pub text: String,
    /// Whether recovery times changed from some run on, of all runs.
    pub changes: Changes,
    /// Those that changed, in words: "eu-dies, europe, reads: changed at run-07 from 4.2 s to 9.8 s".
    pub changed: Vec<String>,
}

impl Point {
    /// A run that was judged.
    #[must_use]
    pub fn of(name: &str, findings: &Findings) -> Self {
        let recoveries = findings.faults.iter().flat_map(|fault| &fault.recovery);
        let is_trusted = is_trusted(findings, "recovery");
        let is_known = |state| matches!(state, RecoveryState::NotAffected | RecoveryState::Recovered);
        let all_known = recoveries.clone().all(|one| is_known(one.state));
        let longest = recoveries.map(taken).max().filter(|_| all_known && is_trusted);
        let promise = findings.objectives.iter().find(|one| one.kind == "recovery-time");
        let score = live::judged(findings).into_iter().find(|row| row.name == "recovery time");
        let text = score.map_or_else(String::new, |row| row.value);
        Self {
            name: name.to_owned(),
            started_unix_us: findings.run.started_unix_us,
            verdict: findings.summary.verdict,
            recovery: longest,
            limit_seconds: promise.and_then(|one| one.limit.value),
            text: if is_trusted { text } else { format!("{text}, not trusted") },
            populations: findings.run.populations.iter().map(|population| population.name.clone()).collect(),
            times: Times::of(findings),
        }
    }
}

impl<'a> Timed<'a> {
    fn of(point: &'a Point) -> Self {
        Self { name: &point.name, started_unix_us: point.started_unix_us, times: &point.times }
    }
}

/// The trend of runs of one plan ([`super::are_of_one_plan`]), in any order.
#[must_use]
pub fn trend(mut points: Vec<Point>) -> Trend {
    points.sort_by(|one, other| (one.started_unix_us, &one.name).cmp(&(other.started_unix_us, &other.name)));
    let timed: Vec<Timed<'_>> = points.iter().map(Timed::of).collect();
    let changes = changes::changes(&timed);
    let changed = points.last().map_or_else(Vec::new, |point| changes.changed(&point.populations));
    points.drain(..points.len().saturating_sub(POINTS_MAX));
    let mut histogram = Histogram::new();
    let known: Vec<Length> = points.iter().filter_map(|point| point.recovery).collect();
    known.iter().for_each(|time| histogram.record(time.0));
    let usual = percentile(&histogram, 50.0);
    let text = told(points.len(), &known, &usual);
    Trend { points, usual, text, changes, changed }
}

fn told(runs: usize, known: &[Length], usual: &Percentile) -> String {
    let runs = words::counted(runs as u64, "run");
    let (Some(shortest), Some(longest)) = (known.iter().min(), known.iter().max()) else {
        return format!("{runs}, recovery time known of none");
    };
    let count = words::count(known.len() as u64);
    let range = format!("{} to {}", words::duration(shortest.0), words::duration(longest.0));
    let usually = match usual.value {
        Some(_) => format!("median {}", usual.text),
        None => format!("too few to say what is usual ({} of {})", usual.samples, usual.samples_needed),
    };
    format!("{runs}, recovery time known of {count}: {range}, {usually}")
}
