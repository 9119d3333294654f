//! Do counts lie as those of a Poisson process do? Fisher's index of dispersion (Fisher, Thornton and Mackenzie 1922; Cox and Lewis
//! 1966, §6.3), and the exact test of a Poisson count.
//!
//! A Poisson process of a known rate has, in stretches that don't overlap, independent counts of which mean and variance are both
//! the expected number μᵢ. Given their sum, X² = Σ (nᵢ − cμᵢ)² ÷ cμᵢ with c = Σnᵢ ÷ Σμᵢ is about χ² with one degree of freedom less
//! than there are stretches. Far above it the counts come in bunches; far below they are more even than chance is. How many there are
//! in all is a question of its own, which [`p_count`] answers.
//!
//! It sees the texture between stretches and nothing inside of them: a test of the single gaps (Anderson and Darling against the
//! exponential distribution, as Lancet has it) takes the time of each arrival. χ² takes stretches in which some are expected, so that
//! neighbours are put together until [`EXPECTED_MIN`] are.

use statrs::distribution::{ChiSquared, ContinuousCDF, DiscreteCDF, Poisson};

/// What a stretch is expected to hold at least: below, X² has a longer tail than χ².
pub const EXPECTED_MIN: f64 = 20.0;
/// Stretches that it takes at least: with fewer, bunches several times as large as chance makes them would go unseen.
pub const STRETCHES_MIN: usize = 10;
/// Above so many the exact distribution of a count is the normal one, far enough out.
const EXACT_MAX: f64 = 10_000.0;

/// How many were counted in a stretch, and how many are expected.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stretch {
    /// Counted.
    pub counted: u64,
    /// Expected.
    pub expected: f64,
}

/// How counts lie.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dispersion {
    /// X² ÷ its degrees of freedom: 1 of a Poisson process, 0 of counts that are even, above 1 where they come in bunches.
    pub index: f64,
    /// Stretches, small ones put together.
    pub stretches: usize,
    /// Probability of an index so far from 1, to either side, of a Poisson process.
    pub p: f64,
}

/// The index of dispersion of stretches in order; `None` with fewer than [`STRETCHES_MIN`] that are large enough.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
pub fn dispersion(stretches: &[Stretch]) -> Option<Dispersion> {
    let stretches = put_together(stretches);
    if stretches.len() < STRETCHES_MIN {
        return None;
    }
    let (counted, expected) = sums(&stretches);
    let scale = counted as f64 / expected;
    if scale <= 0.0 {
        return None;
    }
    let away = |one: &Stretch| (one.counted as f64 - scale * one.expected).powi(2) / (scale * one.expected);
    let squares: f64 = stretches.iter().map(away).sum();
    let degrees = (stretches.len() - 1) as f64;
    let chi = ChiSquared::new(degrees).ok()?;
    let p = (2.0 * chi.cdf(squares).min(chi.sf(squares))).min(1.0);
    Some(Dispersion { index: squares / degrees, stretches: stretches.len(), p })
}

/// All that were counted, and all that are expected.
#[must_use]
pub fn sums(stretches: &[Stretch]) -> (u64, f64) {
    let sum = |sum: (u64, f64), one: &Stretch| (sum.0 + one.counted, sum.1 + one.expected);
    stretches.iter().fold((0, 0.0), sum)
}

/// The probability of a count so far from the expected one, to either side, of a Poisson process.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
pub fn p_count(counted: u64, expected: f64) -> f64 {
    if expected > EXACT_MAX {
        let z = (counted as f64 - expected).abs() / expected.sqrt();
        return (2.0 * super::distribution::normal_below(-z)).min(1.0);
    }
    let Ok(poisson) = Poisson::new(expected) else { return if counted == 0 { 1.0 } else { 0.0 } };
    let at_least = counted.checked_sub(1).map_or(1.0, |below| poisson.sf(below));
    (2.0 * poisson.cdf(counted).min(at_least)).min(1.0)
}

