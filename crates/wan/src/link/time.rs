//! Time on a link's own clock, as a value.
//!
//! The model has no clock: whoever pushes bytes says when. Nanoseconds, because a link's delays are compared with pauses
//! of a few microseconds; 64 bits of them last 584 years, so that sums saturate instead of wrapping.

use std::time::Duration;

/// Nanoseconds since the link's origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct LinkTime(u64);

impl LinkTime {
    /// The link's origin.
    pub const ORIGIN: Self = Self(0);
    /// Later than any other instant: what waits for it waits until the link changes.
    pub const NEVER: Self = Self(u64::MAX);

    /// From nanoseconds since the origin.
    #[must_use]
    pub fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// Nanoseconds since the origin.
    #[must_use]
    pub fn as_nanos(self) -> u64 {
        self.0
    }

    /// This much later, at most [`Self::NEVER`].
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(nanos(duration)))
    }

    /// Time since `earlier`, zero if that is later.
    #[must_use]
    pub fn saturating_since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }

    /// This much earlier, at least the origin.
    #[must_use]
    pub fn minus(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(nanos(duration)))
    }
}

/// Whole nanoseconds, at most `u64::MAX`.
pub(super) fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
