//! From the form of the file to a configuration that makes sense. Finds all mistakes, not the first.

use std::collections::BTreeMap;
use std::net::{SocketAddr, SocketAddrV4};
use std::ops::Range;
use std::path::Path;
use std::time::Duration;

use toml::Spanned;

use super::format::{File, LimitsTable, Number, RegionTable, ReplicationTable};
use super::{
    Config, EngineChoice, Limits, Mistake, RegionConfig, Replication, combinations, data, durability, edge, nats,
    postgres, snapshots, tls, writer,
};
use crate::defects::{Defect, Defects};
use crate::names::RegionName;
use crate::store::Seed;

/// An hour: no interval or deadline of Chirp is sensibly longer.
const MS_MAX: u64 = 3_600_000;

/// Checks everything; `directory` is where relative data directories begin.
pub(super) fn check(file: &File, text: &str, directory: &Path) -> Result<Config, Vec<Mistake>> {
    let mut mistakes = Mistakes::new(text);
    let names = region_names(&file.region, &mut mistakes);
    let mut config = Config {
        defects: defects(&file.defects, &mut mistakes),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        seed: Seed {
            users: mistakes.number("seed_users", &file.seed_users, 1000, 0..=1_000_000) as u32,
            follows_per_user: mistakes.number("follows_per_user", &file.follows_per_user, 10, 0..=1000) as u32,
        },
        data: data::check(file.resolver.as_ref(), &file.timelines, &file.tombstones, &mut mistakes),
        log: super::log::check(&file.log, &mut mistakes),
        limits: limits(&file.limits, &mut mistakes),
        snapshots: snapshots::check(&file.snapshots, directory, &mut mistakes),
        durability: durability::check(file.durability.as_ref(), names.len(), &mut mistakes),
        replication: replication(&file.replication, &mut mistakes),
        steering: file
            .steering
            .as_ref()
            .map(|table| table.check(&names, &file.region, &file.edge, directory, &mut mistakes)),
        balancer: file.balancer.check(&mut mistakes),
        tokens: file.tokens.as_ref().and_then(|table| table.check(&mut mistakes)),
        edges: edge::check(&file.edge, &names, &file.region, directory, &mut mistakes),
        cache: file.cache.check(&mut mistakes),
        edge_cache: file.edge_cache.check(&mut mistakes),
        telemetry: super::telemetry::telemetry(&file.telemetry, &mut mistakes),
        deployment: writer::check(
            &writer::Tables {
                model: file.model.as_ref(),
                writer: &file.writer,
                partition: &file.partition,
                regions: &file.region,
            },
            &names,
            &mut mistakes,
        ),
        third_party: super::third_party::third_party(&file.third_party, &mut mistakes),
        providers: super::third_party::providers(&file.provider, &names, &mut mistakes),
        regions: regions(&file.region, &names, directory, &mut mistakes),
        engine: EngineChoice::default(),
        nats: None,
    };
    let (engine, table, model) = (file.engine.as_ref(), file.postgres.as_ref(), config.deployment.model);
    config.engine = postgres::check(engine, table, &config.regions, model, directory, &mut mistakes);
    let rest = nats::Rest {
        regions: &config.regions,
        model,
        engine: &config.engine,
        durability: config.durability,
        directory,
    };
    config.nats = nats::check(file.replication.transport.as_ref(), file.nats.as_ref(), &rest, &mut mistakes);
    combinations::check(file, &config, &mut mistakes);
    tls::check(file, &mut mistakes);
    if mistakes.found.is_empty() { Ok(config) } else { Err(mistakes.found) }
}

/// What is wrong so far. Checks go on after a mistake with a stand-in, which is never used.
pub(super) struct Mistakes<'a> {
    text: &'a str,
    pub(super) found: Vec<Mistake>,
}

