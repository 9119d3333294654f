//! What the generator meant to do, and how it fared, second by second.

use crate::Histogram;

/// Arrivals of one population in one second. Several of one key add up, but for `in_flight` and `users`, which are the
/// state at the end of the second in one thread of one agent.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ArrivalCounts {
    /// The agent that generated them, from 0; 0 in recordings before 1.1.
    pub agent: usize,
    /// The second of the run.
    pub second: u64,
    /// Population index.
    pub population: usize,
    /// The thread of that agent.
    pub thread: usize,
    /// Arrivals that the plan intended in this second.
    pub intended: u64,
    /// Of those whose intended time lies in this second: journeys that were started.
    pub started: u64,
    /// Of those: dropped, since no user was free in time.
    pub dropped: u64,
    /// Of those: never started, since the run ended or the generator was too far behind.
    pub unsent: u64,
    /// Requests under way.
    pub in_flight: u64,
    /// Users that exist.
    pub users: u64,
    /// sent − intended of first requests by the generator's own fault: without waiting for a free user, without DNS,
    /// connect and TLS.
    pub send_lag: Histogram,
    /// How long arrivals waited for a free user, those that had to.
    pub waited: Histogram,
}

/// The generator's own health in one second: that of one agent.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct GeneratorSecond {
    /// Which agent, from 0; 0 in recordings before 1.1.
    pub agent: usize,
    /// The second of the run.
    pub second: u64,
    /// Share of one core used by each load thread, 0.0..=1.0.
    pub thread_cpu: Vec<f64>,
    /// File descriptors open in this process.
    pub descriptors: u64,
    /// How many are allowed.
    pub descriptors_max: u64,
    /// Resident memory of this process in bytes.
    pub memory: u64,
}
