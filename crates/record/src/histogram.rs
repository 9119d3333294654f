//! Latencies as HDR histograms: 1 µs to 1 hour, three significant digits, so at most 0.1 % off; merged by adding counts.
//!
//! A percentile is an order statistic and needs samples: [`Histogram::percentile`] answers `None` below
//! ln(0.05) / ln(p) of them, the number whose largest exceeds the percentile with 95 % probability
//! (p99: 299, p99.9: 2,995; see order-statistic intervals in any statistics text). Whoever prints it says
//! "not enough samples" then.
//!
//! The text form is HDR's own V2 (base64), which the other HDR tools read.

use base64::{Engine, engine::general_purpose::STANDARD};
use hdrhistogram::serialization::{Deserializer, Serializer, V2Serializer};
use std::time::Duration;

/// Microseconds in an hour: longer latencies are recorded as this.
const MICROS_MAX: u64 = 3_600_000_000;
const SIGNIFICANT_DIGITS: u8 = 3;

/// Latencies in microseconds.
#[derive(Clone, PartialEq)]
pub struct Histogram(hdrhistogram::Histogram<u32>);

/// A text that is no histogram.
#[derive(Debug, thiserror::Error)]
#[error("not a histogram in HDR V2 and base64: {reason}")]
pub struct HistogramError {
    reason: String,
}

impl Histogram {
    /// An empty one. Takes memory as values come in: about 20 KiB for latencies under 100 ms.
    #[must_use]
    pub fn new() -> Self {
        let mut inner = hdrhistogram::Histogram::new(SIGNIFICANT_DIGITS).expect("three digits are within HDR's limits");
        inner.auto(true);
        Self(inner)
    }

    /// Adds a latency; below 1 µs counts as 1 µs, above an hour as an hour.
    pub fn record(&mut self, latency: Duration) {
        let micros = u64::try_from(latency.as_micros()).unwrap_or(MICROS_MAX).clamp(1, MICROS_MAX);
        self.0.record(micros).expect("the histogram grows up to an hour");
    }

    /// Adds all of `other`.
    pub fn merge(&mut self, other: &Self) {
        self.0.add(&other.0).expect("the histogram grows up to an hour");
    }

    /// How many latencies were recorded.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.0.len()
    }

    /// Whether none was recorded.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Forgets everything, keeps the memory.
    pub fn clear(&mut self) {
        self.0.reset();
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
        (1..=samples).contains(&rank).then(|| {
            // The middle of the rank's own stretch, so that no rounding reaches its neighbours.
            Duration::from_micros(self.0.value_at_quantile((rank as f64 - 0.5) / samples as f64))
        })
    }

    /// The longest latency, `None` when empty.
    #[must_use]
    pub fn max(&self) -> Option<Duration> {
        (!self.is_empty()).then(|| Duration::from_micros(self.0.max()))
    }

    /// The mean, `None` when empty.
    #[must_use]
    pub fn mean(&self) -> Option<Duration> {
        (!self.is_empty()).then(|| Duration::from_secs_f64(self.0.mean() / 1e6))
    }

    /// How many recorded latencies are longer than `limit` (to 0.1 %).
    #[must_use]
    pub fn count_above(&self, limit: Duration) -> u64 {
        let micros = u64::try_from(limit.as_micros()).unwrap_or(MICROS_MAX).min(MICROS_MAX);
        if micros == 0 { self.len() } else { self.len() - self.0.count_between(0, micros) }
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
        self.0
            .iter_recorded()
            .map(|step| (Duration::from_micros(step.value_iterated_to()), step.count_since_last_iteration()))
    }

    /// HDR V2 in base64.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut bytes = Vec::new();
        V2Serializer::new().serialize(&self.0, &mut bytes).expect("a vector takes every byte");
        STANDARD.encode(bytes)
    }

    /// Reads [`Self::to_text`]'s form.
    ///
    /// # Errors
    /// A text that isn't one, or a histogram of another precision or range than this type's.
    pub fn from_text(text: &str) -> Result<Self, HistogramError> {
        let bytes = STANDARD.decode(text).map_err(|error| HistogramError { reason: error.to_string() })?;
        check_header(&bytes).map_err(|reason| HistogramError { reason: reason.to_owned() })?;
        let mut inner: hdrhistogram::Histogram<u32> = Deserializer::new()
            .deserialize(&mut bytes.as_slice())
            .map_err(|error| HistogramError { reason: format!("{error:?}") })?;
        inner.auto(true);
        Ok(Self(inner))
    }
}

/// Refuses what the library would take but this type never writes, before the library acts on it: it would allocate
/// whatever length the header claims, and negate the most negative number.
fn check_header(bytes: &[u8]) -> Result<(), &'static str> {
    const HEADER: usize = 40;
    const COOKIE_V2: u32 = 0x1c84_9313;
    let (header, payload) = bytes.split_at_checked(HEADER).ok_or("shorter than a header")?;
    let word = |at: usize| u32::from_be_bytes(header[at..at + 4].try_into().expect("four bytes"));
    let long = |at: usize| u64::from_be_bytes(header[at..at + 8].try_into().expect("eight bytes"));
    if word(0) != COOKIE_V2 {
        return Err("not the uncompressed V2 form");
    }
    if word(4) as usize != payload.len() {
        return Err("another length than its header says");
    }
    if word(12) != u32::from(SIGNIFICANT_DIGITS) || long(16) != 1 || long(24) > 2 * MICROS_MAX {
        return Err("not in microseconds up to an hour with three digits");
    }
    // Counts are below 2^32 and take at most five bytes, the last of them below 0x80.
    if payload.windows(9).any(|window| window == [0xff; 9]) {
        return Err("a count out of range");
    }
    Ok(())
}

impl Default for Histogram {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for Histogram {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Histogram({} values, max {:?})", self.len(), self.max())
    }
}

#[cfg(test)]
mod tests;
