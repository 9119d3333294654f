//! Bins of response times: eight to the octave, so that each is 9 % wider than the one before.
//!
//! Bin `n` begins at 2^(n / 8) microseconds. A recording's histograms are exact to 0.1 %; a page draws four bins to the octave and
//! percentiles to 9 %, and what is exact is in the report.

use record::Histogram;

/// Bins in an octave.
pub const BINS_PER_OCTAVE: u32 = 8;

/// The bin of a response time.
#[must_use]
#[expect(clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a logarithm of one or more is not negative")]
pub fn bin(micros: u64) -> u32 {
    // 1e-9 keeps an exact power of two from falling into the bin below.
    ((micros.max(1) as f64).log2() * f64::from(BINS_PER_OCTAVE) + 1e-9) as u32
}

/// Counts by bin, ascending.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bins(Vec<(u32, u64)>);

impl Bins {
    /// Adds the values of a histogram.
    pub fn add(&mut self, histogram: &Histogram) {
        for (latency, count) in histogram.buckets() {
            self.add_to(bin(u64::try_from(latency.as_micros()).unwrap_or(u64::MAX)), count);
        }
    }

    /// Adds another's.
    pub fn merge(&mut self, other: &Self) {
        other.0.iter().for_each(|(bin, count)| self.add_to(*bin, *count));
    }

    fn add_to(&mut self, bin: u32, count: u64) {
        match self.0.binary_search_by_key(&bin, |(known, _)| *known) {
            Ok(index) => self.0[index].1 += count,
            Err(index) => self.0.insert(index, (bin, count)),
        }
    }

    /// (distance to the bin before, count) in a row; the first distance is from bin 0.
    #[must_use]
    pub fn to_row(&self) -> Vec<u64> {
        let mut last = 0;
        self.0
            .iter()
            .flat_map(|(bin, count)| {
                let distance = bin - last;
                last = *bin;
                [u64::from(distance), *count]
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn bins_begin_at_their_powers() {
        for (micros, expected) in [(0, 0), (1, 0), (2, 8), (1_024, 80), (1_116, 80), (1_117, 81), (1_000_000, 159)] {
            assert_eq!(bin(micros), expected, "{micros} µs");
        }
    }

    #[test]
    fn a_row_says_distances_and_loses_no_count() {
        let mut histogram = Histogram::new();
        [40, 40, 130].into_iter().for_each(|millis| histogram.record(Duration::from_millis(millis)));
        let mut bins = Bins::default();
        bins.add(&histogram);
        bins.merge(&bins.clone());
        assert_eq!(bins.to_row(), [122, 4, 13, 2]);
        assert_eq!(Bins::default().to_row(), Vec::<u64>::new());
    }
}
