//! The stop guard: limits past which a run is ended.

use serde::{Deserialize, Serialize};
use std::time::Duration;
use units::Share;

/// Limits on what ended in the last seconds, whoever or whatever caused it. Past one of them the load stops, every fault is
/// healed, and the run ends. Has at least one limit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StopGuard {
    /// Share of the requests that failed, at most this.
    pub failed_max: Option<Share>,
    /// A percentile of the response time of the successes.
    pub response_time: Option<ResponseLimit>,
    /// How far back it looks, in whole seconds or a little less. It says nothing before the load is that old.
    #[serde(with = "units::duration")]
    pub window: Duration,
}

/// A limit on a percentile of the response time.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResponseLimit {
    /// Above 0 and below 100.
    pub percentile: f64,
    /// The limit.
    #[serde(with = "units::duration")]
    pub max: Duration,
}
