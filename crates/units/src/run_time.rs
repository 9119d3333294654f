//! Time on the run's own clock: microseconds since the run started. Every recorded instant is one of these.

use std::{
    fmt,
    ops::{Add, Sub},
    time::Duration,
};

/// Microseconds since the run's start, by the run's monotonic clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct RunTime(u64);

impl RunTime {
    /// The start of the run.
    pub const START: Self = Self(0);

    /// From microseconds since the start.
    #[must_use]
    pub fn from_micros(micros: u64) -> Self {
        Self(micros)
    }

    /// Microseconds since the start.
    #[must_use]
    pub fn as_micros(self) -> u64 {
        self.0
    }

    /// Time since the start.
    #[must_use]
    pub fn since_start(self) -> Duration {
        Duration::from_micros(self.0)
    }

    /// Whole seconds since the start: the interval this instant falls into.
    #[must_use]
    pub fn second(self) -> u64 {
        self.0 / 1_000_000
    }

    /// Time since `earlier`, zero if that is later.
    #[must_use]
    pub fn saturating_since(self, earlier: Self) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0))
    }

    /// Seconds since the start, for drawing and arithmetic that needs no exactness.
    #[must_use]
    pub fn as_secs_f64(self) -> f64 {
        self.since_start().as_secs_f64()
    }
}

impl From<Duration> for RunTime {
    /// Time since the start, cut to whole microseconds; saturates after 584,000 years.
    fn from(since_start: Duration) -> Self {
        Self(u64::try_from(since_start.as_micros()).unwrap_or(u64::MAX))
    }
}

impl Add<Duration> for RunTime {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(Self::from(duration).0))
    }
}

impl Sub<Duration> for RunTime {
    type Output = Self;

    /// Saturates at the start.
    fn sub(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(Self::from(duration).0))
    }
}

impl fmt::Display for RunTime {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "T+{}.{:03}s", self.0 / 1_000_000, self.0 / 1_000 % 1_000)
    }
}
