//! Intervals of percentiles by order statistics, without any assumption on the distribution.
//!
//! Of n sorted samples the p-th percentile lies, with 95 % probability, between those of rank ⌊np − 1.96·√(np(1−p))⌋ and
//! ⌈np + 1.96·√(np(1−p))⌉ + 1: how many of n samples lie below it is binomial, and this is its normal approximation (Lancet,
//! Kogias et al., ATC 2019). Samples have to be independent; where neighbouring seconds resemble each other the interval is
//! too narrow, and [`super::bootstrap`] is the honest one.

/// 97.5 % of the normal distribution lie below it.
const Z: f64 = 1.96;

/// Ranks, from 1, of the lower and the upper end of the 95 % interval of the percentile `percent` (0 to 100) of so many
/// samples. The lower one is 0 and the upper one above `samples` where no sample bounds the percentile on that side.
#[must_use]
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "counts are far below 2^53, and clamped at zero"
)]
pub fn ranks(samples: u64, percent: f64) -> (u64, u64) {
    let (n, p) = (samples as f64, percent / 100.0);
    let half = Z * (n * p * (1.0 - p)).sqrt();
    // Half a millionth keeps a product that is whole in decimals from being cut to the number below.
    let low = (n * p - half + 5e-7).floor().max(0.0) as u64;
    let high = (n * p + half - 5e-7).ceil() as u64 + 1;
    (low, high)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::noise::Noise;

    #[test]
    fn ranks_are_those_of_the_published_table() {
        for (samples, percent, expected) in
            [(10_000, 99.0, (9_880, 9_921)), (10_000, 99.9, (9_983, 9_998)), (1_000, 99.0, (983, 998))]
        {
            assert_eq!(ranks(samples, percent), expected, "p{percent} of {samples}");
        }
    }

    #[test]
    fn the_interval_of_a_p99_holds_it_in_95_of_100_runs() {
        let (low, high) = ranks(10_000, 99.0);
        let mut noise = Noise::new(1);
        // The samples of rank `low` and `high` enclose the percentile when so many samples lie below it.
        let held = (0..1_000).filter(|_| {
            let below = (0..10_000).filter(|_| noise.uniform() < 0.99).count() as u64;
            (low..high).contains(&below)
        });
        let held = held.count();
        // 95.3 % in science.md, of another thousand runs: ± three standard deviations of 0.7 points.
        assert!((933..=974).contains(&held), "{held} of 1,000");
    }
}
