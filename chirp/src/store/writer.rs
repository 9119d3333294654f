//! The one writer: a thread that turns a queue of jobs into transactions (group commit).
//!
//! An fsync costs about the same for one write as for a hundred. So while one is under way the next
//! writes wait in the queue, and then share the next one. Nobody is answered before it: the answer to
//! a write *is* the fsync. One thread, because the engine has one writer anyway, and because the
//! hybrid clock and the log's numbers need one owner.
//!
//! Limits: the queue is bounded (a full one refuses at once, [`WriteError::Busy`]), a batch is, and
//! whoever waits does so with a deadline. A write that missed it in the queue is not done; one that was
//! begun may still be done afterwards. So its outcome is unknown, and the caller must say so.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::histogram::Histogram;
use redb::Durability;
use tokio::sync::{oneshot, watch};

use super::open::{Resumed, Store, StoreOptions};
use super::session::{META_STAMP, Session};
use super::tables::{Tables, encode};
use super::{StorageGate, StoreError};
use crate::admission::Resource;
use crate::cache::Invalidations;
use crate::condition::Conditions;
use crate::defects::{Defect, Defects};
use crate::resolve::ConflictCount;
use crate::trace::{self, EntryTraces};
use crate::wall_clock::WallClock;

/// Writes that may wait for the writer. More are refused.
const QUEUE_MAX: usize = 4096;
/// Writes that share a transaction.
const BATCH_MAX: usize = 256;
/// How long acknowledged writes stay out of the disk's sight with the defect `ack-before-durable`.
const LAZY_SYNC: Duration = Duration::from_secs(4);

/// Why a write has no result.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WriteError {
    /// Too many writes wait already. This one was not done.
    #[error("{QUEUE_MAX} writes are waiting")]
    Busy,
    /// It was not committed in time. It may be, later.
    #[error("not committed within {} ms", .0.as_millis())]
    Deadline(Duration),
    /// The region stops. Whether it was done is unknown.
    #[error("the storage is closed")]
    Closed,
    /// The storage failed. Whether it was done is unknown: a failed fsync promises nothing.
    #[error("the storage failed: {0}")]
    Storage(Arc<StoreError>),
}

/// What the writer counts.
#[derive(Clone, Debug)]
pub(crate) struct CommitMetrics {
    /// Durable commits.
    pub(crate) commits: Counter,
    /// Writes in them.
    pub(crate) writes: Counter,
    /// Seconds from the first job of a batch to the end of its fsync.
    pub(crate) seconds: Histogram,
    /// Concurrent updates that met.
    pub(crate) conflicts: ConflictCount,
}

impl CommitMetrics {
    /// For a writer that nobody scrapes.
    pub(crate) fn uncounted() -> Self {
        Self {
            commits: Counter::default(),
            writes: Counter::default(),
            seconds: Histogram::new([1.0]),
            conflicts: ConflictCount::default(),
        }
    }
}

type Finish = Box<dyn FnOnce(Result<(), Arc<StoreError>>) + Send>;
/// Does the work in a transaction. The second value is what tells its writer how the commit went.
type Job = Box<dyn for<'txn> FnOnce(&mut Session<'txn>) -> (Result<(), StoreError>, Finish) + Send>;

/// The handle to the writer thread. Dropping it lets the thread finish its queue and end.
#[derive(Debug)]
pub(crate) struct Writer {
    jobs: Option<SyncSender<Job>>,
    thread: Option<JoinHandle<()>>,
    durable: watch::Receiver<u64>,
    gate: StorageGate,
    traces: EntryTraces,
    invalidations: Arc<Invalidations>,
}

