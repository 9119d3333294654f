//! Defects on purpose: each takes one defence away, so that a verdict can be seen to fail.
//!
//! All are off unless the configuration names them, or somebody sets them on the running process for a while
//! ([`condition`](crate::condition)); each that is on is printed as an event on standard output and as a warning.
//! Each is one branch, at the place that it breaks, marked `DEFECT`.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A defence that can be taken away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Defect {
    /// Writes are acknowledged before they are on disk.
    AckBeforeDurable,
    /// A share of the replicated posts is dropped.
    DropReplication,
    /// The health check says "fine" without looking.
    ShallowHealth,
    /// Steering ignores health.
    DnsNeverMoves,
    /// Idempotency keys are ignored.
    NoIdempotency,
    /// The lag gauge stays where it was when the last entry came.
    FrozenLagGauge,
    /// Edges repeat requests without a limit.
    RetriesWithoutBudget,
    /// Edges keep sending to a region that fails.
    NoOutlierEjection,
    /// Edges keep connections to a region that they have given up.
    EdgeKeepsDeadConnections,
    /// Tombstones are dropped at once.
    ForgottenTombstones,
    /// Logs are trimmed without regard for who lacks what.
    TrimUnconfirmed,
    /// Stamps are the bare wall clock.
    WallClockStamps,
    /// Tokens are believed without proof.
    AcceptAnyToken,
    /// A writer goes on without its lease.
    NoFencing,
    /// What others wrote in between is thrown away at failback.
    FailbackOverwrites,
    /// Reads ignore what their session has seen.
    IgnoreSessionToken,
    /// Logs leave their zone.
    ResidencyLeak,
    /// A lost home goes on beside its taker.
    SplitHome,
    /// Providers that fail are asked all the same.
    NoCircuitBreaker,
    /// Calls to providers are repeated at once.
    RetriesWithoutBackoff,
    /// A post fails when a provider does.
    NoFallback,
    /// Writes do not put kept answers out of date.
    NoInvalidation,
    /// A late load is kept although a write has overtaken it.
    UnversionedCache,
    /// Everybody loads what is not kept.
    NoSingleFlight,
    /// Nothing is refused, however much waits.
    NoLoadShedding,
}

impl Defect {
    /// Every defect there is.
    pub(crate) const ALL: &[Self] = &[
        Self::AckBeforeDurable,
        Self::DropReplication,
        Self::ShallowHealth,
        Self::DnsNeverMoves,
        Self::NoIdempotency,
        Self::FrozenLagGauge,
        Self::RetriesWithoutBudget,
        Self::NoOutlierEjection,
        Self::EdgeKeepsDeadConnections,
        Self::ForgottenTombstones,
        Self::WallClockStamps,
        Self::AcceptAnyToken,
        Self::NoFencing,
        Self::FailbackOverwrites,
        Self::IgnoreSessionToken,
        Self::ResidencyLeak,
        Self::SplitHome,
        Self::NoCircuitBreaker,
        Self::RetriesWithoutBackoff,
        Self::NoFallback,
        Self::NoInvalidation,
        Self::UnversionedCache,
        Self::NoSingleFlight,
        Self::NoLoadShedding,
        Self::TrimUnconfirmed,
    ];

