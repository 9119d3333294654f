//! One seed per run; every other source of randomness is a child of it, derived by name.
//!
//! Deriving by name and not by order keeps a population's users the same when another population is added.
//! The derivation is FNV-1a over the name, mixed with the parent by SplitMix64's finaliser (Steele, Lea, Flood 2014):
//! stable across platforms and releases, which hash maps and `StdRng` are not.

use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
use std::{fmt, str::FromStr};

/// The seed of a run or of a part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Seed(u64);

impl Seed {
    /// A seed from a number.
    #[must_use]
    pub fn new(value: u64) -> Self {
        Self(value)
    }

    /// The number.
    #[must_use]
    pub fn value(self) -> u64 {
        self.0
    }

    /// The child of this seed with that name.
    #[must_use]
    pub fn derive(self, name: &str) -> Self {
        let hash = name
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        Self(mix(self.0 ^ mix(hash)))
    }

    /// The child of this seed with that number.
    #[must_use]
    pub fn derive_number(self, number: u64) -> Self {
        Self(mix(mix(self.0) ^ mix(number.wrapping_add(0x9e37_79b9_7f4a_7c15))))
    }

    /// The generator this seed starts.
    #[must_use]
    pub fn generator(self) -> ChaCha8Rng {
        ChaCha8Rng::seed_from_u64(self.0)
    }
}

/// SplitMix64's finaliser: a bijection in which each input bit changes about half of the output bits.
fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

impl fmt::Display for Seed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.0)
    }
}

impl FromStr for Seed {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

crate::share::serde_as_text!(Seed);
