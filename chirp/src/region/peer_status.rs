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
    /// Whether everything that it held when it was first asked (of anybody's log) has been fetched.
    compared: bool,
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
        Self(Mutex::new(State {
            cursor,
            target: None,
            head: 0,
            heard,
            heartbeat: None,
            failure: None,
            compared: false,
        }))
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

    /// A part of its log came by way of another region.
    pub(super) fn advance(&self, applied: &Applied) {
        let mut state = self.state();
        if state.cursor.log == applied.cursor.log && state.cursor.seq < applied.cursor.seq {
            state.cursor = applied.cursor.clone();
            if let Some(written_ms) = applied.heartbeat_ms {
                state.heartbeat = Some(Heartbeat { written_ms, applied: Instant::now() });
            }
        }
    }

    /// Its state has been taken in, up to here.
    pub(super) fn adopt(&self, cursor: Cursor) {
        self.state().cursor = cursor;
    }

    /// It has not been silent but kept waiting.
    pub(super) fn touch(&self) {
        self.state().heard = Instant::now();
    }

    /// Its current log ended here when it was asked for it: a start waits for that much. What carries the log
    /// may itself be behind.
    pub(super) fn expect(&self, log: &str, seq: u64) {
        let mut state = self.state();
        if state.compared {
            return;
        }
        match &mut state.target {
            Some(target) if target.log == log => target.seq = target.seq.max(seq),
            target => *target = Some(Cursor { log: log.to_owned(), seq }),
        }
    }

    /// Everything that it held when it was asked has been fetched.
    pub(super) fn record_compared(&self) {
        self.state().compared = true;
    }

    /// An attempt failed; answers whether it is the first one in a row that failed for this reason.
    pub(super) fn record_failure(&self, reason: String) -> bool {
        let mut state = self.state();
        let new = state.failure.as_ref() != Some(&reason);
        state.failure = Some(reason);
        new
    }

    /// Whether a start need not wait for this peer: its log is applied as far as it was when first heard
    /// of, and so is what it held of others; or it has been silent for longer than `patience`.
    pub(super) fn is_settled(&self, patience: Duration) -> bool {
        let state = self.state();
        let target = state.target.as_ref();
        let reached = target.is_some_and(|target| target.log == state.cursor.log && state.cursor.seq >= target.seq);
        (reached && state.compared) || state.heard.elapsed() >= patience
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
mod tests;
