//! What regions say to each other about leases, as JSON over HTTP on the listeners for peers.
//!
//! | request | body | answer |
//! |---|---|---|
//! | `POST /peer/lease/ask` | [`AskMessage`] | [`VoteMessage`] |
//! | `POST /peer/lease/release` | [`ReleaseMessage`] | `{}` |
//! | `POST /peer/lease/hand-over` | [`HandOver`] | [`HandedOver`], or 409 |
//! | `GET /peer/lease` | | [`SeatMessage`]s |
//! | `POST /admin/promote` | [`Promote`] | `{}`; then watch `GET /peer/lease` |

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::lease::{Ask, Vote};
use crate::names::{PartitionName, RegionName};

/// An ask, and for which partition.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct AskMessage {
    pub(super) partition: PartitionName,
    pub(super) ask: Ask,
}

/// A vote, and what the voter holds: read after its promise was on disk, so that whatever it had when it
/// promised is in it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct VoteMessage {
    #[serde(flatten)]
    pub(super) vote: Vote,
    /// The engine's own form; null with a refusal and in a trial.
    #[serde(default)]
    pub(super) position: Value,
}

/// An epoch is given up.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct ReleaseMessage {
    pub(super) partition: PartitionName,
    pub(super) epoch: u64,
    pub(super) holder: RegionName,
}

/// A wish of the region `to` to have the partition.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct HandOver {
    pub(super) partition: PartitionName,
    pub(super) to: RegionName,
}

/// It is granted: nothing is acknowledged with `epoch` any more.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct HandedOver {
    pub(super) epoch: u64,
    /// All that was acknowledged is within it.
    pub(super) position: Value,
}

/// Somebody wants the region that is asked to be the writer.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Promote {
    pub(super) partition: PartitionName,
    /// Not any more. What it writes already it keeps.
    #[serde(default)]
    pub(super) withdrawn: bool,
}

/// A partition as a region sees it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct SeatMessage {
    /// Which.
    pub(crate) partition: PartitionName,
    /// The highest epoch that is known.
    pub(crate) epoch: u64,
    /// Who writes it, as far as is known.
    pub(crate) writer: Option<RegionName>,
}
