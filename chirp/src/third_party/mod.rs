//! Third parties: somebody else's services that a post is nicer with and must not depend on.
//!
//! ```text
//!   POST /v1/posts {link, media} ──▶ attach ──▶ previews, media   (within a small budget, else without)
//!            │ the post is durable
//!            ▼
//!        pushes: a queue with a limit ──▶ workers ──▶ followers' notifications (late, or not at all)
//! ```
//!
//! The law of this module: **whatever a third party does, a post is taken, and not later than the budget
//! allows.** Slow, failing, hanging, refusing, gone: the reader sees a link without a preview, media as a
//! plain link, and followers get no notification. The measures, each in its own file: per-call time-out
//! and the caller's deadline (`dependency`), circuit breaker per endpoint (`breaker`), retries with
//! back-off under a budget, over several endpoints (`retry`), kept connections (`transport`), fallbacks
//! (`attach`), bounded queue (`pushes`). `breaker` and `retry` are pure.
//!
//! What a provider says ends up in posts, so it is cut to a length and carries no markup that anybody
//! here would act on; and Chirp never fetches a user's link itself.

mod attach;
mod breaker;
mod dependency;
mod metrics;
pub(crate) mod protocol;
mod pushes;
mod retry;
mod transport;

use tokio::time::Instant;

use crate::condition::Conditions;
use crate::config::{Config, ProviderConfig, ThirdPartyConfig};
use crate::defects::Defects;
use crate::names::RegionName;

pub(crate) use attach::{Wish, WithoutFallback};
pub(crate) use breaker::BreakerRules;
pub(crate) use dependency::CallRules;
pub(crate) use metrics::ThirdPartyMetrics;
pub(crate) use pushes::{Audience, FOLLOWERS_PER_CALL, PushJob, PushQueue, run as run_pushes};
pub(crate) use retry::RetryRules;

use dependency::Dependency;
use metrics::EndpointObserver;
use pushes::PushReceiver;
use transport::HttpTransport;

/// What a third party does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Says what a link leads to.
    Previews,
    /// Takes media over and serves it.
    Media,
    /// Brings notifications to people's devices.
    Pushes,
}

impl Kind {
    /// All there are.
    pub(crate) const ALL: [Self; 3] = [Self::Previews, Self::Media, Self::Pushes];

    /// The name in the configuration and in metrics.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Previews => "previews",
            Self::Media => "media",
            Self::Pushes => "pushes",
        }
    }

    /// Where its questions are posted.
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Previews => "/v1/previews",
            Self::Media => "/v1/media",
            Self::Pushes => "/v1/pushes",
        }
    }
}

type HttpDependency = Dependency<HttpTransport, EndpointObserver>;

/// The third parties of a region.
pub(crate) struct ThirdParties {
    previews: HttpDependency,
    media: HttpDependency,
    pushes: HttpDependency,
    config: ThirdPartyConfig,
    metrics: ThirdPartyMetrics,
    defects: Defects,
    conditions: Conditions,
}

impl ThirdParties {
    /// Those that the configuration names, as seen from `region`.
    pub(crate) fn new(
        config: &Config,
        region: &RegionName,
        metrics: &ThirdPartyMetrics,
        conditions: &Conditions,
    ) -> Self {
        let dependency = |kind| http_dependency(config, kind, region, metrics, conditions.defects());
        Self {
            previews: dependency(Kind::Previews),
            media: dependency(Kind::Media),
            pushes: dependency(Kind::Pushes),
            config: config.third_party,
            metrics: metrics.clone(),
            defects: conditions.defects().clone(),
            conditions: conditions.clone(),
        }
    }

    /// A queue for notifications; none if there is no push service.
    pub(crate) fn open_push_queue(&self) -> Option<(PushQueue, PushReceiver)> {
        let there_is_one = !self.pushes.is_empty();
        there_is_one.then(|| PushQueue::new(&self.config, &self.metrics, &self.conditions))
    }

    /// Until when a post that is worked on from now on may wait for third parties.
    fn deadline(&self, of_request: Instant) -> Instant {
        (Instant::now() + self.config.budget).min(of_request)
    }
}

fn http_dependency(
    config: &Config,
    kind: Kind,
    region: &RegionName,
    metrics: &ThirdPartyMetrics,
    defects: &Defects,
) -> HttpDependency {
    let providers: Vec<&ProviderConfig> = config.providers.iter().filter(|provider| provider.kind == kind).collect();
    let addresses: Vec<_> = providers.iter().map(|provider| provider.reached_from(region)).collect();
    let names: Vec<String> = providers.iter().map(|provider| provider.name.clone()).collect();
    let transport = HttpTransport::new(region.clone(), kind.path(), &addresses);
    let observer = EndpointObserver::new(kind, region.clone(), names.clone(), metrics.clone());
    Dependency::new(transport, observer, config.third_party.calls, &names, defects)
}
