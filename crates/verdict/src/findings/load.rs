//! Load intended and offered, the generator's own health, and whether the recording is whole.

use super::{Length, Percentile, Span};
use crate::rules::percentile::percentile;
use record::Histogram;
use schemars::JsonSchema;
use serde::Serialize;

/// Load intended and load offered. Load that was not sent is a measurement, never hidden.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct LoadFinding {
    /// Arrivals that the plan intended, warm-up included.
    pub intended: u64,
    /// Of those: started.
    pub started: u64,
    /// Of those: dropped, since no user was free in time.
    pub dropped: u64,
    /// Of those: never sent.
    pub unsent: u64,
    /// Started, but later than the send-lag limit after their intended time by the generator's own fault.
    pub late: u64,
    /// (dropped + unsent) ÷ intended; `None`: nothing intended.
    pub unsent_share: Option<f64>,
    /// Requests that were made.
    pub requests: u64,
    /// Of those: succeeded.
    pub ok: u64,
    /// Of those: failed.
    pub failed: u64,
    /// Attempts, retries included.
    pub attempts: u64,
    /// Attempts per request in the baseline; `None`: no requests.
    pub attempts_per_request_baseline: Option<f64>,
    /// Attempts per request while faults were in effect.
    pub attempts_per_request_fault: Option<f64>,
    /// The most in any second with enough requests.
    pub attempts_per_request_max: Option<f64>,
    /// Most requests under way at the end of a second, all populations together.
    pub in_flight_max: u64,
    /// Most users at the end of a second, all populations together.
    pub users_max: u64,
    /// The same per population, by index.
    pub populations: Vec<PopulationLoad>,
}

/// A population's part of the load.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct PopulationLoad {
    /// Population index.
    pub population: usize,
    /// Arrivals that the plan intended.
    pub intended: u64,
    /// Of those: started.
    pub started: u64,
    /// Of those: dropped.
    pub dropped: u64,
    /// Of those: never sent.
    pub unsent: u64,
    /// How long arrivals that had to wait for a free user waited.
    pub waited_p99: Percentile,
}

/// The generator's own health.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct GeneratorFinding {
    /// Median of sent − intended by the generator's own fault.
    pub send_lag_p50: Percentile,
    /// p99 of the same.
    pub send_lag_p99: Percentile,
    /// The longest.
    #[serde(rename = "send_lag_max_us")]
    pub send_lag_max: Option<Length>,
    /// The plan's limit for the p99.
    #[serde(rename = "send_lag_limit_us")]
    pub send_lag_limit: Length,
    /// When it said that it could not keep up.
    pub saturated: Vec<Span>,
    /// Load threads.
    pub threads: usize,
    /// Busiest second of any thread, share of one core; `None`: not measured.
    pub thread_cpu_max: Option<f64>,
    /// Mean over threads and seconds.
    pub thread_cpu_mean: Option<f64>,
    /// Most file descriptors open.
    pub descriptors_peak: Option<u64>,
    /// How many are allowed.
    pub descriptors_limit: Option<u64>,
    /// Most resident memory of a process in bytes.
    pub memory_peak: Option<u64>,
    /// How many agents generated the load; 0: nothing was generated.
    pub agents: usize,
    /// Of several agents the one whose p99 of the send lag was the highest; `None` when there are no several.
    pub worst_agent: Option<AgentHealth>,
}

/// The health of one agent of several.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct AgentHealth {
    /// Its number, from 1.
    pub agent: usize,
    /// p99 of sent − intended by its own fault.
    pub send_lag_p99: Percentile,
    /// Busiest second of any of its threads, share of one core; `None`: not measured.
    pub thread_cpu_max: Option<f64>,
    /// Most resident memory in bytes.
    pub memory_peak: Option<u64>,
}

/// Whether the recording is whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RecordingFinding {
    /// Every file was closed by its writer, and nothing is missing.
    pub complete: bool,
    /// The run was stopped before its end.
    pub aborted: bool,
    /// What is wrong with it, at most 100.
    pub damages: Vec<RecordingDamage>,
    /// How many damages there are in all.
    pub damage_count: u64,
    /// Entries read.
    pub entries: u64,
}

/// A place where the recording is damaged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RecordingDamage {
    /// File name inside of the run directory.
    pub file: String,
    /// Line, from 1; `None`: the file as a whole.
    pub line: Option<u64>,
    /// What is wrong.
    pub what: String,
}

impl LoadFinding {
    /// What is left when the check of the load crashed: nothing.
    pub(crate) fn unknown() -> Self {
        Self {
            intended: 0,
            started: 0,
            dropped: 0,
            unsent: 0,
            late: 0,
            unsent_share: None,
            requests: 0,
            ok: 0,
            failed: 0,
            attempts: 0,
            attempts_per_request_baseline: None,
            attempts_per_request_fault: None,
            attempts_per_request_max: None,
            in_flight_max: 0,
            users_max: 0,
            populations: Vec::new(),
        }
    }
}

impl GeneratorFinding {
    /// What is left when the check of the generator crashed: nothing.
    pub(crate) fn unknown() -> Self {
        let none = |percent| percentile(&Histogram::new(), percent);
        Self {
            send_lag_p50: none(50.0),
            send_lag_p99: none(99.0),
            send_lag_max: None,
            send_lag_limit: Length::default(),
            saturated: Vec::new(),
            threads: 0,
            thread_cpu_max: None,
            thread_cpu_mean: None,
            descriptors_peak: None,
            descriptors_limit: None,
            memory_peak: None,
            agents: 0,
            worst_agent: None,
        }
    }
}
