//! Shared bandwidth: one queue that sends at a fixed rate.
//!
//! ```text
//!   arrivals ──▶ [ busy until t ] ──▶ leaves at max(now, t) + bytes / rate
//! ```
//!
//! The whole state is the instant until which the line is busy, so all streams of a link on all threads share it through
//! one atomic word. There is no burst allowance: over any interval no more than `rate × interval` leaves. There is no queue
//! limit either: a real router would drop, and TCP would slow down; here the streams' own limit on held bytes is the
//! window that bounds the queue, so a thin link shows as delay (a deep buffer), never as loss.
//!
//! Fairness is that of the arrivals: chunk by chunk in order of time, as in a router with one queue.

use super::time::LinkTime;
use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};
use units::Bandwidth;

/// A line that sends one thing after the other.
#[derive(Debug, Default)]
pub struct Bottleneck {
    busy_until: AtomicU64,
}

impl Bottleneck {
    /// Puts bytes behind all that arrived before; says when the last of them has left.
    pub fn reserve(&self, now: LinkTime, bytes: usize, bandwidth: Bandwidth) -> LinkTime {
        let finish = |busy: u64| departure(LinkTime::from_nanos(busy), now, bytes, bandwidth);
        let before = self
            .busy_until
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |busy| Some(finish(busy).as_nanos()))
            .unwrap_or_else(|unchanged| unchanged);
        finish(before)
    }
}

/// When bytes that arrive at `now` have left a line that is busy until `busy`.
pub(super) fn departure(busy: LinkTime, now: LinkTime, bytes: usize, bandwidth: Bandwidth) -> LinkTime {
    busy.max(now).plus(transmission(bytes, bandwidth))
}

/// How long a line of that bandwidth takes to send so many bytes, rounded up.
fn transmission(bytes: usize, bandwidth: Bandwidth) -> Duration {
    let bit_nanos = (bytes as u128).saturating_mul(8_000_000_000);
    let nanos = bit_nanos.div_ceil(u128::from(bandwidth.bits_per_second()));
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}
