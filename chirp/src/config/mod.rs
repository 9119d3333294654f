//! The configuration: one TOML file that all processes of a deployment read.
//!
//! Reading has two steps: the text must have the form (`format`), and then the whole must make sense
//! (`check`); the second step reports all its mistakes at once, each with its line and a hint. What
//! comes out is complete: every default is in it, every address is an address.

mod balancer;
mod cache;
mod check;
mod combinations;
mod data;
mod durability;
mod edge;
mod edge_cache;
mod format;
mod log;
mod nats;
mod postgres;
mod snapshots;
mod steering;
mod telemetry;
mod third_party;
mod tls;
mod tokens;
mod writer;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::net::{SocketAddr, SocketAddrV4};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::admission::Tokens;
use crate::condition::{Conditions, Name};
use crate::defects::Defects;
use crate::durability::Durability;
use crate::names::RegionName;
use crate::store::{KeepLog, Seed};

pub(crate) use balancer::Balancer;
pub(crate) use cache::RegionCache;
pub(crate) use data::DataRules;
pub(crate) use edge::EdgeConfig;
pub(crate) use nats::NatsChoice;
pub(crate) use postgres::EngineChoice;
pub(crate) use snapshots::Snapshots;
pub(crate) use steering::{Network, ProbePlace, Steering, SteeringKind};
pub(crate) use telemetry::Telemetry;
pub(crate) use third_party::{ProviderConfig, ThirdPartyConfig};
pub(crate) use tls::TlsFiles;
#[cfg(test)]
pub(crate) use tls::WrongFiles;
pub(crate) use tokens::TokenSettings;
pub(crate) use writer::{Away, Copies, Deployment, Model, Partition};

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file could not be read.
    #[error("cannot read the configuration {path}")]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not TOML, or has keys that do not exist or lack.
    #[error("the configuration {path} is malformed: {message}")]
    Malformed {
        /// Which file.
        path: PathBuf,
        /// What and where, with the line.
        message: String,
    },
    /// The file has the form, but makes no sense.
    #[error("the configuration {path} has {} mistake(s):{}", .mistakes.len(), listed(.mistakes))]
    Mistaken {
        /// Which file.
        path: PathBuf,
        /// All that is wrong.
        mistakes: Vec<Mistake>,
    },
}

/// One thing that is wrong in a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The line, from 1; none if the mistake is that something is missing.
    pub line: Option<usize>,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub hint: String,
}

fn listed(mistakes: &[Mistake]) -> String {
    let line = |mistake: &Mistake| {
        let place = mistake.line.map_or(String::new(), |line| format!("line {line}: "));
        format!("\n  {place}{}\n    hint: {}", mistake.message, mistake.hint)
    };
    mistakes.iter().map(line).collect()
}

/// Everything that the processes need to know.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    /// Snapshots of every region.
    pub(crate) snapshots: Snapshots,
    /// How much of each log is kept.
    pub(crate) log: KeepLog,
    /// The defences that are taken away.
    pub(crate) defects: Defects,
    /// Which version the processes say they are; a file can't say another.
    pub(crate) version: String,
    /// Who is there from the first boot.
    pub(crate) seed: Seed,
    /// What becomes of data.
    pub(crate) data: DataRules,
    /// Bounds of a region.
    pub(crate) limits: Limits,
    /// In how many regions a write must be before it is answered.
    pub(crate) durability: Durability,
    /// How logs are pulled.
    pub(crate) replication: Replication,
    /// Who may write what.
    pub(crate) deployment: Deployment,
    /// The geo-DNS; none if no users are steered.
    pub(crate) steering: Option<Steering>,
    /// How edges choose among regions.
    pub(crate) balancer: Balancer,
    /// The edges, in the order of the file; none if users reach regions directly.
    pub(crate) edges: Vec<EdgeConfig>,
    /// What regions may keep of answers.
    pub(crate) cache: RegionCache,
    /// What edges may keep of answers.
    pub(crate) edge_cache: crate::cache::Settings,
    /// Where traces go.
    pub(crate) telemetry: Telemetry,
    /// How users prove who they are; none if nobody asks.
    pub(crate) tokens: Option<TokenSettings>,
    /// How regions deal with third parties.
    pub(crate) third_party: ThirdPartyConfig,
    /// The third parties, those preferred first.
    pub(crate) providers: Vec<ProviderConfig>,
    /// The regions, in the order of the file.
    pub(crate) regions: Vec<RegionConfig>,
    /// Where users' data is kept.
    pub(crate) engine: EngineChoice,
    /// The servers that carry the logs; none if regions pull them.
    pub(crate) nats: Option<NatsChoice>,
}

