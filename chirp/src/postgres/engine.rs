//! The engine as the API sees it: pools of connections to the region's own server.
//!
//! Writes have a pool of their own. With `remote` or `quorum` durability a write holds its connection until
//! another region has it, and when none can be reached that is for long; reads must not wait behind that.
//! A write whose deadline passes is not cancelled, for a cancelled commit that waits for other regions
//! *is* done here and PostgreSQL would report success; it keeps its connection until it ends. So the pool
//! bounds how many such writes there are, and when all its connections are held, writes are refused at once.
//!
//! **After a failover** connections of before may still be open to a server that cannot write any more: it
//! answers SQLSTATE 25006 to each write, and is well otherwise. Such a connection is thrown away.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, RecyclingMethod, Timeouts};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_postgres::NoTls;
use tokio_postgres::error::SqlState;

use super::account::Account;
use super::agent::{Agent, Lineage, Report};
use super::connection::{Visit, setup};
use super::directory::Directory;
use super::operations::{self, Context};
use super::programs::Programs;
use super::pulse::Pulse;
use super::queries;
use super::settings::{Settings, SyncRule};
use super::{Assignment, PostgresError, SqlError, Status};
use crate::clock::{Clock, HybridTime};
use crate::defects::{Defect, Defects};
use crate::engine::{EngineError, ReadAnswer, ReadQuery, WriteAnswer, WriteCommand};
use crate::names::RegionName;
use crate::stop::Stop;
use crate::store::{Seed, StorageGate};
use crate::wall_clock::WallClock;

/// Connections for writes; also the number of writes that may wait for other regions.
const WRITERS_MAX: usize = 24;
/// Connections for reads.
const READERS_MAX: usize = 16;
/// A report waits so long for the agent to cut the server off.
const CUT_LIMIT: Duration = Duration::from_secs(5);

/// A standby keeps up with its writer if it has heard of it so lately.
const KEEPS_UP_SECONDS: f64 = 3.0;
const HOLDER: &str = "no holder of the lock panics";

/// What an engine is made of.
#[derive(Debug)]
pub(crate) struct Open {
    /// Whose.
    pub(crate) region: RegionName,
    /// The region's data directory.
    pub(crate) data: PathBuf,
    /// The folder of PostgreSQL's programs.
    pub(crate) bin: PathBuf,
    /// Who runs the server if the region is run by root; none: the usual ones.
    pub(crate) user: Option<String>,
    /// Where the server listens.
    pub(crate) address: SocketAddr,
    /// Where each other region's server is reached.
    pub(crate) links: BTreeMap<RegionName, SocketAddr>,
    /// Where each other region's replication listener is reached.
    pub(crate) peers: BTreeMap<RegionName, SocketAddr>,
    /// How many other regions must have a write on disk before it is acknowledged.
    pub(crate) confirmations: usize,
    /// Who is there from the first boot.
    pub(crate) seed: Seed,
    /// Who has more followers than this is merged at read.
    pub(crate) celebrity_followers: u64,
    /// The defences that are taken away.
    pub(crate) defects: Defects,
    /// The region's clock.
    pub(crate) wall_clock: WallClock,
    /// How far a stamp that is found may pull the hybrid clock.
    pub(crate) clock_ahead_max: Duration,
    /// Limits of statements.
    pub(crate) read_deadline: Duration,
    /// Limits of statements.
    pub(crate) write_deadline: Duration,
    /// How often the writer gives a sign of life.
    pub(crate) heartbeat: Duration,
    /// Commits wait while it is stalled.
    pub(crate) gate: StorageGate,
}

/// A region's server with its agent.
#[derive(Clone, Debug)]
pub(crate) struct Postgres {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    region: RegionName,
    address: SocketAddr,
    readers: Pool,
    writers: Pool,
    clock: Mutex<(Option<u64>, Clock)>,
    clock_ahead_max: Duration,
    wall_clock: WallClock,
    defects: Defects,
    celebrity_followers: i64,
    assignment: watch::Sender<Assignment>,
    cut: watch::Sender<u64>,
    status: watch::Receiver<Status>,
    pulse: Pulse,
    gate: StorageGate,
    agent: Mutex<Option<JoinHandle<()>>>,
}

