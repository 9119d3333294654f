//! Steering: an authoritative geo-DNS with health checks. It stands outside of the regions.
//!
//! ```text
//!  probers (one per place and target) --results--> board: who is healthy --.
//!                                                                          v
//!  query (UDP, TCP) --> whose network? --> order of preference --> first healthy one --> A records
//! ```
//!
//! A target is a region, or with `kind = "balancer"` an edge: the same networks, the same checks, other
//! addresses.
//!
//! The parts that decide are pure: `network` (longest prefix), `steering` (who gets which target),
//! `health` (votes), `answer` (bytes in, bytes out). `desk` puts them together with what is wrong on purpose, and
//! `server` does the I/O.

mod answer;
mod desk;
mod health;
mod network;
mod server;
mod steering;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use tokio::task::JoinHandle;

use crate::condition::{self, Condition, Conditions, Role};
use crate::config::{Config, ProbePlace, Steering, SteeringKind};
use crate::error::{BindError, Error};
use crate::events::{self, Event};
use crate::mix::mix_text;
use crate::probe::{self, ProbeSettings, Thresholds};
use crate::stop::Stop;
use crate::tls::Caller;
use crate::wall_clock::unix_micros;

pub(crate) use network::Cidr;

use answer::Zone;
use desk::Desk;
use health::Board;
use steering::prefer_edges;

/// By how much health checks leave their rhythm.
const JITTER_PERCENT: u32 = 10;

/// Where users can be sent.
#[derive(Clone, Debug)]
struct Target {
    name: String,
    address: Ipv4Addr,
    health_check: SocketAddr,
    /// Whether users come in with TLS, and so do health checks.
    has_tls: bool,
}

/// Runs the geo-DNS until `stop`.
pub(crate) async fn run(config: &Config, stop: Stop) -> Result<(), Error> {
    let steering = config.steering.as_ref().ok_or(Error::NoSteering)?;
    events::announce_defects(&config.defects);
    let address = steering.listen;
    let bind_error = |what| move |source| Error::Bind(BindError { what, address, source });
    let udp = tokio::net::UdpSocket::bind(address).await.map_err(bind_error("DNS over UDP"))?;
    let tcp = tokio::net::TcpListener::bind(address).await.map_err(bind_error("DNS over TCP"))?;
    let caller = Caller::new(&steering.name, steering.trust.as_deref())?;
    let targets = targets(config, steering.kind);
    let names = targets.iter().map(|target| target.name.clone()).collect();
    let thresholds =
        Thresholds { to_unhealthy: steering.failures_to_unhealthy, to_healthy: steering.successes_to_healthy };
    let places = steering.probes.len().max(1);
    let board = Arc::new(Board::new(names, places, steering.votes_to_unhealthy, thresholds));
    let conditions = Conditions::with(
        Role::Dns,
        &config.defects,
        BTreeMap::new(),
        targets.iter().map(|to| to.name.clone()).collect(),
    );
    let zone = Arc::new(zone(config, steering, &targets));
    let desk = Arc::new(Desk::new(zone, Arc::clone(&board), &targets, conditions.clone()));
    let admin = match steering.admin_listen {
        Some(address) => Some(condition::bind(address).await?),
        None => None,
    };
    events::emit(&Event::Ready { region: None, name: Some(steering.name.clone()), listen: address.to_string() });
    tracing::info!(name = %steering.name, %address, "steering");

    let mut tasks = start_probers(steering, &targets, &caller, &board, &conditions, &stop);
    tasks.push(tokio::spawn(server::run_udp(udp, Arc::clone(&desk), stop.clone())));
    tasks.push(tokio::spawn(server::run_tcp(tcp, desk, stop.clone())));
    tasks.push(tokio::spawn(conditions.clone().keep(stop.clone())));
    if let Some(admin) = admin {
        tasks.push(tokio::spawn(condition::serve_admin(admin, conditions, stop)));
    }
    for task in tasks {
        task.await.map_err(|error| Error::Task(error.to_string()))?;
    }
    Ok(())
}

fn targets(config: &Config, kind: SteeringKind) -> Vec<Target> {
    match kind {
        SteeringKind::Dns => {
            let target = |region: &crate::config::RegionConfig| Target {
                name: region.name.to_string(),
                address: *region.listen.ip(),
                health_check: region.health_check,
                has_tls: region.tls.is_some(),
            };
            config.regions.iter().map(target).collect()
        }
        SteeringKind::Balancer => {
            let target = |edge: &crate::config::EdgeConfig| Target {
                name: edge.name.clone(),
                address: *edge.listen.ip(),
                health_check: edge.health_check,
                has_tls: edge.tls.is_some(),
            };
            config.edges.iter().map(target).collect()
        }
    }
}

fn zone(config: &Config, steering: &Steering, targets: &[Target]) -> Zone {
    let mut networks = steering.networks.clone();
    let places: Vec<usize> = match steering.kind {
        SteeringKind::Dns => (0..targets.len()).collect(),
        SteeringKind::Balancer => config.edges.iter().map(|edge| edge.near[0]).collect(),
    };
    if steering.kind == SteeringKind::Balancer {
        for network in &mut networks {
            network.prefer = prefer_edges(&network.prefer, &places);
        }
    }
    Zone {
        // With the final dot: a name that ends at the root, as those in queries do.
        name: format!("{}.", steering.name).parse().expect("the configuration has checked the name"),
        ttl_seconds: steering.ttl_seconds,
        targets: targets.iter().map(|target| target.address).collect(),
        places,
        networks,
        fail_open: steering.fail_open,
        defects: config.defects.clone(),
    }
}

/// One prober for each target at each place; their number is fixed by the configuration.
fn start_probers(
    steering: &Steering,
    targets: &[Target],
    caller: &Caller,
    board: &Arc<Board>,
    conditions: &Conditions,
    stop: &Stop,
) -> Vec<JoinHandle<()>> {
    let here = [ProbePlace { name: steering.name.clone(), targets: BTreeMap::new() }];
    let places = if steering.probes.is_empty() { &here[..] } else { &steering.probes };
    let mut tasks = Vec::new();
    for (place_index, place) in places.iter().enumerate() {
        for (index, target) in targets.iter().enumerate() {
            let settings = ProbeSettings {
                address: place.targets.get(&target.name).copied().unwrap_or(target.health_check),
                tls: target.has_tls.then(|| caller.clone()),
                kind: steering.check,
                interval: steering.health_interval,
                timeout: steering.health_timeout,
                jitter_percent: JITTER_PERCENT,
                seed: mix_text(&place.name) ^ mix_text(&target.name).rotate_left(1),
            };
            let (board, place, conditions) = (Arc::clone(board), place.name.clone(), conditions.clone());
            tasks.push(tokio::spawn(probe::run(settings, stop.clone(), move |found, reason| {
                if conditions.is(Condition::DnsFrozen) {
                    return; // What is known stays as it is.
                }
                let Some(healthy) = board.record(place_index, index, found) else { return };
                let target = board.name(index);
                tracing::warn!(target, place, healthy, reason, "health changed");
                let (region, time_unix_us) = (target.to_owned(), unix_micros());
                events::emit(&Event::Health { region, edge: None, healthy, reason, time_unix_us });
            })));
        }
    }
    tasks
}
