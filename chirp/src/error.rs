//! Why a command fails, and what to do about it.

use std::net::SocketAddr;
use std::path::PathBuf;

use crate::config::ConfigError;
use crate::http::RequestError;
use crate::postgres::PostgresError;
use crate::snapshot::RestoreError;
use crate::store::StoreError;

/// Why a command of Chirp fails. [`Error::hint`] says what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The configuration cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// No such region in the configuration.
    #[error("no region `{name}` in the configuration")]
    UnknownRegion {
        /// What was asked for.
        name: String,
        /// What there is.
        known: String,
    },
    /// No such edge in the configuration.
    #[error("no edge `{name}` in the configuration")]
    UnknownEdge {
        /// What was asked for.
        name: String,
        /// What there is.
        known: String,
    },
    /// The geo-DNS has nothing to do.
    #[error("the configuration has no [steering]")]
    NoSteering,
    /// An address cannot be listened on.
    #[error(transparent)]
    Bind(BindError),
    /// A file of TLS cannot be used.
    #[error("cannot speak TLS")]
    Tls(#[from] trust::TrustError),
    /// The store of a region cannot be opened.
    #[error("cannot open the data directory {path}")]
    Store {
        /// Which directory.
        path: String,
        /// Why.
        source: StoreFailure,
    },
    /// The PostgreSQL server of a region cannot be run.
    #[error("cannot run PostgreSQL")]
    Postgres(#[source] PostgresFailure),
    /// The program that is to carry the logs is not there.
    #[error("there is no NATS server {}", .0.display())]
    NoNatsServer(PathBuf),
    /// The runtime or a signal handler could not be set up.
    #[error("cannot start the process")]
    Runtime(#[source] std::io::Error),
    /// A part of the process ended with a panic.
    #[error("a task failed: {0}")]
    Task(String),
    /// A region could not be asked to become the writer.
    #[error("cannot make region {region} at {address} the writer")]
    Promote {
        /// Which region.
        region: String,
        /// Where its replication listener is.
        address: SocketAddr,
        /// Why.
        source: RequestError,
    },
    /// A data directory could not be made from a snapshot.
    #[error("cannot restore region {region}: {source}")]
    Restore {
        /// Which region.
        region: String,
        /// Why.
        source: RestoreError,
    },
    /// The object store of a region's snapshots cannot be opened.
    #[error("cannot open the object store of the snapshots: {0}")]
    Snapshots(String),
    /// It did not become the writer in time.
    #[error("region {region} does not write partition {partition}: {writer} does")]
    NotPromoted {
        /// Which region.
        region: String,
        /// Which partition.
        partition: String,
        /// Who writes, as far as the region knows.
        writer: String,
    },
    /// No such partition in the configuration.
    #[error("no partition `{name}` in model {model}")]
    UnknownPartition {
        /// What was asked for; empty if nothing was.
        name: String,
        /// The model.
        model: &'static str,
        /// What there is.
        known: String,
    },
    /// There is no region to talk to.
    #[error("none of the regions serves users: {0}")]
    NobodyServes(String),
    /// A process could not be asked about its conditions.
    #[error("cannot ask {who} at {address} about its conditions")]
    Condition {
        /// Which process.
        who: String,
        /// Where its admin listener is.
        address: SocketAddr,
        /// Why.
        source: RequestError,
    },
    /// The process cannot have the condition.
    #[error("{who}: {reason}")]
    ConditionRefused {
        /// Which process.
        who: String,
        /// Why.
        reason: String,
    },
    /// Nobody can set conditions there.
    #[error("{0} has no `admin_listen`")]
    NoAdmin(String),
    /// The answer to `condition status` is no.
    #[error("{what} is not on in {who}")]
    NotOn {
        /// What was asked for; any condition, if nothing was.
        what: String,
        /// Which process.
        who: String,
    },
    /// A region could not be asked to drain.
    #[error("cannot ask region {region} at {address} about draining")]
    Drain {
        /// Which region.
        region: String,
        /// Where its replication listener is.
        address: SocketAddr,
        /// Why.
        source: RequestError,
    },
    /// The answer to `drain status` is no.
    #[error("region {0} is not draining")]
    NotDraining(String),
    /// Nothing signs tokens.
    #[error("the configuration has no [tokens]")]
    NoTokens,
    /// No such provider in the configuration.
    #[error("no provider `{name}` in the configuration")]
    UnknownProvider {
        /// What was asked for.
        name: String,
        /// What there is.
        known: String,
    },
    /// Standard output could not be written.
    #[error("cannot write to standard output")]
    Output(#[source] std::io::Error),
}

/// An address that cannot be listened on.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address} for {what}")]
pub struct BindError {
    /// What was to be served there.
    pub what: &'static str,
    /// Where.
    pub address: SocketAddr,
    /// Why not.
    pub source: std::io::Error,
}

/// Why the store of a region cannot be opened.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct StoreFailure(#[from] pub(crate) StoreError);

/// Why the PostgreSQL server of a region cannot be run.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct PostgresFailure(#[from] pub(crate) PostgresError);

impl Error {
    /// What to do about it, if there is something to say.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Config(ConfigError::Read { .. }) => Some("name a readable file with --config FILE".into()),
            Self::UnknownRegion { known, .. } => Some(format!("there are: {known}")),
            Self::UnknownEdge { known, .. } if known.is_empty() => Some("there is none: add an [[edge]]".into()),
            Self::UnknownEdge { known, .. } => Some(format!("there are: {known}")),
            Self::NoTokens => Some("add a [tokens] table with a `key`".into()),
            Self::NoSteering => Some("add a [steering] table with `name` and `listen`".into()),
            Self::Bind(error) => Some(match error.source.kind() {
                std::io::ErrorKind::AddrInUse => {
                    let port = error.address.port();
                    format!(
                        "something listens there already: stop it (`ss -lptn 'sport = :{port}'` names it), or change the address in the configuration"
                    )
                }
                std::io::ErrorKind::PermissionDenied => "take a port above 1023".into(),
                _ => "the address must be one of this machine's".into(),
            }),
            Self::Store { source: StoreFailure(source), .. } => match source {
                StoreError::InUse { .. } => Some("another process runs this region: stop it first".into()),
                StoreError::Seed { .. } => Some("take a fresh data directory, or the seed that it has".into()),
                StoreError::Format { .. } => Some("take a fresh data directory: there is no migration".into()),
                StoreError::Resolver { .. } => Some("take a fresh data directory, or the resolver that it has".into()),
                StoreError::Owner { .. } => Some("give each region its own data directory".into()),
                _ => None,
            },
            Self::Postgres(failure) => failure.0.hint(),
            Self::NoNatsServer(_) => Some("set `server` in [nats]; `cargo xtask tools` prints one".into()),
            Self::UnknownPartition { known, .. } if known.is_empty() => {
                Some("this model has no lease, so nobody is promoted".into())
            }
            Self::UnknownPartition { known, .. } => Some(format!("name one with --partition; there are: {known}")),
            Self::NotPromoted { .. } => Some("a majority of the regions must run and reach it".into()),
            Self::NobodyServes(_) => Some("start the deployment with the same configuration first".into()),
            Self::Restore { source: RestoreError::Occupied { .. }, .. } => Some(
                "a directory that is there is never touched: move it away first, if its data is to be given up".into(),
            ),
            Self::Restore { source: RestoreError::NoSnapshot { .. }, .. } => {
                Some("take another region's with --from, or start the region empty: it gets what its peers hold".into())
            }
            Self::Condition { .. } | Self::Drain { .. } | Self::Promote { .. } => {
                Some("is it running, and with the same configuration?".into())
            }
            Self::UnknownProvider { known, .. } if known.is_empty() => {
                Some("there are none: add a [[provider]]".into())
            }
            Self::UnknownProvider { known, .. } => Some(format!("there are: {known}")),
            Self::NoAdmin(_) => Some("give it an address for conditions: admin_listen = \"IP:PORT\"".into()),
            _ => None,
        }
    }
}
