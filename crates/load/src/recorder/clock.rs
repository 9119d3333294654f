//! The run's clock: instants of this machine as times of the run.

use std::time::Instant;
use units::RunTime;

/// The run's clock.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    start: Instant,
}

impl Clock {
    /// A clock that is zero at `start`.
    pub(crate) fn new(start: Instant) -> Self {
        Self { start }
    }

    /// That instant on this clock; what lies before its start is its start.
    pub(crate) fn at(self, instant: Instant) -> RunTime {
        RunTime::from(instant.saturating_duration_since(self.start))
    }
}
