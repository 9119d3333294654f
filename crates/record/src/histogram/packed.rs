//! A histogram's filled buckets and nothing else: eight bytes each.
//!
//! The buckets are HDR's for three digits: one microsecond wide below 2,048 µs, then doubling in width with every power of
//! two, so that 1,024 of them lie between a value and its double.

use super::{Dense, SIGNIFICANT_DIGITS};
use std::time::Duration;

/// Buckets that are one microsecond wide.
const FINE: usize = 2_048;

/// One that is recorded to has no more buckets than this: to find one among them and to move the rest aside costs some ten
/// nanoseconds, and all of them are a tenth of what a counter for each would take.
pub(super) const FEW: usize = 256;

/// Upper end of a bucket in microseconds with its count, ascending. An hour is below 2^32 µs.
#[derive(Debug, Clone, Default)]
pub(super) struct Packed {
    buckets: Vec<(u32, u32)>,
}

impl Packed {
    /// Those buckets: upper end and count, ascending.
    pub(super) fn new(mut buckets: Vec<(u32, u32)>) -> Self {
        buckets.shrink_to_fit();
        Self { buckets }
    }

    /// Whether so many buckets more are still few.
    pub(super) fn has_room(&self, buckets: usize) -> bool {
        self.filled() + buckets <= FEW
    }

    /// Buckets that hold something.
    pub(super) fn filled(&self) -> usize {
        self.buckets.len()
    }

    /// Adds a latency of so many microseconds, an hour at most.
    pub(super) fn record(&mut self, micros: u64) {
        self.count(u32::try_from(bucket(micros)).unwrap_or(u32::MAX), 1);
    }

    /// Adds all of `other`.
    pub(super) fn add(&mut self, other: &Self) {
        other.buckets.iter().for_each(|(upper_end, count)| self.count(*upper_end, *count));
    }

    /// Forgets everything, keeps the memory.
    pub(super) fn clear(&mut self) {
        self.buckets.clear();
    }

    fn count(&mut self, upper_end: u32, count: u32) {
        match self.buckets.binary_search_by_key(&upper_end, |(upper_end, _)| *upper_end) {
            Ok(known) => self.buckets[known].1 = self.buckets[known].1.saturating_add(count),
            Err(place) => self.buckets.insert(place, (upper_end, count)),
        }
    }

    /// Buckets in any order, those of one upper end added up.
    pub(super) fn gather(buckets: impl Iterator<Item = (Duration, u64)>) -> Self {
        let micros = |latency: Duration| u32::try_from(latency.as_micros()).unwrap_or(u32::MAX);
        let mut all: Vec<(u32, u64)> = buckets.map(|(latency, count)| (micros(latency), count)).collect();
        all.sort_unstable_by_key(|(micros, _)| *micros);
        let same = all.chunk_by(|one, other| one.0 == other.0);
        let sums = same.map(|group| (group[0].0, group.iter().map(|(_, count)| count).sum::<u64>()));
        Self::new(sums.map(|(micros, count)| (micros, u32::try_from(count).unwrap_or(u32::MAX))).collect())
    }

    pub(super) fn value_at_rank(&self, rank: u64) -> Option<Duration> {
        let mut seen = 0;
        let bucket = self.buckets().find(|(_, count)| {
            seen += count;
            seen >= rank
        });
        bucket.map(|(latency, _)| latency)
    }

    pub(super) fn len(&self) -> u64 {
        self.buckets.iter().map(|(_, count)| u64::from(*count)).sum()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.buckets.is_empty()
    }

    pub(super) fn max(&self) -> Option<Duration> {
        self.buckets.last().map(|(micros, _)| Duration::from_micros(u64::from(*micros)))
    }

    pub(super) fn buckets(&self) -> impl Iterator<Item = (Duration, u64)> + '_ {
        self.buckets.iter().map(|(micros, count)| (Duration::from_micros(u64::from(*micros)), u64::from(*count)))
    }

    /// Adds all of it.
    pub(super) fn add_to(&self, dense: &mut Dense) {
        for (micros, count) in &self.buckets {
            dense.record_n(u64::from(*micros), *count).expect("the histogram grows up to an hour");
        }
    }

    pub(super) fn to_dense(&self) -> Dense {
        let mut dense = Dense::new(SIGNIFICANT_DIGITS).expect("three digits are within HDR's limits");
        dense.auto(true);
        self.add_to(&mut dense);
        dense
    }
}

/// The upper end of the bucket that `latency` belongs to.
pub(super) fn upper_end(latency: Duration) -> Duration {
    Duration::from_micros(bucket(u64::try_from(latency.as_micros()).unwrap_or(u64::MAX)))
}

/// The same in microseconds.
fn bucket(micros: u64) -> u64 {
    micros | (width(micros) - 1)
}

/// The middle of the bucket with that upper end, in microseconds.
#[expect(clippy::cast_precision_loss, reason = "latencies are far below 2^53 µs")]
pub(super) fn middle(upper_end: Duration) -> f64 {
    let micros = upper_end.as_micros() as u64;
    micros as f64 - (width(micros) - 1) as f64 / 2.0
}

/// The upper end of the bucket with that index in HDR's array of counts; `None` beyond an hour.
pub(super) fn upper_end_of_index(index: usize) -> Option<u32> {
    if index < FINE {
        return u32::try_from(index).ok();
    }
    let doublings = index / (FINE / 2) - 1;
    let within = index % (FINE / 2) + FINE / 2;
    let width = 1_u64.checked_shl(u32::try_from(doublings).ok()?)?;
    let end = (within as u64 + 1).checked_mul(width)? - 1;
    u32::try_from(end).ok()
}

/// The index in HDR's array of counts of the bucket with that upper end.
pub(super) fn index_of(upper_end: Duration) -> usize {
    let micros = upper_end.as_micros() as usize;
    let doublings = width(micros as u64).trailing_zeros() as usize;
    // Below 2,048 there is nothing to double: the index is the value.
    doublings * FINE / 2 + (micros >> doublings)
}

/// How many microseconds the bucket of `micros` is wide: a power of two.
fn width(micros: u64) -> u64 {
    1 << micros.checked_ilog2().unwrap_or(0).saturating_sub(10)
}