/// Neighbours, so many that each stretch holds enough; a rest that is too small belongs to the last.
fn put_together(stretches: &[Stretch]) -> Vec<Stretch> {
    let mut together: Vec<Stretch> = Vec::new();
    let mut open = Stretch { counted: 0, expected: 0.0 };
    for one in stretches {
        open = Stretch { counted: open.counted + one.counted, expected: open.expected + one.expected };
        if open.expected >= EXPECTED_MIN {
            together.push(open);
            open = Stretch { counted: 0, expected: 0.0 };
        }
    }
    if let Some(last) = together.last_mut() {
        *last = Stretch { counted: last.counted + open.counted, expected: last.expected + open.expected };
    }
    together
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests may panic")]
mod tests {
    use super::*;
    use crate::statistics::noise::Noise;

    /// The counts of a Poisson process of rate one in stretches of these lengths.
    fn process(noise: &mut Noise, lengths: &[f64]) -> Vec<Stretch> {
        let mut next = -(1.0 - noise.uniform()).ln();
        let mut end = 0.0;
        let mut stretch = |expected: &f64| {
            end += expected;
            let mut counted = 0;
            while next < end {
                counted += 1;
                next -= (1.0 - noise.uniform()).ln();
            }
            Stretch { counted, expected: *expected }
        };
        lengths.iter().map(&mut stretch).collect()
    }

    #[test]
    fn a_poisson_process_is_called_none_as_often_as_is_said() {
        let mut noise = Noise::new(12);
        // A ramp, so that stretches differ; the smallest ones are put together.
        let ramp: Vec<f64> = (1..=60).map(f64::from).collect();
        let (mut index, mut count) = ([0_u32; 2], [0_u32; 2]);
        for _ in 0..2_000 {
            let stretches = process(&mut noise, &ramp);
            let found = dispersion(&stretches).unwrap();
            let (counted, expected) = sums(&stretches);
            for (at, level) in [0.05, 0.01].into_iter().enumerate() {
                index[at] += u32::from(found.p < level);
                count[at] += u32::from(p_count(counted, expected) < level);
            }
        }
        // 100 and 20 of 2,000, with three standard deviations of 9.7 and 4.4.
        for found in [index, count] {
            assert!((71..=129).contains(&found[0]) && (7..=34).contains(&found[1]), "{index:?}, {count:?} of 2,000");
        }
    }

    #[test]
    fn bunches_and_even_counts_are_seen_and_few_stretches_say_nothing() {
        let of = |counts: &[u64]| -> Vec<Stretch> {
            counts.iter().map(|counted| Stretch { counted: *counted, expected: 30.0 }).collect()
        };
        let even = dispersion(&of(&[30; 40])).unwrap();
        assert!(even.index == 0.0 && even.p < 1e-9, "{even:?}");
        let bunches = dispersion(&of(&[15, 45].repeat(20))).unwrap();
        // (15² ÷ 30) · 40 ÷ 39.
        assert!((bunches.index - 7.5 * 40.0 / 39.0).abs() < 1e-9 && bunches.p < 1e-9, "{bunches:?}");
        assert_eq!(dispersion(&of(&[30; 9])), None);
        assert_eq!(dispersion(&of(&[0; 40])), None, "what isn't there lies nowhere");
        // Of half a second's worth each, 2 and a half make a stretch.
        let halves: Vec<Stretch> = (0..40).map(|_| Stretch { counted: 8, expected: 8.0 }).collect();
        assert_eq!(dispersion(&halves).unwrap().stretches, 13);
    }

    #[test]
    fn counts_are_as_likely_as_the_tables_say() {
        // 1 − e⁻³(1 + 3 + 4.5 + 4.5) above 3, e⁻³ at 0, and the normal distribution's 1.96 far out.
        for (counted, expected, p) in [
            (0, 3.0, 0.099_574),
            (3, 3.0, 1.0),
            (8, 3.0, 0.023_809),
            (1_000_000 + 1_960, 1e6, 0.049_996),
            (0, 0.0, 1.0),
            (1, 0.0, 0.0),
        ] {
            let found = p_count(counted, expected);
            assert!((found - p).abs() < 1e-5, "{counted} of {expected}: {found}, expected {p}");
        }
    }
}
