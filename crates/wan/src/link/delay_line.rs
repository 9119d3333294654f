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
//! A way in a black hole takes bytes and gives [`LinkTime::NEVER`]; the holder pushes them again once the hole is gone. So does
//! one that swallows large packets, from the first of those on: TCP sends it again and again, and everything behind it waits.

use super::{
    State, Way, bottleneck, bottleneck::Bottleneck, drift::Drift, loss::Dice, rounds::Rounds, rounds::SEGMENT_BYTES,
    time::LinkTime,
};
use std::time::Duration;
use units::{Bandwidth, Seed};

/// Headers of a packet of IPv4 and TCP with timestamps.
const HEADER_BYTES: u32 = 52;

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
    dice: Dice,
    /// A packet that is too large for the way is being sent again and again.
    stuck: bool,
}

impl DelayLine {
    /// A line with luck of its own.
    #[must_use]
    pub fn new(luck: Seed) -> Self {
        Self { dice: Dice::new(luck), ..Self::default() }
    }

    /// Bytes enter the way at `now`. Says when the first of them come out, and how many; the caller pushes the rest again.
    /// No bytes (an end of stream) pass without waiting for bandwidth or a window, but in order.
    pub fn push(&mut self, now: LinkTime, bytes: usize, road: &Road<'_>) -> Passage {
        self.push_from(now, now, bytes, road)
    }

    /// As [`Self::push`], for bytes that are sent no earlier than `start`: a retransmission that is still to come.
    pub fn push_from(&mut self, now: LinkTime, start: LinkTime, bytes: usize, road: &Road<'_>) -> Passage {
        self.stuck |= road.way.swallows(bytes);
        if road.way.state != State::Up || self.stuck {
            return Passage { bytes, release: LinkTime::NEVER };
        }
        let bytes = road.way.slice.map_or(bytes, |slice| bytes.min(slice.bytes.max(1) as usize));
        let start = start.max(now);
        let (bytes, sent) = match bytes {
            0 => (0, start),
            _ => self.rounds.admit(start, bytes, road.round_trip, road.window),
        };
        let through_access = self.through_access(sent, bytes, self.access(road));
        let through_link = match road.way.bandwidth {
            Some(bandwidth) if bytes > 0 => road.shared.reserve(now, bytes, bandwidth),
            _ => now,
        };
        let left = through_access.max(through_link);
        let behind = match road.way.slice {
            Some(slice) if bytes > 0 => self.last_release.plus(slice.pause),
            _ => self.last_release,
        };
        let extra = self.extra(bytes, road);
        let release = left.plus(road.way.delay_at(now, road.drift)).plus(extra).max(behind);
        self.last_release = release;
        Passage { bytes, release }
    }

    /// The sender's retransmission timer has fired: its window starts anew.
    pub fn restart(&mut self) {
        self.rounds.restart();
        self.stuck = false;
    }

    /// What losses cost these bytes, or the end of the stream waits for.
    fn extra(&mut self, bytes: usize, road: &Road<'_>) -> Duration {
        match (bytes, road.way.loss) {
            (0, _) => road.way.close_delay,
            (_, None) => Duration::ZERO,
            (_, Some(loss)) => {
                let cost = loss.cost(&mut self.dice, bytes, road.round_trip);
                if cost.restarts {
                    self.rounds.restart();
                }
                cost.delay
            }
        }
    }

    /// What one stream can send at most: its own access, or what loss leaves of it.
    fn access(&self, road: &Road<'_>) -> Option<Bandwidth> {
        let cap = road.way.loss.and_then(|loss| loss.rate_cap(road.round_trip));
        match (road.access, cap) {
            (Some(access), Some(cap)) => Some(access.min(cap)),
            (one, other) => one.or(other),
        }
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
    /// A write of so many bytes has a packet that is too large for the way.
    fn swallows(&self, bytes: usize) -> bool {
        let segment = u32::try_from(bytes).unwrap_or(u32::MAX).min(SEGMENT_BYTES);
        bytes > 0 && self.mtu.is_some_and(|mtu| segment + HEADER_BYTES > mtu)
    }

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
