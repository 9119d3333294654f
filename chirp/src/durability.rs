//! How durable a write is when it is answered: here, in one other region, or in a majority.
//!
//! ```text
//! client ── write ──▶ region                        peer
//!                     transaction, fsync: number N
//!                        ─── N (the peer's open poll) ──▶ transaction, fsync
//!                        ◀── GET /peer/log?after=N ────── its next poll *is* the acknowledgement
//!        ◀── 201 ─────  enough peers have asked for what comes after N or later
//! ```
//!
//! **Why the next poll is a durable acknowledgement.** A peer moves its cursor in the transaction that
//! applies the entries, and only asks on after that transaction's fsync. So whoever asks for what comes
//! after N has everything up to N on disk, and nothing more needs to be sent: no message, no state at the
//! peer, nothing that could be lost. A peer with another log id in its request, or a number beyond our
//! end, speaks of another log and acknowledges nothing. Losing the poll costs time and no truth: the next
//! one says the same or more.
//!
//! **What it buys.** An acknowledged write with `remote` survives the loss of this region's disk, with
//! `quorum` that of any minority of regions, for whoever reads a majority afterwards (a new writer does,
//! see `region::copies::sync_from`) meets one that has it.
//!
//! **What it costs.** One round trip to the nearest (`remote`) or to the middle (`quorum`) region, and its
//! fsync, in each write. Under load up to about one more: while a peer applies one part, the next entry
//! waits for its next poll. No request is added: the polls are there anyway. Throughput stays, because all
//! writes that wait are acknowledged by the same poll.
//!
//! **What it does not do.** It does not undo: a write that was not acknowledged in time is in the log here
//! and goes on to the peers; its outcome is unknown to the client, and the answer says so. And it does not
//! hide: readers of this region see a write from its fsync on, before it is acknowledged. A command that
//! changes nothing (the same profile again, an unfollow of nobody) waits for our log, and not for the log
//! that its state came from; only with four regions or more can that be less than a majority. A post that
//! is asked for again with its key is told again, so for it there is no such exception.
//!
//! **Leases.** With one writer at a time an acknowledgement must not count if its peer has promised itself
//! to a newer writer: that one may have read the peer's log before our entry was there. So each poll
//! carries a *claim* (what the peer has promised, as it was when its cursor already held N), and a
//! [`ClaimCheck`] of the writer judges it. Without leases every claim is empty and counts.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::histogram::Histogram;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::names::RegionName;

/// The choice of `durability` in the configuration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Durability {
    /// On disk here.
    #[default]
    Local,
    /// And in one other region.
    Remote,
    /// And in so many others that it is a majority of all regions.
    Quorum,
}

impl Durability {
    /// Every choice.
    pub(crate) const ALL: [Self; 3] = [Self::Local, Self::Remote, Self::Quorum];

    /// The word in the configuration.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Remote => "remote",
            Self::Quorum => "quorum",
        }
    }

    /// How many other regions must have a write, of a deployment of `regions`.
    pub(crate) fn others(self, regions: usize) -> usize {
        match self {
            Self::Local => 0,
            Self::Remote => 1,
            Self::Quorum => regions / 2,
        }
    }
}

impl fmt::Display for Durability {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// Says and judges what a region has promised, beside how far its log is. See the module.
pub(crate) trait ClaimCheck: fmt::Debug + Send + Sync {
    /// What this region says with each poll of `peer`'s log. Taken after the cursor that the poll names
    /// was durable. Only letters, digits and `-_.~,:`, for it travels in a URL.
    fn claim(&self, peer: &RegionName) -> String;

    /// Whether an acknowledgement that came with this claim counts.
    fn counts(&self, peer: &RegionName, claim: &str) -> bool;
}

/// Without leases: nothing is promised, everything counts.
#[cfg(test)]
#[derive(Debug)]
pub(crate) struct NoClaims;

#[cfg(test)]
impl ClaimCheck for NoClaims {
    fn claim(&self, _: &RegionName) -> String {
        String::new()
    }

    fn counts(&self, _: &RegionName, _: &str) -> bool {
        true
    }
}

/// What the waiting counts.
#[derive(Clone, Debug)]
pub(crate) struct AcknowledgementMetrics {
    /// Seconds from the local fsync to the last acknowledgement that was needed.
    pub(crate) seconds: Histogram,
    /// Writes that were not acknowledged in time.
    pub(crate) missed: Counter,
    /// Polls whose claim did not count.
    pub(crate) refused: Counter,
}

/// A write is on disk here, but not in enough other regions yet.
#[derive(Debug, thiserror::Error)]
#[error("on disk here, but {acknowledged} of {needed} other regions have confirmed it")]
pub(crate) struct Unacknowledged {
    /// How many have it.
    pub(crate) acknowledged: usize,
    /// How many must.
    pub(crate) needed: usize,
}

/// How far each peer is known to have our log on disk.
#[derive(Debug)]
pub(crate) struct Acknowledgements {
    needed: usize,
    check: Arc<dyn ClaimCheck>,
    metrics: AcknowledgementMetrics,
    /// By peer, the greatest number that it has confirmed and that counted.
    peers: watch::Sender<BTreeMap<RegionName, u64>>,
}

impl Acknowledgements {
    /// Nobody has confirmed anything. `needed` others must, for a write to be answered.
    pub(crate) fn new(needed: usize, check: Arc<dyn ClaimCheck>, metrics: AcknowledgementMetrics) -> Self {
        Self { needed, check, metrics, peers: watch::Sender::new(BTreeMap::new()) }
    }

    /// What to say with the next poll of `peer`'s log.
    pub(crate) fn claim(&self, peer: &RegionName) -> String {
        self.check.claim(peer)
    }

    /// A peer has asked for what comes after `seq` of our current log.
    pub(crate) fn record(&self, peer: &RegionName, seq: u64, claim: &str) {
        if !self.check.counts(peer, claim) {
            self.metrics.refused.inc();
            return;
        }
        self.peers.send_if_modified(|peers| {
            let known = peers.entry(peer.clone()).or_default();
            let more = *known < seq;
            *known = seq.max(*known);
            more
        });
    }

    /// How far each peer has confirmed our log, for the metrics.
    pub(crate) fn confirmed(&self) -> BTreeMap<RegionName, u64> {
        self.peers.borrow().clone()
    }

    /// Waits until enough peers have everything up to `seq` on disk, for at most `patience`.
    pub(crate) async fn wait(&self, seq: u64, patience: Duration) -> Result<(), Unacknowledged> {
        if self.needed == 0 {
            return Ok(());
        }
        let began = Instant::now();
        let count = |peers: &BTreeMap<RegionName, u64>| peers.values().filter(|confirmed| **confirmed >= seq).count();
        let mut peers = self.peers.subscribe();
        let waited = tokio::time::timeout(patience, peers.wait_for(|peers| count(peers) >= self.needed)).await;
        if waited.is_ok_and(|confirmed| confirmed.is_ok()) {
            self.metrics.seconds.observe(began.elapsed().as_secs_f64());
            return Ok(());
        }
        self.metrics.missed.inc();
        Err(Unacknowledged { acknowledged: count(&self.peers.borrow()), needed: self.needed })
    }
}

#[cfg(test)]
mod tests;
