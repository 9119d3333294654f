//! Who may write: the decisions of a lease, without clock, network or disk. Time comes in as a value: what
//! the process's own monotonic clock shows, counted from any moment.
//!
//! A partition has one writer at a time: the region that holds its lease. Every region is a **voter**
//! ([`Voter`]) and may be a candidate ([`Tenure`]).
//!
//! ```text
//!  candidate                         voters (all regions, itself among them)
//!     │── would you grant 7? ───────▶  yes, nobody holds (nothing is promised)
//!     │── ask epoch 7 ──────────────▶  promise on disk: "7 is yours", and to nobody else
//!     │◀───────────── granted ──────   for a whole lease from now, by my own clock
//!     │  a majority: prepare (read what they hold), then write
//!     │── ask epoch 7 again ────────▶  every third of a lease: the renewal
//! ```
//!
//! **Why two never acknowledge at once.** An epoch needs a majority, two majorities share a voter, and
//! that voter grants the later epoch only after the lease that it granted before has run out *by its
//! clock*, counted from when it granted. The holder counts the same lease from when it *asked*, which is
//! earlier, and takes a tenth off ([`Terms::allowance`]); so it stops before the voter lets another in, as
//! long as no clock runs more than 5 % faster or slower than true. (`(L − L/10) / (1 − r) ≤ L / (1 + r)`
//! holds up to r = 1/19.)
//!
//! **Restarts.** A promise is on disk, how long it binds is not: a voter that begins waits a whole lease
//! before it grants anything new. That covers also a voter that lost its disk. A holder that begins holds
//! nothing, whatever it was before. A region asks its own voter first and the others only once that has
//! promised, so it never asks for a number twice, not even over a restart.
//!
//! **What the lease is not for.** Data that a majority holds is safe by epochs alone, without any clock
//! (see `docs/chirp/models/README.md`). The lease is for reads at the writer and for the promise that
//! nothing is acknowledged twice.
//!
//! **Limit.** A process that is stopped between the check and the packet answers late, as with every
//! lease. The time between them is the time to write an answer to a socket.

mod tenure;
mod voter;

#[cfg(test)]
mod tests;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::names::RegionName;

pub(crate) use tenure::{Action, Circumstances, Standing, Tenure};
pub(crate) use voter::Voter;

/// What a voter has promised: nobody with a lower number, and nobody else with this one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Promise {
    /// The number of a tenure, from 1; grows with each.
    pub(crate) epoch: u64,
    /// Whose it is.
    pub(crate) holder: RegionName,
}

/// A candidate, or a holder that renews, asks for a voter's promise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Ask {
    /// The epoch that is wanted, or held.
    pub(crate) epoch: u64,
    /// Who asks.
    pub(crate) candidate: RegionName,
    /// Only whether it would be granted: nothing is promised. A region that is cut off asks this, again and
    /// again, and so does not drive its own epoch up past everybody's.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) is_trial: bool,
    /// The epoch whose holder has handed over to the asker, and does not acknowledge any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) handed_over: Option<u64>,
}

/// A voter's answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "vote", rename_all = "snake_case")]
pub(crate) enum Vote {
    /// For a whole lease from now.
    Granted,
    /// Not now.
    Refused {
        /// What the voter has promised; nothing if it has just begun to live.
        promise: Option<Promise>,
        /// For how long it may not promise anything else, in milliseconds; 0 if it is free.
        bound_ms: u64,
    },
}

/// What all regions agree on, by configuration, and who this one is.
#[derive(Clone, Debug)]
pub(crate) struct Terms {
    /// This region.
    pub(crate) region: RegionName,
    /// How many regions vote.
    pub(crate) voters: usize,
    /// How long a promise binds that is not renewed.
    pub(crate) lease: Duration,
}

impl Terms {
    /// More than half of the voters.
    pub(crate) fn majority(&self) -> usize {
        self.voters / 2 + 1
    }

    /// By how much earlier than the voters a holder takes its lease to be over.
    pub(crate) fn allowance(&self) -> Duration {
        self.lease / 10
    }

    /// How often a holder renews, and how long it waits for the votes of one round.
    pub(crate) fn round(&self) -> Duration {
        self.lease / 3
    }
}