/// Why a statement has no result.
#[derive(Debug, thiserror::Error)]
pub(super) enum SqlFailure {
    #[error(transparent)]
    Sql(#[from] SqlError),
    #[error("a stored {what} cannot be read: {source}")]
    Record { what: &'static str, source: serde_json::Error },
    #[error("{0}")]
    Odd(String),
}

impl SqlFailure {
    pub(super) fn record(what: &'static str, source: serde_json::Error) -> Self {
        Self::Record { what, source }
    }
}

impl From<tokio_postgres::Error> for SqlFailure {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Sql(error.into())
    }
}

impl Postgres {
    /// Checks everything that can be checked before the first start, and starts the agent.
    ///
    /// Must be called on the thread that lives as long as the process: the server dies with it.
    pub(crate) async fn open(open: Open, stop: Stop) -> Result<Self, PostgresError> {
        let account = Account::find(open.user.as_deref())?;
        let programs = Programs::find(&open.bin, account.clone()).await?;
        let directory = Directory::open(&open.data, &open.region, &account)?;
        programs.check_writable(directory.root()).await?;
        // A taken port is told at the start, and not by a server that never comes.
        std::net::TcpListener::bind(open.address)
            .map(drop)
            .map_err(|source| PostgresError::Address { address: open.address, source })?;
        let (assignment, assigned) = watch::channel(Assignment::default());
        let (cut, cuts) = watch::channel(0);
        let (status_sender, status) = watch::channel(Status { alone: open.peers.is_empty(), ..Status::default() });
        let sync = SyncRule { count: open.confirmations, standbys: open.peers.keys().cloned().collect() };
        let lazy = open.defects.has(Defect::AckBeforeDurable); // DEFECT ack-before-durable
        let (region, listen) = (open.region.clone(), open.address);
        let settings = Settings { region, listen, sync, upstream: None, writable: false, lazy };
        let agent = Agent {
            region: open.region.clone(),
            programs,
            directory,
            address: open.address,
            links: open.links.clone(),
            peers: open.peers.clone(),
            seed: open.seed,
            celebrity_followers: open.celebrity_followers,
            assignment: assigned,
            cut: cuts,
            status: status_sender,
            settings,
            upstream_epoch: 0,
            server: None,
            fruitless: 0,
        };
        let clock = Clock::new(open.region.clone(), HybridTime::default(), open.clock_ahead_max);
        let shared = Shared {
            region: open.region.clone(),
            address: open.address,
            readers: pool(&open, READERS_MAX, open.read_deadline, false),
            writers: pool(&open, WRITERS_MAX, open.write_deadline, lazy),
            clock: Mutex::new((None, clock)),
            clock_ahead_max: open.clock_ahead_max,
            wall_clock: open.wall_clock,
            defects: open.defects,
            celebrity_followers: open.celebrity_followers as i64,
            assignment,
            cut,
            status,
            pulse: Pulse::default(),
            gate: open.gate,
            agent: Mutex::new(None),
        };
        let postgres = Self { shared: Arc::new(shared) };
        let beating = postgres.clone();
        let running = async move {
            let pulse = super::pulse::run(beating, open.heartbeat, stop.clone());
            tokio::join!(agent.run(stop), pulse);
        };
        let agent = tokio::spawn(tracing::Instrument::in_current_span(running));
        *postgres.shared.agent.lock().expect(HOLDER) = Some(agent);
        Ok(postgres)
    }

    /// Waits until the agent has stopped the server and ended; for one caller.
    pub(crate) async fn closed(&self) {
        let agent = self.shared.agent.lock().expect(HOLDER).take();
        if let Some(agent) = agent
            && let Err(error) = agent.await
        {
            tracing::error!(%error, "the agent of PostgreSQL failed");
        }
    }

