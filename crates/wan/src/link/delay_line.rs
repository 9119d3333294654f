//! The delay line: when bytes that enter a way come out of it. Pure; time comes in as a value.
//!
//! ```text
//!   push ──▶ rounds (slow start) ──▶ own access ──▶ ┐
//!        └─▶ the link's shared bandwidth ─────────▶ ┴ the later of the two, + delay + jitter + noise, in order ──▶ release
//! ```
//!
//! The two bandwidths run side by side and the later one counts: a chunk that waits for the user's own access must not
//! block the shared line for others while it waits, and what leaves is below both limits in any interval.
//!
//! In order means: no release is earlier than one handed out before. A delay that shrinks while bytes are on the way lets
//! them arrive close together, never crossed.
//!
//! A way in a black hole takes bytes and gives [`LinkTime::NEVER`]; the holder pushes them again once the hole is gone.

use super::{State, Way, bottleneck, bottleneck::Bottleneck, drift::Drift, rounds::Rounds, time::LinkTime};
use std::time::Duration;
use units::Bandwidth;

/// What bytes meet on one way at the moment they enter it.
#[derive(Debug, Clone, Copy)]
pub struct Road<'a> {
    /// The way itself.
    pub way: &'a Way,
    /// The line that all streams of the way share.
    pub shared: &'a Bottleneck,
    /// The link's slow jitter.
    pub drift: Drift,
    /// The link's round trip, for slow start.
    pub round_trip: Duration,
    /// The stream's own access in this direction.
    pub access: Option<Bandwidth>,
    /// Most bytes of the stream per round trip.
    pub window: u32,
}

/// Bytes that come out together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Passage {
    /// How many of the pushed bytes this is about, from the front.
    pub bytes: usize,
    /// When they come out.
    pub release: LinkTime,
}

/// One stream's delay line in one direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DelayLine {
    last_release: LinkTime,
    access_busy_until: LinkTime,
    rounds: Rounds,
}

impl DelayLine {
    /// Bytes enter the way at `now`. Says when the first of them come out, and how many; the caller pushes the rest again.
    /// No bytes (an end of stream) pass without waiting for bandwidth or a window, but in order.
    pub fn push(&mut self, now: LinkTime, bytes: usize, road: &Road<'_>) -> Passage {
        self.push_from(now, now, bytes, road)
    }

    /// As [`Self::push`], for bytes that are sent no earlier than `start`: a retransmission that is still to come.
    pub fn push_from(&mut self, now: LinkTime, start: LinkTime, bytes: usize, road: &Road<'_>) -> Passage {
        if road.way.state != State::Up {
            return Passage { bytes, release: LinkTime::NEVER };
        }
        let start = start.max(now);
        let (bytes, sent) = match bytes {
            0 => (0, start),
            _ => self.rounds.admit(start, bytes, road.round_trip, road.window),
        };
        let through_access = self.through_access(sent, bytes, road.access);
        let through_link = match road.way.bandwidth {
            Some(bandwidth) if bytes > 0 => road.shared.reserve(now, bytes, bandwidth),
            _ => now,
        };
        let left = through_access.max(through_link);
        let release = left.plus(road.way.delay_at(now, road.drift)).max(self.last_release);
        self.last_release = release;
        Passage { bytes, release }
    }

    /// The sender's retransmission timer has fired: its window starts anew.
    pub fn restart(&mut self) {
        self.rounds.restart();
    }

    fn through_access(&mut self, sent: LinkTime, bytes: usize, access: Option<Bandwidth>) -> LinkTime {
        match access {
            Some(bandwidth) if bytes > 0 => {
                self.access_busy_until = bottleneck::departure(self.access_busy_until, sent, bytes, bandwidth);
                self.access_busy_until
            }
            _ => sent,
        }
    }
}

impl Way {
    /// The delay of a message that enters at `now`: at least [`Way::delay`].
    #[must_use]
    pub fn delay_at(&self, now: LinkTime, drift: Drift) -> Duration {
        let mut delay = self.delay;
        if !self.jitter.is_zero() {
            delay += self.jitter.mul_f64(drift.at(now));
        }
        if !self.noise.is_zero() {
            delay += self.noise.mul_f64(drift.noise_at(now));
        }
        delay
    }
}
