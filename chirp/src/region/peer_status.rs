//! What a region knows of a peer: how far its log is applied, and since when nothing was heard.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::entry::{Cursor, LogBatch};
use crate::store::Applied;

/// Shared by the peer's puller (which writes it), the catch-up and the metrics (which read it).
#[derive(Debug)]
pub(super) struct PeerStatus(Mutex<State>);

#[derive(Clone, Debug)]
struct State {
    cursor: Cursor,
    /// Where the peer's log ended when it was first heard of: what must be applied before serving.
    target: Option<Cursor>,
    /// The end of its log when it last answered.
    head: u64,
    /// When it last answered; before the first answer, when this process began.
    heard: Instant,
    heartbeat: Option<Heartbeat>,
    failure: Option<String>,
}

#[derive(Clone, Copy, Debug)]
struct Heartbeat {
    /// When the peer wrote it, by its own wall clock, in milliseconds since 1970.
    written_ms: u64,
    /// When it was applied here.
    applied: Instant,
}

/// A peer in numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct PeerNumbers {
    /// Its log is applied up to here.
    pub(super) applied_seq: u64,
    /// Its log ended here when it last answered.
    pub(super) head_seq: u64,
    /// Our wall clock minus the peer's wall clock in its newest heartbeat. Contains the difference of
    /// the clocks.
    pub(super) lag: Option<f64>,
    /// Since when no heartbeat was applied, by our clock alone.
    pub(super) heartbeat_age: Option<f64>,
    /// Whether the last attempt to reach it succeeded.
    pub(super) reachable: bool,
}

impl PeerStatus {
    /// A peer that has not been heard of since the process began.
    pub(super) fn new(cursor: Cursor) -> Self {
        let heard = Instant::now();
        Self(Mutex::new(State { cursor, target: None, head: 0, heard, heartbeat: None, failure: None }))
    }

    /// How far its log is applied.
    pub(super) fn cursor(&self) -> Cursor {
        self.state().cursor.clone()
    }

    /// Whether the peer has answered since the process began.
    pub(super) fn has_answered(&self) -> bool {
        self.state().target.is_some()
    }

    /// A batch has been applied; answers whether the peer had been failing.
    pub(super) fn record_batch(&self, batch: &LogBatch, applied: &Applied) -> bool {
        let mut state = self.state();
        state.cursor = applied.cursor.clone();
        state.head = batch.head;
        state.heard = Instant::now();
        if state.target.as_ref().is_none_or(|target| target.log != batch.log) {
            state.target = Some(Cursor { log: batch.log.clone(), seq: batch.head });
        }
        if let Some(written_ms) = applied.heartbeat_ms {
            state.heartbeat = Some(Heartbeat { written_ms, applied: Instant::now() });
        }
        state.failure.take().is_some()
    }

    /// An attempt failed; answers whether it is the first one in a row that failed for this reason.
    pub(super) fn record_failure(&self, reason: String) -> bool {
        let mut state = self.state();
        let new = state.failure.as_ref() != Some(&reason);
        state.failure = Some(reason);
        new
    }

    /// Whether a start need not wait for this peer: it is applied as far as it was when first heard of,
    /// or it has been silent for longer than `patience`.
    pub(super) fn is_settled(&self, patience: Duration) -> bool {
        let state = self.state();
        let target = state.target.as_ref();
        let reached = target.is_some_and(|target| target.log == state.cursor.log && state.cursor.seq >= target.seq);
        reached || state.heard.elapsed() >= patience
    }

