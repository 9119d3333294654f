//! Percentiles with their 95 % interval, by order statistics (`science.md` §1).
//!
//! See [`crate::statistics::order_statistics`]. A rank above the number of samples has no sample: the interval is open above.
//! Below [`record::Histogram::samples_needed`] there is no percentile at all, only "not enough samples".

use crate::{
    findings::{Length, Percentile},
    statistics::order_statistics::ranks,
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

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
