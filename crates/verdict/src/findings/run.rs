//! What ran: enough to know it again and to repeat it.

use super::{Length, Span};
use schemars::JsonSchema;
use serde::Serialize;
use units::RunTime;

/// What ran.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Run {
    /// The plan's name.
    pub name: String,
    /// The seed, as text, since it may be larger than JSON's exact integers.
    pub seed: String,
    /// SHA-256 of the plan's text, in hex.
    pub plan_sha256: String,
    /// Landfall's version that recorded it; `None`: the manifest is damaged.
    pub recorded_by: Option<String>,
    /// Landfall's version that judged it.
    pub judged_by: String,
    /// Wall clock of the run's start: microseconds since 1970-01-01 UTC. `None`: the manifest is damaged.
    #[serde(rename = "started_unix_us")]
    pub started_unix_us: Option<u64>,
    /// The machine it ran on, if recorded.
    pub host: Option<String>,
    /// When load began: the zero of the plan's times. `None`: it never did.
    #[serde(rename = "load_started_us")]
    #[schemars(with = "Option<u64>")]
    pub load_started: Option<RunTime>,
    /// When load ended.
    #[serde(rename = "load_ended_us")]
    #[schemars(with = "Option<u64>")]
    pub load_ended: Option<RunTime>,
    /// From the run's start to the last thing recorded.
    #[serde(rename = "length_us")]
    pub length: Length,
    /// From the warm-up's end to the first injection. `None`: there was none.
    pub baseline: Option<Span>,
    /// `chirp` (booted on this machine) or `attached`.
    pub target_kind: String,
    /// The target in words: "Chirp on this machine, 3 regions" or the address.
    pub target: String,
    /// Where the service runs.
    pub regions: Vec<RegionPlace>,
    /// Who uses it.
    pub populations: Vec<PopulationPlace>,
    /// The plan in words.
    pub plan: PlanSummary,
}

/// The plan in words, for the head of a report.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct PlanSummary {
    /// `open`, `closed` or `partly-open`.
    pub load_model: String,
    /// The load in words: "open, 2000/s for 2m".
    pub load: String,
    /// How long load was planned.
    #[serde(rename = "load_duration_us")]
    pub load_duration: Length,
    /// The warm-up.
    #[serde(rename = "warm_up_us")]
    pub warm_up: Length,
    /// Each fault in words: "region-loss of eu-west-1 at 30s for 40s".
    pub faults: Vec<String>,
    /// When a request counts as failed, in words: the footnote of every "failed".
    pub failed_means: String,
}

/// A region where the service runs.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct RegionPlace {
    /// Its name in the plan.
    pub name: String,
    /// The atlas's code of the place it stands in.
    pub place: String,
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
    /// Whether a fault is aimed at it.
    pub is_target: bool,
}

/// A population.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct PopulationPlace {
    /// Its name.
    pub name: String,
    /// The place it is in.
    pub origin: String,
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
    /// Its part of the load.
    pub share: f64,
    /// How its users reach the network: `fcc-cable`, or `none`.
    pub access: String,
    /// Its home: index of the region that served most of its baseline successes. `None`: no baseline success.
    pub home: Option<usize>,
    /// Its path to each region, by region index; empty when paths are not emulated.
    pub paths: Vec<PathText>,
}

/// An emulated path.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct PathText {
    /// Round trip without load, access included.
    #[serde(rename = "round_trip_us")]
    pub round_trip: Length,
    /// How far it slowly moves up.
    #[serde(rename = "jitter_us")]
    pub jitter: Length,
    /// `measured`, `zone-stretch`, `line` or `chosen`.
    pub basis: String,
    /// The basis in words: "measured (cloudping)", "estimated from 5 570 km".
    pub basis_text: String,
}
