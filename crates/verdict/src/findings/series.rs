//! Counts over time, for drawing.
//!
//! All lists of a series have [`Series::seconds`] elements: index 0 is second [`Series::from_second`] of the run. Requests
//! are filed under the second in which they were intended.

use schemars::JsonSchema;
use serde::Serialize;
use units::RunTime;

/// Counts over time.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Series {
    /// The first second of the run that is drawn.
    pub from_second: u64,
    /// How many seconds.
    pub seconds: usize,
    /// Per population, by index.
    pub populations: Vec<PopulationSeries>,
    /// Tenths of seconds around each fault, per population.
    pub fine: Vec<FineSeries>,
}

impl Series {
    /// What is left when the check of the series crashed: nothing.
    pub(crate) fn none() -> Self {
        Self { from_second: 0, seconds: 0, populations: Vec::new(), fine: Vec::new() }
    }
}

/// A population's counts per second.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct PopulationSeries {
    /// Population index.
    pub population: usize,
    /// Whether there is data for that second. Where not, zeros mean nothing and must not be drawn.
    pub has_data: Vec<bool>,
    /// Arrivals that the plan intended.
    pub intended: Vec<u64>,
    /// Successes served by the home.
    pub ok_home: Vec<u64>,
    /// Successes served elsewhere, or by nobody knows whom.
    pub ok_elsewhere: Vec<u64>,
    /// Failures.
    pub failed: Vec<u64>,
    /// Requests under way at the end of the second.
    pub in_flight: Vec<u64>,
    /// Median response time of successes in microseconds; `None`: not enough samples.
    pub p50_us: Vec<Option<u64>>,
    /// p99 of the same.
    pub p99_us: Vec<Option<u64>>,
    /// Successes by region, for regions that have any.
    pub served: Vec<ServedSeries>,
    /// Failures by outcome, for outcomes that have any.
    pub failed_by: Vec<FailedSeries>,
}

/// Successes through one region.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ServedSeries {
    /// Region index; `None`: unknown.
    pub region: Option<usize>,
    /// Per second.
    pub ok: Vec<u64>,
}

/// Failures of one outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FailedSeries {
    /// The outcome's name.
    pub outcome: String,
    /// Per second.
    pub failed: Vec<u64>,
}

/// Counts per tenth of a second around a fault (add neighbours up for coarser bars).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FineSeries {
    /// The fault's name.
    pub fault: String,
    /// Population index.
    pub population: usize,
    /// Start of the first bucket.
    #[serde(rename = "from_us")]
    #[schemars(with = "u64")]
    pub from: RunTime,
    /// Length of a bucket in microseconds.
    pub bucket_us: u64,
    /// Successes served by the home.
    pub ok_home: Vec<u32>,
    /// Successes served elsewhere.
    pub ok_elsewhere: Vec<u32>,
    /// Failures.
    pub failed: Vec<u32>,
}
