//! A region: one process that serves users, keeps its log, and pulls the logs of its peers.
//!
//! ```text
//!  users ──▶ api ──────────┐                      ┌──▶ /peer/log ──▶ peers' pullers
//!                          ▼                      │
//!                    writer ──▶ store ────────────┤
//!                          ▲                      └──▶ reads
//!  peers' logs ──▶ pullers ┘     heartbeat ──▶ writer
//! ```
//!
//! Life: bind both listeners (a wrong address is known at once), open the store, listen, say `ready`,
//! catch up with the peers that can be reached, say `serving`, until told to stop.

mod api;
mod authority;
mod backoff;
mod cached;
mod catch_up;
mod copies;
mod deadline;
mod drain;
mod forward;
mod health;
mod heartbeat;
mod homes;
mod link;
mod log_metrics;
mod metrics;
mod nats;
mod overload;
mod pace;
mod peer_answer;
mod peer_api;
mod peer_status;
mod position;
mod postgres;
mod puller;
mod reading;
mod residency;
mod session;
mod snapshots;
mod succession;
mod third_parties;
mod transfer;
mod trimming;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::admission::Tokens;
use crate::condition::{Conditions, Role, press};
use crate::config::{Config, Limits, RegionConfig, Replication};
use crate::defects::Defects;
use crate::durability::Acknowledgements;
use crate::engine::{Embedded, Engine};
use crate::error::{BindError, Error};
use crate::events::{self, Event};
use crate::http::{Door, ServeOptions, serve};
use crate::names::RegionName;
use crate::stop::Stop;
use crate::store::{Control, Rules, Store, StoreError, StoreOptions, Writer};
use crate::third_party::{PushQueue, ThirdParties};
use crate::tls;
use crate::trace::Tracer;
use crate::wall_clock::WallClock;

pub(crate) use authority::SeatMessage;

use authority::Authority;
use cached::Caches;
use metrics::Metrics;
#[cfg(test)]
pub(crate) use metrics::registered as registered_metrics;
use overload::Overload;
use peer_status::PeerStatus;
use snapshots::SnapshotKeeper;

pub(crate) use snapshots::{SnapshotError, Source as SnapshotSource};

/// Threads that read from the store for handlers. More reads wait their turn.
pub(crate) const READERS_MAX: usize = 16;

/// Everything that the parts of a region share.
struct Region {
    name: RegionName,
    /// Which version it says it is.
    version: String,
    limits: Limits,
    replication: Replication,
    /// How long a tombstone is kept at least.
    tombstones_keep: Duration,
    defects: Defects,
    wall_clock: WallClock,
    store: Store,
    writer: Arc<Writer>,
    engine: Engine,
    acknowledgements: Arc<Acknowledgements>,
    /// What is wrong on purpose.
    conditions: Conditions,
    /// What carries the logs, if regions do not pull them.
    nats: Option<nats::Nats>,
    snapshots: SnapshotKeeper,
    /// Keeps logs from being applied while a state is taken in.
    transfers: transfer::Transfers,
    /// What peers say that they hold.
    listed: trimming::Listed,
    metrics: Metrics,
    third_parties: Arc<ThirdParties>,
    /// Where posts are offered; set when the region starts, and only if there is a push service.
    pushes: OnceLock<PushQueue>,
    /// Who is let in.
    overload: Overload,
    /// What is kept of answers.
    caches: Caches,
    /// Whether the region has caught up.
    serving: AtomicBool,
    /// Whether an operator takes it out of service.
    drain: drain::Drain,
    /// Checks users, if the region has to do it itself.
    tokens: Option<Tokens>,
    peers: BTreeMap<RegionName, PeerStatus>,
    /// Where each peer's replication listener is reached.
    addresses: BTreeMap<RegionName, SocketAddr>,
    /// Makes request ids, traces and spans.
    tracer: Tracer,
    /// Who may write what.
    authority: Arc<Authority>,
    stop: Stop,
}

