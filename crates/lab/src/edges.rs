//! The load balancers at the edge: one at the place of each region or several, each a process of its own. It is no part of the region: a
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

/// How many edges the plan wants at each region's place.
pub(crate) fn wanted(plan: &ResolvedPlan) -> u32 {
    match &plan.target {
        Target::Chirp(chirp) if chirp.deployment.steering == SteeringKind::Balancer => chirp.deployment.edges,
        _ => 0,
    }
}

/// What an edge at a region's place is called.
pub(crate) fn name(region: &RegionName, number: u32) -> String {
    match number {
        0 => format!("edge-{region}"),
        _ => format!("edge-{region}-{}", number + 1),
    }
}

/// Where the edge at the place of region `at` reaches region `to`: directly at its own place, else through the relay.
pub(crate) fn region_address(at: usize, to: usize, ports: Ports) -> std::net::SocketAddr {
    if at == to { addresses::users(to, ports) } else { addresses::link(Service::Users, at, to, ports) }
}

/// The programs of the edges at each region's place, so many at each.
pub(crate) fn programs(
    regions: &[RegionName],
    count: u32,
    config: &Path,
    options: &LabOptions,
) -> impl Iterator<Item = (Part, Program)> {
    let edges = regions.iter().flat_map(move |region| (0..count).map(move |number| (region, number)));
    edges.map(move |(region, number)| {
        let name = name(region, number);
        let program = program(name.clone(), &["chirp", "edge", "--edge", &name], config, options);
        (Part::Edge(region.clone(), number), program)
    })
}
