//! A link: the network between two places, as one plain value that drives both arms of the emulation.
//!
//! ```text
//!              forward: delay, jitter, noise, bandwidth, state
//!   opener  ───────────────────────────────────────────────▶  accepter
//!           ◀───────────────────────────────────────────────
//!              backward: the same, independently
//! ```
//!
//! *Forward* is the direction in which connections are opened: from a user to a region, from the first region of an
//! ordered pair to the second. A one-way cut is a link whose two ways differ in state, nothing more.
//!
//! - **Delay**: half of the measured round trip per way. Direction-dependent figures are not emulated: a round trip has one
//!   length at one moment, and the asymmetries in the sources are different routes at different hours.
//! - **Jitter** moves slowly ([`Drift`]) and is shared by both ways and all streams of a link: it is route and load, not
//!   packet noise. **Noise** is small and per message. Neither can reorder: [`DelayLine`] releases in order.
//! - **Loss** is what it costs ([`Loss`]): over a stream nothing is lost, and a report may claim no more.
//! - **Bytes** can meet a router that swallows large packets ([`Way::mtu`]), and a middlebox that hands them on in pieces
//!   ([`Way::slice`]), closes late or ends a connection after so many of them.
//! - **Bandwidth** is shared by all streams of a link, per way ([`Bottleneck`]). One user's own access is a property of the
//!   stream, see [`crate::StreamOptions`].
//!
//! This module is pure: no I/O, no async, no clock.

mod bottleneck;
mod delay_line;
mod drift;
mod hits;
mod loss;
mod overlay;
mod retransmission;
mod rounds;
mod time;

#[cfg(test)]
mod tests;

pub use bottleneck::Bottleneck;
pub use delay_line::{DelayLine, Passage, Road};
pub use drift::Drift;
pub use hits::{Connections, Hits, Stamp};
pub use loss::{Dice, Loss, LossCost};
pub use overlay::{Overlay, WayOverlay};
pub use retransmission::{
    CONNECT_ATTEMPTS_MAX, SEGMENT_ATTEMPTS_MAX, connect_attempt, gives_up, next_retransmission, retransmission_timeout,
};
pub use rounds::{INITIAL_WINDOW_BYTES, Rounds, SEGMENT_BYTES};
pub use time::LinkTime;

use plan::resolved::{Direction, Path};
use std::time::Duration;
use units::Bandwidth;

/// The part of a path's jitter that is noise from message to message; the rest of the figure is slow drift, which is how
/// the sources measured it (p90 − p50 over a year). Chosen, not measured: small enough that it moves the median of a round
/// trip by 2.5 % of the jitter.
const NOISE_PART_OF_JITTER: u32 = 20;

/// The network between two places.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Link {
    /// From the side that opens connections to the side that accepts them.
    pub forward: Way,
    /// From the accepting side back.
    pub backward: Way,
    /// What opening a connection takes besides its round trip.
    pub connect_delay: Duration,
}

/// One direction of a link.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Way {
    /// One-way delay without load.
    pub delay: Duration,
    /// How far the delay slowly moves up: zero half of the time, this or more one tenth of the time, never more than twice.
    pub jitter: Duration,
    /// Evenly distributed per message, from zero up to this.
    pub noise: Duration,
    /// Shared by all streams on this way. `None`: not limited.
    pub bandwidth: Option<Bandwidth>,
    /// Whether bytes pass.
    pub state: State,
    /// Segments that are lost.
    pub loss: Option<Loss>,
    /// Packets of more bytes than this vanish, headers included. `None`: none do.
    pub mtu: Option<u32>,
    /// Bytes come out in pieces.
    pub slice: Option<Slice>,
    /// The end of a stream comes later by this.
    pub close_delay: Duration,
    /// A stream is reset after so many bytes from now on. `None`: never.
    pub limit: Option<u64>,
}

/// Bytes come out in pieces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slice {
    /// At most so many bytes at a time; at least 1.
    pub bytes: u32,
    /// Between two pieces.
    pub pause: Duration,
}

/// Whether bytes pass on a way. Ordered by strength: of two faults on one way the greater wins, since a packet that
/// vanishes can't be answered with a reset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum State {
    /// They pass.
    #[default]
    Up,
    /// Connections open, then nothing passes; what was held comes out the moment it ends, as out of a queue.
    Stall,
    /// Connections are reset, new ones refused.
    Reject,
    /// They vanish, and are sent again by TCP until the hole is gone.
    BlackHole,
}

impl Link {
    /// No delay, no limit, everything passes.
    #[must_use]
    pub fn transparent() -> Self {
        Self::default()
    }

    /// The link of a resolved path: half of its round trip and of its jitter per way. The path's `up` and `down` are one
    /// user's own access and belong to the stream, not to the link.
    #[must_use]
    pub fn from_path(path: &Path) -> Self {
        let way = Way {
            delay: path.round_trip / 2,
            jitter: path.jitter / 2,
            noise: path.jitter / 2 / NOISE_PART_OF_JITTER,
            ..Way::default()
        };
        Self { forward: way, backward: way, ..Self::default() }
    }

    /// A link with that round trip, halved per way, without jitter.
    #[must_use]
    pub fn from_round_trip(round_trip: Duration) -> Self {
        let way = Way { delay: round_trip / 2, ..Way::default() };
        Self { forward: way, backward: way, ..Self::default() }
    }

    /// The same link with that state in that direction.
    #[must_use]
    pub fn with_state(mut self, direction: Direction, state: State) -> Self {
        if direction != Direction::Backward {
            self.forward.state = state;
        }
        if direction != Direction::Forward {
            self.backward.state = state;
        }
        self
    }

    /// The same link with that bandwidth per way.
    #[must_use]
    pub fn with_bandwidth(mut self, bandwidth: Option<Bandwidth>) -> Self {
        self.forward.bandwidth = bandwidth;
        self.backward.bandwidth = bandwidth;
        self
    }

    /// Round trip without load and without jitter.
    #[must_use]
    pub fn round_trip(&self) -> Duration {
        self.forward.delay + self.backward.delay
    }

    /// Bytes pass at once both ways.
    #[must_use]
    pub fn is_transparent(&self) -> bool {
        *self == Self::default()
    }

    /// Connections are reset and refused: one way that rejects is enough, since TCP needs both.
    #[must_use]
    pub fn rejects(&self) -> bool {
        self.forward.state == State::Reject || self.backward.state == State::Reject
    }

    /// A handshake gets through, if it isn't lost: nothing passes on a way that stalls but that.
    #[must_use]
    pub fn opens(&self) -> bool {
        self.forward.state <= State::Stall && self.backward.state <= State::Stall
    }

    /// The part of handshakes that is lost: the opener's packet, or the answer to it.
    #[must_use]
    pub fn handshake_loss(&self) -> f64 {
        let passes = |way: &Way| way.loss.map_or(1.0, |loss| 1.0 - loss.share.fraction());
        1.0 - passes(&self.forward) * passes(&self.backward)
    }
}

impl Way {
    /// Bytes pass at once.
    #[must_use]
    pub fn is_transparent(&self) -> bool {
        *self == Self::default()
    }

    /// The same way in the other state.
    #[must_use]
    pub fn with_state(self, state: State) -> Self {
        Self { state, ..self }
    }
}
