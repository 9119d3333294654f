//! The decisions one by one, and then all of them together in a world that is as unkind as it may be.

#![expect(clippy::unwrap_used, reason = "tests may panic")]

mod decisions;
mod world;

use std::time::Duration;

use super::Terms;
use crate::names::RegionName;

const LEASE: Duration = Duration::from_millis(3000);

fn region(index: usize) -> RegionName {
    RegionName::parse(&format!("region-{index}")).unwrap()
}

fn terms(index: usize, voters: usize) -> Terms {
    Terms { region: region(index), voters, lease: LEASE }
}

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}
