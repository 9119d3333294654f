//! Numbers of the NATS transport. All zero without it.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;

use crate::metrics::Registry;

/// What a region counts of its own server.
#[derive(Clone, Debug, Default)]
pub(in crate::region) struct NatsMetrics {
    /// How far the own log is in the own stream.
    pub(super) published: Gauge,
    /// Attempts that ended with an error.
    pub(super) failures: Counter,
    /// Starts of the server.
    pub(super) starts: Counter,
}

impl NatsMetrics {
    /// Adds the numbers to what is scraped.
    pub(in crate::region) fn register(&self, registry: &mut Registry) {
        registry.register(
            "nats_published",
            "Up to this number the own log is in the stream of the own NATS server",
            self.published.clone(),
        );
        registry.register("nats_publish_failures", "Times that publishing began anew", self.failures.clone());
        registry.register("nats_server_starts", "Starts of the own NATS server", self.starts.clone());
    }
}