    /// The name in the configuration.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::AckBeforeDurable => "ack-before-durable",
            Self::DropReplication => "drop-replication",
            Self::ShallowHealth => "shallow-health",
            Self::DnsNeverMoves => "dns-never-moves",
            Self::NoIdempotency => "no-idempotency",
            Self::FrozenLagGauge => "frozen-lag-gauge",
            Self::RetriesWithoutBudget => "retries-without-budget",
            Self::NoOutlierEjection => "no-outlier-ejection",
            Self::EdgeKeepsDeadConnections => "edge-keeps-dead-connections",
            Self::ForgottenTombstones => "forgotten-tombstones",
            Self::WallClockStamps => "wall-clock-stamps",
            Self::AcceptAnyToken => "accept-any-token",
            Self::NoFencing => "no-fencing",
            Self::FailbackOverwrites => "failback-overwrites",
            Self::IgnoreSessionToken => "ignore-session-token",
            Self::ResidencyLeak => "residency-leak",
            Self::SplitHome => "split-home",
            Self::NoCircuitBreaker => "no-circuit-breaker",
            Self::RetriesWithoutBackoff => "retries-without-backoff",
            Self::NoFallback => "no-fallback",
            Self::NoInvalidation => "no-invalidation",
            Self::UnversionedCache => "unversioned-cache",
            Self::NoSingleFlight => "no-single-flight",
            Self::NoLoadShedding => "no-load-shedding",
            Self::TrimUnconfirmed => "trim-unconfirmed",
        }
    }

    /// What it breaks, for people.
    pub(crate) fn description(self) -> &'static str {
        match self {
            Self::AckBeforeDurable => {
                "acknowledges a write before it is on disk and syncs about every four seconds: \
                 kill -9 loses the acknowledged tail"
            }
            Self::DropReplication => {
                "silently drops one post in twenty when applying the log of a peer, and goes on: \
                 the regions differ for ever"
            }
            Self::ShallowHealth => {
                "/healthz answers 200 without touching the storage, also while catching up: \
                 users are sent to a region that cannot serve them"
            }
            Self::DnsNeverMoves => {
                "steering answers by preference only, whatever the health checks say: \
                 the users of a dead region stay with it"
            }
            Self::NoIdempotency => {
                "ignores the Idempotency-Key of a post: \
                 a retry after a lost answer makes a second post"
            }
            Self::FrozenLagGauge => {
                "the replication lag is shown as it was when the last entry arrived: \
                 when replication stops the gauge stays small while readers fall behind"
            }
            Self::RetriesWithoutBudget => {
                "an edge repeats whatever may be repeated, at the same region, too, however much fails: \
                 trouble multiplies the load on what is already in trouble"
            }
            Self::NoOutlierEjection => {
                "an edge does not give up a region that fails users' requests while its health checks go well: \
                 those users keep failing"
            }
            Self::AcceptAnyToken => {
                "believes what a token says without looking at its signature or its time: \
                 anybody can write as anybody"
            }
            Self::EdgeKeepsDeadConnections => {
                "an edge keeps its connections to a region that it has given up: \
                 when the region is back, requests on them wait for their time-out and fail"
            }
            Self::ForgottenTombstones => {
                "drops tombstones with the next heartbeat, whoever has not heard of the deletion: \
                 a creation or an edit that arrives late brings the deleted post back"
            }
            Self::WallClockStamps => {
                "stamps writes with the bare wall clock, not above what they replace: \
                 under clock skew a later write that was acknowledged loses to an earlier one"
            }
            Self::NoFencing => {
                "a writer that has lost its lease goes on acknowledging, and when it finds that another has won, \
                 its side is thrown away: writes of two regions at once, and one side's are lost"
            }
            Self::FailbackOverwrites => {
                "a region that waits for its partition to come back takes in nothing of what others write in the meantime: \
                 after the failback those writes are gone"
            }
            Self::IgnoreSessionToken => {
                "reads ignore x-chirp-seen: \
                 a user does not find the own write in a region that is behind"
            }
            Self::ResidencyLeak => {
                "the sender of a log ignores copies = \"zone\": \
                 what users wrote is sent to regions that may not hold it"
            }
            Self::SplitHome => {
                "a home region acknowledges writes of its users without the lease: \
                 the lost home and the region that has taken over both do"
            }
            Self::NoCircuitBreaker => {
                "asks a third party again and again that has stopped answering: \
                 every post with a link waits the whole budget, and the provider gets no rest"
            }
            Self::RetriesWithoutBackoff => {
                "repeats a failed call to a third party at once, without a wait, an end or a budget: \
                 a provider that stumbles is run over"
            }
            Self::NoFallback => {
                "fails a post whose link or media a third party could not look at, \
                 instead of taking it without: their outage is ours"
            }
            Self::NoInvalidation => {
                "caches do not hear of writes: \
                 for as long as an answer is kept, a user does not find the own write"
            }
            Self::UnversionedCache => {
                "caches keep what a load brings, also if a write has overtaken it on the way: \
                 the old answer is given as fresh after the write"
            }
            Self::NoSingleFlight => {
                "everybody who asks for what no cache has loads it: \
                 what is asked for most falls on the storage or the region all at once"
            }
            Self::NoLoadShedding => {
                "a region takes every request in, however many wait: \
                 all wait until their time is over, and the work that is done was for nobody"
            }
            Self::TrimUnconfirmed => {
                "drops entries of logs that peers still lack, and gives on what is left as if it were all: \
                 a region that was away misses those writes for ever"
            }
        }
    }
}

