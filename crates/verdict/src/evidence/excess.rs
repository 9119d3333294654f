//! What of a stream is over a limit, second by second: slow successes, reads that show too old a state.
//!
//! Some always are. In any stretch of seconds as many are explained as the part that may be over the limit makes of all samples
//! there, and three standard errors more.

use std::{collections::BTreeMap, ops::Range, time::Duration};

/// Samples over a limit.
#[derive(Debug)]
pub(crate) struct Excess {
    limit: Duration,
    /// The part of the samples that may be over it.
    part: f64,
    /// Those over it and all of them.
    seconds: BTreeMap<u64, (u64, u64)>,
}

impl Excess {
    /// Of nothing yet.
    pub(crate) fn over(limit: Duration, part: f64) -> Self {
        Self { limit, part, seconds: BTreeMap::new() }
    }

    pub(crate) fn add(&mut self, second: u64, over: u64, all: u64) {
        let sum = self.seconds.entry(second).or_default();
        *sum = (sum.0 + over, sum.1 + all);
    }

    pub(crate) fn limit(&self) -> Duration {
        self.limit
    }

    /// Whether any sample of that second was over the limit.
    pub(crate) fn has_any(&self, second: u64) -> bool {
        self.seconds.get(&second).is_some_and(|(over, _)| *over > 0)
    }

    /// Whether there is any sample of those seconds, over the limit or not.
    pub(crate) fn has_samples(&self, seconds: Range<u64>) -> bool {
        self.seconds.range(seconds).any(|(_, (_, all))| *all > 0)
    }

    /// Whether more samples of those seconds were over the limit than may be: more than λ + 3·√λ + 1 of them.
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
    pub(crate) fn is_too_much(&self, seconds: Range<u64>) -> bool {
        let (over, all) = self.seconds.range(seconds).fold((0, 0), |sum, (_, one)| (sum.0 + one.0, sum.1 + one.1));
        let expected = self.part * all as f64;
        over as f64 > expected + 3.0 * expected.sqrt() + 1.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_as_chance_explains_are_not_too_much() {
        // Of a hundred one is expected, and three standard errors more, and one: five.
        for (over, is_too_much) in [(5, false), (6, true)] {
            let mut excess = Excess::over(Duration::from_secs(1), 0.01);
            excess.add(3, over, 50);
            excess.add(4, 0, 50);
            assert_eq!(excess.is_too_much(3..5), is_too_much, "{over} of a hundred");
            assert!(!excess.is_too_much(4..5), "none of the second alone");
        }
    }
}
