//! Did the faults reach those whom they were not aimed at?

use super::Percentile;
use schemars::JsonSchema;
use serde::Serialize;

/// Whether a fault reached a population whose home it was not aimed at.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Neighbour {
    /// Population index.
    pub population: usize,
    /// Success share in the baseline, from where it was steady.
    pub before: Option<f64>,
    /// Success share while faults were in effect.
    pub during: Option<f64>,
    /// 90 % interval of during − before, lower end.
    pub change_low: Option<f64>,
    /// 90 % interval of during − before, upper end.
    pub change_high: Option<f64>,
    /// The change of the success share that would still count as none.
    pub margin: f64,
    /// What follows from all its numbers.
    pub conclusion: Conclusion,
    /// p99 of the response time of successes in the baseline.
    pub response_p99_before: Percentile,
    /// The same while faults were in effect.
    pub response_p99_during: Percentile,
    /// Each number on its own; empty where there is no steady baseline.
    pub comparisons: Vec<Comparison>,
    /// In words.
    pub text: String,
}

/// What a comparison of a population shows. The absence of a difference is not sameness.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Conclusion {
    /// One of its numbers is worse.
    Affected,
    /// Each of its numbers is the same or better.
    Unaffected,
    /// Neither can be shown with so little data.
    NotEnoughData,
}

/// A number that is compared; larger is worse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Measure {
    /// Failed ÷ requests.
    Failing,
    /// Median response time of successes.
    ResponseP50,
    /// p95 of the same.
    ResponseP95,
    /// p99 of the same.
    ResponseP99,
}

impl Measure {
    /// Every one, in display order.
    pub const ALL: [Self; 4] = [Self::Failing, Self::ResponseP50, Self::ResponseP95, Self::ResponseP99];

    /// What people read.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Failing => "failed",
            Self::ResponseP50 => "median",
            Self::ResponseP95 => "p95",
            Self::ResponseP99 => "p99",
        }
    }
}

/// What a comparison of one number shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// Surely different, and worse.
    Worse,
    /// Surely different, and better.
    Better,
    /// Surely within the margin.
    Same,
    /// None of these can be shown.
    NotEnoughData,
}

/// One number of one population, baseline against the time of the faults.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Comparison {
    /// Which number.
    pub measure: Measure,
    /// In the baseline: a share, or seconds to 1 %.
    pub before: Option<f64>,
    /// While faults were in effect.
    pub during: Option<f64>,
    /// 90 % interval of during − before, lower end.
    pub change_low: Option<f64>,
    /// The same, upper end.
    pub change_high: Option<f64>,
    /// The change that would still count as none, in the same unit.
    pub margin: f64,
    /// Probability of such a change by chance, adjusted for all numbers of all populations (Holm).
    pub p_different: Option<f64>,
    /// What follows.
    pub answer: Answer,
    /// What the same test says of the two halves of the baseline; `None`: they were not compared.
    pub control: Option<Answer>,
    /// In words: "p95 rose from 46 ms to 91 ms".
    pub text: String,
}

/// What the comparisons add up to.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct BlastRadius {
    /// Populations whose home was no target.
    pub populations: usize,
    /// Of those: affected.
    pub affected_populations: usize,
    /// Of those: too little data.
    pub undecided_populations: usize,
    /// Affected populations' part of the users of all these populations.
    pub affected_users: f64,
    /// The same of those with too little data.
    pub undecided_users: f64,
    /// Their homes: regions that were no target.
    pub regions: usize,
    /// Of those: homes of affected populations, by region index.
    pub affected_regions: Vec<usize>,
    /// Numbers that were tested together.
    pub family: usize,
    /// The same test between the two halves of the baseline.
    pub control: Control,
    /// In words.
    pub text: String,
}

/// The baseline against itself: a test that finds a difference here proves nothing there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Control {
    /// Numbers that could be compared.
    pub compared: usize,
    /// Of those: different.
    pub different: usize,
    /// In words.
    pub text: String,
}
