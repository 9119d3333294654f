//! What users experienced: availability, response time and who served them, before, during and after the faults.

use super::{Length, Percentile, Span};
use schemars::JsonSchema;
use serde::Serialize;

/// Which operations a number is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Operations {
    /// Reads and writes.
    All,
    /// Reads.
    Read,
    /// Writes.
    Write,
}

/// Part of a run. Warm-up belongs to none of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PhaseName {
    /// From the warm-up's end to the first injection.
    Baseline,
    /// Whenever at least one fault is in effect: from injection to proven removal.
    Fault,
    /// After the first removal, whenever no fault is in effect.
    After,
    /// All of it.
    Whole,
}

/// One population's experience with one class of operations.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Experience {
    /// Population index.
    pub population: usize,
    /// Which operations.
    pub operations: Operations,
    /// Baseline, fault, after and whole, in that order; a phase that did not happen is left out.
    pub phases: Vec<ExperiencePhase>,
    /// The second with the least success share, of those with enough requests.
    pub worst_second: Option<SuccessWindow>,
    /// The ten seconds in a row with the least success share.
    pub worst_ten_seconds: Option<SuccessWindow>,
    /// From the first impact to the last recovery over all faults; `None`: no user was affected.
    pub affected: Option<Span>,
    /// How long of that somebody waited for a recovery: from each outage's impact to its recovery, overlaps once. Between two outages
    /// users were well.
    #[serde(rename = "affected_for_us")]
    #[schemars(with = "u64")]
    pub affected_for: Length,
    /// Time in which less than half of the requests succeeded.
    #[serde(rename = "down_us")]
    pub down: Length,
}

/// One population's experience in one phase.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ExperiencePhase {
    /// Which phase.
    pub phase: PhaseName,
    /// How long it was, in seconds that count.
    #[serde(rename = "length_us")]
    pub length: Length,
    /// Requests that were made.
    pub requests: u64,
    /// Of those: succeeded.
    pub ok: u64,
    /// Of those: failed.
    pub failed: u64,
    /// ok ÷ requests; `None`: no requests.
    pub availability: Option<f64>,
    /// Attempts they took, retries included.
    pub attempts: u64,
    /// Median response time of successes.
    pub response_p50: Percentile,
    /// p99 of the response time of successes.
    pub response_p99: Percentile,
    /// Who answered its successes, largest part first.
    pub served_by: Vec<ServedShare>,
}

/// A region's part of the successes.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ServedShare {
    /// Region index; `None`: unknown which.
    pub region: Option<usize>,
    /// Successes.
    pub ok: u64,
    /// Of all successes of the phase.
    pub share: f64,
}

/// A window and its success share.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct SuccessWindow {
    /// When.
    pub span: Span,
    /// Requests intended in it.
    pub requests: u64,
    /// Of those: succeeded.
    pub ok: u64,
    /// ok ÷ requests.
    pub share: f64,
}

/// Failed requests of one kind and one population.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ErrorGroup {
    /// `refused`, `reset`, `timeout`, `dns`, `tls`, `server-error`, `wrong` or `protocol`.
    pub outcome: String,
    /// Population index.
    pub population: usize,
    /// Region that answered; `None`: nobody, or it is unknown who.
    pub served_by: Option<usize>,
    /// How many.
    pub count: u64,
    /// From the first to the end of the last second in which they were intended.
    pub span: Span,
    /// The steps they were, most frequent first.
    pub steps: Vec<String>,
}
