//! Latencies as HDR histograms: 1 µs to 1 hour, three significant digits, so at most 0.1 % off; merged by adding counts.
//!
//! A percentile is an order statistic and needs samples: [`Histogram::percentile`] answers `None` below
//! ln(0.05) / ln(p) of them, the number whose largest exceeds the percentile with 95 % probability
//! (p99: 299, p99.9: 2,995; see order-statistic intervals in any statistics text). Whoever prints it says
//! "not enough samples" then.
//!
//! The text form is HDR's own V2 (base64), which the other HDR tools read.

mod packed;
mod v2;

use base64::{Engine, engine::general_purpose::STANDARD};
use hdrhistogram::serialization::{Serializer, V2Serializer};
use packed::Packed;
use std::time::Duration;

/// Microseconds in an hour: longer latencies are recorded as this.
const MICROS_MAX: u64 = 3_600_000_000;
const SIGNIFICANT_DIGITS: u8 = 3;

type Dense = hdrhistogram::Histogram<u32>;

/// Latencies in microseconds.
#[derive(Clone)]
pub struct Histogram(Form);

/// One of few latencies has only the buckets that hold something: a recording has tens of thousands of them, and a generator one of each
/// kind of request of the second. One that is recorded to and has more than [`packed::FEW`] has a counter for every bucket up to its
/// longest latency: 8 KiB and more, found at once.
#[derive(Clone)]
enum Form {
    Dense(Box<Dense>),
    Packed(Packed),
}

/// A text that is no histogram.
#[derive(Debug, thiserror::Error)]
#[error("not a histogram in HDR V2 and base64: {reason}")]
pub struct HistogramError {
    reason: String,
}

impl Histogram {
    /// An empty one. Takes memory as values come in: eight bytes for each bucket, then, past 2 KiB, about 20 KiB for latencies under
    /// 100 ms.
    #[must_use]
    pub fn new() -> Self {
        Self(Form::Packed(Packed::default()))
    }

    /// Adds a latency; below 1 µs counts as 1 µs, above an hour as an hour.
    pub fn record(&mut self, latency: Duration) {
        let micros = u64::try_from(latency.as_micros()).unwrap_or(MICROS_MAX).clamp(1, MICROS_MAX);
        match &mut self.0 {
            Form::Packed(packed) if packed.has_room(1) => packed.record(micros),
            _ => self.dense().record(micros).expect("the histogram grows up to an hour"),
        }
    }

    /// Adds all of `other`.
    pub fn merge(&mut self, other: &Self) {
        match (&mut self.0, &other.0) {
            (_, Form::Packed(other)) if other.is_empty() => {}
            (Form::Packed(packed), Form::Packed(other)) if packed.has_room(other.filled()) => packed.add(other),
            (_, Form::Packed(other)) => other.add_to(self.dense()),
            (_, Form::Dense(other)) => self.dense().add(other.as_ref()).expect("the histogram grows up to an hour"),
        }
    }

