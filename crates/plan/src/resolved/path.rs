//! Paths: measured, estimated or chosen, and always saying which.

use serde::{Deserialize, Serialize};
use std::time::Duration;
use units::Bandwidth;

/// The network between two places, access included. Both directions are half of the round trip.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Path {
    /// Round trip without load, access included.
    #[serde(with = "units::duration")]
    pub round_trip: Duration,
    /// How far the round trip slowly moves up from [`Self::round_trip`].
    #[serde(with = "units::duration")]
    pub jitter: Duration,
    /// Towards the region, for one user's access. `None`: not limited.
    pub up: Option<Bandwidth>,
    /// From the region, for one user's access. `None`: not limited.
    pub down: Option<Bandwidth>,
    /// Where the backbone's figure comes from.
    pub basis: PathBasis,
}

/// Where a path's figure comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "basis", rename_all = "kebab-case", deny_unknown_fields)]
pub enum PathBasis {
    /// Measured by that source (key of the atlas's sources).
    Measured {
        /// The source's key.
        source: String,
    },
    /// Estimated from the stretch typical for that pair of zones.
    ZoneStretch {
        /// The pair of zones, `EU-NA`.
        zones: String,
    },
    /// Estimated from the fitted line over the great circle.
    Line {
        /// Great-circle distance.
        kilometres: u32,
    },
    /// Chosen by the plan's author.
    Chosen,
}

/// How users reach the network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccessProfile {
    /// The profile's name (`fcc-cable`), `none` for users in a data centre.
    pub name: String,
    /// Added to each path's round trip.
    #[serde(with = "units::duration")]
    pub round_trip: Duration,
    /// Added to each path's jitter.
    #[serde(with = "units::duration")]
    pub jitter: Duration,
    /// From the user.
    pub up: Option<Bandwidth>,
    /// To the user.
    pub down: Option<Bandwidth>,
}
