//! What faults do to a link, so that several at once compose and each can be taken away again.
//!
//! A link as it behaves is its base plus all overlays: delays and jitters add, losses follow each other, and the strongest state,
//! the thinnest bandwidth and the smallest of each other limit win. Each of these is commutative and associative, so neither the order of injection nor that of healing matters,
//! and healing is removing an overlay, never remembering an old value.

use super::{Hits, Link, Loss, Slice, State, Way};
use plan::resolved::Direction;
use std::time::Duration;
use units::Bandwidth;

/// What one fault does to a link.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Overlay {
    /// On the forward way.
    pub forward: WayOverlay,
    /// On the backward way.
    pub backward: WayOverlay,
    /// Added to what opening a connection takes.
    pub connect_delay: Duration,
    /// Which connections it is about.
    pub hits: Hits,
    /// Those of them that are open when it comes are reset then.
    pub cuts: bool,
}

/// What one fault does to one way.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct WayOverlay {
    /// Added to the delay.
    pub delay: Duration,
    /// Added to the jitter.
    pub jitter: Duration,
    /// The bandwidth is at most this. `None`: no further limit.
    pub bandwidth: Option<Bandwidth>,
    /// The state is at least this.
    pub state: State,
    /// These losses too.
    pub loss: Option<Loss>,
    /// Packets larger than this vanish. `None`: no further limit.
    pub mtu: Option<u32>,
    /// Bytes come out in such pieces. `None`: no further limit.
    pub slice: Option<Slice>,
    /// Added to what the end of a stream waits for.
    pub close_delay: Duration,
    /// A stream is reset after so many bytes. `None`: no further limit.
    pub limit: Option<u64>,
}

impl Overlay {
    /// Bytes in that direction meet that state.
    #[must_use]
    pub fn state(direction: Direction, state: State) -> Self {
        let way = WayOverlay { state, ..WayOverlay::default() };
        let (forward, backward) = match direction {
            Direction::Both => (way, way),
            Direction::Forward => (way, WayOverlay::default()),
            Direction::Backward => (WayOverlay::default(), way),
        };
        Self { forward, backward, ..Self::default() }
    }

    /// The same on each way.
    #[must_use]
    pub fn both(way: WayOverlay) -> Self {
        Self { forward: way, backward: way, ..Self::default() }
    }

    /// Each round trip is that much longer, half per way, and its jitter that much larger.
    #[must_use]
    pub fn delay(round_trip: Duration, jitter: Duration) -> Self {
        let way = WayOverlay { delay: round_trip / 2, jitter: jitter / 2, ..WayOverlay::default() };
        Self::both(way)
    }

    /// Each way is at most that wide.
    #[must_use]
    pub fn bandwidth(bandwidth: Bandwidth) -> Self {
        let way = WayOverlay { bandwidth: Some(bandwidth), ..WayOverlay::default() };
        Self::both(way)
    }

    /// A part of it: what adds is a part of what it was, a limit is as much wider. States are there or not, whatever the part.
    #[must_use]
    pub fn scaled(self, part: f64) -> Self {
        if part >= 1.0 {
            return self;
        }
        Self {
            forward: self.forward.scaled(part),
            backward: self.backward.scaled(part),
            connect_delay: self.connect_delay.mul_f64(part.max(0.0)),
            ..self
        }
    }

    /// The same seen from the other side: what was forward is backward.
    #[must_use]
    pub fn reversed(self) -> Self {
        Self { forward: self.backward, backward: self.forward, ..self }
    }

    /// The link with this laid over it.
    #[must_use]
    pub fn over(&self, link: Link) -> Link {
        Link {
            forward: self.forward.over(link.forward),
            backward: self.backward.over(link.backward),
            connect_delay: link.connect_delay.saturating_add(self.connect_delay),
        }
    }

    /// Some connections meet it and others don't.
    #[must_use]
    pub fn is_selective(&self) -> bool {
        self.hits != Hits::ALL
    }

    /// Connections that are open when it comes are reset, if it is about them.
    #[must_use]
    pub fn resets(&self) -> bool {
        self.cuts || self.forward.state == State::Reject || self.backward.state == State::Reject
    }
}

impl WayOverlay {
    #[expect(clippy::cast_precision_loss, clippy::cast_sign_loss, reason = "a bandwidth is far below 2^53")]
    fn scaled(self, part: f64) -> Self {
        let part = part.max(f64::EPSILON);
        let wider =
            |bandwidth: Bandwidth| Bandwidth::from_bits_per_second((bandwidth.bits_per_second() as f64 / part) as u64);
        Self {
            delay: self.delay.mul_f64(part),
            jitter: self.jitter.mul_f64(part),
            bandwidth: self.bandwidth.and_then(wider),
            loss: self.loss.map(|loss| loss.scaled(part)),
            close_delay: self.close_delay.mul_f64(part),
            ..self
        }
    }

    fn over(&self, way: Way) -> Way {
        Way {
            delay: way.delay.saturating_add(self.delay),
            jitter: way.jitter.saturating_add(self.jitter),
            noise: way.noise,
            bandwidth: least(way.bandwidth, self.bandwidth),
            state: way.state.max(self.state),
            loss: both(way.loss, self.loss, Loss::and),
            mtu: least(way.mtu, self.mtu),
            slice: both(way.slice, self.slice, |one, other| Slice {
                bytes: one.bytes.min(other.bytes),
                pause: one.pause.max(other.pause),
            }),
            close_delay: way.close_delay.saturating_add(self.close_delay),
            limit: least(way.limit, self.limit),
        }
    }
}

/// The smaller of two limits, where nothing is no limit.
fn least<T: Ord>(one: Option<T>, other: Option<T>) -> Option<T> {
    both(one, other, T::min)
}

/// Both together, or the one that is there.
fn both<T>(one: Option<T>, other: Option<T>, and: impl FnOnce(T, T) -> T) -> Option<T> {
    match (one, other) {
        (Some(one), Some(other)) => Some(and(one, other)),
        (one, other) => one.or(other),
    }
}
