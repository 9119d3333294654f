//! The one clock of a server: times are since it began.

use std::time::Duration;
use tokio::time::Instant;

/// When a server began.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock(Instant);

impl Clock {
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    pub(crate) fn now(self) -> Duration {
        self.0.elapsed()
    }

    /// Returns at that time, never before it; without one, never.
    pub(crate) async fn sleep_until(self, time: Option<Duration>) {
        match time.and_then(|time| self.0.checked_add(time)) {
            Some(at) => tokio::time::sleep_until(at).await,
            None => std::future::pending().await,
        }
    }
}
