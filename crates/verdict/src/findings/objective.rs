//! A promise, what was measured, and what that makes of it.

use super::{Quantity, Span, Verdict};
use schemars::JsonSchema;
use serde::Serialize;

/// An objective and how it ended.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ObjectiveFinding {
    /// Its name in the plan.
    pub name: String,
    /// `recovery-time`, `failback`, `lost-writes`, `diverged-writes`, `availability`, `response-time`; `stop-guard` where
    /// the plan's stop guard ended the run.
    pub kind: String,
    /// The promise in words: "every population recovers within 15 s".
    pub promise: String,
    /// The worst that was measured.
    pub measured: Quantity,
    /// The limit.
    pub limit: Quantity,
    /// Whether the limit is the most (`true`) or the least (`false`) that is allowed.
    pub limit_is_most: bool,
    /// How it ended.
    pub verdict: Verdict,
    /// Why, in words; for a pass too.
    pub reason: String,
    /// Whom and what the measured value is about.
    pub scope: Scope,
    /// Where in the run the evidence lies.
    pub evidence: Option<Span>,
}

/// Whom and what a measured value is about.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct Scope {
    /// In words: "europe, writes, after eu-dies".
    pub text: String,
    /// Population index.
    pub population: Option<usize>,
    /// `read` or `write`.
    pub class: Option<String>,
    /// The fault's name.
    pub fault: Option<String>,
    /// The step's name.
    pub step: Option<String>,
}
