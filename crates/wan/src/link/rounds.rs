//! Slow start and the window limit: how many bytes a stream may send per round trip.
//!
//! TCP starts with ten segments (RFC 6928) and doubles each round; a round trip later it has sent 14,480 bytes, then
//! 43,440, 101,360, 217,200, 448,880. The window stops growing at the receiver's, after which `rate × round trip = window`
//! (public data show 1.0–3.7 MB). Both are one rule here: at most `window` bytes leave per round, the window grows by what
//! was sent in the round before, and what doesn't fit leaves with the next.
//!
//! ```text
//!   round 1        round 2                round 3
//!   |14,480        |28,960                |57,920 ...
//!   |--- one RTT --|--- one RTT ----------|
//! ```
//!
//! After a pause the window halves per retransmission time-out, down to the initial one, as Linux does
//! (`tcp_slow_start_after_idle`). Loss is not modelled, so there is no congestion avoidance below the limit.

use super::{
    retransmission::retransmission_timeout,
    time::{LinkTime, nanos},
};
use std::time::Duration;

/// Payload of a segment on Ethernet with timestamps (1,500 − 20 − 32).
pub const SEGMENT_BYTES: u32 = 1_448;
/// RFC 6928: ten segments.
pub const INITIAL_WINDOW_BYTES: u32 = 10 * SEGMENT_BYTES;

/// What a stream has sent in the current round, one way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rounds {
    window: u32,
    used: u32,
    began: LinkTime,
}

impl Default for Rounds {
    fn default() -> Self {
        Self { window: INITIAL_WINDOW_BYTES, used: 0, began: LinkTime::ORIGIN }
    }
}

impl Rounds {
    /// Of `bytes` ready at `start`, how many leave with one round, and when. At least one byte, if there is one.
    ///
    /// `window_max` is at least [`INITIAL_WINDOW_BYTES`] in effect: no stream is slower than its first round.
    pub fn admit(&mut self, start: LinkTime, bytes: usize, round_trip: Duration, window_max: u32) -> (usize, LinkTime) {
        if round_trip.is_zero() {
            return (bytes, start);
        }
        let window_max = window_max.max(INITIAL_WINDOW_BYTES);
        let ends = self.began.plus(round_trip);
        if start >= ends {
            self.grow(window_max);
            self.decay(start.saturating_since(ends), round_trip);
            self.began = start;
        } else if self.used >= self.window {
            self.grow(window_max);
            self.began = ends;
        } else if self.used == 0 {
            self.began = self.began.max(start);
        }
        let room = self.window - self.used;
        let admitted = u32::try_from(bytes).unwrap_or(u32::MAX).min(room);
        self.used += admitted;
        (admitted as usize, start.max(self.began))
    }

    /// Forgets what was learnt, as TCP does when its retransmission timer fires.
    pub fn restart(&mut self) {
        *self = Self::default();
    }

    fn grow(&mut self, window_max: u32) {
        self.window = self.window.saturating_add(self.used).min(window_max);
        self.used = 0;
    }

    fn decay(&mut self, idle: Duration, round_trip: Duration) {
        let timeouts = nanos(idle) / nanos(retransmission_timeout(round_trip)).max(1);
        let halvings = u32::try_from(timeouts).unwrap_or(u32::MAX).min(31);
        self.window = (self.window >> halvings).max(INITIAL_WINDOW_BYTES.min(self.window));
    }
}
