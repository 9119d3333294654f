//! The retry budget: how many requests may be sent once more.
//!
//! Retries help when one in a hundred fails, and kill when all do: every caller then sends everything twice
//! or three times to what is already down. So retries are a share of the requests of the last ten
//! seconds, and a small reserve, without which somebody with one request a minute could never retry.
//!
//! ```text
//!  retries of the last ten seconds  <=  reserve + percent * requests of the same time
//! ```
//!
//! This holds whenever one is granted. (Requests that are forgotten later do not take back what they
//! allowed, so over a long time it is the share, and over a short one at most the reserve more.) Counted in whole seconds, so the ten seconds are between nine and ten long. (The form is that of
//! Finagle's `RetryBudget`: <https://twitter.github.io/finagle/guide/Clients.html#retries>.)

use std::time::Duration;

use super::super::window::Window;

/// Requests and retries of the last ten seconds.
#[derive(Clone, Debug)]
pub(super) struct RetryBudget {
    percent: u64,
    reserve: u64,
    requests: Window,
    retries: Window,
}

impl RetryBudget {
    /// `percent` of the requests, and `reserve` in any case.
    pub(super) fn new(percent: u32, reserve: u32) -> Self {
        let (requests, retries) = (Window::default(), Window::default());
        Self { percent: u64::from(percent), reserve: u64::from(reserve), requests, retries }
    }

    pub(super) fn count_request(&mut self, now: Duration) {
        self.requests.add(now);
    }

    /// Takes one retry out of the budget if there is one.
    pub(super) fn try_retry(&mut self, now: Duration) -> bool {
        let granted = self.left(now) > 0;
        if granted {
            self.retries.add(now);
        }
        granted
    }

    pub(super) fn left(&self, now: Duration) -> u64 {
        let allowed = self.reserve + self.requests.sum(now) * self.percent / 100;
        allowed.saturating_sub(self.retries.sum(now))
    }
}