impl<'a> Mistakes<'a> {
    /// Nothing yet.
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, found: Vec::new() }
    }

    pub(super) fn at(&mut self, span: Range<usize>, message: String, hint: impl Into<String>) {
        let line = self.text[..span.start.min(self.text.len())].matches('\n').count() + 1;
        self.found.push(Mistake { line: Some(line), message, hint: hint.into() });
    }

    pub(super) fn missing(&mut self, message: String, hint: impl Into<String>) {
        self.found.push(Mistake { line: None, message, hint: hint.into() });
    }

    pub(super) fn number(
        &mut self,
        key: &str,
        value: &Number,
        default: u64,
        range: std::ops::RangeInclusive<u64>,
    ) -> u64 {
        let Some(value) = value else { return default };
        if !range.contains(value.get_ref()) {
            let message = format!("{key} = {} is out of range", value.get_ref());
            self.at(value.span(), message, format!("allowed: {} to {}", range.start(), range.end()));
        }
        *value.get_ref()
    }

    pub(super) fn millis(&mut self, key: &str, value: &Number, default: u64) -> Duration {
        Duration::from_millis(self.number(key, value, default, 1..=MS_MAX))
    }

    /// One of some words; `default` if nothing is written, or something else.
    pub(super) fn choice<T: Copy>(
        &mut self,
        key: &str,
        value: Option<&Spanned<String>>,
        choices: &[(&str, T)],
        default: T,
    ) -> T {
        let Some(value) = value else { return default };
        if let Some((_, choice)) = choices.iter().find(|(word, _)| word == value.get_ref()) {
            return *choice;
        }
        let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
        let message = format!("{key} = \"{}\" is not known", value.get_ref());
        self.at(value.span(), message, format!("there are: {}", words.join(", ")));
        default
    }

    pub(super) fn address(&mut self, key: &str, value: &Spanned<String>) -> SocketAddr {
        value.get_ref().parse().unwrap_or_else(|_| {
            let message = format!("{key} = \"{}\" is not an address", value.get_ref());
            self.at(value.span(), message, "write it as IP:PORT, such as 127.2.0.1:7400");
            SocketAddr::from(([127, 0, 0, 1], 1))
        })
    }
}

fn defects(names: &[Spanned<String>], mistakes: &mut Mistakes<'_>) -> Defects {
    let mut on = Vec::new();
    for name in names {
        match name.get_ref().parse::<Defect>() {
            Ok(defect) => on.push(defect),
            Err(error) => {
                let known: Vec<&str> = Defect::ALL.iter().map(|defect| defect.name()).collect();
                mistakes.at(name.span(), error.to_string(), format!("there are: {}", known.join(", ")));
            }
        }
    }
    Defects::new(on)
}

fn limits(table: &LimitsTable, mistakes: &mut Mistakes<'_>) -> Limits {
    Limits {
        connections_max: mistakes.number("connections_max", &table.connections_max, 8192, 1..=1_000_000) as usize,
        in_flight_max: mistakes.number("in_flight_max", &table.in_flight_max, 1024, 1..=100_000) as usize,
        write_deadline: mistakes.millis("write_deadline_ms", &table.write_deadline_ms, 5000),
        read_deadline: mistakes.millis("read_deadline_ms", &table.read_deadline_ms, 2000),
        health_deadline: mistakes.millis("health_deadline_ms", &table.health_deadline_ms, 800),
        drain: mistakes.millis("drain_ms", &table.drain_ms, 2000),
    }
}

fn replication(table: &ReplicationTable, mistakes: &mut Mistakes<'_>) -> Replication {
    let retry_min = mistakes.millis("retry_ms_min", &table.retry_ms_min, 50);
    let retry_max = mistakes.millis("retry_ms_max", &table.retry_ms_max, 1000);
    if let Some(written) = &table.retry_ms_max
        && retry_max < retry_min
    {
        let message = format!("retry_ms_max = {} is below retry_ms_min = {}", written.get_ref(), retry_min.as_millis());
        mistakes.at(written.span(), message, "make it at least retry_ms_min");
    }
    Replication {
        poll_wait: mistakes.millis("poll_wait_ms", &table.poll_wait_ms, 2000),
        timeout: mistakes.millis("timeout_ms", &table.timeout_ms, 3000),
        batch_entries_max: mistakes.number("batch_entries_max", &table.batch_entries_max, 500, 1..=10_000) as usize,
        retry_min,
        retry_max,
        anti_entropy: mistakes.millis("anti_entropy_ms", &table.anti_entropy_ms, 1000),
        heartbeat: mistakes.millis("heartbeat_ms", &table.heartbeat_ms, 1000),
        catch_up_patience: mistakes.millis("catch_up_patience_ms", &table.catch_up_patience_ms, 3000),
        clock_ahead_max: mistakes.millis("clock_ahead_ms_max", &table.clock_ahead_ms_max, 500),
    }
}

