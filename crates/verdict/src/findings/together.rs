//! What all populations experienced together: what a service is like, in one line, when it is compared with another.

use super::{Operations, Percentile, PhaseName};
use schemars::JsonSchema;
use serde::Serialize;

/// One class of operations over all populations, in one phase.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Together {
    /// Which operations.
    pub operations: Operations,
    /// Which phase.
    pub phase: PhaseName,
    /// Requests that were made.
    pub requests: u64,
    /// Of those: succeeded.
    pub ok: u64,
    /// Of those: failed.
    pub failed: u64,
    /// Median response time of successes, of the merged histograms of all populations.
    pub response_p50: Percentile,
    /// p99 of the same.
    pub response_p99: Percentile,
}
