//! The generator's own health: can its figures be trusted?
//!
//! ```text
//!   load threads ── counts, send lags ──▶ watcher (a thread of its own, once a second) ──▶ GeneratorSecond, GeneratorSaturated
//!                                              ▲
//!                      /proc/self: CPU per thread, descriptors, memory
//! ```
//!
//! Saturated means: the p99 of the send lags of the last seconds is over the plan's limit of trust, or a thread used nearly
//! all of its core for several seconds, or this machine could open no further connection. It says so when it begins and when
//! it is over; a verdict over such a time is inconclusive.

mod process;
mod saturation;
mod watcher;

pub(crate) use process::{descriptors, memory_available, raise_descriptors};
pub(crate) use watcher::{Watched, Watcher};

use crate::{client::ClientCounts, recorder::Totals};
use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

/// What a load thread lets others see; written a few hundred times a second, by that thread alone.
#[derive(Debug, Default)]
pub(crate) struct ThreadHealth {
    /// The kernel's number of the thread; 0: not started.
    kernel_id: AtomicU64,
    /// Microseconds, plus one, from the load's start to the thread's; 0: it has not begun.
    late: AtomicU64,
    intended: AtomicU64,
    started: AtomicU64,
    dropped: AtomicU64,
    unsent: AtomicU64,
    done: AtomicU64,
    failed: AtomicU64,
    in_flight: AtomicU64,
    users: AtomicU64,
    connections: AtomicU64,
    full_handshakes: AtomicU64,
    resumed_handshakes: AtomicU64,
    exhausted: AtomicU64,
}

/// What has happened so far, over all threads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LiveCounts {
    /// Arrivals that the plan intended until now.
    pub intended: u64,
    /// Of those: started.
    pub started: u64,
    /// Of those: dropped, since no user was free in time.
    pub dropped: u64,
    /// Of those: never started by the generator's own fault, or because the load was stopped.
    pub unsent: u64,
    /// Requests that are done.
    pub done: u64,
    /// Of those: not ok.
    pub failed: u64,
    /// Requests under way.
    pub in_flight: u64,
    /// Users that exist.
    pub users: u64,
    /// Connections that were opened.
    pub connections: u64,
    /// TLS handshakes from nothing.
    pub full_handshakes: u64,
    /// TLS handshakes that resumed a session.
    pub resumed_handshakes: u64,
    /// Connections that this machine had no descriptor, port or memory for.
    pub exhausted: u64,
}

impl ThreadHealth {
    /// To be called by the thread itself.
    pub(crate) fn begin(&self) {
        let id = rustix::thread::gettid().as_raw_nonzero().get();
        self.kernel_id.store(u64::from(id.unsigned_abs()), Ordering::Relaxed);
    }

    /// To be called by the thread itself when it begins to generate load, so late after the load's start.
    pub(crate) fn generating(&self, late: Duration) {
        self.late.store(u64::try_from(late.as_micros()).unwrap_or(u64::MAX).saturating_add(1), Ordering::Relaxed);
    }

    /// How late it began to generate load; `None`: it has not yet.
    pub(crate) fn late(&self) -> Option<Duration> {
        self.late.load(Ordering::Relaxed).checked_sub(1).map(Duration::from_micros)
    }

    pub(crate) fn publish(&self, totals: &Totals, client: &ClientCounts, in_flight: u64, users: u64) {
        let put = |cell: &AtomicU64, value: u64| cell.store(value, Ordering::Relaxed);
        put(&self.intended, totals.intended.get());
        put(&self.started, totals.started.get());
        put(&self.dropped, totals.dropped.get());
        put(&self.unsent, totals.unsent.get());
        put(&self.done, totals.done.get());
        put(&self.failed, totals.failed.get());
        put(&self.in_flight, in_flight);
        put(&self.users, users);
        put(&self.connections, client.connections.get());
        put(&self.full_handshakes, client.full_handshakes.get());
        put(&self.resumed_handshakes, client.resumed_handshakes.get());
        put(&self.exhausted, client.exhausted.get());
    }

    fn kernel_id(&self) -> Option<u64> {
        Some(self.kernel_id.load(Ordering::Relaxed)).filter(|id| *id > 0)
    }
}

impl LiveCounts {
    /// The sum over threads.
    pub(crate) fn sum<'a>(threads: impl Iterator<Item = &'a ThreadHealth>) -> Self {
        let get = |cell: &AtomicU64| cell.load(Ordering::Relaxed);
        threads.fold(Self::default(), |sum, thread| Self {
            intended: sum.intended + get(&thread.intended),
            started: sum.started + get(&thread.started),
            dropped: sum.dropped + get(&thread.dropped),
            unsent: sum.unsent + get(&thread.unsent),
            done: sum.done + get(&thread.done),
            failed: sum.failed + get(&thread.failed),
            in_flight: sum.in_flight + get(&thread.in_flight),
            users: sum.users + get(&thread.users),
            connections: sum.connections + get(&thread.connections),
            full_handshakes: sum.full_handshakes + get(&thread.full_handshakes),
            resumed_handshakes: sum.resumed_handshakes + get(&thread.resumed_handshakes),
            exhausted: sum.exhausted + get(&thread.exhausted),
        })
    }
}