fn region_names(tables: &[RegionTable], mistakes: &mut Mistakes<'_>) -> Vec<RegionName> {
    if tables.is_empty() {
        mistakes.missing("no region".into(), "add at least one [[region]]");
    }
    let mut names = Vec::new();
    for table in tables {
        let name = RegionName::parse(table.name.get_ref()).unwrap_or_else(|error| {
            mistakes.at(table.name.span(), error.to_string(), "name it as the cloud would, such as eu-west-1");
            RegionName::parse("unnamed").expect("the name keeps the grammar")
        });
        if names.contains(&name) {
            mistakes.at(table.name.span(), format!("region {name} is there twice"), "give each its own name");
        }
        names.push(name);
    }
    names
}

fn regions(
    tables: &[RegionTable],
    names: &[RegionName],
    directory: &Path,
    mistakes: &mut Mistakes<'_>,
) -> Vec<RegionConfig> {
    let mut listeners = BTreeMap::new();
    let mut regions = Vec::new();
    for (table, name) in tables.iter().zip(names) {
        let listen = mistakes.address("listen", &table.listen);
        let peer_listen = mistakes.address("peer_listen", &table.peer_listen);
        for (key, address, written) in
            [("listen", listen, &table.listen), ("peer_listen", peer_listen, &table.peer_listen)]
        {
            if let Some(other) = listeners.insert(address, format!("{key} of {name}")) {
                let message = format!("{key} = {address} is also {other}");
                mistakes.at(written.span(), message, "give each listener its own address or port");
            }
        }
        let health_check = table.health_check.as_ref();
        regions.push(RegionConfig {
            name: name.clone(),
            listen: version_4(listen, &table.listen, mistakes),
            tls: tls::files(table.tls.as_ref(), directory, mistakes),
            peer_listen,
            health_check: health_check.map_or(listen, |written| mistakes.address("health_check", written)),
            data: directory.join(&table.data),
            clock_offset_ms: table.clock_offset_ms,
            zone: table.zone.as_ref().map(|zone| zone.get_ref().clone()),
            peers: peers(table, name, names, mistakes),
            postgres_peers: servers("postgres_peers", &table.postgres_peers, name, names, mistakes),
            nats_peers: servers("nats_peers", &table.nats_peers, name, names, mistakes),
        });
    }
    regions
}

/// Users are sent to regions by A records, so a region's address is of version 4.
pub(super) fn version_4(address: SocketAddr, written: &Spanned<String>, mistakes: &mut Mistakes<'_>) -> SocketAddrV4 {
    match address {
        SocketAddr::V4(address) => address,
        SocketAddr::V6(_) => {
            let message = format!("listen = \"{address}\" is not an IPv4 address");
            mistakes.at(written.span(), message, "users are steered by A records; listen on IPv4");
            SocketAddrV4::new([127, 0, 0, 1].into(), 1)
        }
    }
}

fn peers(
    table: &RegionTable,
    name: &RegionName,
    names: &[RegionName],
    mistakes: &mut Mistakes<'_>,
) -> BTreeMap<RegionName, SocketAddr> {
    let mut peers = BTreeMap::new();
    for (peer, written) in &table.peers {
        let address = mistakes.address(peer, written);
        match names.iter().find(|known| known.as_str() == peer) {
            Some(known) if known != name => {
                peers.insert(known.clone(), address);
            }
            Some(_) => mistakes.at(written.span(), format!("{name} is its own peer"), "leave this line out"),
            None => {
                let message = format!("peer {peer} of {name} is no region");
                mistakes.at(written.span(), message, format!("there are: {}", joined(names)));
            }
        }
    }
    for missing in names.iter().filter(|other| *other != name && !table.peers.contains_key(other.as_str())) {
        let hint = "every region reads every other's log; add its replication address to [region.peers]";
        mistakes.at(table.name.span(), format!("region {name} does not say where it reaches {missing}"), hint);
    }
    peers
}

/// Where `own` reaches the servers of others, for those that it does not reach directly.
fn servers(
    section: &str,
    table: &BTreeMap<String, Spanned<String>>,
    own: &RegionName,
    names: &[RegionName],
    mistakes: &mut Mistakes<'_>,
) -> BTreeMap<RegionName, SocketAddr> {
    let mut servers = BTreeMap::new();
    for (peer, written) in table {
        let address = mistakes.address(peer, written);
        match names.iter().find(|name| name.as_str() == peer && *name != own) {
            Some(name) => drop(servers.insert(name.clone(), address)),
            None => {
                let message = format!("{peer} in [region.{section}] is no other region");
                mistakes.at(written.span(), message, "name the other regions as they are named here");
            }
        }
    }
    servers
}

/// Names for a hint.
pub(super) fn joined(names: &[RegionName]) -> String {
    let names: Vec<&str> = names.iter().map(RegionName::as_str).collect();
    names.join(", ")
}