    /// The peer in numbers; `now_ms` is our wall clock.
    pub(super) fn numbers(&self, now_ms: u64) -> PeerNumbers {
        let state = self.state();
        let lag = |heartbeat: Heartbeat| (now_ms as f64 - heartbeat.written_ms as f64) / 1000.0;
        PeerNumbers {
            applied_seq: state.cursor.seq,
            head_seq: state.head,
            lag: state.heartbeat.map(lag),
            heartbeat_age: state.heartbeat.map(|heartbeat| heartbeat.applied.elapsed().as_secs_f64()),
            reachable: state.target.is_some() && state.failure.is_none(),
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may panic")]

    use super::*;
    use crate::names::RegionName;

    const PATIENCE: Duration = Duration::from_secs(3);

    fn cursor(log: &str, seq: u64) -> Cursor {
        Cursor { log: log.into(), seq }
    }

    /// A batch up to `to` of a log that ends at `head`, applied.
    fn record(peer: &PeerStatus, log: &str, to: u64, head: u64, heartbeat_ms: Option<u64>) -> bool {
        let region = RegionName::parse("us").unwrap();
        let batch = LogBatch { region, log: log.into(), from: 0, to, head, entries: Vec::new() };
        peer.record_batch(&batch, &Applied { heartbeat_ms, cursor: cursor(log, to), ..Applied::default() })
    }

    #[tokio::test(start_paused = true)]
    async fn a_start_waits_for_what_the_peer_had_when_it_was_first_heard_of() {
        let peer = PeerStatus::new(cursor("a", 5));
        assert!(!peer.is_settled(PATIENCE), "not heard of yet");
        record(&peer, "a", 7, 10, None);
        assert!(!peer.is_settled(PATIENCE), "7 of 10");
        record(&peer, "a", 9, 20, None);
        assert!(!peer.is_settled(PATIENCE), "9 of 10");
        record(&peer, "a", 10, 30, None);
        assert!(peer.is_settled(PATIENCE), "what came later is not waited for");
    }

    #[tokio::test(start_paused = true)]
    async fn a_silent_peer_is_waited_for_only_so_long() {
        let peer = PeerStatus::new(cursor("a", 5));
        tokio::time::advance(PATIENCE - Duration::from_millis(1)).await;
        assert!(!peer.is_settled(PATIENCE));
        tokio::time::advance(Duration::from_millis(1)).await;
        assert!(peer.is_settled(PATIENCE));
        let slow = PeerStatus::new(cursor("a", 5));
        for to in 6..10 {
            tokio::time::advance(Duration::from_secs(2)).await;
            record(&slow, "a", to, 10, None);
            assert!(!slow.is_settled(PATIENCE), "it answers, so it is waited for");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_new_log_is_a_new_target() {
        let peer = PeerStatus::new(cursor("a", 50));
        record(&peer, "a", 50, 60, None);
        record(&peer, "b", 1, 3, None);
        assert!(!peer.is_settled(PATIENCE));
        record(&peer, "b", 3, 3, None);
        assert!(peer.is_settled(PATIENCE));
    }

    #[tokio::test(start_paused = true)]
    async fn a_failure_is_told_once_per_reason_and_forgotten_with_the_next_answer() {
        let peer = PeerStatus::new(Cursor::default());
        assert!(peer.record_failure("refused".into()));
        assert!(!peer.record_failure("refused".into()));
        assert!(peer.record_failure("timeout".into()));
        assert!(!peer.numbers(0).reachable);
        assert!(record(&peer, "a", 1, 1, None), "it had been failing");
        assert!(peer.numbers(0).reachable);
        assert!(!record(&peer, "a", 2, 2, None));
        assert!(peer.record_failure("refused".into()));
    }

    #[tokio::test(start_paused = true)]
    async fn lag_is_unknown_without_a_heartbeat_and_grows_when_they_stop() {
        let peer = PeerStatus::new(Cursor::default());
        record(&peer, "a", 1, 4, None);
        let numbers = peer.numbers(10_000);
        assert_eq!((numbers.lag, numbers.heartbeat_age), (None, None));
        assert_eq!((numbers.applied_seq, numbers.head_seq), (1, 4));
        record(&peer, "a", 2, 4, Some(9_000));
        assert_eq!(peer.numbers(10_000).lag, Some(1.0));
        assert_eq!(peer.numbers(8_000).lag, Some(-1.0), "a clock that is ahead shows as negative lag");
        tokio::time::advance(Duration::from_secs(7)).await;
        record(&peer, "a", 3, 4, None);
        assert_eq!(peer.numbers(17_000).lag, Some(8.0));
        assert_eq!(peer.numbers(17_000).heartbeat_age, Some(7.0));
    }
}
