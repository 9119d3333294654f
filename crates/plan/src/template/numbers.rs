//! Whole numbers to draw from: `0 999`, or `1 999 by 2` for every second of them.
//!
//! They can be cut into contiguous parts, one per region, the way a service that numbers its users by region does it
//! (Chirp's `user-N` of U users over R regions lives in region ⌊N × R ÷ U⌋): number *n* of the range belongs to part
//! ⌊(n − first) × parts ÷ count⌋, where count is that of all numbers between the ends. Steps are taken after the cut, so that
//! two sequences with the same ends (evens and odds) have the same parts.

use std::fmt;

/// A range of whole numbers, both ends included, in steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Numbers {
    /// The smallest.
    pub from: u64,
    /// The largest that may be given.
    pub to: u64,
    /// The distance between two of them, at least 1.
    pub step: u64,
}

impl Numbers {
    /// The number at `turn` of the [`Self::count`].
    #[must_use]
    pub fn at(self, turn: u64) -> u64 {
        (self.from + turn * self.step).min(self.to)
    }

    /// How many there are.
    #[must_use]
    pub fn count(self) -> u64 {
        ((self.to - self.from) / self.step).saturating_add(1)
    }

    /// The turns that belong to `part` of `parts`; all of them where that part is empty (fewer numbers than parts).
    ///
    /// ```
    /// use plan::template::Numbers;
    /// let users = Numbers { from: 0, to: 999, step: 1 };
    /// assert_eq!([0, 1, 2].map(|part| users.turns_of(part, 3)), [0..=333, 334..=666, 667..=999]);
    /// ```
    #[must_use]
    pub fn turns_of(self, part: usize, parts: usize) -> std::ops::RangeInclusive<u64> {
        let width = u128::from(self.to - self.from) + 1;
        let begin = |part: usize| (part as u128 * width).div_ceil(parts.max(1) as u128);
        let step = u128::from(self.step);
        let (first, behind) = (begin(part).div_ceil(step), begin(part + 1).div_ceil(step));
        match (u64::try_from(first), u64::try_from(behind)) {
            (Ok(first), Ok(behind)) if first < behind && behind <= self.count() => first..=behind - 1,
            _ => 0..=self.count() - 1,
        }
    }
}

/// As it stands in a template.
impl fmt::Display for Numbers {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.from, self.to)?;
        if self.step == 1 { Ok(()) } else { write!(formatter, " by {}", self.step) }
    }
}

/// Reads the words behind `function`.
pub(super) fn parse(function: &str, words: &[&str]) -> Result<Numbers, String> {
    let number = |text: &str| text.parse::<u64>().map_err(|_| format!("`{text}` is not a whole number"));
    let (from, to, step) = match words {
        [from, to] => (number(from)?, number(to)?, 1),
        [from, to, "by", step] => (number(from)?, number(to)?, number(step)?),
        _ => {
            let written = [&[function], words].concat().join(" ");
            return Err(format!("`{written}` lacks its numbers: write {function} 0 999, or {function} 0 999 by 2"));
        }
    };
    if from > to {
        return Err(format!("{function} {from} {to}: the first number is larger than the second"));
    }
    if step == 0 {
        return Err(format!("{function} {from} {to} by 0: a step of nothing"));
    }
    Ok(Numbers { from, to, step })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Where Chirp says that a seeded user lives.
    fn home(user: u64, regions: u64, users: u64) -> u64 {
        user * regions / users
    }

    proptest! {
        #[test]
        fn parts_are_chirps_homes(users in 1_u64..5_000, regions in 1_usize..20, step in 1_u64..4) {
            let numbers = Numbers { from: 0, to: users - 1, step };
            for part in 0..regions {
                let turns = numbers.turns_of(part, regions);
                let own: Vec<u64> = (0..numbers.count()).map(|turn| numbers.at(turn)).filter(|user| home(*user, regions as u64, users) == part as u64).collect();
                let found: Vec<u64> = turns.map(|turn| numbers.at(turn)).collect();
                if own.is_empty() {
                    prop_assert_eq!(found.len() as u64, numbers.count(), "an empty part is everybody");
                } else {
                    prop_assert_eq!(found, own);
                }
            }
        }
    }

    #[test]
    fn the_whole_of_the_numbers_is_no_overflow() {
        let all = Numbers { from: 0, to: u64::MAX, step: 1 };
        assert_eq!(all.turns_of(0, 1), 0..=u64::MAX - 1, "the count is held at the largest number");
    }
}
