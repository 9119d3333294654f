//! A part of the load: agents and threads each take every K-th arrival.
//!
//! Interleaving, not cutting into blocks, keeps every part's shape the same as the whole's, and needs no coordinator:
//! who knows its index and the number of parts knows its arrivals.

/// Part `index` of `of`: of the numbers 0, 1, 2, … those that leave the remainder `index`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    index: u64,
    of: u64,
}

impl Part {
    /// Everything.
    pub const WHOLE: Self = Self { index: 0, of: 1 };

    /// Part `index` of `of`, or `None` when `index` is not below `of`.
    #[must_use]
    pub fn new(index: u64, of: u64) -> Option<Self> {
        (index < of).then_some(Self { index, of })
    }

    /// Cuts this part into `count` smaller ones that add up to it. `count` of 0 counts as 1.
    pub fn split(self, count: usize) -> impl Iterator<Item = Self> {
        let count = count.max(1);
        (0..count).map(move |nested| self.nested(nested, count))
    }

    /// The `nested`-th of the `count` (at least 1) smaller parts that add up to this one.
    pub(super) fn nested(self, nested: usize, count: usize) -> Self {
        Self { index: self.index + self.of * nested as u64, of: self.of * count as u64 }
    }

    /// Whether number `n` belongs to this part.
    #[must_use]
    pub fn owns(self, n: u64) -> bool {
        n % self.of == self.index
    }

    /// The `position`-th number of this part, from 0.
    #[must_use]
    pub fn number(self, position: u64) -> u64 {
        self.index + self.of * position
    }

    /// How many of the numbers below `total` belong to this part.
    #[must_use]
    pub fn count_below(self, total: u64) -> u64 {
        (total + self.of - 1 - self.index) / self.of
    }

    /// Which part.
    #[must_use]
    pub fn index(self) -> u64 {
        self.index
    }

    /// Of how many.
    #[must_use]
    pub fn of(self) -> u64 {
        self.of
    }
}
