//! The ledger: probe writes with unique values, and how each is read back. Works for any HTTP service by description.
//!
//! In the templates `{{ ledger.value }}` is the unique value and `{{ ledger.id }}` what the write's answer called it
//! (the `id` extraction of the write; the value itself where there is none).

use super::{Check, Request};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use units::Rate;

/// How probe writes are made and followed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ledger {
    /// Probe writes per second, over all populations by share.
    pub rate: Rate,
    /// The write; its checks say what counts as acknowledged.
    pub write: Request,
    /// The read; its checks say what counts as an answer (a definite one, present or absent).
    pub read: Request,
    /// The answer shows the value when all of these hold.
    pub present: Vec<Check>,
    /// Who reads.
    pub readers: LedgerReader,
    /// First read of a write this long after its acknowledgement; then at doubled distances until every reader saw it.
    #[serde(with = "units::duration")]
    pub first_read_after: Duration,
    /// Reads of one write by one reader at most, the final ones not counted.
    pub reads_max: u32,
    /// Quiet after the load's end, before the final reads.
    #[serde(with = "units::duration")]
    pub quiet: Duration,
    /// Final reads of each write through each reader until it is seen, at least 2 so that one bad answer proves nothing.
    pub final_passes: u32,
}

/// Who reads the ledger's values back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LedgerReader {
    /// A prober next to each region, asking that region's own endpoint.
    EachRegion,
    /// Through the entry, as users do.
    Entry,
}
