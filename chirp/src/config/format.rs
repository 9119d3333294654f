//! The configuration file as it is written. Unknown keys are refused; [`super::check`] does the rest.
//!
//! Values keep their place in the file, so that a mistake is reported with its line.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::balancer::BalancerTable;
use super::cache::CacheTable;
use super::data::{TimelinesTable, TombstonesTable};
use super::edge::EdgeTable;
use super::edge_cache::EdgeCacheTable;
use super::nats::NatsTable;
use super::postgres::PostgresTable;
use super::steering::SteeringTable;
use super::telemetry::TelemetryTable;
use super::third_party::{ProviderTable, ThirdPartyTable};
use super::tls::TlsTable;
use super::tokens::TokensTable;
use super::writer::{PartitionTable, WriterTable};

/// A number that may be left out.
pub(super) type Number = Option<Spanned<u64>>;

/// The whole file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    #[serde(default)]
    pub(super) defects: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) snapshots: super::snapshots::SnapshotsTable,
    #[serde(default)]
    pub(super) log: super::log::LogTable,
    pub(super) durability: Option<Spanned<String>>,
    pub(super) model: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) writer: WriterTable,
    #[serde(default)]
    pub(super) partition: PartitionTable,
    pub(super) engine: Option<Spanned<String>>,
    pub(super) postgres: Option<PostgresTable>,
    pub(super) nats: Option<NatsTable>,
    pub(super) seed_users: Number,
    pub(super) follows_per_user: Number,
    pub(super) resolver: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) timelines: TimelinesTable,
    #[serde(default)]
    pub(super) tombstones: TombstonesTable,
    #[serde(default)]
    pub(super) limits: LimitsTable,
    #[serde(default)]
    pub(super) replication: ReplicationTable,
    pub(super) steering: Option<SteeringTable>,
    #[serde(default)]
    pub(super) balancer: BalancerTable,
    #[serde(default)]
    pub(super) edge: Vec<EdgeTable>,
    #[serde(default)]
    pub(super) edge_cache: EdgeCacheTable,
    #[serde(default)]
    pub(super) cache: CacheTable,
    pub(super) tokens: Option<TokensTable>,
    #[serde(default)]
    pub(super) telemetry: TelemetryTable,
    #[serde(default)]
    pub(super) third_party: ThirdPartyTable,
    #[serde(default)]
    pub(super) provider: Vec<ProviderTable>,
    #[serde(default)]
    pub(super) region: Vec<RegionTable>,
}

/// `[limits]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LimitsTable {
    pub(super) connections_max: Number,
    pub(super) in_flight_max: Number,
    pub(super) write_deadline_ms: Number,
    pub(super) read_deadline_ms: Number,
    pub(super) health_deadline_ms: Number,
    pub(super) drain_ms: Number,
}

/// `[replication]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReplicationTable {
    pub(super) transport: Option<Spanned<String>>,
    pub(super) poll_wait_ms: Number,
    pub(super) timeout_ms: Number,
    pub(super) batch_entries_max: Number,
    pub(super) retry_ms_min: Number,
    pub(super) retry_ms_max: Number,
    pub(super) heartbeat_ms: Number,
    pub(super) anti_entropy_ms: Number,
    pub(super) catch_up_patience_ms: Number,
    pub(super) clock_ahead_ms_max: Number,
}

/// `[[region]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RegionTable {
    pub(super) name: Spanned<String>,
    pub(super) listen: Spanned<String>,
    pub(super) tls: Option<Spanned<TlsTable>>,
    pub(super) peer_listen: Spanned<String>,
    pub(super) health_check: Option<Spanned<String>>,
    pub(super) data: String,
    #[serde(default)]
    pub(super) clock_offset_ms: i64,
    pub(super) zone: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) peers: BTreeMap<String, Spanned<String>>,
    #[serde(default)]
    pub(super) postgres_peers: BTreeMap<String, Spanned<String>>,
    #[serde(default)]
    pub(super) nats_peers: BTreeMap<String, Spanned<String>>,
}
