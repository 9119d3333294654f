//! Noise with a seed, for tests of what looks for signals in it.

/// A stream of numbers that look like chance (SplitMix64, Steele, Lea, Flood 2014).
pub(super) struct Noise(u64);

impl Noise {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Evenly in 0.0..1.0.
    pub(super) fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        (mixed >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Standard normal (Box and Muller 1958).
    pub(super) fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.uniform()).cos()
    }

    /// Standard normal values, each of which is `rho` of the one before it and the rest its own.
    pub(super) fn correlated(&mut self, count: usize, rho: f64) -> Vec<f64> {
        let own = (1.0 - rho * rho).sqrt();
        let mut value = self.normal();
        (0..count)
            .map(|_| {
                value = rho * value + own * self.normal();
                value
            })
            .collect()
    }
}
