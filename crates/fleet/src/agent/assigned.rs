//! What an assignment means here: this agent's plan, addresses, clock and share.

use super::known::{self, Clocks};
use crate::{
    message::{AddressesFormat, Assignment, ClockFormat, PartFormat, SharesFormat},
    monotonic,
};
use load::{Parts, TargetAddresses};
use plan::resolved::ResolvedPlan;
use std::time::{Duration, Instant};

/// The plan as it is carried out here: a population that this agent really stands with has no emulated path.
pub(super) fn of_here(assignment: &Assignment) -> ResolvedPlan {
    let mut plan = ResolvedPlan::clone(&assignment.plan);
    for (population, emulated) in plan.populations.iter_mut().zip(&assignment.emulated) {
        if !emulated {
            population.paths.clear();
        }
    }
    plan
}

pub(super) fn addresses(format: &AddressesFormat) -> Result<TargetAddresses, String> {
    TargetAddresses::try_from(format).map_err(|error| error.to_string())
}

/// Zero of the run's clock, here, and by how much it can be off.
pub(super) fn start(format: &ClockFormat, clocks: Option<&Clocks>) -> Result<(Instant, Option<Duration>), String> {
    let too_early = || "the run began before this machine's clock".to_owned();
    let (nanos, bound) = match format {
        ClockFormat::Shared { boot, start_ns } if *boot == monotonic::boot() => (*start_ns, None),
        ClockFormat::Shared { .. } => {
            return Err("the run's clock is another machine's, and no offset to it is known".to_owned());
        }
        ClockFormat::Estimated { boot, start_ns } => {
            let (here, bound) = known::here(clocks, boot, *start_ns)?;
            (u64::try_from(here).map_err(|_| too_early())?, Some(bound))
        }
    };
    Ok((monotonic::from_nanos(nanos).ok_or_else(too_early)?, bound))
}

/// By how much stamps that count from `start` can be off, as far as is known now; `None`: nothing new is known, or nothing is off.
pub(super) fn bound(format: &ClockFormat, clocks: Option<&Clocks>, start: Instant) -> Option<Duration> {
    let ClockFormat::Estimated { boot, start_ns } = format else { return None };
    known::bound(clocks, boot, *start_ns, start)
}

/// The share as the load engine takes it.
pub(super) fn parts(shares: &SharesFormat) -> Result<Parts, String> {
    PartFormat::read(shares).map(Parts::new)
}
