//! What is said of the run: where it is, how its users are, its scores and objectives, its marks and its log.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// An instant of a fault's time line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct MarkNews {
    /// The fault, by its position in the plan; a fault that was given while the run went on comes after them.
    pub fault: usize,
    /// Which turn of it, from 0.
    pub turn: u32,
    /// The population it holds for; `None`: for all.
    pub population: Option<usize>,
    /// The word of the verdict's mark: `active`, `detected`, `rerouted`, `shifted`, `recovered`, `healed`, `first-home`,
    /// `failed-back`, and without a number `injecting`, `impact`, `healing`.
    pub mark: String,
    /// The number in the circle, 1 to 8.
    pub number: Option<u8>,
    /// When; `None`: what was said of it before holds no more (it failed again), and it is taken away.
    pub at_us: Option<u64>,
    /// How far the true instant may lie to either side.
    pub error_us: Option<u64>,
    /// Who says so.
    pub source: String,
    /// Whether the verdict has said it; before that it is drawn with a dotted outline.
    pub is_final: bool,
}

/// A line of the event log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct LogLine {
    /// Stable, from 0.
    pub id: u64,
    /// When.
    pub at_us: u64,
    /// `FAULT`, `DETECT`, `REROUTE`, `HEAL`, `PHASE`, `NOTE`, `GEN`, `ABORT`, …: as in the terminal.
    pub tag: String,
    /// In words. Foreign text is in here: it is only ever inserted as text.
    pub text: String,
    /// Who says so.
    pub source: String,
}

/// What can be said now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct State {
    /// Up to when this holds.
    pub at_us: u64,
    /// Where the run is.
    pub phase: RunPhase,
    /// In words, for the head: `fault lose-europe 0:11 of 0:22`, `fault in 0:50`.
    pub phase_text: String,
    /// Whether somebody holds the load.
    #[serde(default)]
    pub is_held: bool,
    /// The state of the worst population, or the verdict when the run is over.
    pub headline: Headline,
    /// Who, what, since when, where now. At most 160 characters. The same in terminal, report and JSON.
    pub sentence: String,
    /// The others, and whether the measurement is trusted.
    pub second_line: String,
    /// Whether the measurement is trusted.
    pub is_trusted: bool,
    /// Each population.
    pub populations: Vec<PopulationState>,
    /// The scorecard, in its order.
    pub score: Vec<ScoreRow>,
    /// The objectives: failed first, then inconclusive, then passed, then those that are not decided yet.
    pub objectives: Vec<ObjectiveRow>,
}

/// Where the run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum RunPhase {
    /// The target and the generators come up.
    Waiting,
    /// Load, not measured yet.
    WarmUp,
    /// Load, and nothing broken.
    Baseline,
    /// A fault is in effect.
    Fault,
    /// A fault is in effect, and the users are well again.
    Recovering,
    /// The fault is gone.
    Healed,
    /// Load has ended; outstanding requests, quiet and final reads.
    Settling,
    /// Judged.
    Done,
    /// Ended before its time.
    Aborted,
}

/// The tag of the strip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Headline {
    /// Everybody is fine.
    Fine,
    /// Fine, and served elsewhere.
    Rerouted,
    /// An objective is missed.
    Degraded,
    /// Less than half succeed.
    Down,
    /// Nothing is known.
    NoData,
    /// The generators can't be trusted.
    NotTrusted,
    /// The verdict.
    Pass,
    /// The verdict.
    Fail,
    /// The verdict.
    Inconclusive,
}

/// How one population fares.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct PopulationState {
    /// In one word. Never a verdict.
    pub state: Headline,
    /// Since when.
    pub since_us: u64,
    /// The region that serves it in the baseline; `None`: not known.
    pub home: Option<usize>,
    /// For how long it has been affected in this run, up to now. Of the many who never were nothing is said.
    #[serde(default, skip_serializing_if = "is_zero")]
    #[ts(as = "Option<u64>", optional)]
    pub affected_us: u64,
    /// In words, why it is in this state; empty, and not said, for fine.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[ts(as = "Option<String>", optional)]
    pub why: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
fn is_zero(value: &u64) -> bool {
    *value == 0
}

/// How a row ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Kept.
    Pass,
    /// Broken.
    Fail,
    /// Can't be told.
    Inconclusive,
    /// Not decided yet; in a row without a limit: nothing is promised.
    Open,
}

/// A row of the scorecard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ScoreRow {
    /// `recovery time`, `data loss`, `error budget`, `blast radius`, `other regions`, `failback`, `trust`.
    pub name: String,
    /// Measured, with its error; `not measured` where it isn't.
    pub value: String,
    /// The promise; empty: none.
    pub limit: String,
    /// The mark.
    pub outcome: Outcome,
    /// Whether it can still change.
    pub is_final: bool,
    /// Where the evidence lies: from, to.
    pub evidence_us: Option<(u64, u64)>,
}

/// An objective.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ObjectiveRow {
    /// What is promised: `recovery_time`.
    pub name: String,
    /// Where it holds: `africa, reads, lose-europe`.
    pub scope: String,
    /// Measured.
    pub value: String,
    /// The limit.
    pub limit: String,
    /// The mark.
    pub outcome: Outcome,
    /// Why, in words.
    pub reason: String,
    /// Where the evidence lies: from, to.
    pub evidence_us: Option<(u64, u64)>,
}
