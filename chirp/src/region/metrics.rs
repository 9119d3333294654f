//! Numbers for Prometheus (OpenMetrics text). Labels have few values by construction: routes are the
//! patterns of the router, peers and defects are those of the configuration.

use std::sync::atomic::AtomicU64;
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;

use super::Region;
use super::authority::AuthorityMetrics;
use super::cached::CacheMetrics;
use super::health::LastCheck;
use super::log_metrics::LogMetrics;
use super::nats::NatsMetrics;
use super::overload::{Class, Full};
use super::postgres::Numbers;
use crate::defects::Defect;
use crate::durability::AcknowledgementMetrics;
use crate::http::Traffic;
use crate::metrics::{Registry, Wrong, latency_histogram};
use crate::names::RegionName;
use crate::resolve::ConflictCount;
use crate::store::{Applied, CommitMetrics};
use crate::third_party::ThirdPartyMetrics;
use crate::trace::SpanCounters;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    method: &'static str,
    route: String,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabels {
    method: &'static str,
    route: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RefusedLabels {
    class: &'static str,
    reason: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ClassLabels {
    class: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct PeerLabels {
    peer: String,
}

pub(super) type Seconds = Gauge<f64, AtomicU64>;

/// All numbers of a region.
#[derive(Debug)]
pub(super) struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    latency: Family<RouteLabels, Histogram, fn() -> Histogram>,
    in_flight: Gauge,
    shed: Counter,
    refused: Family<RefusedLabels, Counter>,
    limits: Family<ClassLabels, Gauge>,
    caches: CacheMetrics,
    commits: CommitMetrics,
    applied: Family<PeerLabels, Counter>,
    pull_failures: Family<PeerLabels, Counter>,
    clock_ahead: Family<PeerLabels, Counter>,
    lag: Family<PeerLabels, Seconds>,
    heartbeat_age: Family<PeerLabels, Seconds>,
    behind: Family<PeerLabels, Gauge>,
    reachable: Family<PeerLabels, Gauge>,
    relayed: Family<PeerLabels, Counter>,
    traffic: Traffic,
    snapshots: Counter,
    snapshot_failures: Counter,
    snapshot_bytes: Gauge,
    acknowledgements: AcknowledgementMetrics,
    confirmed: Family<PeerLabels, Gauge>,
    log_head: Gauge,
    healthy: Gauge,
    serving: Gauge,
    wrong: Wrong,
    last_check: LastCheck,
    authority: AuthorityMetrics,
    third_party: ThirdPartyMetrics,
    postgres: Numbers,
    nats: NatsMetrics,
    logs: LogMetrics,
}

impl Metrics {
    /// All at zero.
    pub(super) fn new(spans: &SpanCounters) -> Self {
        let commits = CommitMetrics {
            commits: Counter::default(),
            writes: Counter::default(),
            seconds: latency_histogram(),
            conflicts: ConflictCount::default(),
        };
        let mut registry = Registry::with_prefix("chirp");
        let mut metrics = Self {
            requests: Family::default(),
            latency: Family::new_with_constructor(latency_histogram),
            in_flight: Gauge::default(),
            shed: Counter::default(),
            refused: Family::default(),
            limits: Family::default(),
            caches: CacheMetrics::register(&mut registry),
            commits,
            applied: Family::default(),
            pull_failures: Family::default(),
            clock_ahead: Family::default(),
            lag: Family::default(),
            heartbeat_age: Family::default(),
            behind: Family::default(),
            reachable: Family::default(),
            relayed: Family::default(),
            traffic: Traffic::default(),
            snapshots: Counter::default(),
            snapshot_failures: Counter::default(),
            snapshot_bytes: Gauge::default(),
            acknowledgements: AcknowledgementMetrics {
                seconds: latency_histogram(),
                missed: Counter::default(),
                refused: Counter::default(),
            },
            confirmed: Family::default(),
            log_head: Gauge::default(),
            healthy: Gauge::default(),
            serving: Gauge::default(),
            wrong: Wrong::default(),
            last_check: LastCheck::default(),
            authority: AuthorityMetrics::default(),
            third_party: ThirdPartyMetrics::default(),
            postgres: Numbers::default(),
            nats: NatsMetrics::default(),
            logs: LogMetrics::default(),
            registry,
        };
        metrics.authority = AuthorityMetrics::register(&mut metrics.registry);
        metrics.register_requests();
        metrics.register_storage();
        metrics.register_replication();
        metrics.register_durability();
        spans.register(&mut metrics.registry);
        metrics.wrong.register(&mut metrics.registry);
        metrics.third_party = ThirdPartyMetrics::new(&mut metrics.registry);
        metrics.postgres.register(&mut metrics.registry);
        metrics.nats.register(&mut metrics.registry);
        metrics.logs.register(&mut metrics.registry);
        metrics
    }

    fn register_requests(&mut self) {
        let registry = &mut self.registry;
        registry.register("http_requests", "Requests of users, by route and status", self.requests.clone());
        registry.register("http_request_duration_seconds", "From header to response, by route", self.latency.clone());
        registry.register("http_requests_in_flight", "Requests of users under way", self.in_flight.clone());
        registry.register("http_requests_shed", "Requests refused, too many were under way", self.shed.clone());
        let help = "The same by class, and by what was full: in_flight_max, or the limit that follows the delay";
        registry.register("overload_refusals", help, self.refused.clone());
        registry.register("overload_limit", "Requests of a class that may be under way now", self.limits.clone());
    }

    fn register_storage(&mut self) {
        let registry = &mut self.registry;
        registry.register("commits", "Commits", self.commits.commits.clone());
        registry.register("commit_writes", "Writes in commits", self.commits.writes.clone());
        registry.register("commit_duration_seconds", "From first write to fsync", self.commits.seconds.clone());
        registry.register(
            "conflicts",
            "Concurrent updates that met, by what was kept",
            self.commits.conflicts.family(),
        );
        registry.register("log_head", "Last durable number of the own log", self.log_head.clone());
        registry.register("healthy", "1 if the last deep health check went well", self.healthy.clone());
        registry.register("serving", "1 once caught up", self.serving.clone());
    }

    fn register_replication(&mut self) {
        let registry = &mut self.registry;
        let name = |suffix: &str| format!("replication_{suffix}");
        registry.register(name("applied"), "Entries applied, by peer", self.applied.clone());
        registry.register(name("failures"), "Failed attempts to read a log, by peer", self.pull_failures.clone());
        registry.register(
            name("lag_seconds"),
            "Own wall clock minus the peer's in its newest heartbeat here (contains clock offsets)",
            self.lag.clone(),
        );
        registry.register(
            name("heartbeat_age_seconds"),
            "Since the last heartbeat of the peer was applied, by the own clock alone",
            self.heartbeat_age.clone(),
        );
        registry.register(name("behind_entries"), "Numbers of the peer's log not applied yet", self.behind.clone());
        registry.register(name("reachable"), "1 if the peer answered last time", self.reachable.clone());
        registry.register(
            name("relayed"),
            "Entries that came by way of another region, by origin",
            self.relayed.clone(),
        );
        self.traffic.register(registry);
        registry.register(
            "clock_ahead",
            "Entries stamped too far ahead of the own clock, by peer",
            self.clock_ahead.clone(),
        );
    }

    fn register_durability(&mut self) {
        let registry = &mut self.registry;
        let name = |suffix: &str| format!("acknowledgement_{suffix}");
        registry.register(
            name("wait_seconds"),
            "From the local fsync until enough other regions had confirmed the write",
            self.acknowledgements.seconds.clone(),
        );
        registry.register(name("missed"), "Writes not confirmed in time", self.acknowledgements.missed.clone());
        registry.register(
            name("refused"),
            "Confirmations of peers that had promised themselves to another writer",
            self.acknowledgements.refused.clone(),
        );
        registry.register("snapshots", "Snapshots taken", self.snapshots.clone());
        registry.register("snapshot_failures", "Snapshots that failed", self.snapshot_failures.clone());
        registry.register("snapshot_bytes", "Size of the newest snapshot", self.snapshot_bytes.clone());
        registry.register(name("confirmed"), "How far a peer has our log on disk", self.confirmed.clone());
    }

    /// What the writer counts.
    pub(super) fn commit_metrics(&self) -> CommitMetrics {
        self.commits.clone()
    }

    /// A snapshot of so many bytes was taken.
    pub(super) fn count_snapshot(&self, bytes: u64) {
        self.snapshots.inc();
        self.snapshot_bytes.set(bytes as i64);
    }

    /// A snapshot was not taken.
    pub(super) fn count_snapshot_failure(&self) {
        self.snapshot_failures.inc();
    }

    /// What waiting for other regions counts.
    pub(super) fn acknowledgement_metrics(&self) -> AcknowledgementMetrics {
        self.acknowledgements.clone()
    }

    /// What is counted about third parties.
    pub(super) fn third_party(&self) -> &ThirdPartyMetrics {
        &self.third_party
    }

    /// The outcome of the last health check.
    pub(super) fn last_check(&self) -> &LastCheck {
        &self.last_check
    }

    /// Who writes, and what was sent on.
    pub(super) fn authority(&self) -> &AuthorityMetrics {
        &self.authority
    }

    /// A request was answered.
    pub(super) fn count_request(&self, method: &'static str, route: &str, status: u16, duration: Duration) {
        let route = route.to_owned();
        self.latency.get_or_create(&RouteLabels { method, route: route.clone() }).observe(duration.as_secs_f64());
        self.requests.get_or_create(&RequestLabels { method, route, status }).inc();
    }

    /// A request was refused because too many were under way.
    pub(super) fn count_shed(&self, class: Class, full: Full) {
        self.shed.inc();
        self.refused.get_or_create(&RefusedLabels { class: class.name(), reason: full.reason() }).inc();
    }

    /// What is counted about caches.
    pub(super) fn caches(&self) -> &CacheMetrics {
        &self.caches
    }

    /// A batch of a peer was applied.
    pub(super) fn count_applied(&self, peer: &RegionName, applied: &Applied) {
        self.applied.get_or_create(&labels(peer)).inc_by(applied.entries);
        self.clock_ahead.get_or_create(&labels(peer)).inc_by(applied.ahead);
    }

    /// Entries of `origin` came by way of another region and were applied.
    pub(super) fn count_relayed(&self, origin: &str, applied: &Applied) {
        let labels = PeerLabels { peer: origin.to_owned() };
        self.relayed.get_or_create(&labels).inc_by(applied.entries);
        self.clock_ahead.get_or_create(&labels).inc_by(applied.ahead);
    }

    /// What is counted of the own NATS server.
    pub(super) fn nats(&self) -> &NatsMetrics {
        &self.nats
    }

    /// What is counted of logs and states.
    pub(super) fn logs(&self) -> &LogMetrics {
        &self.logs
    }

    /// Counters of what goes over the links to other regions.
    pub(super) fn traffic(&self) -> &Traffic {
        &self.traffic
    }

    /// A peer's log could not be read.
    pub(super) fn count_pull_failure(&self, peer: &RegionName) {
        self.pull_failures.get_or_create(&labels(peer)).inc();
    }

    /// The text for a scrape.
    pub(super) fn encode(&self, region: &Region) -> String {
        self.in_flight.set(region.overload.in_flight() as i64);
        for class in Class::ALL {
            let places = region.overload.limit(class);
            self.limits.get_or_create(&ClassLabels { class: class.name() }).set(places as i64);
        }
        self.caches.refresh(&region.caches);
        self.log_head.set(*region.writer.durable().borrow() as i64);
        self.postgres.set(region);
        self.healthy.set(self.last_check.is_healthy().into());
        self.serving.set(region.is_serving().into());
        self.wrong.refresh(&region.conditions);
        for (peer, status) in &region.peers {
            let (labels, numbers) = (labels(peer), status.numbers(region.wall_clock.now_ms()));
            self.behind.get_or_create(&labels).set(numbers.head_seq.saturating_sub(numbers.applied_seq) as i64);
            self.reachable.get_or_create(&labels).set(numbers.reachable.into());
            // No heartbeat yet: no number, rather than a false one.
            if let (Some(lag), Some(age)) = (numbers.lag, numbers.heartbeat_age) {
                // DEFECT frozen-lag-gauge
                let frozen = region.defects.has(Defect::FrozenLagGauge);
                let lag = if frozen { lag - age } else { lag };
                self.lag.get_or_create(&labels).set(lag);
                self.heartbeat_age.get_or_create(&labels).set(age);
            }
        }
        for (peer, seq) in region.acknowledgements.confirmed() {
            self.confirmed.get_or_create(&labels(&peer)).set(seq as i64);
        }
        self.authority.refresh(&region.authority);
        self.registry.text()
    }
}

fn labels(peer: &RegionName) -> PeerLabels {
    PeerLabels { peer: peer.to_string() }
}

/// What is registered, for the reference.
#[cfg(test)]
pub(crate) fn registered() -> Vec<crate::metrics::Registered> {
    Metrics::new(&SpanCounters::default()).registry.registered().to_vec()
}
