//! Random numbers as a function of a seed and a count.
//!
//! A user's choices must not depend on which thread it runs on or who else is there; and ten thousand users can't each
//! keep a generator of 300 bytes. So a stream of draws is a seed and a counter (16 bytes), and the n-th draw is a
//! hash of both: [`Seed::derive_number`], whose finaliser is that of SplitMix64, which passes BigCrush as a generator.

use std::time::Duration;
use units::Seed;

/// A stream of random numbers, always the same for the same seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Draws {
    seed: Seed,
    count: u64,
}

impl Draws {
    /// The stream that `seed` starts.
    #[must_use]
    pub fn new(seed: Seed) -> Self {
        Self { seed, count: 0 }
    }

    /// The next number, 0..2^64.
    pub fn number(&mut self) -> u64 {
        let drawn = self.seed.derive_number(self.count).value();
        self.count = self.count.wrapping_add(1);
        drawn
    }

    /// The next number in 0.0..1.0, in steps of 2^-53.
    pub fn fraction(&mut self) -> f64 {
        fraction(self.number())
    }

    /// The next number in `from..=to`; `from` where the range is empty.
    pub fn within(&mut self, from: u64, to: u64) -> u64 {
        let width = u128::from(to.saturating_sub(from)) + 1;
        // The high half of a 128-bit product is uniform to 1 part in 2^64 / width.
        from + ((u128::from(self.number()) * width) >> 64) as u64
    }

    /// The next time in `middle - spread ..= middle + spread`, not below zero.
    pub fn around(&mut self, middle: Duration, spread: Duration) -> Duration {
        if spread.is_zero() {
            return middle;
        }
        (middle + spread.mul_f64(2.0 * self.fraction())).saturating_sub(spread)
    }
}

/// The 53 high bits of `number` as a fraction, 0.0..1.0.
pub(super) fn fraction(number: u64) -> f64 {
    (number >> 11) as f64 / (1_u64 << 53) as f64
}
