//! What the histories of the ledger's keys prove or refute, property by property.

use super::{LossPeriod, Percentile};
use plan::resolved::Property;
use schemars::JsonSchema;
use serde::Serialize;
use units::RunTime;

/// What the operations of the ledger's sessions show. Counts are exact; each list holds the first few.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct HistoryFinding {
    /// Operations that ended, in any way.
    pub operations: u64,
    /// Of those: whose outcome is unknown. They stay open for ever: they may take effect at any later time, or never.
    pub unknown: u64,
    /// Sessions.
    pub sessions: u64,
    /// Sessions in which the region that answered changed.
    pub switched_sessions: u64,
    /// Keys.
    pub keys: u64,
    /// Changes and probe writes that the cut-off side of a cut acknowledged.
    pub taken_inside_cuts: u64,
    /// Whose clock every order is claimed by, in words.
    pub clock: String,
    /// One per property, in the order of the report.
    pub properties: Vec<PropertyFinding>,
    /// How old what readers saw was, per region that answered and period.
    pub staleness: Vec<Staleness>,
    /// In words, one sentence.
    pub text: String,
}

impl HistoryFinding {
    /// The most violations that a property lists.
    pub const LISTED_MAX: usize = 100;

    /// What is known of a property.
    #[must_use]
    pub fn property(&self, property: Property) -> Option<&PropertyFinding> {
        self.properties.iter().find(|found| found.property == property.as_str())
    }
}

/// A property of the histories: how often it was put to the test, and how often it was broken.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct PropertyFinding {
    /// `read-your-writes`, `monotonic-reads` … : the objective's key with hyphens.
    pub property: String,
    /// What was put to the test, in words: "reads", "keys", "appends".
    pub unit: String,
    /// How many of those.
    pub checked: u64,
    /// Of those: broke the property.
    pub broken: u64,
    /// Of those: could not be decided.
    pub undecided: u64,
    /// Of the broken ones: before the first fault.
    pub before_fault: u64,
    /// Of the broken ones: while a fault was in effect.
    pub during_fault: u64,
    /// Of the broken ones: after it.
    pub after_fault: u64,
    /// Of the broken ones: across a switch of the region that answered.
    pub across_switch: u64,
    /// The broken ones, earliest first, at most [`HistoryFinding::LISTED_MAX`].
    pub violations: Vec<Violation>,
    /// Why some could not be decided; empty where all were.
    pub undecided_reason: String,
    /// In words: "3 of 1,204 reads, 2 of them across a switch of regions".
    pub text: String,
}

/// One violation, with the operations that prove it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Violation {
    /// What is wrong, in words.
    pub text: String,
    /// The anomaly's own name, where the field has one: `G1a`, `G-single` …
    pub anomaly: Option<String>,
    /// When it showed.
    #[serde(rename = "at_us")]
    #[schemars(with = "u64")]
    pub at: RunTime,
    /// In which part of the run.
    pub period: LossPeriod,
    /// Whether the region that answered changed between the operations of one session that prove it.
    pub across_switch: bool,
    /// The operations, in order of their beginning: no fewer of them prove it.
    pub operations: Vec<OperationLine>,
}

/// An operation as it is listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct OperationLine {
    /// Its agent, from 0: whose clock the instants are of, and who numbered session and key.
    pub agent: usize,
    /// Its session.
    pub session: u64,
    /// Its place in the session, from 0.
    pub turn: u32,
    /// The key.
    pub key: u64,
    /// In words: "writes 77", "sees 76".
    pub what: String,
    /// Who acted, in words.
    pub by: String,
    /// Index of the region that answered.
    pub served_by: Option<usize>,
    /// When it was begun.
    #[serde(rename = "sent_us")]
    #[schemars(with = "u64")]
    pub sent: RunTime,
    /// When its outcome was known.
    #[serde(rename = "done_us")]
    #[schemars(with = "u64")]
    pub done: RunTime,
    /// `acknowledged`, `failed` or `unknown`.
    pub outcome: String,
}

/// How old what one region answered was, in one period.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Staleness {
    /// Index of the region that answered; `None`: unknown.
    pub region: Option<usize>,
    /// In which part of the run the reads were begun.
    pub period: LossPeriod,
    /// Reads with a definite answer.
    pub reads: u64,
    /// Of those: lacked something that was acknowledged before they began.
    pub stale: u64,
    /// Age of what they lacked, of the stale ones: from its acknowledgement to the read's beginning.
    pub age_p50: Percentile,
    /// p99 of the same.
    pub age_p99: Percentile,
    /// The oldest.
    pub age_longest: Option<super::Length>,
    /// Versions behind, at most.
    pub versions_longest: u64,
    /// Reads by how many versions they were behind: none, one, two … ; the last counts all further ones.
    pub versions: Vec<u64>,
}
