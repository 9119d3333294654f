//! Arrivals and the generator's health as written.

use super::request::{from_text, to_text};
use crate::{ArrivalCounts, GeneratorSecond};
use serde::{Deserialize, Serialize};

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ArrivalsFormat {
    #[serde(default, skip_serializing_if = "is_first")]
    agent: usize,
    second: u64,
    population: usize,
    thread: usize,
    intended: u64,
    started: u64,
    dropped: u64,
    unsent: u64,
    in_flight: u64,
    users: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    send_lag: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    waited: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct GeneratorFormat {
    #[serde(default, skip_serializing_if = "is_first")]
    agent: usize,
    second: u64,
    thread_cpu: Vec<f64>,
    descriptors: u64,
    descriptors_max: u64,
    memory_bytes: u64,
}

impl From<&ArrivalCounts> for ArrivalsFormat {
    fn from(arrivals: &ArrivalCounts) -> Self {
        Self {
            agent: arrivals.agent,
            second: arrivals.second,
            population: arrivals.population,
            thread: arrivals.thread,
            intended: arrivals.intended,
            started: arrivals.started,
            dropped: arrivals.dropped,
            unsent: arrivals.unsent,
            in_flight: arrivals.in_flight,
            users: arrivals.users,
            send_lag: to_text(&arrivals.send_lag),
            waited: to_text(&arrivals.waited),
        }
    }
}

impl TryFrom<ArrivalsFormat> for ArrivalCounts {
    type Error = String;

    fn try_from(format: ArrivalsFormat) -> Result<Self, String> {
        Ok(Self {
            agent: format.agent,
            second: format.second,
            population: format.population,
            thread: format.thread,
            intended: format.intended,
            started: format.started,
            dropped: format.dropped,
            unsent: format.unsent,
            in_flight: format.in_flight,
            users: format.users,
            send_lag: from_text(format.send_lag.as_deref())?,
            waited: from_text(format.waited.as_deref())?,
        })
    }
}

impl From<&GeneratorSecond> for GeneratorFormat {
    fn from(generator: &GeneratorSecond) -> Self {
        Self {
            agent: generator.agent,
            second: generator.second,
            thread_cpu: generator.thread_cpu.iter().map(|cpu| four_decimals(*cpu)).collect(),
            descriptors: generator.descriptors,
            descriptors_max: generator.descriptors_max,
            memory_bytes: generator.memory,
        }
    }
}

impl From<GeneratorFormat> for GeneratorSecond {
    fn from(format: GeneratorFormat) -> Self {
        Self {
            agent: format.agent,
            second: format.second,
            thread_cpu: format.thread_cpu,
            descriptors: format.descriptors,
            descriptors_max: format.descriptors_max,
            memory: format.memory_bytes,
        }
    }
}

/// Four decimals are more than the kernel's accounting knows, and every JSON reader gives them back exactly. JSON has no
/// infinity and no NaN: those become zero.
fn four_decimals(share: f64) -> f64 {
    if share.is_finite() { (share * 1e4).round() / 1e4 } else { 0.0 }
}

/// The first agent is left out: a run in one process reads as it always did.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_first(agent: &usize) -> bool {
    *agent == 0
}
