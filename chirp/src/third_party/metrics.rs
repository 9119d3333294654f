//! Numbers about third parties, and the events of their breakers. Labels are kinds, outcomes and the
//! providers of the configuration: few by construction.

use crate::metrics::Registry;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;

use super::Kind;
use super::breaker::BreakerState;
use super::dependency::Observer;
use crate::events::{self, Event};
use crate::names::RegionName;
use crate::wall_clock::unix_micros;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CallLabels {
    kind: &'static str,
    provider: String,
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct KindLabels {
    kind: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ProviderLabels {
    kind: &'static str,
    provider: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ChangeLabels {
    provider: String,
    state: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OutcomeLabels {
    outcome: &'static str,
}

/// All numbers about third parties. Clones count together.
#[derive(Clone, Debug, Default)]
pub(crate) struct ThirdPartyMetrics {
    calls: Family<CallLabels, Counter>,
    retries: Family<KindLabels, Counter>,
    fallbacks: Family<KindLabels, Counter>,
    breakers: Family<ProviderLabels, Gauge>,
    breaker_changes: Family<ChangeLabels, Counter>,
    pushes: Family<OutcomeLabels, Counter>,
    push_queue: Gauge,
}

impl ThirdPartyMetrics {
    /// All at zero, and shown with the others of `registry`.
    pub(crate) fn new(registry: &mut Registry) -> Self {
        let metrics = Self::default();
        let name = |suffix: &str| format!("third_party_{suffix}");
        registry.register(name("calls"), "Calls to providers, by outcome", metrics.calls.clone());
        registry.register(name("retries"), "Calls that were repeated", metrics.retries.clone());
        registry.register(name("fallbacks"), "Questions that went without an answer", metrics.fallbacks.clone());
        registry.register(name("breaker"), "0 closed, 1 half-open, 2 open", metrics.breakers.clone());
        registry.register(name("breaker_changes"), "Changes of breakers", metrics.breaker_changes.clone());
        registry.register("pushes", "Posts whose notifications were sent or dropped", metrics.pushes.clone());
        registry.register("push_queue", "Posts whose notifications wait", metrics.push_queue.clone());
        metrics
    }

    /// A question went without an answer, and what was asked for is left out.
    pub(super) fn count_fallback(&self, kind: Kind) {
        self.fallbacks.get_or_create(&KindLabels { kind: kind.name() }).inc();
    }

    /// What became of the notifications of a post: `sent`, `dropped_full`, `dropped_late`, `refused`.
    pub(super) fn count_push(&self, outcome: &'static str) {
        self.pushes.get_or_create(&OutcomeLabels { outcome }).inc();
    }

    /// Posts whose notifications wait.
    pub(super) fn push_queue(&self) -> &Gauge {
        &self.push_queue
    }
}

/// Counts what a dependency does, and tells its breakers' changes to whoever started the process.
#[derive(Debug)]
pub(super) struct EndpointObserver {
    kind: Kind,
    region: RegionName,
    providers: Vec<String>,
    metrics: ThirdPartyMetrics,
}

impl EndpointObserver {
    /// For the providers of one kind; their breakers are closed.
    pub(super) fn new(kind: Kind, region: RegionName, providers: Vec<String>, metrics: ThirdPartyMetrics) -> Self {
        for provider in &providers {
            let labels = ProviderLabels { kind: kind.name(), provider: provider.clone() };
            metrics.breakers.get_or_create(&labels).set(0);
        }
        Self { kind, region, providers, metrics }
    }
}

impl Observer for EndpointObserver {
    fn called(&self, endpoint: usize, outcome: &'static str) {
        let provider = self.providers[endpoint].clone();
        self.metrics.calls.get_or_create(&CallLabels { kind: self.kind.name(), provider, outcome }).inc();
    }

    fn retried(&self) {
        self.metrics.retries.get_or_create(&KindLabels { kind: self.kind.name() }).inc();
    }

    fn breaker_changed(&self, endpoint: usize, state: BreakerState) {
        let (kind, provider, name) = (self.kind.name(), self.providers[endpoint].clone(), state.name());
        let number = match state {
            BreakerState::Closed => 0,
            BreakerState::HalfOpen => 1,
            BreakerState::Open => 2,
        };
        self.metrics.breakers.get_or_create(&ProviderLabels { kind, provider: provider.clone() }).set(number);
        self.metrics.breaker_changes.get_or_create(&ChangeLabels { provider: provider.clone(), state: name }).inc();
        tracing::warn!(kind, provider, state = name, "a circuit breaker changed");
        let region = self.region.to_string();
        events::emit(&Event::Breaker { region, provider, state: name, time_unix_us: unix_micros() });
    }
}