    /// Says who is to write. An older epoch than the last one is not heard.
    pub(crate) fn assign(&self, assignment: Assignment) {
        self.shared.assignment.send_if_modified(|present| {
            let newer = assignment.epoch >= present.epoch && assignment != *present;
            if newer {
                *present = assignment;
            }
            newer
        });
    }

    /// Makes this region the writer of `epoch`; the error says why that did not come about in time.
    pub(crate) async fn take_over(&self, epoch: u64, patience: Duration) -> Result<(), String> {
        self.assign(Assignment { epoch, writer: Some(self.shared.region.clone()) });
        let mut status = self.shared.status.clone();
        let writes = status.wait_for(|status| status.writing == Some(epoch));
        if let Ok(Ok(_)) = tokio::time::timeout(patience, writes).await {
            return Ok(());
        }
        self.assign(Assignment { epoch, writer: None });
        let trouble = self.shared.status.borrow().trouble.clone();
        Err(trouble.unwrap_or_else(|| format!("PostgreSQL was not promoted within {} ms", patience.as_millis())))
    }

    /// Whether the server follows this writer and its signs of life arrive.
    pub(crate) fn keeps_up_with(&self, writer: &RegionName) -> bool {
        let follows = self.shared.status.borrow().following.as_ref().is_some_and(|(of, _)| of == writer);
        let lag = self.shared.pulse.lag(self.shared.wall_clock.now_ms());
        follows && lag.is_some_and(|lag| lag.age < KEEPS_UP_SECONDS)
    }

    /// What the server is.
    pub(crate) fn status(&self) -> watch::Receiver<Status> {
        self.shared.status.clone()
    }

    /// The writer's signs of life, as they arrive here.
    pub(crate) fn pulse(&self) -> &Pulse {
        &self.shared.pulse
    }

    /// Cuts the server off from writers before `epoch`, and then says what it has.
    pub(crate) async fn report(&self, epoch: u64) -> Result<Report, PostgresError> {
        self.shared.cut.send_if_modified(|cut| std::mem::replace(cut, epoch.max(*cut)) < epoch);
        let mut status = self.shared.status.clone();
        let is_cut = status.wait_for(|status| status.cut >= epoch);
        let late = PostgresError::Late { what: "cutting the server off from the old writer", limit: CUT_LIMIT };
        let status = match tokio::time::timeout(CUT_LIMIT, is_cut).await {
            Ok(Ok(status)) => status.clone(),
            _ => return Err(late),
        };
        if !status.running {
            return Ok(Report::default());
        }
        let mut visit = Visit::open(self.shared.address, CUT_LIMIT).await?;
        let lineage = Lineage::of(visit.client()).await?;
        Ok(Report { has_data: true, epoch: lineage.epoch(), position: lineage.position.0 })
    }

    /// Answers a query from one snapshot of this region's server.
    pub(crate) async fn read(&self, query: ReadQuery, deadline: Duration) -> Result<ReadAnswer, EngineError> {
        let reading = async {
            let client = self.shared.readers.get().await.map_err(|error| EngineError::Failed(error.to_string()))?;
            match queries::read(&client, &query).await {
                // The standby had to replay over what this read was looking at: once more, from a new snapshot.
                Err(SqlFailure::Sql(error)) if is_conflict(&error) => queries::read(&client, &query).await,
                outcome => outcome,
            }
            .map_err(|error| failed(&error))
        };
        let late = EngineError::Deadline { what: "no answer from PostgreSQL", deadline };
        tokio::time::timeout(deadline, reading).await.unwrap_or(Err(late))
    }

