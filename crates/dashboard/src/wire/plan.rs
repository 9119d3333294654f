//! What the plan wants, as far as the page draws it.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What is going to happen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct PlanNews {
    /// The plan's name.
    pub name: String,
    /// SHA-256 of the resolved plan.
    pub sha256: String,
    /// The run's seed, as text, since it may be larger than a page's exact integers.
    pub seed: String,
    /// How load comes, in words: `open model, 200 requests a second`.
    pub load: String,
    /// How long load lasts, with the warm-up.
    pub load_us: u64,
    /// Until then what is measured counts as warm-up.
    pub warm_up_us: u64,
    /// A second is complete when it is this old. Newer ones are drawn at half contrast.
    pub final_delay_seconds: u32,
    /// In words, for the foot-note wherever "failed" is printed.
    pub failed_means: String,
    /// The least share of requests that must succeed, 0 to 1.
    pub success_min: f64,
    /// The most that the p99 of successes may be; `None`: no such objective.
    pub p99_max_us: Option<u64>,
    /// The most that the p99 of a generator's send lag may be.
    pub lag_p99_max_us: u64,
    /// The largest share of its load that a generator may leave unsent, 0 to 1.
    pub unsent_max: f64,
    /// A generator that says nothing for so long is not trusted.
    pub silence_max_us: u64,
    /// The populations.
    pub populations: Vec<PopulationPlan>,
    /// The regions of the service.
    pub regions: Vec<RegionPlan>,
    /// The words for failures, in the order of `Seconds::failed`.
    pub failures: Vec<String>,
    /// The faults, in the order of their times.
    pub faults: Vec<FaultPlan>,
    /// Bins of a latency histogram in an octave; bin `n` begins at 2^(n / bins) microseconds.
    pub bins_per_octave: u32,
}

/// Users in one place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct PopulationPlan {
    /// Its name.
    pub name: String,
    /// Where it is: a region's code.
    pub place: String,
    /// How it reaches the network.
    pub access: String,
    /// Degrees north; `None`: the place is not known.
    pub latitude: Option<f64>,
    /// Degrees east.
    pub longitude: Option<f64>,
    /// Its share of the load, 0 to 1.
    pub share: f64,
    /// The region that is nearest to it: its home until the baseline has shown otherwise (`PopulationState::home`).
    pub home: Option<usize>,
}

/// A region of the service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct RegionPlan {
    /// Its code.
    pub name: String,
    /// Degrees north; `None`: not known.
    pub latitude: Option<f64>,
    /// Degrees east.
    pub longitude: Option<f64>,
}

/// Something the plan breaks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct FaultPlan {
    /// Its name.
    pub name: String,
    /// The kind, as plans write it: `region-loss`.
    pub what: String,
    /// In words: `region-loss of eu-west-1`.
    pub text: String,
    /// The regions it hits.
    pub regions: Vec<usize>,
    /// The links it hits, as pairs of regions.
    pub links: Vec<(usize, usize)>,
    /// When each of its turns is planned to begin, from the start of load.
    pub at_us: Vec<u64>,
    /// How long each turn lasts; `None`: to the end of the run.
    pub for_us: Option<u64>,
}