impl Writer {
    /// Opens the store and starts its writer.
    pub(crate) fn start(
        options: &StoreOptions,
        wall_clock: WallClock,
        conditions: &Conditions,
        metrics: CommitMetrics,
    ) -> Result<(Store, Self), StoreError> {
        let (store, resumed) = Store::open(options)?;
        let (jobs, queue) = sync_channel(QUEUE_MAX);
        let (durable_sender, durable) = watch::channel(resumed.head);
        let gate = StorageGate::new(conditions);
        let invalidations = Arc::new(Invalidations::new(conditions));
        let thread_body = WriterThread {
            store: store.clone(),
            resumed,
            queue,
            gate: gate.clone(),
            durable: durable_sender,
            wall_clock,
            conditions: conditions.clone(),
            defects: conditions.defects().clone(),
            metrics,
            invalidations: Arc::clone(&invalidations),
            synced: None,
        };
        let thread = std::thread::Builder::new()
            .name("storage".into())
            .spawn(move || thread_body.run())
            .map_err(StoreError::Writer)?;
        let traces = EntryTraces::default();
        Ok((store, Self { jobs: Some(jobs), thread: Some(thread), durable, gate, traces, invalidations }))
    }

    /// Runs `work` in the writer's next transaction and answers its result once that is durable.
    pub(crate) async fn write<T, F>(&self, deadline: Duration, work: F) -> Result<T, WriteError>
    where
        T: Send + 'static,
        F: for<'txn> FnOnce(&mut Session<'txn>) -> Result<T, StoreError> + Send + 'static,
    {
        let mut span = trace::span("storage commit");
        let written = self.write_within(deadline, work, span.recorded_traceparent()).await;
        if let Err(error) = &written {
            span.fail(error.to_string());
        }
        written
    }

    /// `traceparent` is the trace that the entries belong to, if it is recorded.
    async fn write_within<T, F>(
        &self,
        deadline: Duration,
        work: F,
        traceparent: Option<String>,
    ) -> Result<T, WriteError>
    where
        T: Send + 'static,
        F: for<'txn> FnOnce(&mut Session<'txn>) -> Result<T, StoreError> + Send + 'static,
    {
        let (reply, outcome) = oneshot::channel();
        let traces = self.traces.clone();
        let job: Job = Box::new(move |session| {
            if reply.is_closed() {
                return (Ok(()), Box::new(|_| ())); // Whoever asked waits no longer: its deadline has passed.
            }
            let head = session.head;
            let (result, error) = match work(session) {
                Ok(result) => (Some(result), Ok(())),
                Err(error) => (None, Err(error)),
            };
            if let Some(traceparent) = traceparent {
                (head + 1..=session.head).for_each(|seq| traces.remember(seq, &traceparent));
            }
            let finish = move |committed: Result<(), Arc<StoreError>>| {
                let outcome = committed.map(|()| result.expect("no commit follows a job that failed"));
                // Nobody may be waiting any more; the write is done all the same.
                let _ = reply.send(outcome);
            };
            (error, Box::new(finish))
        });
        let jobs = self.jobs.as_ref().ok_or(WriteError::Closed)?;
        jobs.try_send(job).map_err(|error| match error {
            TrySendError::Full(_) => WriteError::Busy,
            TrySendError::Disconnected(_) => WriteError::Closed,
        })?;
        match tokio::time::timeout(deadline, outcome).await {
            Err(_) => Err(WriteError::Deadline(deadline)),
            Ok(Err(_)) => Err(WriteError::Closed),
            Ok(Ok(committed)) => committed.map_err(WriteError::Storage),
        }
    }

    /// The last number of our log that is on disk.
    pub(crate) fn durable(&self) -> watch::Receiver<u64> {
        self.durable.clone()
    }

    /// Which requests wrote the last entries of our log.
    pub(crate) fn traces(&self) -> &EntryTraces {
        &self.traces
    }

    /// The numbers of all commits, by what they changed.
    pub(crate) fn invalidations(&self) -> &Arc<Invalidations> {
        &self.invalidations
    }

    /// The gate in front of the disk.
    pub(crate) fn gate(&self) -> &StorageGate {
        &self.gate
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.jobs = None;
        self.gate.close();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the storage writer panicked");
        }
    }
}

struct WriterThread {
    store: Store,
    resumed: Resumed,
    queue: Receiver<Job>,
    gate: StorageGate,
    durable: watch::Sender<u64>,
    wall_clock: WallClock,
    conditions: Conditions,
    defects: Defects,
    metrics: CommitMetrics,
    invalidations: Arc<Invalidations>,
    /// The last durable commit.
    synced: Option<Instant>,
}

