//! `[replication] transport` and `[nats]`: what carries the logs from region to region.
//!
//! Each region's NATS server listens on the address of the region's `listen`, on the port of `[nats]`. Where
//! a region reaches the others' servers is `[region.nats_peers]`; a peer that is not named there is reached
//! directly. The server asks for no password, so it may listen on loopback addresses only.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Spanned;

use super::check::Mistakes;
use super::format::Number;
use super::writer::Model;
use super::{EngineChoice, RegionConfig};
use crate::durability::Durability;
use crate::names::RegionName;

const PORT_DEFAULT: u64 = 7422;
const KEEP_BYTES_DEFAULT: u64 = 1 << 30;
/// A few of the largest messages.
const KEEP_BYTES_MIN: u64 = 16 << 20;
const KEEP_BYTES_MAX: u64 = 1 << 40;

/// `[nats]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NatsTable {
    server: Option<Spanned<String>>,
    port: Number,
    keep_bytes: Number,
}

/// The servers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NatsChoice {
    /// The program.
    pub(crate) server: PathBuf,
    /// Where each server listens.
    pub(crate) port: u16,
    /// How much of its log a region's stream keeps, in bytes. What is older comes by way of the replication
    /// listener.
    pub(crate) keep_bytes: u64,
}

impl NatsChoice {
    /// Where a region's server listens.
    pub(crate) fn address(&self, region: &RegionConfig) -> SocketAddr {
        SocketAddr::from((*region.listen.ip(), self.port))
    }

    /// Where `own` reaches the server of each other region.
    pub(crate) fn links(&self, own: &RegionConfig, regions: &[RegionConfig]) -> BTreeMap<RegionName, SocketAddr> {
        let others = regions.iter().filter(|region| region.name != own.name);
        let link = |region: &RegionConfig| own.nats_peers.get(&region.name).copied();
        others.map(|region| (region.name.clone(), link(region).unwrap_or_else(|| self.address(region)))).collect()
    }
}

/// What the transport has to agree with.
pub(super) struct Rest<'a> {
    pub(super) regions: &'a [RegionConfig],
    pub(super) model: Model,
    pub(super) engine: &'a EngineChoice,
    pub(super) durability: Durability,
    /// Where a relative `server` begins.
    pub(super) directory: &'a Path,
}

/// Checks both; none: regions pull.
pub(super) fn check(
    transport: Option<&Spanned<String>>,
    table: Option<&NatsTable>,
    rest: &Rest<'_>,
    mistakes: &mut Mistakes<'_>,
) -> Option<NatsChoice> {
    if !mistakes.choice("transport", transport, &[("pull", false), ("nats", true)], false) {
        return None;
    }
    let span = transport?.span();
    let nothing = NatsTable::default();
    let table = table.unwrap_or(&nothing);
    let server = table.server.as_ref().map(|server| rest.directory.join(server.get_ref()));
    let mut refuse = |message: String, hint: &str| mistakes.at(span.clone(), message, hint);
    if server.is_none() {
        let hint = "add [nats] with server, the program nats-server; `cargo xtask tools` prints one";
        refuse("transport = \"nats\" does not say where the NATS server is".into(), hint);
    }
    if rest.model != Model::ActiveActive {
        let message = format!("transport = \"nats\" with model = \"{}\"", rest.model.name());
        let hint = "take model = \"active-active\": leases, and zones that data may not leave, count on the polls of \
                    transport = \"pull\"";
        refuse(message, hint);
    }
    if *rest.engine != EngineChoice::Embedded {
        let hint = "take engine = \"embedded\": PostgreSQL has streams of its own";
        refuse("transport = \"nats\" with engine = \"postgres\"".into(), hint);
    }
    if rest.durability != Durability::Local {
        let message = format!("transport = \"nats\" with durability = \"{}\"", rest.durability);
        let hint =
            "take durability = \"local\", or transport = \"pull\": only there a peer confirms what it has on disk";
        refuse(message, hint);
    }
    let port = mistakes.number("port", &table.port, PORT_DEFAULT, 1..=65_535) as u16;
    for region in rest.regions {
        if !region.listen.ip().is_loopback() {
            let message = format!("the NATS server of {} would listen on {}", region.name, region.listen.ip());
            mistakes.at(span.clone(), message, "it asks for no password: listen on a loopback address");
        }
        if [region.listen.port(), region.peer_listen.port()].contains(&port) {
            let message = format!("port {port} of [nats] is a port of {}, too", region.name);
            mistakes.at(span.clone(), message, "give [nats] a port of its own");
        }
    }
    let range = KEEP_BYTES_MIN..=KEEP_BYTES_MAX;
    let keep_bytes = mistakes.number("keep_bytes", &table.keep_bytes, KEEP_BYTES_DEFAULT, range);
    Some(NatsChoice { server: server.unwrap_or_default(), port, keep_bytes })
}
