//! Writes Chirp's configuration for a lab. Chirp owns that format and shares no code with the lab; the scenarios hold the
//! two together.
//!
//! Of the deployment only what differs from Chirp's own defaults is written, so that the file shows what was chosen.

use crate::{
    addresses::{self, Ports, Service},
    certificates, edges,
    servers::Servers,
};
use plan::fault::ThirdParty;
use plan::resolved::{
    ChirpLab, Deployment, Partition as GeoPartition, Promotion, ResolvedPlan, SteeringKind, Transport,
};
use serde::Serialize;
use std::{collections::BTreeMap, path::Path, time::Duration};

/// The configuration of all of Chirp's processes, as TOML.
pub(crate) fn write(plan: &ResolvedPlan, chirp: &ChirpLab, ports: Ports, servers: &Servers, data: &Path) -> String {
    let name = |index: usize| plan.regions[index].name.to_string();
    let links = |service: Service, from: usize| -> BTreeMap<String, String> {
        let others = (0..plan.regions.len()).filter(|to| *to != from);
        others.map(|to| (name(to), addresses::link(service, from, to, ports).to_string())).collect()
    };
    let (deployment, edges) = (&chirp.deployment, edges::wanted(plan));
    let region = |index: usize| Region {
        name: name(index),
        listen: addresses::users(index, ports).to_string(),
        tls: deployment.tls.filter(|_| edges == 0).map(|_| certificates::Files::of(&name(index))),
        peer_listen: addresses::service(Service::Peers, index, ports).to_string(),
        data: text(&data.join(name(index))),
        clock_offset_ms: chirp.deployment.clock_offsets_ms.get(&plan.regions[index].name).copied(),
        zone: chirp.deployment.zones.get(&plan.regions[index].name).cloned(),
        peers: links(Service::Peers, index),
        postgres_peers: servers.postgres.as_ref().map(|_| links(Service::Postgres, index)),
        nats_peers: servers.nats.as_ref().map(|_| links(Service::Nats, index)),
    };
    let edge = |(at, number): (usize, u32)| Edge {
        name: edges::name(&plan.regions[at].name, number),
        listen: addresses::edge(at, number, ports).to_string(),
        admin_listen: addresses::edge_admin(at, number, ports).to_string(),
        tls: deployment.tls.map(|_| certificates::Files::of(&edges::name(&plan.regions[at].name, number))),
        near: nearest_first(plan, at).into_iter().map(name).collect(),
        regions: (0..plan.regions.len())
            .map(|to| (name(to), edges::region_address(at, to, ports).to_string()))
            .collect(),
    };
    let network = |(index, population): (usize, &plan::resolved::Population)| Network {
        network: addresses::population_network(index),
        prefer: population.nearest.iter().map(|region| name(*region)).collect(),
    };
    let config = Config {
        model: unless_default(deployment.model, |model| model.as_str()),
        durability: unless_default(deployment.durability, |durability| durability.as_str()),
        resolver: unless_default(deployment.resolver, |resolver| resolver.as_str()),
        engine: unless_default(deployment.engine, |engine| engine.as_str()),
        defects: chirp.defects.clone(),
        seed_users: chirp.users,
        follows_per_user: chirp.follows_per_user,
        replication: unless_default(deployment.transport, Transport::as_str).map(|transport| Replication { transport }),
        postgres: servers.postgres.as_deref().map(|bin| Postgres { bin: text(bin), port: ports.postgres }),
        nats: servers.nats.as_deref().map(|server| Nats { server: text(server), port: ports.nats }),
        writer: Writer::of(deployment),
        partition: unless_default(deployment.partition, Partition::of),
        cache: unless_default(deployment.cache, |ttl| Cache { ttl_ms: millis(ttl) }),
        tokens: deployment.tokens.then_some(Tokens { key: TOKEN_KEY }),
        steering: Steering {
            kind: unless_default(deployment.steering, SteeringKind::as_str),
            name: crate::boot::ENTRY_NAME.to_owned(),
            listen: addresses::steering(ports).to_string(),
            admin_listen: addresses::steering_admin(ports).to_string(),
            ttl_seconds: chirp.dns_ttl.as_secs(),
            trust: deployment.tls.filter(|tls| tls.verify).map(|_| certificates::authority()),
            health_interval_ms: millis(chirp.health_interval),
            failures_to_unhealthy: chirp.failures_to_unhealthy,
            successes_to_healthy: chirp.successes_to_healthy,
            network: plan.populations.iter().enumerate().map(network).collect(),
        },
        region: (0..plan.regions.len()).map(region).collect(),
        balancer: (edges > 0).then(|| Balancer::of(chirp)),
        provider: match deployment.third_parties {
            true => ThirdParty::ALL.iter().map(|party| Provider::of(*party, ports)).collect(),
            false => Vec::new(),
        },
        edge: (0..plan.regions.len()).flat_map(|at| (0..edges).map(move |number| (at, number))).map(edge).collect(),
    };
    toml::to_string(&config).expect("the configuration is plain TOML")
}

