//! Slow jitter: how far a link's delay is above its median at an instant.
//!
//! The sources give the distance from the median to the 90th percentile over a year: route and load, not packets. So the
//! term is a curve and not a die: a standard normal value every ten seconds, the curve between two of them, and of that the
//! positive part, scaled so that its 90th percentile is 1. Half of the time it is zero, which keeps the median of the round
//! trip where the plan says; it never exceeds 2.
//!
//! ```text
//!   z(s) = ((1 − e)·z₀ + e·z₁) / √((1 − e)² + e²)     e = s²(3 − 2s)     so that z(s) is standard normal at every s
//!   drift = clamp(z / 1.2816, 0, 2)
//! ```
//!
//! Ten seconds is chosen: real drift takes hours, and a run of a few minutes should see some of it. Both ways of a link and
//! all its streams share one curve. It is a function of seed and time only, so it costs no state.

use super::time::LinkTime;
use units::Seed;

const KNOT_NANOS: u64 = 10_000_000_000;
/// The standard normal distribution's 90th percentile.
const NORMAL_P90: f64 = 1.281_551_565_5;

/// A link's slow jitter, as a curve over time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drift(Seed);

impl Drift {
    /// The curve of that seed.
    #[must_use]
    pub fn new(seed: Seed) -> Self {
        Self(seed)
    }

    /// How far the delay is above its median, in units of the jitter: 0.0..=2.0.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a part of ten seconds in nanoseconds is far below 2^53")]
    pub fn at(self, now: LinkTime) -> f64 {
        let knot = now.as_nanos() / KNOT_NANOS;
        let part = (now.as_nanos() % KNOT_NANOS) as f64 / KNOT_NANOS as f64;
        let eased = part * part * (3.0 - 2.0 * part);
        let (left, right) = (self.knot(knot), self.knot(knot + 1));
        let spread = ((1.0 - eased).powi(2) + eased.powi(2)).sqrt();
        let normal = ((1.0 - eased) * left + eased * right) / spread;
        (normal / NORMAL_P90).clamp(0.0, 2.0)
    }

    /// Evenly distributed in 0.0..1.0, another for each instant.
    #[must_use]
    pub fn noise_at(self, now: LinkTime) -> f64 {
        uniform(self.0.derive_number(now.as_nanos() ^ u64::MAX).value())
    }

    /// A standard normal value: the sum of twelve even ones, whose 90th percentile is right to 1 %.
    fn knot(self, number: u64) -> f64 {
        let seed = self.0.derive_number(number);
        let sum: f64 = (0..12).map(|part| uniform(seed.derive_number(part).value())).sum();
        sum - 6.0
    }
}

#[expect(clippy::cast_precision_loss, reason = "53 bits are kept on purpose")]
fn uniform(bits: u64) -> f64 {
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}
