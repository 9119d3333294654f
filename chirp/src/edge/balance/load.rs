//! How much of its load a partly unhealthy region keeps.
//!
//! A region that fails one request in three is neither up nor down. Taking all away loses what it still
//! does; leaving all makes a third of its users suffer. So it keeps what it can carry, with a margin, and the
//! rest goes to the next region:
//!
//! ```text
//!  kept share = min(1, 1.4 * successes / requests)          over the last ten seconds
//! ```
//!
//! With 1.4, up to 28 % of failures move nobody: short trouble is the retries' business. (The factor is the
//! default of Envoy's overprovisioning:
//! <https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/upstream/load_balancing/overprovisioning>.)
//! Below twenty requests a share says nothing, and all is kept.

use std::time::Duration;

use super::super::window::Window;
use super::WHOLE;

/// 1.4, in parts of a thousand.
const MARGIN: u64 = 1400;
const REQUESTS_MIN: u64 = 20;

/// What came of the requests of the last ten seconds.
#[derive(Clone, Debug, Default)]
pub(super) struct Recent {
    requests: Window,
    failures: Window,
}

impl Recent {
    pub(super) fn record(&mut self, failed: bool, now: Duration) {
        self.requests.add(now);
        if failed {
            self.failures.add(now);
        }
    }

    /// The share that stays, in parts of a thousand.
    pub(super) fn kept(&self, now: Duration) -> u64 {
        let (requests, failures) = (self.requests.sum(now), self.failures.sum(now));
        if requests < REQUESTS_MIN {
            return WHOLE;
        }
        (MARGIN * (requests - failures) / requests).min(WHOLE)
    }
}
