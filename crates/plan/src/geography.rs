//! What resolving a plan needs to know of the world: places, access profiles, and the path between two places.
//!
//! A trait, because the atlas belongs to `wan`, which stands above this crate.

use crate::resolved::{AccessProfile, PathBasis};
use std::time::Duration;
use units::RegionName;

/// A place of the atlas.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    /// The place's code (`eu-west-1`), also where an alias was asked for.
    pub code: RegionName,
    /// What people call it (`Europe (Ireland)`).
    pub name: String,
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
    /// Continent code: AF AS EU NA OC SA.
    pub continent: String,
}

/// The path between two places, without the users' access.
#[derive(Debug, Clone, PartialEq)]
pub struct Backbone {
    /// Round trip, mean of both directions.
    pub round_trip: Duration,
    /// Slow movement of the round trip (p90 − p50 over a year where measured, else the median of the cloud pairs).
    pub jitter: Duration,
    /// Where the figure comes from.
    pub basis: PathBasis,
}

/// Knows places, paths and access profiles.
pub trait Geography {
    /// The place with that code or alias.
    fn place(&self, code: &str) -> Option<Place>;
    /// The path between two places. `None` when one of them is unknown.
    fn backbone(&self, from: &str, to: &str) -> Option<Backbone>;
    /// The access profile with that name.
    fn access(&self, profile: &str) -> Option<AccessProfile>;
    /// Codes that look like `code`, best first, for a hint.
    fn similar_places(&self, code: &str) -> Vec<String>;
    /// All access profiles by name.
    fn access_profiles(&self) -> Vec<String>;
}
