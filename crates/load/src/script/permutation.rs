//! Rows of a feed in random order, without a list of them: a seeded bijection of 0..length.
//!
//! A Feistel network of four rounds permutes the numbers of an even number of bits; numbers outside of the range are sent
//! through again until one lies inside (cycle walking), which keeps it a bijection and takes at most four passes on average,
//! since the domain is at most four times as large.

use units::Seed;

const ROUNDS: usize = 4;

/// An order of 0..length.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Permutation {
    length: u64,
    half_bits: u32,
    keys: [Seed; ROUNDS],
}

impl Permutation {
    /// An order of 0..`length`; `length` 0 counts as 1.
    pub(crate) fn new(length: u64, seed: Seed) -> Self {
        let length = length.max(1);
        let bits = u64::BITS - (length - 1).leading_zeros();
        let keys = std::array::from_fn(|round| seed.derive_number(round as u64));
        Self { length, half_bits: bits.div_ceil(2).max(1), keys }
    }

    /// The number at `position`; after all of them it begins again.
    pub(crate) fn at(&self, position: u64) -> u64 {
        let mut number = position % self.length;
        // A bijection's cycle through a number of the range comes back to the range, so this ends; the domain bounds it.
        loop {
            number = self.pass(number);
            if number < self.length {
                return number;
            }
        }
    }

    fn pass(&self, number: u64) -> u64 {
        let mask = (1_u64 << self.half_bits) - 1;
        let (mut left, mut right) = (number >> self.half_bits, number & mask);
        for key in self.keys {
            (left, right) = (right, left ^ (key.derive_number(right).value() & mask));
        }
        left << self.half_bits | right
    }
}
