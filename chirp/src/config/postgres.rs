//! `engine` and `[postgres]`: where users' data is kept.
//!
//! Each region's PostgreSQL server listens on the address of the region's `listen`, on the port of
//! `[postgres]`. Where a region reaches the others' servers is `[region.postgres_peers]`; a peer that is
//! not named there is reached directly. The server asks for no password, so it may listen on loopback
//! addresses only.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Spanned;

use super::RegionConfig;
use super::check::Mistakes;
use super::format::Number;
use super::writer::Model;
use crate::names::RegionName;
use crate::store::Seed;

const PORT_DEFAULT: u64 = 7432;

/// `[postgres]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PostgresTable {
    bin: Option<Spanned<String>>,
    user: Option<String>,
    port: Number,
}

/// Where users' data is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum EngineChoice {
    /// One redb file in each region's own process.
    #[default]
    Embedded,
    /// A PostgreSQL server beside each region.
    Postgres(PostgresChoice),
}

/// The servers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PostgresChoice {
    /// The folder of PostgreSQL's server programs.
    pub(crate) bin: PathBuf,
    /// Who runs them when the region is run by root; none: `postgres`, else `nobody`.
    pub(crate) user: Option<String>,
    /// Where each server listens.
    pub(crate) port: u16,
}

impl PostgresChoice {
    /// Where a region's server listens.
    pub(crate) fn address(&self, region: &RegionConfig) -> SocketAddr {
        SocketAddr::from((*region.listen.ip(), self.port))
    }

    /// Where `own` reaches the server of each other region.
    pub(crate) fn links(&self, own: &RegionConfig, regions: &[RegionConfig]) -> BTreeMap<RegionName, SocketAddr> {
        let others = regions.iter().filter(|region| region.name != own.name);
        let link = |region: &RegionConfig| own.postgres_peers.get(&region.name).copied();
        others.map(|region| (region.name.clone(), link(region).unwrap_or_else(|| self.address(region)))).collect()
    }
}

impl super::Config {
    /// Who is in the embedded store from the first boot: nobody, where another engine has the users.
    pub(crate) fn embedded_seed(&self) -> Seed {
        match self.engine {
            EngineChoice::Embedded => self.seed,
            EngineChoice::Postgres(_) => Seed { users: 0, follows_per_user: 0 },
        }
    }
}

/// Checks both; a relative `bin` is relative to `directory`.
pub(super) fn check(
    engine: Option<&Spanned<String>>,
    table: Option<&PostgresTable>,
    regions: &[RegionConfig],
    model: Model,
    directory: &Path,
    mistakes: &mut Mistakes<'_>,
) -> EngineChoice {
    let Some(engine) = engine else { return EngineChoice::Embedded };
    match engine.get_ref().as_str() {
        "embedded" => return EngineChoice::Embedded,
        "postgres" => {}
        other => {
            let message = format!("engine = \"{other}\" is not known");
            mistakes.at(engine.span(), message, "there are: embedded, postgres");
            return EngineChoice::Embedded;
        }
    }
    let nothing = PostgresTable::default();
    let table = table.unwrap_or(&nothing);
    let bin = table.bin.as_ref().map(|bin| directory.join(bin.get_ref()));
    if bin.is_none() {
        let hint = "add [postgres] with bin, the folder of PostgreSQL's server programs, such as \
                    /usr/lib/postgresql/15/bin; `cargo xtask tools` prints one";
        mistakes.at(engine.span(), "engine = \"postgres\" does not say where PostgreSQL is".into(), hint);
    }
    if matches!(model, Model::ActiveActive | Model::GeoPartitioned) {
        let message = format!("engine = \"postgres\" has one writer, and model = \"{}\" has several", model.name());
        let hint = "set model to single-region, active-passive or read-replicas; PostgreSQL's streams go one way only";
        mistakes.at(engine.span(), message, hint);
    }
    let port = mistakes.number("port", &table.port, PORT_DEFAULT, 1..=65_535) as u16;
    for region in regions {
        if !region.listen.ip().is_loopback() {
            let message = format!("the PostgreSQL server of {} would listen on {}", region.name, region.listen.ip());
            mistakes.at(engine.span(), message, "it asks for no password: listen on a loopback address");
        }
        if [region.listen.port(), region.peer_listen.port()].contains(&port) {
            let message = format!("port {port} of [postgres] is a port of {}, too", region.name);
            mistakes.at(engine.span(), message, "give [postgres] a port of its own");
        }
    }
    EngineChoice::Postgres(PostgresChoice { bin: bin.unwrap_or_default(), user: table.user.clone(), port })
}