/// Bounds of a region.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Connections per listener.
    pub(crate) connections_max: usize,
    /// Requests of users that may be worked on.
    pub(crate) in_flight_max: usize,
    /// After this a write is answered 503, outcome unknown.
    pub(crate) write_deadline: Duration,
    /// After this a read is answered 503.
    pub(crate) read_deadline: Duration,
    /// After this the deep health check has failed.
    pub(crate) health_deadline: Duration,
    /// How long a clean stop waits for requests that are under way.
    pub(crate) drain: Duration,
}

/// How logs are pulled.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Replication {
    /// How long a peer may hold a poll open when it has nothing new.
    pub(crate) poll_wait: Duration,
    /// How long connecting may take, and how long an answer may take beyond `poll_wait`.
    pub(crate) timeout: Duration,
    /// Entries of one answer.
    pub(crate) batch_entries_max: usize,
    /// The first wait after a failure; doubles with each further one.
    pub(crate) retry_min: Duration,
    /// The longest wait after failures.
    pub(crate) retry_max: Duration,
    /// How often each peer is asked what it holds of others' logs.
    pub(crate) anti_entropy: Duration,
    /// How often a region writes a sign of life into its log.
    pub(crate) heartbeat: Duration,
    /// How long a start waits for a peer that cannot be reached.
    pub(crate) catch_up_patience: Duration,
    /// How far a remote stamp may pull our clock.
    pub(crate) clock_ahead_max: Duration,
}

/// One region.
#[derive(Clone, Debug)]
pub(crate) struct RegionConfig {
    /// Its name.
    pub(crate) name: RegionName,
    /// Where users are served.
    pub(crate) listen: SocketAddrV4,
    /// Its TLS for users; none: they come without.
    pub(crate) tls: Option<TlsFiles>,
    /// Where peers (and fault injection) are served.
    pub(crate) peer_listen: SocketAddr,
    /// Where the health checker asks; a relay may sit there.
    pub(crate) health_check: SocketAddr,
    /// The data directory.
    pub(crate) data: PathBuf,
    /// How wrong its wall clock is.
    pub(crate) clock_offset_ms: i64,
    /// The zone whose law its data is under, if it says so.
    pub(crate) zone: Option<String>,
    /// Where it reaches each of the others.
    pub(crate) peers: BTreeMap<RegionName, SocketAddr>,
    /// Where it reaches the PostgreSQL server of others, if not directly.
    pub(crate) postgres_peers: BTreeMap<RegionName, SocketAddr>,
    /// Where it reaches the NATS server of others, if not directly.
    pub(crate) nats_peers: BTreeMap<RegionName, SocketAddr>,
}

impl Config {
    /// Reads and checks a file. A relative data directory is relative to the file's own.
    pub(crate) fn read(path: &Path) -> Result<Self, ConfigError> {
        let text =
            std::fs::read_to_string(path).map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
        Self::parse(path, &text)
    }

    /// Checks a text; `path` is for messages and for relative data directories.
    pub(crate) fn parse(path: &Path, text: &str) -> Result<Self, ConfigError> {
        let file: format::File = toml::from_str(text).map_err(|error| ConfigError::Malformed {
            path: path.to_owned(),
            message: error.to_string().trim_end().to_owned(),
        })?;
        let directory = path.parent().unwrap_or(Path::new(""));
        check::check(&file, text, directory)
            .map_err(|mistakes| ConfigError::Mistaken { path: path.to_owned(), mistakes })
    }

    /// What regions check tokens with: nothing if edges have done it.
    pub(crate) fn tokens_at_regions(&self, conditions: &Conditions) -> Option<Tokens> {
        let behind_edges = self.steering.as_ref().is_some_and(|steering| steering.kind == SteeringKind::Balancer);
        if behind_edges { None } else { self.token_checks(conditions) }
    }

    /// What tokens are checked with, if anybody asks for them.
    pub(crate) fn token_checks(&self, conditions: &Conditions) -> Option<Tokens> {
        self.tokens.as_ref().map(|settings| Tokens::new(settings, conditions))
    }

    /// What a region can't have set while it runs, and why.
    pub(crate) fn impossible_conditions(&self, own: &RegionConfig) -> BTreeMap<Name, &'static str> {
        let mut impossible = combinations::impossible_conditions(self);
        impossible.extend(tls::impossible_condition(own.tls.as_ref()));
        impossible
    }

    /// The region of this name.
    pub(crate) fn region(&self, name: &str) -> Option<&RegionConfig> {
        self.regions.iter().find(|region| region.name.as_str() == name)
    }

    /// All region names, for messages.
    pub(crate) fn region_names(&self) -> String {
        let names: Vec<&str> = self.regions.iter().map(|region| region.name.as_str()).collect();
        names.join(", ")
    }
}
