//! The lease in numbers.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;

use super::{Authority, Place};
use crate::metrics::Registry;
use crate::names::RegionName;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct PartitionLabels {
    partition: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ForwardLabels {
    peer: String,
    outcome: &'static str,
}

/// Who writes, and what was sent on.
#[derive(Debug, Default)]
pub(in crate::region) struct AuthorityMetrics {
    writer: Family<PartitionLabels, Gauge>,
    epoch: Family<PartitionLabels, Gauge>,
    read_only: Gauge,
    forwarded: Family<ForwardLabels, Counter>,
    past_deadline: Counter,
}

impl AuthorityMetrics {
    /// All at zero.
    pub(in crate::region) fn register(registry: &mut Registry) -> Self {
        let metrics = Self::default();
        registry.register("writer", "1 if this region writes the partition", metrics.writer.clone());
        registry.register("epoch", "The highest epoch of the partition known here", metrics.epoch.clone());
        registry.register("read_only", "1 while a partition has no writer known here", metrics.read_only.clone());
        registry.register("forwarded_requests", "Requests sent on, by peer and outcome", metrics.forwarded.clone());
        let past = metrics.past_deadline.clone();
        registry.register("past_deadline", "Requests dropped because their asker waits no longer", past);
        metrics
    }

    /// A request was dropped, its deadline had passed.
    pub(in crate::region) fn count_past_deadline(&self) {
        self.past_deadline.inc();
    }

    /// A request was sent on: `answered`, `not_sent`, or `unknown`.
    pub(in crate::region) fn count_forwarded(&self, peer: &RegionName, outcome: &'static str) {
        self.forwarded.get_or_create(&ForwardLabels { peer: peer.to_string(), outcome }).inc();
    }

    /// Reads the seats for a scrape.
    pub(in crate::region) fn refresh(&self, authority: &Authority) {
        let mut read_only = false;
        for seat in &authority.seats {
            let labels = PartitionLabels { partition: seat.partition.name.to_string() };
            let (place, epoch) = (seat.place(), seat.last_promise().map_or(0, |promise| promise.epoch));
            self.writer.get_or_create(&labels).set(matches!(place, Place::Here(_)).into());
            self.epoch.get_or_create(&labels).set(epoch as i64);
            read_only |= place == Place::Nowhere;
        }
        self.read_only.set(read_only.into());
    }
}
