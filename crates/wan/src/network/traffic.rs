//! What has passed over a link, so that a fault's effect can be proven and not only claimed.
//!
//! Counters are spread over a few cells, one per thread as far as they go, so that cores that share a link don't share a
//! cache line on the hot path. A sum is not a snapshot of one instant: each counter is exact, and two of them may be a
//! message apart.

use std::{
    cell::Cell,
    sync::atomic::{AtomicU64, AtomicUsize, Ordering},
};

const CELLS: usize = 8;

/// What has passed over a link since it was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Traffic {
    /// From the opening to the accepting side.
    pub forward: WayTraffic,
    /// Back.
    pub backward: WayTraffic,
    /// Connections that were opened.
    pub connected: u64,
    /// Connections that the link refused.
    pub refused: u64,
    /// Streams that the link reset.
    pub reset: u64,
    /// Connections that timed out in a black hole, opening or open.
    pub timed_out: u64,
}

/// What has passed one way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WayTraffic {
    /// Bytes that came out of the link.
    pub bytes: u64,
    /// Messages that came out of the link: writes or reads as the sockets gave them, parts of long ones counted apart.
    pub messages: u64,
    /// Bytes that met a black hole. They count as passed too once it is gone and they came out.
    pub held_bytes: u64,
}

/// A counter's place. The numbers are positions in a cell.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Counter {
    ForwardBytes,
    ForwardMessages,
    ForwardHeld,
    BackwardBytes,
    BackwardMessages,
    BackwardHeld,
    Connected,
    Refused,
    Reset,
    TimedOut,
}

#[derive(Debug, Default)]
pub(crate) struct TrafficCells([TrafficCell; CELLS]);

/// A line pair of its own, since processors fetch lines in pairs.
#[derive(Debug, Default)]
#[repr(align(128))]
struct TrafficCell([AtomicU64; 10]);

impl TrafficCells {
    pub(crate) fn add(&self, counter: Counter, amount: u64) {
        self.0[cell_of_thread()].0[counter as usize].fetch_add(amount, Ordering::Relaxed);
    }

    pub(crate) fn sum(&self) -> Traffic {
        let total = |counter: Counter| self.0.iter().map(|cell| cell.0[counter as usize].load(Ordering::Relaxed)).sum();
        Traffic {
            forward: WayTraffic {
                bytes: total(Counter::ForwardBytes),
                messages: total(Counter::ForwardMessages),
                held_bytes: total(Counter::ForwardHeld),
            },
            backward: WayTraffic {
                bytes: total(Counter::BackwardBytes),
                messages: total(Counter::BackwardMessages),
                held_bytes: total(Counter::BackwardHeld),
            },
            connected: total(Counter::Connected),
            refused: total(Counter::Refused),
            reset: total(Counter::Reset),
            timed_out: total(Counter::TimedOut),
        }
    }
}

fn cell_of_thread() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static CELL: Cell<usize> = Cell::new(NEXT.fetch_add(1, Ordering::Relaxed) % CELLS);
    }
    CELL.with(Cell::get)
}
