//! The load balancers at the edge: one at the place of each region, as a process of its own. It is no part of the region: a
//! lost region leaves its edge standing, as a cloud's edge is another service than the machines behind it.

use crate::{
    LabOptions,
    addresses::{self, Ports, Service},
    boot::program,
    process::Program,
};
use fault::Part;
use plan::resolved::{ResolvedPlan, SteeringKind, Target};
use std::path::Path;
use units::RegionName;

/// Whether the plan wants edges.
pub(crate) fn wanted(plan: &ResolvedPlan) -> bool {
    matches!(&plan.target, Target::Chirp(chirp) if chirp.deployment.steering == SteeringKind::Balancer)
}

/// What the edge at a region's place is called.
pub(crate) fn name(region: &RegionName) -> String {
    format!("edge-{region}")
}

/// Where the edge at the place of region `at` reaches region `to`: directly at its own place, else through the relay.
pub(crate) fn region_address(at: usize, to: usize, ports: Ports) -> std::net::SocketAddr {
    if at == to { addresses::users(to, ports) } else { addresses::link(Service::Users, at, to, ports) }
}

/// The program of the edge at each region's place.
pub(crate) fn programs(
    regions: &[RegionName],
    config: &Path,
    options: &LabOptions,
) -> impl Iterator<Item = (Part, Program)> {
    regions.iter().map(move |region| {
        let name = name(region);
        let program = program(name.clone(), &["chirp", "edge", "--edge", &name], config, options);
        (Part::Edge(region.clone()), program)
    })
}
