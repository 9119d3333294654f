//! Several runs: the list of them, those of one plan in a row, two held against each other.

use super::{Headline, Mode};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A run in the answer of `GET /api/v1/runs`, which is a list of these.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RunLine {
    /// The run's name in addresses.
    pub run: String,
    /// The plan's name.
    pub name: String,
    /// SHA-256 of the resolved plan.
    pub sha256: String,
    /// When the run began, in microseconds since 1970 UTC.
    pub started_unix_us: u64,
    /// Whether it goes on.
    pub mode: Mode,
    /// How it ended: [`Headline::Pass`], [`Headline::Fail`] or [`Headline::Inconclusive`]; `None`: it goes on, or was not judged.
    pub verdict: Option<Headline>,
}

/// The runs of one plan in a row, in the answer of `GET /api/v1/trends`, which is a list of these: one for each plan that has two
/// judged runs or more.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct Trend {
    /// The name of the newest run's plan.
    pub plan: String,
    /// From the oldest to the newest, at most twenty.
    pub points: Vec<TrendPoint>,
    /// In words: how many they are, from what to what their recovery times go, and their median where they are enough for one.
    pub text: String,
    /// Whether recovery times changed from some run on, in words: `1 of 4 recovery times changed`, `too few runs to see a change (3 of 12)`.
    pub changes: String,
    /// Those that changed, each in words: `eu-dies, europe, reads: changed at run-07 from 4.2 s to 9.8 s`.
    pub changed: Vec<String>,
}

/// One run among those of its plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct TrendPoint {
    /// The run's name in addresses.
    pub run: String,
    /// When it began, in microseconds since 1970 UTC.
    pub started_unix_us: u64,
    /// How it ended.
    pub verdict: Headline,
    /// Its longest recovery time; `None`: it is not known, or can't be trusted.
    pub recovery_us: Option<u64>,
    /// The promised limit of it; `None`: nothing is promised.
    pub limit_us: Option<u64>,
    /// The recovery time in words, as its scorecard has it.
    pub text: String,
    /// Whether some recovery time is another one from this run on.
    pub is_changed: bool,
}

/// The answer of `GET /api/v1/runs/RUN/beside?with=OTHER`: the later of the two runs held against the earlier one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct Beside {
    /// The run that began first.
    pub before: String,
    /// The other.
    pub now: String,
    /// When the first fault took effect in each: the instants that are laid upon each other; `None`: in one of them nothing did.
    pub aligned_us: Option<(u64, u64)>,
    /// Row by row of the scorecard, in its order.
    pub scorecard: Vec<BesideScore>,
    /// Number by number.
    pub rows: Vec<BesideRow>,
    /// In words: `1 worse, 1 better, 14 within noise, 2 not comparable`, or what the plans differ in.
    pub text: String,
}

/// How a number of the later run is, held against that of the earlier one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Fared {
    /// Surely better.
    Better,
    /// Surely worse.
    Worse,
    /// What differs may be chance, or is too little to matter.
    WithinNoise,
    /// It can't be told.
    NotComparable,
}

/// A row of the scorecard in two runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct BesideScore {
    /// Its name in `ScoreRow`.
    pub name: String,
    /// In the earlier run.
    pub before: String,
    /// In the later one.
    pub now: String,
    /// How it is.
    pub fared: Fared,
    /// Why that is said: a sentence.
    pub text: String,
}

/// One number of two runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct BesideRow {
    /// Which: `p99 in the fault`.
    pub what: String,
    /// Whose: `europe`.
    pub whom: String,
    /// In the earlier run.
    pub before: String,
    /// In the later one.
    pub now: String,
    /// How it is.
    pub fared: Fared,
    /// Why, in words.
    pub text: String,
}