impl fmt::Display for Defect {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// A name that is no defect.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not a defect")]
pub(crate) struct UnknownDefect(String);

impl FromStr for Defect {
    type Err = UnknownDefect;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.iter().copied().find(|defect| defect.name() == name);
        found.ok_or_else(|| UnknownDefect(name.to_owned()))
    }
}

/// The defects that are on: those of the configuration, and those that are set live. Clones are the same.
#[derive(Clone, Debug, Default)]
pub(crate) struct Defects {
    /// A bit for each of the configuration's.
    configured: u64,
    /// A bit for each that is on.
    on: Arc<AtomicU64>,
}

impl Defects {
    /// These and no others; naming one twice is the same as once.
    pub(crate) fn new(defects: impl IntoIterator<Item = Defect>) -> Self {
        let configured = bits(defects);
        Self { configured, on: Arc::new(AtomicU64::new(configured)) }
    }

    /// Whether this one is on.
    pub(crate) fn has(&self, defect: Defect) -> bool {
        self.on.load(Ordering::Relaxed) & bit(defect) != 0
    }

    /// Those that are on, in a fixed order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Defect> {
        let on = self.on.load(Ordering::Relaxed);
        Defect::ALL.iter().copied().filter(move |defect| on & bit(*defect) != 0)
    }

    /// These are on from now on, besides those of the configuration.
    pub(crate) fn set_live(&self, defects: impl IntoIterator<Item = Defect>) {
        self.on.store(self.configured | bits(defects), Ordering::Release);
    }
}

impl PartialEq for Defects {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

fn bit(defect: Defect) -> u64 {
    1 << defect as u32
}

fn bits(defects: impl IntoIterator<Item = Defect>) -> u64 {
    defects.into_iter().fold(0, |all, defect| all | bit(defect))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may panic")]

    use super::*;

    #[test]
    fn every_defect_is_found_by_its_name_and_says_what_it_breaks() {
        for defect in Defect::ALL {
            assert_eq!(defect.name().parse::<Defect>().unwrap(), *defect);
            assert!(defect.description().len() > 40, "{defect} says too little");
        }
        assert!("no-such-thing".parse::<Defect>().is_err());
    }

    #[test]
    fn naming_one_twice_is_the_same_as_once() {
        let twice = Defects::new([Defect::ShallowHealth, Defect::ShallowHealth]);
        assert_eq!(twice.iter().count(), 1);
        assert!(twice.has(Defect::ShallowHealth) && !twice.has(Defect::NoIdempotency));
    }

    #[test]
    fn what_is_set_live_is_on_for_every_clone_and_what_is_configured_stays() {
        let configured = Defects::new([Defect::ShallowHealth]);
        let clone = configured.clone();
        configured.set_live([Defect::NoIdempotency]);
        assert_eq!(clone.iter().collect::<Vec<_>>(), [Defect::ShallowHealth, Defect::NoIdempotency]);
        configured.set_live([]);
        assert_eq!(clone.iter().collect::<Vec<_>>(), [Defect::ShallowHealth]);
    }
}
