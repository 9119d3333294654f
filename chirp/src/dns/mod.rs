//! Steering: an authoritative geo-DNS with health checks. It stands outside of the regions.
//!
//! ```text
//!  prober (one per region) --results--> board: who is healthy --.
//!                                                               v
//!  query (UDP, TCP) --> whose network? --> order of preference --> first healthy one --> A record
//! ```
//!
//! The parts that decide are pure: `network` (longest prefix), `steering` (who gets which region),
//! `health` (rise and fall), `answer` (bytes in, bytes out). `server` and `prober` do the I/O.

mod answer;
mod health;
mod network;
mod prober;
mod server;
mod steering;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::config::Config;
use crate::defects::Defect;
use crate::error::{BindError, Error};
use crate::events::{self, Event};
use crate::stop::Stop;

pub(crate) use network::Cidr;

use answer::Zone;
use health::Board;
use prober::ProbeTimes;

/// Runs the geo-DNS until `stop`.
pub(crate) async fn run(config: &Config, stop: Stop) -> Result<(), Error> {
    let steering = config.steering.as_ref().ok_or(Error::NoSteering)?;
    events::announce_defects(&config.defects);
    let address = steering.listen;
    let bind_error = |what| move |source| Error::Bind(BindError { what, address, source });
    let udp = tokio::net::UdpSocket::bind(address).await.map_err(bind_error("DNS over UDP"))?;
    let tcp = tokio::net::TcpListener::bind(address).await.map_err(bind_error("DNS over TCP"))?;

    let names = config.regions.iter().map(|region| region.name.clone()).collect();
    let board = Arc::new(Board::new(names, steering.failures_to_unhealthy, steering.successes_to_healthy));
    let zone = Arc::new(Zone {
        // With the final dot: a name that ends at the root, as those in queries do.
        name: format!("{}.", steering.name).parse().expect("the configuration has checked the name"),
        ttl_seconds: steering.ttl_seconds,
        regions: config.regions.iter().map(|region| *region.listen.ip()).collect(),
        networks: steering.networks.clone(),
        fail_open: steering.fail_open,
        ignore_health: config.defects.has(Defect::DnsNeverMoves), // DEFECT dns-never-moves
    });
    events::emit(&Event::Ready { region: None, name: Some(steering.name.clone()), listen: address.to_string() });
    tracing::info!(name = %steering.name, %address, "steering");

    let times = ProbeTimes { interval: steering.health_interval, timeout: steering.health_timeout };
    let probers = config.regions.iter().enumerate().map(|(index, region)| {
        tokio::spawn(prober::run(index, region.health_check, times, Arc::clone(&board), stop.clone()))
    });
    let mut tasks: Vec<_> = probers.collect();
    tasks.push(tokio::spawn(server::run_udp(udp, Arc::clone(&zone), Arc::clone(&board), stop.clone())));
    tasks.push(tokio::spawn(server::run_tcp(tcp, zone, board, stop.clone())));
    for task in tasks {
        task.await.map_err(|error| Error::Task(error.to_string()))?;
    }
    Ok(())
}