/// What `text` makes of a value that isn't the default.
fn unless_default<T: Default + PartialEq + Copy, U>(value: T, text: impl FnOnce(T) -> U) -> Option<U> {
    (value != T::default()).then(|| text(value))
}

#[derive(Serialize)]
struct Config {
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    durability: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resolver: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    engine: Option<&'static str>,
    defects: Vec<String>,
    seed_users: u32,
    follows_per_user: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    replication: Option<Replication>,
    #[serde(skip_serializing_if = "Option::is_none")]
    postgres: Option<Postgres>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nats: Option<Nats>,
    #[serde(skip_serializing_if = "Option::is_none")]
    writer: Option<Writer>,
    #[serde(skip_serializing_if = "Option::is_none")]
    partition: Option<Partition>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cache: Option<Cache>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tokens: Option<Tokens>,
    steering: Steering,
    region: Vec<Region>,
    #[serde(skip_serializing_if = "Option::is_none")]
    balancer: Option<Balancer>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    edge: Vec<Edge>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    provider: Vec<Provider>,
}

/// A third party.
#[derive(Serialize)]
struct Provider {
    name: &'static str,
    kind: &'static str,
    listen: String,
    admin_listen: String,
}

impl Provider {
    fn of(party: ThirdParty, ports: Ports) -> Self {
        Self {
            name: party.as_str(),
            kind: party.as_str(),
            listen: addresses::third_party(party, ports).to_string(),
            admin_listen: addresses::third_party_admin(party, ports).to_string(),
        }
    }
}

/// An edge asks regions for their health as often as the steering would.
#[derive(Serialize)]
struct Balancer {
    health_interval_ms: u64,
    failures_to_unhealthy: u32,
    successes_to_healthy: u32,
}

impl Balancer {
    fn of(chirp: &ChirpLab) -> Self {
        Self {
            health_interval_ms: millis(chirp.health_interval),
            failures_to_unhealthy: chirp.failures_to_unhealthy,
            successes_to_healthy: chirp.successes_to_healthy,
        }
    }
}

#[derive(Serialize)]
struct Edge {
    name: String,
    listen: String,
    admin_listen: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    tls: Option<certificates::Files>,
    near: Vec<String>,
    regions: BTreeMap<String, String>,
}

/// All regions, in order of the round trip from one of them; itself first.
fn nearest_first(plan: &ResolvedPlan, at: usize) -> Vec<usize> {
    let round_trip = |to: usize| {
        let (from, to) = (at.min(to), at.max(to));
        let path = plan.peer_paths.iter().find(|path| path.from == from && path.to == to);
        path.map_or(Duration::ZERO, |path| path.path.round_trip)
    };
    let mut order: Vec<usize> = (0..plan.regions.len()).collect();
    order.sort_by_key(|to| (*to != at, round_trip(*to)));
    order
}

#[derive(Serialize)]
struct Replication {
    transport: &'static str,
}

/// Who runs it, when root starts the lab, is Chirp's own choice.
#[derive(Serialize)]
struct Postgres {
    bin: String,
    port: u16,
}

#[derive(Serialize)]
struct Nats {
    server: String,
    port: u16,
}

#[derive(Serialize)]
struct Writer {
    #[serde(skip_serializing_if = "Option::is_none")]
    preferred: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    promotion: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failback_after_ms: Option<u64>,
}

impl Writer {
    /// `None`: everything as Chirp does by itself.
    fn of(deployment: &Deployment) -> Option<Self> {
        let failback_after = deployment.failback_after;
        let writer = Self {
            preferred: deployment.writer.as_ref().map(ToString::to_string),
            promotion: unless_default(deployment.promotion, Promotion::as_str),
            failback_after_ms: (failback_after != Deployment::FAILBACK_AFTER).then(|| millis(failback_after)),
        };
        let says_something =
            writer.preferred.is_some() || writer.promotion.is_some() || writer.failback_after_ms.is_some();
        says_something.then_some(writer)
    }
}

#[derive(Serialize)]
struct Cache {
    ttl_ms: u64,
}

/// The key of every lab: it keeps nothing secret, for nobody but the lab is on its addresses.
const TOKEN_KEY: &str = "the key of a lab, which everybody may know";

/// Who sends no token is let in: the probes, and journeys that are about something else.
#[derive(Serialize)]
struct Tokens {
    key: &'static str,
}

#[derive(Serialize)]
struct Partition {
    away: &'static str,
    copies: &'static str,
    takeover: bool,
}

impl Partition {
    fn of(partition: GeoPartition) -> Self {
        Self { away: partition.away.as_str(), copies: partition.copies.as_str(), takeover: partition.takeover }
    }
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[derive(Serialize)]
struct Steering {
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    name: String,
    listen: String,
    admin_listen: String,
    ttl_seconds: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    trust: Option<String>,
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
    #[serde(skip_serializing_if = "Option::is_none")]
    tls: Option<certificates::Files>,
    #[serde(skip_serializing_if = "Option::is_none")]
    clock_offset_ms: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    zone: Option<String>,
    peers: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    postgres_peers: Option<BTreeMap<String, String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nats_peers: Option<BTreeMap<String, String>>,
}

#[cfg(test)]
mod tests;
