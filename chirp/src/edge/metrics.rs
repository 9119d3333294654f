//! Numbers of an edge for Prometheus (OpenMetrics text). Labels have few values by construction: regions
//! and defects are those of the configuration.

use std::time::Duration;

use http::Method;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;

use super::Edge;
use crate::cache::Cache;
use crate::metrics::{Registry, Wrong, latency_histogram, method_label};
use crate::trace::SpanCounters;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    method: &'static str,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StatusLabels {
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct AttemptLabels {
    region: String,
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RegionLabels {
    region: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RetryLabels {
    granted: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct SourceLabels {
    source: &'static str,
}

/// All numbers of an edge.
#[derive(Debug)]
pub(super) struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    latency: Histogram,
    refusals: Family<StatusLabels, Counter>,
    attempts: Family<AttemptLabels, Counter>,
    attempt_latency: Family<RegionLabels, Histogram, fn() -> Histogram>,
    connections: Family<RegionLabels, Counter>,
    idle: Family<RegionLabels, Gauge>,
    in_flight: Family<RegionLabels, Gauge>,
    serving: Family<RegionLabels, Gauge>,
    ejected: Family<RegionLabels, Gauge>,
    ejections: Family<RegionLabels, Counter>,
    retries: Family<RetryLabels, Counter>,
    retries_left: Gauge,
    cached_reads: Family<SourceLabels, Counter>,
    cache_bytes: Gauge,
    cache_writes: Counter,
    wrong: Wrong,
}

impl Metrics {
    /// All at zero.
    pub(super) fn new(spans: &SpanCounters) -> Self {
        let mut metrics = Self {
            registry: Registry::with_prefix("chirp"),
            requests: Family::default(),
            latency: latency_histogram(),
            refusals: Family::default(),
            attempts: Family::default(),
            attempt_latency: Family::new_with_constructor(latency_histogram),
            connections: Family::default(),
            idle: Family::default(),
            in_flight: Family::default(),
            serving: Family::default(),
            ejected: Family::default(),
            ejections: Family::default(),
            retries: Family::default(),
            retries_left: Gauge::default(),
            cached_reads: Family::default(),
            cache_bytes: Gauge::default(),
            cache_writes: Counter::default(),
            wrong: Wrong::default(),
        };
        metrics.register();
        spans.register(&mut metrics.registry);
        metrics
    }

    fn register(&mut self) {
        let registry = &mut self.registry;
        registry.register("edge_requests", "Requests of users, by status", self.requests.clone());
        registry.register("edge_request_duration_seconds", "From header to response", self.latency.clone());
        registry.register("edge_refusals", "Requests that the edge itself refused", self.refusals.clone());
        registry.register("edge_attempts", "Requests to regions, retries included", self.attempts.clone());
        let help = "From asking a region to the head of its answer, or its failure";
        registry.register("edge_attempt_duration_seconds", help, self.attempt_latency.clone());
        registry.register("edge_connections", "Connections opened to a region", self.connections.clone());
        registry.register("edge_idle_connections", "Connections kept for later", self.idle.clone());
        registry.register("edge_in_flight", "Requests under way at a region", self.in_flight.clone());
        registry.register("edge_region_serving", "1 if the health checks find it so", self.serving.clone());
        registry.register("edge_region_ejected", "1 while it is ejected", self.ejected.clone());
        registry.register("edge_ejections", "Ejections for failures in a row", self.ejections.clone());
        registry.register("edge_retries", "Retries, by whether the budget granted them", self.retries.clone());
        registry.register("edge_retries_left", "What is left of the retry budget", self.retries_left.clone());
        let help = "Reads that the cache may answer, by where the answer came from";
        registry.register("edge_cache_reads", help, self.cached_reads.clone());
        registry.register("edge_cache_bytes", "Bytes of answers that are kept", self.cache_bytes.clone());
        let help = "Writes that have passed and put kept answers out of date";
        self.wrong.register(registry);
        registry.register("edge_cache_writes", help, self.cache_writes.clone());
    }

    /// A user has been answered.
    pub(super) fn count_request(&self, method: &Method, status: u16, duration: Duration) {
        let method = method_label(method);
        self.requests.get_or_create(&RequestLabels { method, status }).inc();
        self.latency.observe(duration.as_secs_f64());
    }

    /// The edge has refused a request without asking a region.
    pub(super) fn count_refusal(&self, status: u16) {
        self.refusals.get_or_create(&StatusLabels { status }).inc();
    }

    /// A region was asked.
    pub(super) fn count_attempt(&self, region: &str, outcome: &'static str, duration: Duration) {
        self.attempts.get_or_create(&AttemptLabels { region: region.to_owned(), outcome }).inc();
        self.attempt_latency.get_or_create(&labels(region)).observe(duration.as_secs_f64());
    }

    /// A connection was opened.
    pub(super) fn count_connection(&self, region: &str) {
        self.connections.get_or_create(&labels(region)).inc();
    }

    /// A region was ejected.
    pub(super) fn count_ejection(&self, region: &str) {
        self.ejections.get_or_create(&labels(region)).inc();
    }

    /// A retry was wanted.
    pub(super) fn count_retry(&self, granted: bool) {
        let granted = if granted { "true" } else { "false" };
        self.retries.get_or_create(&RetryLabels { granted }).inc();
    }

    /// A read that the cache may answer has been answered.
    pub(super) fn count_cached_read(&self, source: &'static str) {
        self.cached_reads.get_or_create(&SourceLabels { source }).inc();
    }

    /// The text for a scrape.
    pub(super) fn encode(&self, edge: &Edge) -> String {
        self.wrong.refresh(&edge.conditions);
        let balance = edge.balance();
        let now = edge.now();
        self.retries_left.set(balance.retries_left(now) as i64);
        for (region, look) in edge.regions.iter().zip(balance.look(now)) {
            let labels = labels(&region.name);
            self.serving.get_or_create(&labels).set(look.serving.into());
            self.ejected.get_or_create(&labels).set(look.ejected.into());
            self.in_flight.get_or_create(&labels).set(look.in_flight as i64);
            self.idle.get_or_create(&labels).set(region.pool.idle() as i64);
        }
        if let Some(cache) = &edge.cache {
            // Under the lock, so that two scrapes at once do not both add the difference.
            self.cache_writes.inc_by(cache.writes().saturating_sub(self.cache_writes.get()));
        }
        drop(balance);
        self.cache_bytes.set(edge.cache.as_ref().map_or(0, Cache::bytes) as i64);
        self.registry.text()
    }
}

fn labels(region: &str) -> RegionLabels {
    RegionLabels { region: region.to_owned() }
}

/// What is registered, for the reference.
#[cfg(test)]
pub(crate) fn registered() -> Vec<crate::metrics::Registered> {
    Metrics::new(&SpanCounters::default()).registry.registered().to_vec()
}
