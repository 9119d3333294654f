//! Which fault meets which call. Pure: a call comes in with the region that makes it, and what to do with
//! it comes out.
//!
//! A fault is for all regions or for one; the one for a region goes before the one for all. `fail` fails
//! an exact share, evenly spread, and not a random one: of ten calls with a half, five fail, every time.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Regions that may be told apart. Calls of more are counted together.
const REGIONS_MAX: usize = 64;

/// What is wrong with a provider.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "fault", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Fault {
    /// Each answer comes this much later.
    Slow {
        /// Milliseconds, 1 to 3,600,000.
        delay_ms: u64,
    },
    /// A share of the calls is answered 500.
    Fail {
        /// Above 0, up to 1.
        share: f64,
    },
    /// No call is answered until the fault is cleared; then the connection is closed.
    Hang,
    /// Connections are closed when something is asked.
    Refuse,
}

/// What happens to one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is answered.
    Answer,
    /// It is answered later.
    Delay(Duration),
    /// It is answered 500.
    Fail,
    /// It is not answered.
    Hang,
    /// Its connection is closed.
    Refuse,
}

/// A fault that makes no sense; the message says why.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FaultError {
    /// Not a share.
    #[error("a share is a number above 0 and up to 1")]
    Share,
    /// Not a delay.
    #[error("a delay is 1 to {DELAY_MS_MAX} ms")]
    Delay,
}

const DELAY_MS_MAX: u64 = 3_600_000;

impl Fault {
    /// Checks the numbers.
    pub(crate) fn check(self) -> Result<Self, FaultError> {
        match self {
            Self::Slow { delay_ms } if !(1..=DELAY_MS_MAX).contains(&delay_ms) => Err(FaultError::Delay),
            // Not a number is neither.
            Self::Fail { share } if !(share > 0.0 && share <= 1.0) => Err(FaultError::Share),
            fault => Ok(fault),
        }
    }
}

/// The faults of a provider, and what it has counted.
#[derive(Debug, Default)]
pub(super) struct Faults {
    everywhere: Option<Fault>,
    regions: BTreeMap<String, Fault>,
    calls: BTreeMap<String, u64>,
    /// Calls since the fault of a region, or the one for all, was switched on; makes the exact share.
    since: BTreeMap<String, u64>,
}

impl Faults {
    /// Switches a fault on, or off with none, for a region or for all. Switching off for all clears
    /// everything.
    pub(super) fn set(&mut self, region: Option<&str>, fault: Option<Fault>) {
        match (region, fault) {
            (Some(region), Some(fault)) => {
                if self.regions.len() < REGIONS_MAX || self.regions.contains_key(region) {
                    self.regions.insert(region.to_owned(), fault);
                    self.since.remove(region);
                }
            }
            (Some(region), None) => {
                self.regions.remove(region);
            }
            (None, Some(fault)) => {
                self.everywhere = Some(fault);
                self.since.clear();
            }
            (None, None) => {
                self.everywhere = None;
                self.regions.clear();
            }
        }
    }

    /// What is wrong for the calls of a region; for all regions if none is named.
    pub(super) fn active(&self, region: Option<&str>) -> Option<Fault> {
        let of_region = region.and_then(|region| self.regions.get(region).copied());
        of_region.or(self.everywhere)
    }

    /// Whether anything is wrong for anybody.
    pub(super) fn any(&self) -> bool {
        self.everywhere.is_some() || !self.regions.is_empty()
    }

    /// A call has come in.
    pub(super) fn meet(&mut self, region: &str) -> Fate {
        let region = if self.calls.len() < REGIONS_MAX || self.calls.contains_key(region) { region } else { "others" };
        *self.calls.entry(region.to_owned()).or_default() += 1;
        let Some(fault) = self.active(Some(region)) else { return Fate::Answer };
        match fault {
            Fault::Slow { delay_ms } => Fate::Delay(Duration::from_millis(delay_ms)),
            Fault::Hang => Fate::Hang,
            Fault::Refuse => Fate::Refuse,
            Fault::Fail { share } => {
                let count = self.since.entry(region.to_owned()).or_default();
                *count += 1;
                let due = |calls: u64| (calls as f64 * share).floor();
                if due(*count) > due(*count - 1) { Fate::Fail } else { Fate::Answer }
            }
        }
    }

    /// Calls so far, by region.
    pub(super) fn calls(&self) -> &BTreeMap<String, u64> {
        &self.calls
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SLOW: Fault = Fault::Slow { delay_ms: 500 };

    #[test]
    fn the_fault_of_a_region_goes_before_the_one_for_all() {
        let mut faults = Faults::default();
        assert_eq!(faults.meet("eu"), Fate::Answer);
        faults.set(None, Some(Fault::Hang));
        faults.set(Some("eu"), Some(SLOW));
        assert_eq!(faults.meet("eu"), Fate::Delay(Duration::from_millis(500)));
        assert_eq!(faults.meet("us"), Fate::Hang);
        assert_eq!((faults.active(Some("eu")), faults.active(None)), (Some(SLOW), Some(Fault::Hang)));
        faults.set(Some("eu"), None);
        assert_eq!(faults.meet("eu"), Fate::Hang, "the one for all is left");
        faults.set(None, None);
        assert_eq!(faults.meet("eu"), Fate::Answer);
        assert!(!faults.any());
    }

    #[test]
    fn clearing_for_all_clears_the_regions_too_and_for_one_only_that_one() {
        let mut faults = Faults::default();
        faults.set(Some("eu"), Some(Fault::Refuse));
        faults.set(Some("us"), Some(Fault::Hang));
        faults.set(Some("eu"), None);
        assert_eq!((faults.meet("eu"), faults.meet("us")), (Fate::Answer, Fate::Hang));
        faults.set(None, None);
        assert_eq!(faults.meet("us"), Fate::Answer);
    }

    #[test]
    fn calls_are_counted_by_region_and_regions_have_a_limit() {
        let mut faults = Faults::default();
        for _ in 0..3 {
            faults.meet("eu");
        }
        for number in 0..1000 {
            faults.meet(&format!("made-up-{number}"));
        }
        assert_eq!(faults.calls()["eu"], 3);
        assert!(faults.calls().len() <= REGIONS_MAX + 1);
        assert_eq!(faults.calls().values().sum::<u64>(), 1003);
    }

    #[test]
    fn faults_with_senseless_numbers_are_refused() {
        for share in [0.0, -1.0, 1.1, f64::NAN, f64::INFINITY] {
            assert_eq!(Fault::Fail { share }.check(), Err(FaultError::Share), "{share}");
        }
        for delay_ms in [0, DELAY_MS_MAX + 1] {
            assert_eq!(Fault::Slow { delay_ms }.check(), Err(FaultError::Delay));
        }
        assert_eq!(SLOW.check(), Ok(SLOW));
    }

    proptest! {
        /// After any number of calls the failed ones are the share of them, to within one.
        #[test]
        fn the_share_is_exact(share in 0.01_f64..=1.0, calls in 1_u64..500) {
            let mut faults = Faults::default();
            faults.set(None, Some(Fault::Fail { share }));
            let failed = (0..calls).filter(|_| faults.meet("eu") == Fate::Fail).count();
            prop_assert!((failed as f64 - calls as f64 * share).abs() < 1.0 + 1e-9, "{} of {}", failed, calls);
        }
    }
}
