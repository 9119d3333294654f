//! Properties of the ledger's histories that can be promised.

use serde::{Deserialize, Serialize};

/// What the operations of the ledger's sessions prove or refute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Property {
    /// A session reads its own acknowledged writes (Terry et al., PDIS 1994).
    ReadYourWrites,
    /// A session never reads something older than what it has read.
    MonotonicReads,
    /// A session's writes take effect in its order.
    MonotonicWrites,
    /// What a session wrote after it had read something is never seen without that.
    WritesFollowReads,
    /// Each register behaves as if there were one copy of it.
    Linearizability,
    /// Lists show nothing impossible, in one order, without cycles of dependencies (Kingsbury and Alvaro, VLDB 2020).
    ListAnomalies,
    /// What was appended once is there once.
    Duplicates,
    /// What was deleted doesn't come back.
    Resurrected,
    /// No two writes are called the same.
    ReusedIds,
    /// The end shows every acknowledged change, or a newer one.
    LostUpdates,
    /// The two sides of a cut don't both take writes of one key.
    SplitWrites,
    /// Counters count what was added and not removed.
    Miscounts,
    /// What is in a list gets to where the list is delivered.
    MissingDeliveries,
}

impl Property {
    /// Every property, in the order of reports.
    pub const ALL: [Self; 13] = [
        Self::LostUpdates,
        Self::SplitWrites,
        Self::Duplicates,
        Self::Resurrected,
        Self::ReusedIds,
        Self::Miscounts,
        Self::MissingDeliveries,
        Self::ReadYourWrites,
        Self::MonotonicReads,
        Self::MonotonicWrites,
        Self::WritesFollowReads,
        Self::ListAnomalies,
        Self::Linearizability,
    ];

    /// As written in findings.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ReadYourWrites => "read-your-writes",
            Self::MonotonicReads => "monotonic-reads",
            Self::MonotonicWrites => "monotonic-writes",
            Self::WritesFollowReads => "writes-follow-reads",
            Self::Linearizability => "linearizability",
            Self::ListAnomalies => "list-anomalies",
            Self::Duplicates => "duplicates",
            Self::Resurrected => "resurrected",
            Self::ReusedIds => "reused-ids",
            Self::LostUpdates => "lost-updates",
            Self::SplitWrites => "split-writes",
            Self::Miscounts => "miscounts",
            Self::MissingDeliveries => "missing-deliveries",
        }
    }
}