impl WriterThread {
    fn run(mut self) {
        while let Some(batch) = self.next_batch() {
            self.commit(batch);
        }
        if self.defects.has(Defect::AckBeforeDurable) {
            self.synced = None;
            self.commit(Vec::new());
        }
    }

    /// Waits for work, takes what is there. None when the region stops.
    fn next_batch(&self) -> Option<Vec<Job>> {
        let first = if self.defects.has(Defect::AckBeforeDurable) {
            match self.queue.recv_timeout(LAZY_SYNC) {
                Ok(job) => job,
                Err(RecvTimeoutError::Timeout) => return Some(Vec::new()),
                Err(RecvTimeoutError::Disconnected) => return None,
            }
        } else {
            self.queue.recv().ok()?
        };
        let mut batch = vec![first];
        batch.extend(self.queue.try_iter().take(BATCH_MAX - 1));
        Some(batch)
    }

    fn commit(&mut self, batch: Vec<Job>) {
        let began = Instant::now();
        let writes = batch.len() as u64;
        let recently = self.synced.is_some_and(|synced| synced.elapsed() < LAZY_SYNC);
        // DEFECT ack-before-durable
        let lazy = recently && self.defects.has(Defect::AckBeforeDurable);
        let mut finishes = Vec::with_capacity(batch.len());
        let mut touched = Vec::new();
        let transacted = self.transact(batch, lazy, &mut finishes, &mut touched);
        // Before anybody learns of it, and also after a failure: it promises nothing, not even that nothing is done.
        if !touched.is_empty() {
            self.invalidations.touch(&touched);
        }
        match transacted {
            Ok(None) => {} // The region stops with its storage stalled; the waiting learn it by their channels.
            Ok(Some(head)) => {
                self.resumed.head = head;
                if !lazy {
                    self.synced = Some(Instant::now());
                    self.durable.send_replace(head);
                }
                self.metrics.commits.inc();
                self.metrics.writes.inc_by(writes);
                self.metrics.seconds.observe(began.elapsed().as_secs_f64());
                finishes.into_iter().for_each(|finish| finish(Ok(())));
            }
            Err(error) => {
                tracing::error!(%error, writes, "the storage failed; the writes of this batch are not done");
                let error = Arc::new(error);
                finishes.into_iter().for_each(|finish| finish(Err(Arc::clone(&error))));
            }
        }
    }

    /// All jobs in one transaction; answers the new head, or none if the commit may not happen.
    fn transact(
        &mut self,
        batch: Vec<Job>,
        lazy: bool,
        finishes: &mut Vec<Finish>,
        touched: &mut Vec<Resource>,
    ) -> Result<Option<u64>, StoreError> {
        let mut transaction = self.store.database().begin_write()?;
        transaction.set_quick_repair(true); // See `open`.
        transaction.set_durability(if lazy { Durability::None } else { Durability::Immediate })?;
        // DEFECT wall-clock-stamps
        self.resumed.clock.trust_the_wall(self.defects.has(Defect::WallClockStamps));
        let head = {
            let mut session = Session {
                tables: Tables::open(&transaction, &self.conditions)?,
                clock: &mut self.resumed.clock,
                defects: &self.defects,
                rules: self.store.rules(),
                conflicts: &self.metrics.conflicts,
                log: self.store.log(),
                now_ms: self.wall_clock.now_ms(),
                head: self.resumed.head,
                touched: Vec::new(),
            };
            for job in batch {
                let (done, finish) = job(&mut session);
                finishes.push(finish);
                done?;
            }
            let last = session.clock.last().packed();
            session.tables.meta.insert(META_STAMP, encode(&last).as_slice())?;
            touched.append(&mut session.touched);
            session.head
        };
        if !self.gate.pass()? {
            return Ok(None);
        }
        transaction.commit()?;
        Ok(Some(head))
    }
}
