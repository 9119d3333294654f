//! Numbers of what is kept of logs, and of states that were taken in.

use std::collections::BTreeMap;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;

use crate::metrics::Registry;
use crate::names::RegionName;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OriginLabels {
    origin: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct SourceLabels {
    peer: String,
}

/// What a region counts of its logs.
#[derive(Clone, Debug, Default)]
pub(super) struct LogMetrics {
    first: Family<OriginLabels, Gauge>,
    trimmed: Family<OriginLabels, Counter>,
    transfers: Family<SourceLabels, Counter>,
    transfer_bytes: Family<SourceLabels, Counter>,
}

impl LogMetrics {
    /// Adds the numbers to what is scraped.
    pub(super) fn register(&self, registry: &mut Registry) {
        let help = "First number still kept of the current log of each origin";
        registry.register("log_first", help, self.first.clone());
        registry.register("log_trimmed_entries", "Entries of logs no longer kept, by origin", self.trimmed.clone());
        let help = "States taken in because the log of the peer no longer reached back far enough";
        registry.register("state_transfers", help, self.transfers.clone());
        registry.register("state_transfer_bytes", "Bytes of states that came, by peer", self.transfer_bytes.clone());
    }

    /// From where on logs are kept, by origin.
    pub(super) fn set_first(&self, first: &BTreeMap<String, u64>) {
        for (origin, first) in first {
            self.first.get_or_create(&OriginLabels { origin: origin.clone() }).set(*first as i64);
        }
    }

    /// So many entries were dropped, by origin.
    pub(super) fn count_trimmed(&self, dropped: &BTreeMap<String, u64>) {
        for (origin, entries) in dropped {
            self.trimmed.get_or_create(&OriginLabels { origin: origin.clone() }).inc_by(*entries);
        }
    }

    /// The state of a peer is here.
    pub(super) fn count_transfer(&self, peer: &RegionName) {
        self.transfers.get_or_create(&SourceLabels { peer: peer.to_string() }).inc();
    }

    /// A part of a state of so many bytes came.
    pub(super) fn count_transfer_bytes(&self, peer: &RegionName, bytes: usize) {
        self.transfer_bytes.get_or_create(&SourceLabels { peer: peer.to_string() }).inc_by(bytes as u64);
    }
}
