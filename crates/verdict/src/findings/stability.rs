//! Does the service come back by itself: retries, detection, steering, and what stays bad when its cause is gone.

use super::{Length, Span};
use schemars::JsonSchema;
use serde::Serialize;
use units::RunTime;

/// What became of the service when a fault's cause was gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StabilityState {
    /// It came back by itself under the baseline's load.
    Stable,
    /// It stayed bad under no more than the baseline's load, kept so by its own retries or queues.
    Metastable,
    /// It stayed bad, and nothing shows that it keeps itself so.
    StillBad,
    /// It was not watched for long enough, or under more load than in the baseline, or another fault came.
    Undecided,
}

/// Metastability: the bad state stays after its cause is gone (Bronson and others, HotOS 2021).
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Stability {
    /// What became of it.
    pub state: StabilityState,
    /// How long after the proven removal it was given before it counts.
    #[serde(rename = "calm_us")]
    pub calm: Length,
    /// From the removal until it was good for good; `None`: it was not.
    #[serde(rename = "good_after_us")]
    pub good_after: Option<Length>,
    /// Successes ÷ requests in the last ten seconds of load, as a part of the baseline's.
    pub goodput: Option<f64>,
    /// Requests per second there, as a part of the baseline's.
    pub load: Option<f64>,
    /// Attempts per request there.
    pub attempts_per_request: Option<f64>,
    /// Requests per second at which a metastable service was good again, where the plan lets the load fall.
    pub recovery_load: Option<f64>,
    /// In words.
    pub text: String,
}

/// Attempts per request of one population.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Amplification {
    /// Population index.
    pub population: usize,
    /// In the baseline; `None`: no requests.
    pub baseline: Option<f64>,
    /// While faults were in effect.
    pub fault: Option<f64>,
    /// After the faults.
    pub after: Option<f64>,
    /// In the worst ten seconds.
    pub worst: Option<f64>,
    /// Where those lie.
    pub worst_span: Option<Span>,
}

/// Whether the service noticed the fault.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Detection {
    /// Detected − active; `None`: it was not seen to notice.
    #[serde(rename = "after_us")]
    pub after: Option<Length>,
    /// Users failed for ten seconds and more while the service's own health and steering, which are watched, said nothing: gray
    /// failure. `None`: nothing is known of its health, or the fault's effect is not proven.
    pub missed: Option<bool>,
    /// In words.
    pub text: String,
}

/// The service called a region unhealthy that no fault was aimed at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FalseAlarm {
    /// When.
    #[serde(rename = "at_us")]
    #[schemars(with = "u64")]
    pub at: RunTime,
    /// Region index.
    pub region: usize,
    /// In words.
    pub text: String,
}

/// How the users of one population were led elsewhere.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Steering {
    /// Population index.
    pub population: usize,
    /// Whether it had a reason to move: the fault takes its home away, in whole or in part, and the plan doesn't spare it. Else
    /// the numbers are `None`.
    pub had_to_move: bool,
    /// From the fault's effect until half of its requests were answered elsewhere, over two seconds.
    #[serde(rename = "half_us")]
    pub half: Option<Length>,
    /// The same of 90 %.
    #[serde(rename = "most_us")]
    pub most: Option<Length>,
    /// The same of 99 %: the tail of late movers ends.
    #[serde(rename = "nearly_all_us")]
    pub nearly_all: Option<Length>,
    /// Share of its requests that were not answered elsewhere at the fault's end, at most in its last ten seconds, and not before
    /// everybody could have moved: users who never moved. `None`: nobody had to, or too few requests, or the fault was too short.
    pub never_moved: Option<f64>,
    /// In words.
    pub text: String,
}
