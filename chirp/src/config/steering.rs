//! `[steering]`: the geo-DNS, what it answers with, and whose word about health it takes.
//!
//! With `kind = "dns"` an answer is the address of a region; with `"balancer"` it is that of an edge, and
//! the edge chooses the region. In both, networks name *regions* in order of preference: where an asker is
//! does not change with what stands in front of the regions.
//!
//! `[[steering.probe]]` are places from which the health is checked, each through addresses of its own (a
//! relay may sit there). A target is unhealthy when at least `votes_to_unhealthy` places say so: one
//! place whose own link is broken must not empty a region. Without any there is one place, which asks
//! where the target says.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use toml::Spanned;

use super::check::{Mistakes, joined};
use super::edge::EdgeTable;
use super::format::{Number, RegionTable};
use crate::dns::Cidr;
use crate::names::RegionName;
use crate::probe::CheckKind;

/// A share of answers is counted in parts of at most this many.
const WEIGHT_MAX: u64 = 1000;

/// `[steering]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SteeringTable {
    kind: Option<Spanned<String>>,
    name: Spanned<String>,
    listen: Spanned<String>,
    admin_listen: Option<Spanned<String>>,
    ttl_seconds: Number,
    check: Option<Spanned<String>>,
    trust: Option<String>,
    health_interval_ms: Number,
    health_timeout_ms: Number,
    failures_to_unhealthy: Number,
    successes_to_healthy: Number,
    votes_to_unhealthy: Number,
    fail_open: Option<bool>,
    #[serde(default)]
    network: Vec<NetworkTable>,
    #[serde(default)]
    probe: Vec<ProbeTable>,
}

/// `[[steering.network]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NetworkTable {
    network: Spanned<String>,
    prefer: Vec<Spanned<String>>,
    #[serde(default)]
    weights: BTreeMap<String, Spanned<u64>>,
}

/// `[[steering.probe]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ProbeTable {
    name: Spanned<String>,
    #[serde(default)]
    targets: BTreeMap<String, Spanned<String>>,
}

/// What an answer of the geo-DNS leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SteeringKind {
    /// A region.
    Dns,
    /// An edge, which chooses the region.
    Balancer,
}

/// The geo-DNS and its health checks.
#[derive(Clone, Debug)]
pub(crate) struct Steering {
    /// What an answer leads to.
    pub(crate) kind: SteeringKind,
    /// The entry name, lower case, without a final dot.
    pub(crate) name: String,
    /// Where queries are answered, UDP and TCP.
    pub(crate) listen: SocketAddr,
    /// Where conditions are set; none if nobody may.
    pub(crate) admin_listen: Option<SocketAddr>,
    /// How long an answer may be kept.
    pub(crate) ttl_seconds: u32,
    /// What is asked.
    pub(crate) check: CheckKind,
    /// The authorities whose certificates health checks take, where targets have TLS; none: they take any certificate.
    pub(crate) trust: Option<PathBuf>,
    /// How often each target is asked for its health.
    pub(crate) health_interval: Duration,
    /// How long it may take to answer.
    pub(crate) health_timeout: Duration,
    /// Failures in a row that make a target unhealthy.
    pub(crate) failures_to_unhealthy: u32,
    /// Successes in a row that make it healthy again.
    pub(crate) successes_to_healthy: u32,
    /// So many places must say that a target is unhealthy; at least 1, at most as many as there are.
    pub(crate) votes_to_unhealthy: usize,
    /// With no healthy target: answer as if all were.
    pub(crate) fail_open: bool,
    /// Who prefers which regions.
    pub(crate) networks: Vec<Network>,
    /// From where the health is checked; none means: from here, where the targets say.
    pub(crate) probes: Vec<ProbePlace>,
}

/// Askers, and the regions that they are sent to, best first.
#[derive(Clone, Debug)]
pub(crate) struct Network {
    /// Whom this is about.
    pub(crate) network: Cidr,
    /// Indexes into the regions, best first.
    pub(crate) prefer: Vec<usize>,
    /// Shares of the answers, by index of the region; empty: all to the best one that is healthy.
    pub(crate) weights: Vec<(usize, u32)>,
}

