//! Asking a peer again and again: what all that read from peers have in common.
//!
//! ```text
//!   loop:  while replication is stopped: nothing
//!          work, which says how long to wait before the next time
//! ```

use std::fmt::Display;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use super::Region;
use super::backoff::Backoff;
use crate::condition::Condition;
use crate::entry::LogBatch;
use crate::names::RegionName;
use crate::store::Applied;

/// Does `work` until the region stops, each time after the wait that the last time answered. Work under way is
/// dropped when replication is stopped, and is done anew when it may go on.
pub(super) async fn again_and_again<W>(region: &Region, work: impl Fn() -> W)
where
    W: Future<Output = Duration>,
{
    let working = async {
        loop {
            let wait = tokio::select! {
                () = region.conditions.wait_until(Condition::ReplicationStopped, true) => {
                    region.conditions.wait_until(Condition::ReplicationStopped, false).await;
                    continue;
                }
                wait = work() => wait,
            };
            tokio::time::sleep(wait).await;
        }
    };
    tokio::select! {
        () = region.stop.requested() => {}
        () = working => {}
    }
}

/// A batch of a peer's log has been applied: what is to be known of that. Answers whether the peer had been failing.
pub(super) fn note_applied(region: &Region, peer: &RegionName, batch: &LogBatch, applied: &Applied) -> bool {
    if applied.ahead > 0 {
        let entries = applied.ahead;
        tracing::warn!(%peer, entries, "stamps of a peer are too far ahead of our clock; applied, but our clock does not follow");
    }
    region.metrics.count_applied(peer, applied);
    region.peers[peer].record_batch(batch, applied)
}

/// How often in a row something failed, and how long to wait after it.
pub(super) struct Tries {
    backoff: Backoff,
    failed: AtomicU32,
}

impl Tries {
    /// Of reading `peer` in `region`; none has failed.
    pub(super) fn new(region: &Region, peer: &RegionName) -> Self {
        let times = &region.replication;
        let backoff = Backoff::new(times.retry_min, times.retry_max, &region.name, peer);
        Self { backoff, failed: AtomicU32::new(0) }
    }

    /// One went well.
    pub(super) fn succeeded(&self) {
        self.failed.store(0, Ordering::Relaxed);
    }

    /// One more has failed; answers how long to wait.
    pub(super) fn failed(&self) -> Duration {
        let failed = self.failed.load(Ordering::Relaxed).saturating_add(1);
        self.failed.store(failed, Ordering::Relaxed);
        self.backoff.wait(failed)
    }
}

/// Who reads a peer's log, by whatever carries it.
pub(super) struct Reader<'a> {
    /// What is read, for people: a log, or a stream.
    what: &'static str,
    region: &'a Region,
    peer: &'a RegionName,
    /// Where the peer is reached.
    address: SocketAddr,
    tries: Tries,
}

impl<'a> Reader<'a> {
    /// Nothing is read yet.
    pub(super) fn new(what: &'static str, region: &'a Region, peer: &'a RegionName, address: SocketAddr) -> Self {
        Self { what, region, peer, address, tries: Tries::new(region, peer) }
    }

    /// Reads until the region stops. `read` reads over one connection until something fails, and answers what;
    /// it is given where to tell of success.
    pub(super) async fn run<E, R>(&'a self, read: impl Fn(&'a Tries) -> R)
    where
        E: Display,
        R: Future<Output = E>,
    {
        again_and_again(self.region, || {
            let reading = Box::pin(read(&self.tries));
            async move { self.failed(&reading.await) }
        })
        .await;
    }

    /// Tells of a failure; answers how long to wait.
    fn failed(&self, error: &impl Display) -> Duration {
        let Self { what, region, peer, address, tries } = self;
        let wait = tries.failed();
        region.metrics.count_pull_failure(peer);
        if region.peers[*peer].record_failure(error.to_string()) {
            tracing::warn!(%peer, %address, %error, "cannot read the {what} of a peer; trying again");
        } else {
            tracing::debug!(%peer, %address, %error, ?wait, "still cannot read the {what} of a peer");
        }
        wait
    }
}
