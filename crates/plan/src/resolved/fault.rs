//! What the plan breaks, and when.

use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, time::Duration};
use units::{FaultName, RegionName};

/// Something the plan breaks: inject, prove it took effect, heal, prove it is gone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Its name, unique in the plan.
    pub name: FaultName,
    /// What breaks.
    pub kind: FaultKind,
    /// When it is injected, after the load's start.
    #[serde(with = "units::duration")]
    pub at: Duration,
    /// How long it lasts.
    #[serde(with = "units::duration", rename = "for")]
    pub duration: Duration,
    /// Whoever applies it heals it by itself when it isn't renewed for this long.
    #[serde(with = "units::duration")]
    pub lease: Duration,
    /// The longest that the proof of effect and the proof of removal may each take.
    #[serde(with = "units::duration")]
    pub verify_within: Duration,
}

impl Fault {
    /// When it is healed, after the load's start.
    #[must_use]
    pub fn until(&self) -> Duration {
        self.at + self.duration
    }
}

/// The kinds of fault.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum FaultKind {
    /// Every process of the region is killed (SIGKILL), and started again at the end.
    RegionLoss {
        /// Which.
        region: RegionName,
    },
    /// The region runs but can't be reached.
    RegionIsolated {
        /// Which.
        region: RegionName,
        /// By whom.
        from: IsolatedFrom,
        /// In which manner.
        manner: Manner,
    },
    /// Two regions can't reach each other.
    Partition {
        /// One side.
        between: RegionName,
        /// The other side.
        and: RegionName,
        /// Which direction is cut.
        direction: Direction,
        /// In which manner. A one-way cut can only be [`Manner::Drop`].
        manner: Manner,
    },
    /// The link between two regions, or between all users and a region, is slower.
    LinkDelay {
        /// A region.
        region: RegionName,
        /// The other region; `None`: the users.
        peer: Option<RegionName>,
        /// Added to each round trip (half per direction).
        #[serde(with = "units::duration")]
        delay: Duration,
        /// Added to the link's slow jitter.
        #[serde(with = "units::duration")]
        jitter: Duration,
    },
    /// Whatever the user's own commands break.
    Command {
        /// The region it hurts, for the report; `None`: none in particular.
        region: Option<RegionName>,
        /// The commands.
        hook: CommandHook,
    },
}

impl FaultKind {
    /// The name of the kind as written in plans.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::RegionLoss { .. } => "region-loss",
            Self::RegionIsolated { .. } => "region-isolated",
            Self::Partition { .. } => "partition",
            Self::LinkDelay { .. } => "link-delay",
            Self::Command { .. } => "command",
        }
    }

    /// The regions it is aimed at.
    #[must_use]
    pub fn regions(&self) -> Vec<&RegionName> {
        match self {
            Self::RegionLoss { region } | Self::RegionIsolated { region, .. } => vec![region],
            Self::Partition { between, and, .. } => vec![between, and],
            Self::LinkDelay { region, peer, .. } => std::iter::once(region).chain(peer).collect(),
            Self::Command { region, .. } => region.iter().collect(),
        }
    }
}

/// From whom a region is cut off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IsolatedFrom {
    /// Users can't reach it, its peers can.
    Users,
    /// Its peers can't reach it, users can.
    Peers,
    /// Neither.
    Both,
}

/// How a cut link behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Manner {
    /// Bytes vanish into a black hole: clients find out by their time-outs.
    Drop,
    /// Connections are refused and reset: clients find out at once.
    Reject,
}

/// Which way of a pair is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// Both.
    Both,
    /// What the first sends to the second.
    Forward,
    /// What the second sends to the first.
    Backward,
}

/// The user's own commands. Each is an argument list; no shell is involved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CommandHook {
    /// Breaks it; exit code 0 means done.
    pub inject: Vec<String>,
    /// Mends it; must be harmless when there is nothing to mend.
    pub heal: Vec<String>,
    /// Exit code 0 proves that the fault has its effect.
    pub verify_effect: Vec<String>,
    /// Exit code 0 proves that the effect is gone.
    pub verify_removal: Vec<String>,
    /// The longest that one command may take.
    #[serde(with = "units::duration")]
    pub timeout: Duration,
    /// Environment added to each command.
    pub environment: BTreeMap<String, String>,
}
