//! How long recovery took each time that a fault came.

use super::{Length, Percentile};
use schemars::JsonSchema;
use serde::Serialize;

/// The recovery times of one population's operations of one class from a fault that comes more than once.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct RecoveryTimes {
    /// The fault's name in the plan.
    pub fault: String,
    /// Population index.
    pub population: usize,
    /// `read` or `write`.
    pub class: String,
    /// How many times the plan has it.
    pub outages: u64,
    /// Of those: times whose recovery time is known, zero where nobody was affected.
    pub known: u64,
    /// Of those: times after which it had not recovered when the next came, or the load ended.
    pub not_recovered: u64,
    /// Of those: times of which it can't be told.
    pub undecided: u64,
    /// The shortest known one; `None`: none is known.
    #[serde(rename = "shortest_us")]
    pub shortest: Option<Length>,
    /// Median of the known ones.
    pub p50: Percentile,
    /// p90 of the known ones.
    pub p90: Percentile,
    /// The longest, or the longest that it has taken at least.
    #[serde(rename = "longest_us")]
    pub longest: Option<Length>,
    /// What the worst time is called: one that never recovered, else one that can't be told, else the longest.
    pub worst: Option<String>,
    /// In words: "2 of 2 known: 3.1 s to 4.2 s".
    pub text: String,
}
