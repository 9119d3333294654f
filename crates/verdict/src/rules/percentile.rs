//! Percentiles with their 95 % interval, by order statistics (`science.md` §1).
//!
//! Of n sorted samples the p-th percentile lies, with 95 % probability, between those of rank ⌊np − 1.96·√(np(1−p))⌋ and
//! ⌈np + 1.96·√(np(1−p))⌉ + 1. For n = 10,000 and p99 that is 9,880..=9,921. A rank above n has no sample: the interval is
//! open above. Below [`record::Histogram::samples_needed`] there is no percentile at all, only "not enough samples".

use crate::{
    findings::{Length, Percentile},
    words,
};
use record::Histogram;

/// The percentile of a merged histogram.
pub(crate) fn percentile(histogram: &Histogram, percent: f64) -> Percentile {
    let (samples, samples_needed) = (histogram.len(), Histogram::samples_needed(percent));
    let value = histogram.percentile(percent);
    let (low, high) = ranks(samples, percent);
    let at = |rank: u64| value.and_then(|_| histogram.value_at_rank(rank)).map(Length);
    let text = match value {
        Some(value) => words::duration(value),
        None => format!("not enough samples ({} of {})", words::count(samples), words::count(samples_needed)),
    };
    Percentile { percent, samples, samples_needed, value: value.map(Length), low: at(low.max(1)), high: at(high), text }
}

/// Ranks of the lower and the upper end of the interval.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "counts are far below 2^53, and clamped at zero"
)]
fn ranks(samples: u64, percent: f64) -> (u64, u64) {
    let (n, p) = (samples as f64, percent / 100.0);
    let half = 1.96 * (n * p * (1.0 - p)).sqrt();
    // Half a millionth keeps a product that is whole in decimals from being cut to the number below.
    let low = (n * p - half + 5e-7).floor().max(0.0) as u64;
    let high = (n * p + half - 5e-7).ceil() as u64 + 1;
    (low, high)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn ranks_are_those_of_the_published_table() {
        for (samples, percent, expected) in
            [(10_000, 99.0, (9_880, 9_921)), (10_000, 99.9, (9_983, 9_998)), (1_000, 99.0, (983, 998))]
        {
            assert_eq!(ranks(samples, percent), expected, "p{percent} of {samples}");
        }
    }

    #[test]
    fn too_few_samples_are_said_and_not_guessed() {
        let mut histogram = Histogram::new();
        (1..=298).for_each(|micros| histogram.record(Duration::from_micros(micros)));
        let short = percentile(&histogram, 99.0);
        assert_eq!((short.value, short.low, short.high), (None, None, None));
        assert_eq!(short.text, "not enough samples (298 of 299)");
        histogram.record(Duration::from_micros(299));
        let enough = percentile(&histogram, 99.0);
        assert_eq!(enough.value, Some(Length(Duration::from_micros(297))));
        assert_eq!((enough.low, enough.high), (Some(Length(Duration::from_micros(292))), None), "open above");
    }
}