    /// Carries a command out and answers once it is as durable as the configuration promises.
    pub(crate) async fn write(&self, command: WriteCommand, deadline: Duration) -> Result<WriteAnswer, EngineError> {
        let not_writer = || EngineError::Busy("this region does not write".into());
        let epoch = self.writing().ok_or_else(not_writer)?;
        let postgres = self.clone();
        // Goes on when the caller has gone: see the page's beginning.
        let doing = tokio::spawn(async move { postgres.carry_out(command, epoch).await });
        let late = EngineError::Deadline { what: "not committed", deadline };
        let done = tokio::time::timeout(deadline, doing).await.map_err(|_| late)?;
        let answer = done.map_err(|error| EngineError::Failed(error.to_string()))??;
        if self.writing() != Some(epoch) {
            return Err(EngineError::Failed("the right to write was lost while the write was under way".into()));
        }
        Ok(answer)
    }

    /// Writes and reads back through the pools of the users; the error is the reason, for people. A standby
    /// is well if it answers.
    pub(crate) async fn check(&self, deadline: Duration) -> Result<(), String> {
        let status = self.shared.status.borrow().clone();
        if !status.running {
            let trouble = status.trouble.map(|trouble| format!(": {trouble}")).unwrap_or_default();
            return Err(format!("PostgreSQL does not run{trouble}"));
        }
        let checking = async {
            if status.writing.is_some() {
                self.beat("check").await.map_err(|error| format!("storage write: {error}"))?;
            }
            let reading = async {
                let client = self.shared.readers.get().await.map_err(|error| error.to_string())?;
                client.simple_query("SELECT beats FROM pulse").await.map_err(|error| SqlError::from(error).to_string())
            };
            reading.await.map_err(|error| format!("storage read: {error}"))
        };
        let late = || Err(format!("storage did not answer within {} ms", deadline.as_millis()));
        tokio::time::timeout(deadline, checking).await.map_or_else(|_| late(), |outcome| outcome.map(drop))
    }

    /// A sign of life in the table `pulse`, in the way of all writes.
    pub(super) async fn beat(&self, name: &str) -> Result<(), String> {
        // Durable here is enough: what is asked is whether this server works.
        const BEAT: &str = "WITH here AS (SELECT set_config('synchronous_commit', $3, true)) \
                            INSERT INTO pulse SELECT $1, $2, 1 FROM here \
                            ON CONFLICT (name) DO UPDATE SET wall_ms = excluded.wall_ms, beats = pulse.beats + 1";
        // With the defect it must not take others' writes to the disk.
        let durable = if self.shared.defects.has(Defect::AckBeforeDurable) { "off" } else { "local" };
        let wall_ms = self.shared.wall_clock.now_ms() as i64;
        let client = self.shared.writers.get().await.map_err(|error| error.to_string())?;
        self.shared.gate.pass_async().await.map_err(|error| error.to_string())?;
        let beaten = async {
            let statement = client.prepare_cached(BEAT).await?;
            client.execute(&statement, &[&name, &wall_ms, &durable]).await
        };
        match beaten.await.map_err(SqlError::from) {
            Ok(_) => Ok(()),
            Err(error) => {
                let text = error.to_string();
                discard_if_dead(client, &error);
                Err(text)
            }
        }
    }

    /// The last sign of life that has arrived here: its number and the writer's wall clock in it.
    pub(super) async fn last_beat(&self) -> Option<(i64, i64)> {
        let client = self.shared.readers.get().await.ok()?;
        let statement =
            client.prepare_cached("SELECT beats, wall_ms FROM pulse WHERE name = 'heartbeat'").await.ok()?;
        let row = client.query_opt(&statement, &[]).await.ok()??;
        Some((row.get(0), row.get(1)))
    }

    /// The epoch in which the region writes now.
    pub(crate) fn writing(&self) -> Option<u64> {
        self.shared.status.borrow().writing
    }

    /// Waits until the agent has looked what there is, and a region that has no lease writes.
    pub(crate) async fn ready(&self) {
        let mut status = self.shared.status.clone();
        // An error means that the agent has ended: so does the region.
        let _ = status.wait_for(|status| status.looked && (status.writing.is_some() || !status.alone)).await;
    }

