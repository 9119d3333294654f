//! The small values that findings are made of.

use crate::words;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Serialize, Serializer};
use std::{borrow::Cow, time::Duration};
use units::RunTime;

/// A length of time; whole microseconds in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Length(pub Duration);

impl Length {
    /// Seconds, for drawing.
    #[must_use]
    pub fn as_secs_f64(self) -> f64 {
        self.0.as_secs_f64()
    }

    /// From `from` to `to`, zero when that is backwards.
    #[must_use]
    pub fn between(from: RunTime, to: RunTime) -> Self {
        Self(to.saturating_since(from))
    }
}

impl From<Duration> for Length {
    fn from(duration: Duration) -> Self {
        Self(duration)
    }
}

impl Serialize for Length {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(RunTime::from(self.0).as_micros())
    }
}

impl JsonSchema for Length {
    fn schema_name() -> Cow<'static, str> {
        Cow::Borrowed("Length")
    }

    fn json_schema(_generator: &mut SchemaGenerator) -> Schema {
        schemars::json_schema!({ "type": "integer", "minimum": 0, "description": "A length of time in whole microseconds." })
    }
}

/// A stretch of the run, `from` inclusive, `to` exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Span {
    /// Its beginning, microseconds since the run's start.
    #[serde(rename = "from_us")]
    #[schemars(with = "u64")]
    pub from: RunTime,
    /// Its end, microseconds since the run's start.
    #[serde(rename = "to_us")]
    #[schemars(with = "u64")]
    pub to: RunTime,
}

impl Span {
    /// How long it is.
    #[must_use]
    pub fn length(&self) -> Length {
        Length::between(self.from, self.to)
    }

    /// How long at least one of them lasted: where they overlap, once.
    #[must_use]
    pub fn covered(spans: impl IntoIterator<Item = Self>) -> Length {
        let mut spans: Vec<Self> = spans.into_iter().collect();
        spans.sort_by_key(|span| (span.from, span.to));
        let mut covered = std::time::Duration::ZERO;
        let mut until = RunTime::START;
        for span in spans {
            covered += Length::between(span.from.max(until), span.to.max(until)).0;
            until = until.max(span.to);
        }
        Length(covered)
    }

    /// Whether the instant lies in it.
    #[must_use]
    pub fn contains(&self, at: RunTime) -> bool {
        self.from <= at && at < self.to
    }
}

/// A number with its unit, and as people read it. The text is what every report prints.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Quantity {
    /// "4.2 s ±0.1 s", "31 writes", "99.94 %", or "not measured".
    pub text: String,
    /// The bare number in [`Self::unit`]; `None`: not measured.
    pub value: Option<f64>,
    /// `s`, `writes`, `share` (0 to 1), `files` …; empty when there is no number.
    pub unit: String,
    /// How far the true value may lie to either side, in the same unit, where that is known.
    pub error: Option<f64>,
}

impl Quantity {
    /// A number that could not be measured.
    #[must_use]
    pub fn not_measured() -> Self {
        Self::text("not measured")
    }

    /// Something that has no number.
    #[must_use]
    pub fn text(text: &str) -> Self {
        Self { text: text.to_owned(), value: None, unit: String::new(), error: None }
    }

    /// A length of time in seconds, written as `text`.
    #[must_use]
    pub fn seconds(length: Length, text: String) -> Self {
        Self { text, value: Some(length.as_secs_f64()), unit: "s".to_owned(), error: None }
    }

    /// A share, written as `text`.
    #[must_use]
    pub fn share(share: f64, text: String) -> Self {
        Self { text, value: Some(share), unit: "share".to_owned(), error: None }
    }

    /// A factor: `14.4×`.
    #[must_use]
    pub fn times(factor: f64) -> Self {
        Self { text: words::times(factor), value: Some(factor), unit: "times".to_owned(), error: None }
    }

    /// A count of `noun`s.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
    pub fn number(count: u64, noun: &str) -> Self {
        let text = words::counted(count, noun);
        Self { text, value: Some(count as f64), unit: format!("{noun}s"), error: None }
    }
}

/// A percentile of a merged histogram, or the reason why there is none.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Percentile {
    /// Above 0 and below 100.
    pub percent: f64,
    /// How many values there are.
    pub samples: u64,
    /// How many it takes before this percentile says anything.
    pub samples_needed: u64,
    /// The percentile; `None`: not enough samples.
    #[serde(rename = "value_us")]
    pub value: Option<Length>,
    /// Lower end of its 95 % interval by order statistics.
    #[serde(rename = "low_us")]
    pub low: Option<Length>,
    /// Upper end of its 95 % interval; `None` also where the sample is too small to bound it from above.
    #[serde(rename = "high_us")]
    pub high: Option<Length>,
    /// "74 ms" or "not enough samples (12 of 299)".
    pub text: String,
}

#[cfg(test)]
mod tests {
    //! Spans that overlap, touch and lie apart.
    use super::*;

    #[test]
    fn what_several_spans_cover_counts_once() {
        let span = |from, to| Span { from: RunTime::from_micros(from), to: RunTime::from_micros(to) };
        let cases: [(&[Span], u64); 5] = [
            (&[], 0),
            (&[span(10, 14)], 4),
            (&[span(30, 32), span(10, 14)], 6),
            (&[span(10, 20), span(12, 15), span(18, 25)], 15),
            (&[span(0, 5), span(5, 9)], 9),
        ];
        for (spans, expected) in cases {
            assert_eq!(Span::covered(spans.iter().copied()).0.as_micros(), u128::from(expected), "{spans:?}");
        }
    }
}
