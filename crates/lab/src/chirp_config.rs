//! Writes Chirp's configuration for a lab. Chirp owns that format and shares no code with the lab; the scenarios hold the
//! two together.

use crate::addresses::{self, Ports};
use plan::resolved::{ChirpLab, ResolvedPlan};
use serde::Serialize;
use std::{collections::BTreeMap, path::Path};

/// The configuration of all of Chirp's processes, as TOML.
pub(crate) fn write(plan: &ResolvedPlan, chirp: &ChirpLab, ports: Ports, data: &Path) -> String {
    let name = |index: usize| plan.regions[index].name.to_string();
    let region = |index: usize| Region {
        name: name(index),
        listen: addresses::users(index, ports).to_string(),
        peer_listen: addresses::peers(index, ports).to_string(),
        data: data.join(name(index)).display().to_string(),
        peers: (0..plan.regions.len())
            .filter(|peer| *peer != index)
            .map(|peer| (name(peer), addresses::link(index, peer, ports).to_string()))
            .collect(),
    };
    let network = |(index, population): (usize, &plan::resolved::Population)| Network {
        network: addresses::population_network(index),
        prefer: population.nearest.iter().map(|region| name(*region)).collect(),
    };
    let config = Config {
        defects: chirp.defects.clone(),
        seed_users: chirp.users,
        follows_per_user: chirp.follows_per_user,
        steering: Steering {
            name: crate::boot::ENTRY_NAME.to_owned(),
            listen: addresses::steering(ports).to_string(),
            ttl_seconds: chirp.dns_ttl.as_secs(),
            health_interval_ms: u64::try_from(chirp.health_interval.as_millis()).unwrap_or(u64::MAX),
            failures_to_unhealthy: chirp.failures_to_unhealthy,
            successes_to_healthy: chirp.successes_to_healthy,
            network: plan.populations.iter().enumerate().map(network).collect(),
        },
        region: (0..plan.regions.len()).map(region).collect(),
    };
    toml::to_string(&config).expect("the configuration is plain TOML")
}

#[derive(Serialize)]
struct Config {
    defects: Vec<String>,
    seed_users: u32,
    follows_per_user: u32,
    steering: Steering,
    region: Vec<Region>,
}

#[derive(Serialize)]
struct Steering {
    name: String,
    listen: String,
    ttl_seconds: u64,
    health_interval_ms: u64,
    failures_to_unhealthy: u32,
    successes_to_healthy: u32,
    network: Vec<Network>,
}

#[derive(Serialize)]
struct Network {
    network: String,
    prefer: Vec<String>,
}

#[derive(Serialize)]
struct Region {
    name: String,
    listen: String,
    peer_listen: String,
    data: String,
    peers: BTreeMap<String, String>,
}