/// A place from which targets are asked for their health.
#[derive(Clone, Debug)]
pub(crate) struct ProbePlace {
    /// Its name, for people.
    pub(crate) name: String,
    /// Where it reaches targets (regions or edges), by name; the others where they say themselves.
    pub(crate) targets: BTreeMap<String, SocketAddr>,
}

impl SteeringTable {
    pub(super) fn check(
        &self,
        names: &[RegionName],
        regions: &[RegionTable],
        edges: &[EdgeTable],
        directory: &Path,
        mistakes: &mut Mistakes<'_>,
    ) -> Steering {
        let kind = kind(self.kind.as_ref(), mistakes);
        match kind {
            SteeringKind::Dns => check_one_port("regions", regions.iter().map(|region| &region.listen), mistakes),
            SteeringKind::Balancer => check_one_port("edges", edges.iter().map(|edge| &edge.listen), mistakes),
        }
        if kind == SteeringKind::Balancer && edges.is_empty() {
            mistakes.at(
                self.name.span(),
                "kind = \"balancer\", but there is no edge".into(),
                "add at least one [[edge]]",
            );
        }
        let votes_max = self.probe.len().max(1) as u64;
        let targets = match kind {
            SteeringKind::Dns => names.iter().map(|name| name.as_str().to_owned()).collect(),
            SteeringKind::Balancer => edges.iter().map(|edge| edge.name.get_ref().clone()).collect::<Vec<_>>(),
        };
        Steering {
            kind,
            name: self.entry_name(mistakes),
            listen: mistakes.address("listen", &self.listen),
            admin_listen: self.admin_listen.as_ref().map(|written| mistakes.address("admin_listen", written)),
            ttl_seconds: mistakes.number("ttl_seconds", &self.ttl_seconds, 5, 0..=86_400) as u32,
            check: check_kind(self.check.as_ref(), mistakes),
            trust: self.trust.as_ref().map(|trust| directory.join(trust)),
            health_interval: mistakes.millis("health_interval_ms", &self.health_interval_ms, 1000),
            health_timeout: mistakes.millis("health_timeout_ms", &self.health_timeout_ms, 1000),
            failures_to_unhealthy: mistakes.number("failures_to_unhealthy", &self.failures_to_unhealthy, 3, 1..=100)
                as u32,
            successes_to_healthy: mistakes.number("successes_to_healthy", &self.successes_to_healthy, 2, 1..=100)
                as u32,
            votes_to_unhealthy: mistakes.number(
                "votes_to_unhealthy",
                &self.votes_to_unhealthy,
                votes_max / 2 + 1,
                1..=votes_max,
            ) as usize,
            fail_open: self.fail_open.unwrap_or(true),
            networks: self.network.iter().filter_map(|entry| entry.check(kind, names, mistakes)).collect(),
            probes: self.probe.iter().map(|entry| entry.check(&targets, mistakes)).collect(),
        }
    }

    fn entry_name(&self, mistakes: &mut Mistakes<'_>) -> String {
        let name = self.name.get_ref().trim_end_matches('.').to_ascii_lowercase();
        let label = |label: &str| {
            let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
            (1..=63).contains(&label.len()) && label.bytes().all(allowed)
        };
        if name.len() > 253 || !name.split('.').all(label) {
            let message = format!("name = \"{name}\" is not a DNS name");
            mistakes.at(self.name.span(), message, "write it as chirp.test");
        }
        name
    }
}

fn kind(written: Option<&Spanned<String>>, mistakes: &mut Mistakes<'_>) -> SteeringKind {
    let Some(written) = written else { return SteeringKind::Dns };
    match written.get_ref().as_str() {
        "dns" => SteeringKind::Dns,
        "balancer" => SteeringKind::Balancer,
        other => {
            mistakes.at(written.span(), format!("kind = \"{other}\" does not exist"), "write \"dns\" or \"balancer\"");
            SteeringKind::Dns
        }
    }
}

