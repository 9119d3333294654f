//! What an assignment means here: this agent's plan, addresses, clock and share.

use crate::{
    message::{AddressesFormat, Assignment, ClockFormat},
    monotonic,
};
use load::{Part, Parts, TargetAddresses};
use plan::resolved::ResolvedPlan;
use std::time::Instant;

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

/// Zero of the run's clock, here.
pub(super) fn start(clock: &ClockFormat) -> Result<Instant, String> {
    let ClockFormat::Shared { boot, start_ns } = clock;
    if *boot != monotonic::boot() {
        return Err("the run's clock is another machine's, and no offset to it is known".to_owned());
    }
    monotonic::from_nanos(*start_ns).ok_or_else(|| "the run began before this machine's clock".to_owned())
}

/// The share as the load engine takes it.
pub(super) fn parts(shares: &[Option<(u64, u64)>]) -> Result<Parts, String> {
    let part = |share: &Option<(u64, u64)>| match *share {
        None => Ok(None),
        Some((index, of)) => Part::new(index, of).map(Some).ok_or_else(|| format!("part {index} of {of} is none")),
    };
    shares.iter().map(part).collect::<Result<_, String>>().map(Parts::new)
}
