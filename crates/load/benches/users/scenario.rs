//! The scenario, scaled to the number of users.

use plan::{
    Source,
    resolved::{ResolvedPlan, Stage},
};
use std::{path::Path, time::Duration};
use units::Rate;

/// The users that the plan is written for.
const WRITTEN_FOR: f64 = 100_000.0;
/// When all users are there and have answered once.
pub(crate) const ALL_THERE: Duration = Duration::from_secs(62);
/// When the region near everybody dies.
pub(crate) const LOST: Duration = Duration::from_secs(80);
/// So long after that everybody has made a request: the longest pause, twice over.
pub(crate) const REROUTED: Duration = Duration::from_secs(LOST.as_secs() + 45);

/// The plan for so many users.
pub(crate) fn plan(users: u32) -> ResolvedPlan {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/users/plan.yaml");
    let mut plan = plan::check(&Source::read(&path).unwrap(), wan::Atlas::embedded()).unwrap();
    let scale = f64::from(users) / WRITTEN_FOR;
    for stage in &mut plan.load.stages {
        if let Stage::Constant { rate, .. } = stage {
            *rate = Rate::per_second(rate.value() * scale).unwrap();
        }
    }
    let most = &mut plan.load.connections.users_max;
    *most = (f64::from(*most) * scale).ceil() as u32;
    plan
}

/// How many agents these users need.
pub(crate) fn agents(plan: &ResolvedPlan) -> u64 {
    let users: u64 = (0..plan.populations.len()).map(|population| u64::from(plan.users_of(population))).sum();
    users.div_ceil(19_000)
}

/// How many processes a region's server needs when all users are there.
pub(crate) fn servers(plan: &ResolvedPlan) -> u64 {
    agents(plan) + 2
}
