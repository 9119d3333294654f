//! What is said of several runs.

use crate::{
    Verdict,
    findings::{Length, Quantity, RecoveryTimes},
};
use schemars::JsonSchema;
use serde::Serialize;
use std::fmt;
use units::RunTime;

/// Version of this format: major.minor.
pub const FORMAT: &str = "1.2";

/// Several runs of one plan as one.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Runs {
    /// [`FORMAT`] of the writer.
    pub format: String,
    /// The plan's name.
    pub plan: String,
    /// The populations' names, by index.
    pub populations: Vec<String>,
    /// The worst of all runs.
    pub verdict: Verdict,
    /// The runs, as they were asked for.
    pub runs: Vec<RunLine>,
    /// Recovery times over all runs and all the times that a fault came in them, per fault, population and class.
    pub recovery_times: Vec<RecoveryTimes>,
    /// Whether recovery times changed from some run on. Since 1.2.
    pub changes: Changes,
    /// The second run held against the first; `None`: there are not exactly two.
    pub beside: Option<Beside>,
    /// In words: "3 runs: 2 passed and 1 failed".
    pub text: String,
}

/// A run among others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RunLine {
    /// What it is called: its folder.
    pub name: String,
    /// Wall clock of its start: microseconds since 1970-01-01 UTC. `None`: the manifest is damaged.
    pub started_unix_us: Option<u64>,
    /// Its seed, as text.
    pub seed: String,
    /// How it ended.
    pub verdict: Verdict,
    /// Its one sentence.
    pub sentence: String,
    /// Whether what it says of recovery can be trusted: else its recovery times count as untold.
    pub is_trusted: bool,
}

/// Whether recovery times changed over the runs, in order of their start.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Changes {
    /// The share of recovery times without any change of which one is told all the same, of each on its own (0 to 1).
    pub level: f64,
    /// Runs that it takes.
    pub runs_needed: u64,
    /// Per fault, population and class; none where nobody was hit in any run.
    pub streams: Vec<StreamChanges>,
    /// In words: "1 of 4 recovery times changed", "no change seen in 4 recovery times", "too few runs to see a change (3 of 12)".
    pub text: String,
}

impl Changes {
    /// The recovery times that changed, in words: "eu-dies, europe, reads: changed at run-07 from 4.2 s to 9.8 s". `populations`: their names,
    /// by index.
    #[must_use]
    pub fn changed(&self, populations: &[String]) -> Vec<String> {
        let told = self.streams.iter().filter(|one| one.state == ChangeState::Changed).map(|one| {
            let who = populations.get(one.population).map_or("?", String::as_str);
            format!("{}, {who}, {}s: {}", one.fault, one.class, one.text)
        });
        told.collect()
    }
}

/// The changes of one population's recovery times from one fault.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct StreamChanges {
    /// The fault's name in the plan.
    pub fault: String,
    /// Population index.
    pub population: usize,
    /// `read` or `write`.
    pub class: String,
    /// What can be said.
    pub state: ChangeState,
    /// Runs that were looked at: the latest 200 of those in which it is known how long it took, or at least.
    pub looked_at: u64,
    /// Runs of which it can't be told, or that can't be trusted.
    pub left_out: u64,
    /// The changes, in order.
    pub points: Vec<RunChange>,
    /// In words: "changed at run-07: from 4.2 s to 9.8 s".
    pub text: String,
}

/// What can be said of changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ChangeState {
    /// From some run on it is another.
    Changed,
    /// None that is more than chance explains, and more than the error bounds.
    NoneSeen,
    /// With so few runs nothing can be said.
    TooFew,
}

/// A change.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct RunChange {
    /// The first run that is different, among the runs as they were asked for.
    pub run: usize,
    /// What it is called.
    pub name: String,
    /// Median of the runs since the change before.
    #[serde(rename = "before_us")]
    pub before: Length,
    /// Median of the runs until the next change.
    #[serde(rename = "after_us")]
    pub after: Length,
    /// The share of orders of the same runs in which something differs as much.
    pub p: f64,
}

/// Two plans differ in what makes their runs comparable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The one run.
    pub one: String,
    /// The other.
    pub other: String,
    /// What differs, in words: "the load", "the faults".
    pub what: Vec<String>,
}

impl fmt::Display for Difference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = crate::words::list(&self.what);
        write!(formatter, "{} and {} are not runs of one plan: they differ in {what}", self.one, self.other)
    }
}

impl std::error::Error for Difference {}

/// How a later run fared against an earlier one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Fared {
    /// Surely better.
    Better,
    /// Surely worse.
    Worse,
    /// What differs may be chance, or is too little to matter.
    WithinNoise,
    /// It can't be told, for a reason that is given.
    NotComparable,
}

impl Fared {
    /// What people read.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Better => "better",
            Self::Worse => "worse",
            Self::WithinNoise => "within noise",
            Self::NotComparable => "not comparable",
        }
    }
}

/// A run held against an earlier one, aligned on the first fault.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Beside {
    /// What the plans differ in; where anything does, no row is comparable.
    pub differences: Vec<String>,
    /// When the first fault took effect in each: the instants that are laid upon each other.
    #[serde(rename = "aligned_us")]
    #[schemars(with = "Option<[u64; 2]>")]
    pub aligned: Option<[RunTime; 2]>,
    /// Row by row of the scorecard, in its order.
    pub scorecard: Vec<BesideScore>,
    /// Number by number, in the order of the scorecard.
    pub rows: Vec<BesideRow>,
    /// In words: "1 worse, 1 better, 14 within noise, 2 not comparable".
    pub text: String,
}

/// A row of the scorecard in two runs. It is as bad as the worst of its numbers, and better only when none of them is worse or unknown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct BesideScore {
    /// Its name: "recovery time".
    pub name: String,
    /// In the earlier run, as its scorecard has it.
    pub before: String,
    /// In the later one.
    pub now: String,
    /// How it fared.
    pub fared: Fared,
    /// Why that is said: a sentence.
    pub text: String,
}

/// One number of two runs.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct BesideRow {
    /// The row of the scorecard that it belongs to; empty: to none of them.
    pub score: String,
    /// Which: "recovery time", "p99 in the fault".
    pub what: String,
    /// Whose: "europe, reads, eu-dies".
    pub whom: String,
    /// In the earlier run.
    pub before: Quantity,
    /// In the later one.
    pub now: Quantity,
    /// How it fared.
    pub fared: Fared,
    /// Why that is said, in words.
    pub text: String,
}
