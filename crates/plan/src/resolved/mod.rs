//! The resolved plan: immutable, with nothing left to decide.
//!
//! Every share, arrival schedule, path, fault time and seed is in it. It is written to the recording, so that a run can be
//! judged again without the plan's file; therefore these types are a *format* with a version ([`FORMAT`]) and are
//! serialisable, which core types are not.
//!
//! Populations, regions, journeys and steps are referred to by index on the hot path; the index is the position in the
//! lists below.

mod deployment;
mod fleet;
mod format;
mod journey;
mod ledger;
mod load;
mod objective;
mod path;
mod property;
mod sources;
mod stop_guard;
mod target;

pub use crate::fault::{CommandHook, Direction, Fault, FaultKind, IsolatedFrom, Manner};
pub use deployment::{
    Away, ConflictResolver, Copies, Deployment, Durability, Engine, Model, Partition, Promotion, SteeringKind,
    Transport, UserTls,
};
pub use fleet::{AgentLoss, Fleet};
pub use format::{FormatError, read, write};
pub use journey::{
    Check, DataFeed, Extract, ExtractFrom, Header, Journey, OperationClass, Request, RetryPolicy, Step, ThinkTime,
    Timeouts,
};
pub use ledger::{Carried, Ledger, LedgerObject, LedgerObjectKind, LedgerReader, LedgerSessions};
pub use load::{Arrivals, ConnectionPolicy, Load, LoadModel, Pacing, Stage};
pub use objective::{ConsistencyLevel, Margins, Objective, ObjectiveKind, RecoveredResponse, RunPhase, Trust};
pub use path::{AccessProfile, Path, PathBasis};
pub use property::Property;
pub use sources::population_network;
pub use stop_guard::{ResponseLimit, StopGuard};
pub use target::{ChirpLab, Endpoint, Entry, LinkCuts, Routing, ServedBy, Target, TlsTrust};

use serde::{Deserialize, Serialize};
use std::time::Duration;
use units::{PopulationName, RegionName, Seed, Share};

/// Version of the resolved plan's format: major.minor. Readers accept the same major and any lower or equal minor.
pub const FORMAT: &str = "1.8";

/// A plan with nothing left to decide.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResolvedPlan {
    /// [`FORMAT`] of the writer.
    pub format: String,
    /// The run's name.
    pub name: String,
    /// The run's seed; every generator derives from it by name.
    pub seed: Seed,
    /// SHA-256 of the plan's text, in hex.
    pub plan_sha256: String,
    /// What is tested.
    pub target: Target,
    /// The regions where the service runs.
    pub regions: Vec<Region>,
    /// Paths between the regions, one per ordered pair `from < to` by index; empty for an attached target.
    pub peer_paths: Vec<PeerPath>,
    /// Who uses it.
    pub populations: Vec<Population>,
    /// How users turn up.
    pub load: Load,
    /// What users do.
    pub journeys: Vec<Journey>,
    /// Rows that journeys read their values from.
    pub feeds: Vec<DataFeed>,
    /// The probe writes whose fate is followed, if the plan asks for them.
    pub ledger: Option<Ledger>,
    /// What breaks, in order of time.
    pub faults: Vec<Fault>,
    /// What is promised.
    pub objectives: Vec<Objective>,
    /// When the measurement can't be trusted.
    pub trust: Trust,
    /// Load before this time is warm-up: sent, recorded, but no part of the baseline.
    #[serde(with = "units::duration")]
    pub warm_up: Duration,
    /// What agents do when one of them, or their controller, is gone.
    #[serde(default)]
    pub fleet: Fleet,
    /// What ends the run when it is exceeded. Plans before format 1.3 have none.
    #[serde(default)]
    pub stop_guard: Option<StopGuard>,
}

impl ResolvedPlan {
    /// How long load is offered.
    #[must_use]
    pub fn load_duration(&self) -> Duration {
        self.load.duration()
    }

    /// The index of the region with that name.
    #[must_use]
    pub fn region_index(&self, name: &RegionName) -> Option<usize> {
        self.regions.iter().position(|region| region.name == *name)
    }

    /// The longest a request can take from its first byte to its outcome (all attempts with their back-off): after this
    /// much quiet, every interval is final.
    #[must_use]
    pub fn request_time_max(&self) -> Duration {
        let requests = self.journeys.iter().flat_map(|journey| &journey.steps).map(|step| &step.request);
        let ledger = self.ledger.iter().flat_map(Ledger::requests);
        requests.chain(ledger).map(Request::time_max).max().unwrap_or_default()
    }
}

/// A region where the service runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Region {
    /// Its name in the plan.
    pub name: RegionName,
    /// The atlas's code of the place it stands in.
    pub place: RegionName,
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
}

/// A group of users in one place with one access profile.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Population {
    /// Its name.
    pub name: PopulationName,
    /// The atlas's code of the place it is in: the origin of its users.
    pub origin: RegionName,
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
    /// Its part of the load. The shares of all populations sum to exactly 100 %.
    pub share: Share,
    /// How its users reach the network.
    pub access: AccessProfile,
    /// The path to each region, by region index; empty when paths are not emulated.
    pub paths: Vec<Path>,
    /// Region indices, nearest first.
    pub nearest: Vec<usize>,
    /// Clients of this population that keep using an old DNS answer after its TTL, until a connection fails.
    pub ignores_ttl: Share,
    /// Clients of this population that keep using their first DNS answer for ever. Others than those of `ignores_ttl`.
    #[serde(default = "no_share", skip_serializing_if = "is_no_share")]
    pub never_resolves_again: Share,
}

/// What plans of older versions say of clients that they did not know.
fn no_share() -> Share {
    Share::NONE
}

fn is_no_share(share: &Share) -> bool {
    *share == Share::NONE
}

/// The path between two regions, both directions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PeerPath {
    /// Region index of one end.
    pub from: usize,
    /// Region index of the other end, greater than `from`.
    pub to: usize,
    /// The path.
    pub path: Path,
}
