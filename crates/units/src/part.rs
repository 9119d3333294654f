//! A part of what is numbered: agents and threads each have some of the numbers 0, 1, 2, …, and together all of them.
//!
//! ```text
//!   number   0 1 2 3 │ 4 5 6 7 │ 8 …        of 4: a number's slot is its remainder by four
//!   one      █ · █ █ │ █ · █ █ │ █          slots 0, 2 and 3
//!   another  · █ · · │ · █ · · │ ·          slot 1
//! ```
//!
//! Interleaving, not cutting into blocks, keeps every part's shape the same as the whole's, and needs no coordinator: who knows its
//! slots knows its numbers. Whatever is done with parts (cut by weights, given on, put together) is done with their slots, so it is
//! exact: what is cut adds up to what it was, and two owners never have one number.

use std::borrow::Cow;

/// A part is cut no finer than this: its slots are written down.
const OF_MAX: u64 = 1 << 14;

/// Of the numbers 0, 1, 2, … those whose remainder by `of` is one of the slots. Never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// In order, without doubles, below `of`; not one pattern several times over.
    slots: Cow<'static, [u64]>,
    of: u64,
}

/// Parts that can't be put together, since together they are cut too finely to be written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("parts of {one} and of {other} are cut too finely together")]
pub struct TooFine {
    /// Into how many one is cut.
    pub one: u64,
    /// Into how many the other is.
    pub other: u64,
}

impl Part {
    /// Everything.
    pub const WHOLE: Self = Self { slots: Cow::Borrowed(&[0]), of: 1 };

    /// Part `index` of `of` equal ones, or `None` when `index` is not below `of`.
    #[must_use]
    pub fn new(index: u64, of: u64) -> Option<Self> {
        Self::of_slots(vec![index], of)
    }

    /// These slots of `of`; `None`: there are none, they are not in order, or not below `of`.
    #[must_use]
    pub fn of_slots(slots: Vec<u64>, of: u64) -> Option<Self> {
        let ordered = slots.is_sorted_by(|one, next| one < next);
        (ordered && slots.last().is_some_and(|last| *last < of)).then(|| Self::simple(slots, of))
    }

    /// The slots, in order.
    #[must_use]
    pub fn slots(&self) -> &[u64] {
        &self.slots
    }

    /// How many slots there are, with everybody's.
    #[must_use]
    pub fn of(&self) -> u64 {
        self.of
    }

    /// Whether number `n` belongs to this part.
    #[must_use]
    pub fn owns(&self, n: u64) -> bool {
        self.slots.binary_search(&(n % self.of)).is_ok()
    }

    /// The `position`-th number of this part, from 0.
    #[must_use]
    pub fn number(&self, position: u64) -> u64 {
        let count = self.slots.len() as u64;
        self.of * (position / count) + self.slots[(position % count) as usize]
    }

    /// How many of the numbers below `total` belong to this part.
    #[must_use]
    pub fn count_below(&self, total: u64) -> u64 {
        let rest = total % self.of;
        let begun = self.slots.partition_point(|slot| *slot < rest) as u64;
        total / self.of * self.slots.len() as u64 + begun
    }

    /// Cuts this part into `count` equal ones that add up to it. `count` of 0 counts as 1.
    pub fn split(&self, count: usize) -> impl Iterator<Item = Self> + use<> {
        self.shared(&vec![1; count.max(1)]).into_iter().flatten()
    }

    /// Cuts this part by weights, one for each that is to have some: the parts add up to it, and each is as large as its weight, as
    /// far as a part can be cut. `None` for whoever gets nothing: its weight is 0, or there are not slots enough.
    ///
    /// Neighbouring numbers go to different parts wherever that can be, so that none gets its numbers in bursts.
    #[must_use]
    pub fn shared(&self, weights: &[u64]) -> Vec<Option<Self>> {
        let pattern = pattern(weights);
        if pattern.is_empty() {
            return vec![None; weights.len()];
        }
        let (count, length) = (self.slots.len() as u64, pattern.len() as u64);
        let finer = length / gcd(count, length);
        // Where it can't be cut more finely, its slots are dealt out as they are.
        let finer = if self.of.checked_mul(finer).is_some_and(|of| of <= OF_MAX) { finer } else { 1 };
        let mut slots: Vec<Vec<u64>> = vec![Vec::new(); weights.len()];
        for position in 0..count * finer {
            slots[pattern[(position % length) as usize]].push(self.number(position));
        }
        let of = self.of * finer;
        slots.into_iter().map(|slots| (!slots.is_empty()).then(|| Self::simple(slots, of))).collect()
    }

    /// This part and another: every number that one of them owns.
    ///
    /// # Errors
    /// See [`TooFine`].
    pub fn with(&self, other: &Self) -> Result<Self, TooFine> {
        let (mut slots, of) = self.together(other)?;
        slots.extend(other.slots_of(of));
        slots.sort_unstable();
        slots.dedup();
        Ok(Self::simple(slots, of))
    }

    /// This part without another: every number that is not the other's; `None`: nothing is left.
    ///
    /// # Errors
    /// See [`TooFine`].
    pub fn without(&self, other: &Self) -> Result<Option<Self>, TooFine> {
        let (mut slots, of) = self.together(other)?;
        slots.retain(|slot| !other.owns(*slot));
        Ok((!slots.is_empty()).then(|| Self::simple(slots, of)))
    }

    /// Its slots when both are cut alike, and into how many.
    fn together(&self, other: &Self) -> Result<(Vec<u64>, u64), TooFine> {
        let of = (self.of / gcd(self.of, other.of)).checked_mul(other.of).filter(|of| *of <= OF_MAX);
        let of = of.ok_or(TooFine { one: self.of, other: other.of })?;
        Ok((self.slots_of(of).collect(), of))
    }

    /// Its slots of a multiple of what it is cut into.
    fn slots_of(&self, of: u64) -> impl Iterator<Item = u64> {
        let count = of / self.of * self.slots.len() as u64;
        (0..count).map(|position| self.number(position))
    }

    /// The same numbers in the fewest slots.
    fn simple(mut slots: Vec<u64>, mut of: u64) -> Self {
        let mut factor = 2;
        while factor <= slots.len() as u64 {
            let repeats = |slots: &[u64]| {
                let (count, of) = (slots.len() / factor as usize, of / factor);
                slots.iter().zip(&slots[count..]).all(|(slot, later)| slot + of == *later)
            };
            if of.is_multiple_of(factor) && (slots.len() as u64).is_multiple_of(factor) && repeats(&slots) {
                slots.truncate(slots.len() / factor as usize);
                of /= factor;
            } else {
                factor += 1;
            }
        }
        Self { slots: slots.into(), of }
    }
}

/// Whose turn it is, over and over: each as often as its weight in lowest terms, and as evenly as can be. Who is furthest behind
/// comes next; of equal ones the first.
fn pattern(weights: &[u64]) -> Vec<usize> {
    let divisor = weights.iter().copied().fold(0, gcd);
    let Some(total) = weights.iter().sum::<u64>().checked_div(divisor) else { return Vec::new() };
    let mut behind = vec![0_i128; weights.len()];
    let mut turns = Vec::new();
    for _ in 0..total {
        for (behind, weight) in behind.iter_mut().zip(weights) {
            *behind += i128::from(weight / divisor);
        }
        let next = (0..weights.len()).rev().max_by_key(|index| behind[*index]).unwrap_or_default();
        behind[next] -= i128::from(total);
        turns.push(next);
    }
    turns
}

fn gcd(one: u64, other: u64) -> u64 {
    if other == 0 { one } else { gcd(other, one % other) }
}
