//! The load balancers at the edge: one at the place of each region, as a process of its own. It is no part of the region: a
//! lost region leaves its edge standing, as a cloud's edge is another service than the machines behind it.

use crate::{
    LabError, LabEvent, LabOptions,
    addresses::{self, Ports, Service},
    boot::program,
    happenings,
    process::{LINES_MAX, Process, wait_for},
    regions::READY_WITHIN,
};
use plan::resolved::{ResolvedPlan, SteeringKind, Target};
use std::path::Path;
use tokio::sync::mpsc;
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

/// Starts every edge and waits until all of them listen.
pub(crate) async fn start(
    regions: &[RegionName],
    config: &Path,
    options: &LabOptions,
    events: &mpsc::Sender<LabEvent>,
) -> Result<Vec<Process>, LabError> {
    let mut edges = Vec::new();
    for region in regions {
        let name = name(region);
        let program = program(name.clone(), &["chirp", "edge", "--edge", &name], config, options);
        let (sender, mut lines) = mpsc::channel(LINES_MAX);
        let mut process = Process::start(&program, sender)?;
        wait_for(&mut process, &mut lines, "ready", READY_WITHIN, |_| {}).await?;
        let (regions, events) = (regions.to_vec(), events.clone());
        tokio::spawn(async move {
            while let Some(line) = lines.recv().await {
                happenings::tell(&line, &regions, "edge", &events);
            }
        });
        edges.push(process);
    }
    Ok(edges)
}
