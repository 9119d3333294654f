//! Durations with units: `90s`, `250ms`, `1m30s`, `1.5s`. Exact to the nanosecond.
//!
//! Use `#[serde(with = "units::duration")]` on a [`Duration`] field, or [`Text`] to print one.

use crate::text::{UnitError, scaled, split_number};
use std::{fmt, time::Duration};

const WHAT: &str = "duration";
const EXAMPLE: &str = "90s, 250ms, 1m30s or 2h";

/// Name of the unit, nanoseconds in it, decimals that are still exact.
const UNITS: [(&str, u64, u32); 6] = [
    ("h", 3_600_000_000_000, 9),
    ("m", 60_000_000_000, 9),
    ("s", 1_000_000_000, 9),
    ("ms", 1_000_000, 6),
    ("us", 1_000, 3),
    ("ns", 1, 0),
];

/// Reads a duration: one or more numbers with units, largest first.
///
/// # Errors
/// [`UnitError`] when the text isn't of that form or is longer than about 584 years.
pub fn parse(text: &str) -> Result<Duration, UnitError> {
    let malformed = || UnitError::Malformed { what: WHAT, text: text.to_owned(), example: EXAMPLE };
    let out_of_range =
        || UnitError::OutOfRange { what: WHAT, text: text.to_owned(), limit: "at most 2^64 nanoseconds" };
    let mut rest = text.trim();
    let mut total: u128 = 0;
    let mut largest = usize::MAX;
    while !rest.is_empty() {
        let (number, after) = split_number(rest).ok_or_else(malformed)?;
        let end = after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len());
        let (unit, remaining) = after.split_at(end);
        let rank = UNITS.iter().position(|(name, ..)| *name == unit).ok_or_else(malformed)?;
        if largest != usize::MAX && rank <= largest {
            return Err(malformed());
        }
        largest = rank;
        let (_, nanos, digits) = UNITS[rank];
        let count = scaled(number, digits).ok_or_else(malformed)?;
        total += count.checked_mul(u128::from(nanos)).ok_or_else(out_of_range)? / 10u128.pow(digits);
        rest = remaining.trim_start();
    }
    if largest == usize::MAX {
        return Err(malformed());
    }
    u64::try_from(total).map(Duration::from_nanos).map_err(|_| out_of_range())
}

/// A duration in its text form: the largest unit that gives a whole number (`1500ms`, `90s`, `0s`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Text(pub Duration);

impl fmt::Display for Text {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanos = self.0.as_nanos();
        if nanos == 0 {
            return formatter.write_str("0s");
        }
        // Hours and minutes only from two minutes up, since 90s is what people write.
        let fits = |(name, unit, _): &&(&str, u64, u32)| {
            let whole = nanos.is_multiple_of(u128::from(*unit));
            whole && (!matches!(*name, "h" | "m") || nanos >= 120_000_000_000)
        };
        let (name, unit, _) = UNITS.iter().find(fits).expect("every duration is whole nanoseconds");
        write!(formatter, "{}{name}", nanos / u128::from(*unit))
    }
}

/// Writes the text form.
///
/// # Errors
/// Those of the serializer.
pub fn serialize<S: serde::Serializer>(value: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&Text(*value))
}

/// Reads the text form.
///
/// # Errors
/// A text that isn't a duration.
pub fn deserialize<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let text = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(deserializer)?;
    parse(&text).map_err(serde::de::Error::custom)
}
