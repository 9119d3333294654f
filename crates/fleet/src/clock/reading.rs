//! Readings of two clocks that can't be mixed up, and what is left when one is told by the other: a stamp with a bound.
//!
//! A reading is nanoseconds since a zero of that clock's own: the boot for a monotonic clock, 1970 for the time of day.
//! Readings of different clocks have different types, so that nobody subtracts one from the other by mistake.

use std::cmp::Ordering;
use std::fmt;
use std::time::Duration;

/// A reading of some clock, in nanoseconds since that clock's zero.
pub trait Reading: Copy {
    /// Nanoseconds since the clock's zero.
    fn as_nanos(self) -> i64;
}

/// A reading of the clock of who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LocalReading(i64);

/// A reading of the clock of who is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RemoteReading(i64);

impl LocalReading {
    /// That many nanoseconds after the clock's zero.
    #[must_use]
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }
}

impl RemoteReading {
    /// That many nanoseconds after the clock's zero.
    #[must_use]
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }
}

impl Reading for LocalReading {
    fn as_nanos(self) -> i64 {
        self.0
    }
}

impl Reading for RemoteReading {
    fn as_nanos(self) -> i64 {
        self.0
    }
}

/// How far a clock is ahead of another one; negative when it is behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Offset(i64);

impl Offset {
    /// That many nanoseconds ahead.
    #[must_use]
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// Nanoseconds ahead.
    #[must_use]
    pub const fn as_nanos(self) -> i64 {
        self.0
    }

    /// Without its sign.
    #[must_use]
    pub const fn distance(self) -> Duration {
        Duration::from_nanos(self.0.unsigned_abs())
    }
}

/// Seconds with their sign, to the microsecond: `+5.000123 s`.
impl fmt::Display for Offset {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { '-' } else { '+' };
        write!(formatter, "{sign}{:.6} s", self.distance().as_secs_f64())
    }
}

/// An instant told by a clock that did not see it: it is within `bound` of `at`, on either side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp<R> {
    /// The middle of where it may be.
    pub at: R,
    /// How far it may be from there.
    pub bound: Duration,
}

impl<R: Reading> Stamp<R> {
    /// Whether the instant may be this one.
    #[must_use]
    pub fn may_be(self, instant: R) -> bool {
        distance(self.at, instant) <= self.bound.as_nanos()
    }
}

/// Which of two instants was first; none when their bounds meet, for then nobody can know.
#[must_use]
pub fn order<R: Reading>(one: Stamp<R>, other: Stamp<R>) -> Option<Ordering> {
    let is_known = distance(one.at, other.at) > one.bound.as_nanos() + other.bound.as_nanos();
    is_known.then(|| one.at.as_nanos().cmp(&other.at.as_nanos()))
}

/// Nanoseconds between two readings.
fn distance<R: Reading>(one: R, other: R) -> u128 {
    u128::from(one.as_nanos().abs_diff(other.as_nanos()))
}
