//! What faults do to a link, so that several at once compose and each can be taken away again.
//!
//! A link as it behaves is its base plus all overlays: delays and jitters add, the thinnest bandwidth and the strongest
//! state win. Each of these is commutative and associative, so neither the order of injection nor that of healing matters,
//! and healing is removing an overlay, never remembering an old value.

use super::{Link, State, Way};
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
        Self { forward, backward }
    }

    /// Each round trip is that much longer, half per way, and its jitter that much larger.
    #[must_use]
    pub fn delay(round_trip: Duration, jitter: Duration) -> Self {
        let way = WayOverlay { delay: round_trip / 2, jitter: jitter / 2, ..WayOverlay::default() };
        Self { forward: way, backward: way }
    }

    /// Each way is at most that wide.
    #[must_use]
    pub fn bandwidth(bandwidth: Bandwidth) -> Self {
        let way = WayOverlay { bandwidth: Some(bandwidth), ..WayOverlay::default() };
        Self { forward: way, backward: way }
    }

    /// A part of it: what adds is a part of what it was, a limit is as much wider. States are there or not, whatever the part.
    #[must_use]
    pub fn scaled(self, part: f64) -> Self {
        if part >= 1.0 {
            return self;
        }
        Self { forward: self.forward.scaled(part), backward: self.backward.scaled(part) }
    }

    /// The same seen from the other side: what was forward is backward.
    #[must_use]
    pub fn reversed(self) -> Self {
        Self { forward: self.backward, backward: self.forward }
    }

    /// The link with this laid over it.
    #[must_use]
    pub fn over(&self, link: Link) -> Link {
        Link { forward: self.forward.over(link.forward), backward: self.backward.over(link.backward) }
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
            state: self.state,
        }
    }

    fn over(&self, way: Way) -> Way {
        let bandwidth = match (way.bandwidth, self.bandwidth) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        Way {
            delay: way.delay.saturating_add(self.delay),
            jitter: way.jitter.saturating_add(self.jitter),
            noise: way.noise,
            bandwidth,
            state: way.state.max(self.state),
        }
    }
}