    /// All of them merged: for many small ones, of which few buckets are filled, cheaper than merging one by one.
    pub fn merged<'a>(histograms: impl IntoIterator<Item = &'a Self>) -> Self {
        let buckets = histograms.into_iter().flat_map(Self::buckets);
        Self(Form::Packed(Packed::gather(buckets)))
    }

    /// How many latencies were recorded.
    #[must_use]
    pub fn len(&self) -> u64 {
        match &self.0 {
            Form::Dense(dense) => dense.len(),
            Form::Packed(packed) => packed.len(),
        }
    }

    /// Whether none was recorded.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Forgets everything, keeps the memory.
    pub fn clear(&mut self) {
        match &mut self.0 {
            Form::Dense(dense) => dense.reset(),
            Form::Packed(packed) => packed.clear(),
        }
    }

    /// The latency that `percent` of the recorded ones don't exceed (0 < percent < 100), or `None` without enough samples.
    #[must_use]
    pub fn percentile(&self, percent: f64) -> Option<Duration> {
        (self.len() >= Self::samples_needed(percent)).then(|| self.value_at(percent)).flatten()
    }

    /// The latency at `percent` whatever the number of samples; `None` only when empty. Not for verdicts.
    #[must_use]
    #[expect(clippy::cast_precision_loss, clippy::cast_sign_loss, reason = "counts stay far below 2^53, ranks above 0")]
    pub fn value_at(&self, percent: f64) -> Option<Duration> {
        let samples = self.len();
        // The rank is found here, since 0.999 × 1000 is a little more than 999 in binary and would be lifted to 1000.
        let rank = (percent / 100.0 * samples as f64 - 1e-9).ceil().clamp(1.0, samples.max(1) as f64);
        self.value_at_rank(rank as u64)
    }

    /// The latency of that rank in ascending order, 1 for the shortest; `None` when there are fewer.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
    pub fn value_at_rank(&self, rank: u64) -> Option<Duration> {
        let samples = self.len();
        if !(1..=samples).contains(&rank) {
            return None;
        }
        match &self.0 {
            // The middle of the rank's own stretch, so that no rounding reaches its neighbours.
            Form::Dense(dense) => {
                Some(Duration::from_micros(dense.value_at_quantile((rank as f64 - 0.5) / samples as f64)))
            }
            Form::Packed(packed) => packed.value_at_rank(rank),
        }
    }

    /// The longest latency, `None` when empty.
    #[must_use]
    pub fn max(&self) -> Option<Duration> {
        match &self.0 {
            Form::Dense(dense) => (!dense.is_empty()).then(|| Duration::from_micros(dense.max())),
            Form::Packed(packed) => packed.max(),
        }
    }

    /// The mean, `None` when empty.
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        reason = "a sum of latencies in microseconds stays below 2^53 for 285 years of them"
    )]
    pub fn mean(&self) -> Option<Duration> {
        let sum: f64 = self.buckets().map(|(latency, count)| packed::middle(latency) * count as f64).sum();
        (!self.is_empty()).then(|| Duration::from_secs_f64(sum / self.len() as f64 / 1e6))
    }

    /// How many recorded latencies are longer than `limit` (to 0.1 %).
    #[must_use]
    pub fn count_above(&self, limit: Duration) -> u64 {
        let bucket_of_limit = packed::upper_end(limit);
        self.buckets().filter(|(latency, _)| *latency > bucket_of_limit).map(|(_, count)| count).sum()
    }

    /// The smallest number of samples that says something about that percentile.
    #[must_use]
    #[expect(clippy::cast_sign_loss, reason = "both logarithms are negative, so the quotient is positive")]
    pub fn samples_needed(percent: f64) -> u64 {
        let fraction = (percent / 100.0).clamp(1e-9, 1.0 - 1e-9);
        let tail = fraction.max(1.0 - fraction);
        // 1e-9 keeps an exact quotient from being lifted to the next whole number.
        (0.05_f64.ln() / tail.ln() - 1e-9).ceil().max(1.0) as u64
    }

    /// Each recorded latency (upper end of its bucket) with its count, ascending.
    pub fn buckets(&self) -> impl Iterator<Item = (Duration, u64)> + '_ {
        let (dense, packed) = match &self.0 {
            Form::Dense(dense) => (Some(dense), None),
            Form::Packed(packed) => (None, Some(packed)),
        };
        let dense = dense
            .into_iter()
            .flat_map(|dense| dense.iter_recorded())
            .map(|step| (Duration::from_micros(step.value_iterated_to()), step.count_since_last_iteration()));
        dense.chain(packed.into_iter().flat_map(Packed::buckets))
    }

    /// HDR V2 in base64.
    #[must_use]
    pub fn to_text(&self) -> String {
        let bytes = match &self.0 {
            Form::Dense(dense) => {
                let mut bytes = Vec::new();
                V2Serializer::new().serialize(dense, &mut bytes).expect("a vector takes every byte");
                bytes
            }
            Form::Packed(packed) => v2::write(packed),
        };
        STANDARD.encode(bytes)
    }

    /// Reads [`Self::to_text`]'s form.
    ///
    /// # Errors
    /// A text that isn't one, or a histogram of another precision or range than this type's.
    pub fn from_text(text: &str) -> Result<Self, HistogramError> {
        let bytes = STANDARD.decode(text).map_err(|error| HistogramError { reason: error.to_string() })?;
        let packed = v2::read(&bytes).map_err(|reason| HistogramError { reason: reason.to_owned() })?;
        Ok(Self(Form::Packed(packed)))
    }

    /// The form for many latencies.
    fn dense(&mut self) -> &mut Dense {
        if let Form::Packed(packed) = &self.0 {
            self.0 = Form::Dense(Box::new(packed.to_dense()));
        }
        match &mut self.0 {
            Form::Dense(dense) => dense,
            Form::Packed(_) => unreachable!("it was just unpacked"),
        }
    }
}

impl Default for Histogram {
    fn default() -> Self {
        Self::new()
    }
}

impl PartialEq for Histogram {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.buckets().eq(other.buckets())
    }
}

impl std::fmt::Debug for Histogram {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Histogram({} values, max {:?})", self.len(), self.max())
    }
}

#[cfg(test)]
mod tests;
