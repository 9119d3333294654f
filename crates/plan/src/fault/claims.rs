//! What faults take and need, so that it can be told which of them can be in force together.

use std::fmt;
use units::RegionName;

/// What a fault takes, and what it needs in order that its effect and its removal can be proven.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Claims {
    /// Nobody else can have it at the same time.
    pub(crate) takes: Vec<Thing>,
    /// Nobody else may take it meanwhile.
    pub(crate) needs: Vec<Thing>,
}

/// Something that a fault takes or needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Thing {
    /// The processes of a region.
    Processes(RegionName),
    /// The links of all users to a region.
    UserLink(RegionName),
    /// The link between two regions, ordered by name: [`Thing::link`].
    PeerLink(RegionName, RegionName),
    /// A part of a region: what it is called, and the region.
    Part(String, RegionName),
    /// The answers of the geo-DNS.
    Steering,
    /// Who writes, where one region does.
    Writer,
}

impl Thing {
    /// The link between two regions, whoever is named first.
    pub(crate) fn link(one: &RegionName, other: &RegionName) -> Self {
        if one <= other {
            Self::PeerLink(one.clone(), other.clone())
        } else {
            Self::PeerLink(other.clone(), one.clone())
        }
    }

    /// The link between two regions, or between the users and a region.
    pub(crate) fn link_or_users(region: &RegionName, peer: Option<&RegionName>) -> Self {
        peer.map_or_else(|| Self::UserLink(region.clone()), |peer| Self::link(region, peer))
    }

    /// A part of a region.
    pub(crate) fn part(part: &str, region: &RegionName) -> Self {
        Self::Part(part.to_owned(), region.clone())
    }

    /// That part of each of these regions.
    pub(crate) fn parts<'r>(part: &str, regions: impl IntoIterator<Item = &'r RegionName>) -> Vec<Self> {
        regions.into_iter().map(|region| Self::part(part, region)).collect()
    }

    /// The processes of these regions.
    pub(crate) fn processes<'r>(regions: impl IntoIterator<Item = &'r RegionName>) -> Vec<Self> {
        regions.into_iter().cloned().map(Self::Processes).collect()
    }
}

impl fmt::Display for Thing {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Processes(region) => write!(formatter, "the processes of {region}"),
            Self::UserLink(region) => write!(formatter, "the users' link to {region}"),
            Self::Part(part, region) => write!(formatter, "the {part} of {region}"),
            Self::Steering => write!(formatter, "the answers of the geo-DNS"),
            Self::Writer => write!(formatter, "who writes"),
            Self::PeerLink(one, other) => write!(formatter, "the link between {one} and {other}"),
        }
    }
}