    /// Waits while the storage is stalled on purpose. The connection is held meanwhile, which bounds how many
    /// wait.
    async fn carry_out(&self, command: WriteCommand, epoch: u64) -> Result<WriteAnswer, EngineError> {
        let shared = &self.shared;
        let busy = |error: deadpool_postgres::PoolError| EngineError::Busy(format!("no connection is free: {error}"));
        let client = shared.writers.get().await.map_err(busy)?;
        shared.gate.pass_async().await.map_err(|error| EngineError::Failed(format!("the storage failed: {error}")))?;
        let stamp = self.stamp(&client, epoch).await.map_err(|error| failed(&error))?;
        let keys_count = !shared.defects.has(Defect::NoIdempotency);
        let celebrity_followers = shared.celebrity_followers;
        let context = Context { epoch: epoch as i64, stamp, keys_count, celebrity_followers };
        match operations::write(&client, command, context).await {
            Ok(outcome) => outcome.map_err(EngineError::Refused),
            Err(SqlFailure::Sql(error)) => {
                let refused = error.state() == Some(&SqlState::READ_ONLY_SQL_TRANSACTION);
                discard_if_dead(client, &error);
                let busy = || EngineError::Busy("this region does not write any more".into());
                Err(if refused { busy() } else { failed(&error.into()) })
            }
            Err(other) => Err(failed(&other)),
        }
    }

    /// The stamp of a write. In a new epoch the clock first goes on after the newest stamp that is stored.
    async fn stamp(&self, client: &Object, epoch: u64) -> Result<crate::clock::Stamp, SqlFailure> {
        const NEWEST: &str = "SELECT max(stamp) FROM \
                              (SELECT stamp FROM journal ORDER BY epoch DESC, number DESC LIMIT 1000) newest";
        let shared = &self.shared;
        let now_ms = shared.wall_clock.now_ms();
        let is_set = shared.clock.lock().expect(HOLDER).0 == Some(epoch);
        if !is_set {
            let newest: Option<i64> = client.query_one(NEWEST, &[]).await?.get(0);
            let last = HybridTime::from_packed(newest.unwrap_or(0) as u64);
            let mut clock = shared.clock.lock().expect(HOLDER);
            if clock.0 != Some(epoch) {
                *clock = (Some(epoch), Clock::new(shared.region.clone(), last, shared.clock_ahead_max));
            }
        }
        Ok(shared.clock.lock().expect(HOLDER).1.tick(now_ms))
    }
}

/// A `lazy` pool does not wait for the disk.
fn pool(open: &Open, size: usize, deadline: Duration, lazy: bool) -> Pool {
    let mut config = setup(open.address, "chirp", deadline);
    if lazy {
        let options = config.get_options().unwrap_or_default().to_owned();
        config.options(format!("{options} -c synchronous_commit=off"));
    }
    let manager = Manager::from_config(config, NoTls, ManagerConfig { recycling_method: RecyclingMethod::Fast });
    let timeouts = Timeouts { wait: Some(deadline), create: Some(deadline), recycle: Some(deadline) };
    Pool::builder(manager)
        .max_size(size)
        .timeouts(timeouts)
        .runtime(deadpool_postgres::Runtime::Tokio1)
        .build()
        .expect("a pool with a runtime may have timeouts")
}

fn failed(error: &SqlFailure) -> EngineError {
    EngineError::Failed(error.to_string())
}

/// A connection to a server that cannot write any more, or that has ended, does not go back to the pool.
fn discard_if_dead(client: Object, error: &SqlError) {
    let dead = [&SqlState::READ_ONLY_SQL_TRANSACTION, &SqlState::ADMIN_SHUTDOWN, &SqlState::CRASH_SHUTDOWN];
    if error.state().is_none_or(|state| dead.contains(&state)) {
        drop(Object::take(client));
    }
}

fn is_conflict(error: &SqlError) -> bool {
    error.state() == Some(&SqlState::T_R_SERIALIZATION_FAILURE)
}
