//! The wall clock of a region: the machine's, and an offset from the configuration.
//!
//! The offset is how a wrong clock is played: all of the region's stamps and heartbeats have it. It is
//! the only place where Chirp reads the time of day.

use std::time::{SystemTime, UNIX_EPOCH};

/// A wall clock that may be wrong on purpose.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct WallClock {
    offset_ms: i64,
}

impl WallClock {
    /// The machine's clock and this many milliseconds (may be negative).
    pub(crate) fn with_offset_ms(offset_ms: i64) -> Self {
        Self { offset_ms }
    }

    /// Milliseconds since 1970, never below 0.
    pub(crate) fn now_ms(self) -> u64 {
        (unix_micros() / 1000).saturating_add_signed(self.offset_ms)
    }
}

/// Microseconds since 1970 by the machine's clock, without any offset.
pub(crate) fn unix_micros() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_micros() as u64)
}