/// Why a read has no result.
#[derive(Debug, thiserror::Error)]
enum ReadError {
    #[error("no answer from the storage within {} ms", .0.as_millis())]
    Deadline(Duration),
    #[error("the storage failed: {0}")]
    Storage(#[from] StoreError),
    #[error("the reader ended: {0}")]
    Ended(#[from] tokio::task::JoinError),
}

impl Region {
    /// Reads from the embedded store on a thread that may block: logs and probes. What users ask goes to
    /// the engine.
    async fn read<T, F>(&self, work: F) -> Result<T, ReadError>
    where
        T: Send + 'static,
        F: FnOnce(&Store) -> Result<T, StoreError> + Send + 'static,
    {
        let store = self.store.clone();
        let reading = tokio::task::spawn_blocking(move || work(&store));
        let deadline = self.limits.read_deadline;
        let read = tokio::time::timeout(deadline, reading).await.map_err(|_| ReadError::Deadline(deadline))?;
        Ok(read??)
    }

    fn is_serving(&self) -> bool {
        self.serving.load(Ordering::Acquire)
    }
}

/// Runs a region until `stop`.
pub(crate) async fn run(config: &Config, own: RegionConfig, stop: Stop) -> Result<(), Error> {
    let span = tracing::info_span!("region", region = %own.name);
    let running = async {
        events::announce_defects(&config.defects);
        let users = bind(SocketAddr::V4(own.listen), "users").await?;
        let peers = bind(own.peer_listen, "peers").await?;
        let region = Arc::new(open(config, &own, stop).await?);
        let tls = own.tls.as_ref().map(|files| tls::acceptor(files, &region.conditions)).transpose()?;
        let users = Door { listener: users, tls };
        let listen = own.listen.to_string();
        events::emit(&Event::Ready { region: Some(own.name.to_string()), name: None, listen });
        tracing::info!(listen = %own.listen, peer_listen = %own.peer_listen, log = region.store.log(), "ready");
        let mut tasks = start(&region, &own, users, peers);
        while let Some(ended) = tasks.join_next().await {
            ended.map_err(|error| Error::Task(error.to_string()))?;
        }
        Ok(())
    };
    tracing::Instrument::instrument(running, span).await
}

async fn bind(address: SocketAddr, what: &'static str) -> Result<TcpListener, Error> {
    let bound = TcpListener::bind(address).await;
    bound.map_err(|source| Error::Bind(BindError { what, address, source }))
}

async fn open(config: &Config, own: &RegionConfig, stop: Stop) -> Result<Region, Error> {
    let tracer = Tracer::start(&config.telemetry, "chirp-region", own.name.as_str());
    let metrics = Metrics::new(tracer.counters());
    let impossible = config.impossible_conditions(own);
    let conditions = Conditions::with(Role::Region, &config.defects, impossible, Vec::new());
    let wall_clock = WallClock::with_conditions(own.clock_offset_ms, &conditions);
    let options = store_options(config, own, wall_clock.now_ms());
    let failed = |source: StoreError| Error::Store { path: own.data.display().to_string(), source: source.into() };
    let (store, writer) =
        Writer::start(&options, wall_clock.clone(), &conditions, metrics.commit_metrics()).map_err(failed)?;
    let writer = Arc::new(writer);
    let (control, promises) = Control::open(&own.data, writer.gate().clone()).map_err(failed)?;
    let voters = config.regions.len();
    let authority = Arc::new(Authority::new(config, own, control, &promises, metrics.traffic()));
    let (needed, claims) = (config.durability.others(voters), Arc::clone(&authority));
    let acknowledgements = Arc::new(Acknowledgements::new(needed, claims, metrics.acknowledgement_metrics()));
    let engine = match postgres::open(config, own, writer.gate().clone(), wall_clock.clone(), stop.clone()).await? {
        Some(postgres) => Engine::Postgres(postgres),
        None => Engine::Embedded(Embedded::new(store.clone(), Arc::clone(&writer), Arc::clone(&acknowledgements))),
    };
    let nats = nats::open(config, own)?;
    let snapshots =
        SnapshotKeeper::open(&config.snapshots, &own.name).map_err(|error| Error::Snapshots(error.to_string()))?;
    let mut peers = BTreeMap::new();
    for peer in own.peers.keys() {
        let cursor = store.cursor(peer.as_str()).map_err(failed)?;
        peers.insert(peer.clone(), PeerStatus::new(cursor));
    }
    let caches = Caches::new(config.cache, writer.invalidations(), &config.defects);
    let third_parties = Arc::new(ThirdParties::new(config, &own.name, metrics.third_party(), &conditions));
    Ok(Region {
        name: own.name.clone(),
        version: config.version.clone(),
        limits: config.limits,
        replication: config.replication,
        tombstones_keep: config.data.tombstones_keep,
        defects: config.defects.clone(),
        wall_clock,
        store,
        writer,
        engine,
        acknowledgements,
        nats,
        snapshots,
        transfers: transfer::Transfers::default(),
        listed: trimming::Listed::default(),
        metrics,
        third_parties,
        pushes: OnceLock::new(),
        overload: Overload::new(&config.limits, &config.defects),
        caches,
        serving: AtomicBool::new(false),
        drain: drain::Drain::default(),
        tokens: config.tokens_at_regions(&conditions),
        peers,
        addresses: own.peers.clone(),
        tracer,
        authority,
        conditions,
        stop,
    })
}

/// How the store of a region is opened; `now_ms` is its wall clock.
pub(crate) fn store_options(config: &Config, own: &RegionConfig, now_ms: u64) -> StoreOptions {
    StoreOptions {
        directory: own.data.clone(),
        region: own.name.clone(),
        seed: config.embedded_seed(),
        rules: Rules {
            resolver: config.data.resolver,
            celebrity_followers: config.data.celebrity_followers,
            tombstones_keep: config.data.tombstones_keep,
            peers: own.peers.keys().cloned().collect(),
            keep: config.log,
        },
        clock_ahead_max: config.replication.clock_ahead_max,
        now_ms,
    }
}

fn start(region: &Arc<Region>, own: &RegionConfig, users: Door, peers: TcpListener) -> JoinSet<()> {
    let options = ServeOptions { connections_max: region.limits.connections_max, drain: region.limits.drain };
    let mut tasks = JoinSet::new();
    let mut spawn = |task: std::pin::Pin<Box<dyn Future<Output = ()> + Send>>| {
        tasks.spawn(tracing::Instrument::in_current_span(task));
    };
    spawn(Box::pin(serve(users, api::router(Arc::clone(region)), options, region.stop.clone())));
    spawn(Box::pin(serve(peers, peer_api::router(Arc::clone(region)), options, region.stop.clone())));
    spawn(Box::pin(heartbeat::run(Arc::clone(region))));
    spawn(Box::pin(trimming::run(Arc::clone(region))));
    spawn(Box::pin(snapshots::run(Arc::clone(region))));
    spawn(Box::pin(catch_up::run(Arc::clone(region))));
    spawn(Box::pin(region.conditions.clone().keep(region.stop.clone())));
    spawn(Box::pin(press(region.conditions.clone(), region.stop.clone())));
    for seat in 0..region.authority.seats.len() {
        spawn(Box::pin(authority::run(Arc::clone(region), seat)));
    }
    if let Some(pushes) = third_parties::start_pushes(region) {
        spawn(Box::pin(pushes));
    }
    if let Engine::Postgres(postgres) = &region.engine {
        let postgres = postgres.clone();
        spawn(Box::pin(async move { postgres.closed().await }));
    }
    if region.nats.is_some() {
        spawn(Box::pin(nats::run_own(Arc::clone(region))));
    }
    for (peer, address) in &own.peers {
        if region.nats.is_some() {
            spawn(Box::pin(nats::read(Arc::clone(region), peer.clone())));
        } else {
            spawn(Box::pin(puller::run(Arc::clone(region), peer.clone(), *address)));
        }
        spawn(Box::pin(copies::run(Arc::clone(region), peer.clone())));
    }
    tasks
}
