//! How long to wait before the next try: doubling up to a limit, with jitter.
//!
//! Without a limit a region that was away for an hour would be found an hour later; without jitter all
//! its peers would knock at the same instant. The jitter is a function of who waits for whom and of the
//! number of failures, so a run can be repeated.

use std::time::Duration;

use crate::mix::{mix, mix_text};
use crate::names::RegionName;

/// The waits of one region for one peer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Backoff {
    min: Duration,
    max: Duration,
    seed: u64,
}

impl Backoff {
    /// Waits between `min` and `max`, for `peer` as seen from `region`.
    pub(super) fn new(min: Duration, max: Duration, region: &RegionName, peer: &RegionName) -> Self {
        let seed = mix_text(region.as_str()) ^ mix_text(peer.as_str()).rotate_left(1);
        Self { min, max, seed }
    }

    /// The wait after `failures` in a row, from 1: between half and all of `min * 2^(failures - 1)`, at
    /// most `max`.
    pub(super) fn wait(&self, failures: u32) -> Duration {
        let doublings = failures.saturating_sub(1).min(20);
        let full = self.min.saturating_mul(1 << doublings).min(self.max);
        let share = (mix(self.seed ^ u64::from(failures)) % 1000) as f64 / 1000.0;
        full / 2 + (full / 2).mul_f64(share)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may panic")]

    use super::*;

    fn backoff(region: &str, peer: &str) -> Backoff {
        let name = |name| RegionName::parse(name).unwrap();
        Backoff::new(Duration::from_millis(50), Duration::from_secs(1), &name(region), &name(peer))
    }

    #[test]
    fn waits_double_up_to_the_limit_and_keep_within_half_and_all_of_it() {
        let backoff = backoff("eu", "us");
        // (failures, full wait in ms)
        for (failures, full) in [(1, 50), (2, 100), (3, 200), (5, 800), (6, 1000), (7, 1000), (u32::MAX, 1000)] {
            let wait = backoff.wait(failures);
            assert!(wait >= Duration::from_millis(full / 2), "{failures}: {wait:?}");
            assert!(wait <= Duration::from_millis(full), "{failures}: {wait:?}");
        }
    }

    #[test]
    fn regions_do_not_knock_in_step_and_a_run_can_be_repeated() {
        let waits = |region, peer| (1..20).map(|failures| backoff(region, peer).wait(failures)).collect::<Vec<_>>();
        assert_eq!(waits("eu", "us"), waits("eu", "us"));
        assert_ne!(waits("eu", "us"), waits("ap", "us"));
        assert_ne!(waits("eu", "us"), waits("us", "eu"));
    }
}