/// `check = "deep"` or `"shallow"`.
pub(super) fn check_kind(written: Option<&Spanned<String>>, mistakes: &mut Mistakes<'_>) -> CheckKind {
    let Some(written) = written else { return CheckKind::Deep };
    match written.get_ref().as_str() {
        "deep" => CheckKind::Deep,
        "shallow" => CheckKind::Shallow,
        other => {
            mistakes.at(written.span(), format!("check = \"{other}\" does not exist"), "write \"deep\" or \"shallow\"");
            CheckKind::Deep
        }
    }
}

/// An A record has no port.
fn check_one_port<'a>(
    what: &str,
    listeners: impl Iterator<Item = &'a Spanned<String>> + Clone,
    mistakes: &mut Mistakes<'_>,
) {
    let port = |listen: &Spanned<String>| listen.get_ref().parse().ok().map(|address: SocketAddr| address.port());
    let ports: BTreeSet<u16> = listeners.clone().filter_map(port).collect();
    if ports.len() > 1 {
        let last = listeners.last().expect("there are ports, so there are listeners");
        let message = format!("{what} listen on different ports: {ports:?}");
        mistakes.at(last.span(), message, "DNS gives addresses only; use one port on different addresses");
    }
}

impl NetworkTable {
    fn check(&self, kind: SteeringKind, names: &[RegionName], mistakes: &mut Mistakes<'_>) -> Option<Network> {
        let network = self.network.get_ref().parse::<Cidr>();
        if let Err(error) = &network {
            mistakes.at(self.network.span(), error.to_string(), "write it as 127.65.0.0/16");
        }
        if self.prefer.is_empty() {
            let message = format!("network {} prefers no region", self.network.get_ref());
            mistakes.at(self.network.span(), message, "name at least one region");
        }
        let prefer = preference(&self.prefer, names, mistakes);
        let weights = self.weights(kind, names, mistakes);
        Some(Network { network: network.ok()?, prefer, weights })
    }

    fn weights(&self, kind: SteeringKind, names: &[RegionName], mistakes: &mut Mistakes<'_>) -> Vec<(usize, u32)> {
        let mut weights = Vec::new();
        for (region, weight) in &self.weights {
            let index = names.iter().position(|name| name.as_str() == region);
            match index {
                Some(index) if (1..=WEIGHT_MAX).contains(weight.get_ref()) => {
                    weights.push((index, *weight.get_ref() as u32));
                }
                Some(_) => {
                    let message = format!("weight {} of {region} is out of range", weight.get_ref());
                    mistakes.at(weight.span(), message, format!("allowed: 1 to {WEIGHT_MAX}"));
                }
                None => {
                    let hint = format!("there are: {}", joined(names));
                    mistakes.at(weight.span(), format!("{region} is no region"), hint);
                }
            }
            if kind == SteeringKind::Balancer {
                let message = "weights share answers among regions, but the answers are edges".into();
                mistakes.at(weight.span(), message, "leave them out, or take kind = \"dns\"");
            }
        }
        weights
    }
}

/// Regions by name, best first, each once.
pub(super) fn preference(written: &[Spanned<String>], names: &[RegionName], mistakes: &mut Mistakes<'_>) -> Vec<usize> {
    let mut prefer = Vec::new();
    for wanted in written {
        match names.iter().position(|name| name.as_str() == wanted.get_ref()) {
            Some(index) if !prefer.contains(&index) => prefer.push(index),
            Some(_) => {
                mistakes.at(wanted.span(), format!("{} is preferred twice", wanted.get_ref()), "name it once");
            }
            None => {
                let message = format!("{} is no region", wanted.get_ref());
                mistakes.at(wanted.span(), message, format!("there are: {}", joined(names)));
            }
        }
    }
    prefer
}

impl ProbeTable {
    fn check(&self, known: &[String], mistakes: &mut Mistakes<'_>) -> ProbePlace {
        let mut targets = BTreeMap::new();
        for (target, written) in &self.targets {
            let address = mistakes.address(target, written);
            if !known.contains(target) {
                let message = format!("place {} asks {target}, which users are not sent to", self.name.get_ref());
                mistakes.at(written.span(), message, format!("there are: {}", known.join(", ")));
            }
            targets.insert(target.clone(), address);
        }
        ProbePlace { name: self.name.get_ref().clone(), targets }
    }
}
