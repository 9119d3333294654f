//! What a region promised to others: leases, and names that it has given out. A file of its own.
//!
//! It is apart from the data for two reasons. A promise must not wait behind a queue of posts, or a busy
//! region would lose its lease; and it is needed whatever engine keeps the data.
//!
//! It passes the same gate as the data: a region whose disk is stuck can't promise either, so it loses its
//! lease and another region takes over.
//!
//! ```text
//! promises   partition -> Promise      the highest epoch that was promised, and to whom
//! names      user name -> region       whose home a name has been given to (see `region/arbiter.rs`)
//! ```

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use redb::{Database, DatabaseError, ReadableTable, TableDefinition};
use tokio::sync::oneshot;

use super::tables::{decode, encode};
use super::{StorageGate, StoreError};
use crate::lease::Promise;
use crate::names::{PartitionName, RegionName, UserName};

/// Promises that may wait for the disk. More are refused, and asked for again.
const QUEUE_MAX: usize = 256;
const CACHE_BYTES: usize = 1024 * 1024;

const PROMISES: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("promises");
const NAMES: TableDefinition<'_, &str, &str> = TableDefinition::new("names");

/// Why a promise was not made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ControlError {
    /// A later one is on disk already.
    #[error("epoch {promised} of {partition} is promised already")]
    Superseded {
        /// Of what.
        partition: PartitionName,
        /// The later one.
        promised: u64,
    },
    /// Too many wait, or the disk is stuck, or the region stops.
    #[error("a promise was not on disk within {} ms", .0.as_millis())]
    Late(Duration),
    /// The storage failed.
    #[error("the storage failed: {0}")]
    Storage(#[from] StoreError),
}

type Job = Box<dyn FnOnce(&Database, &StorageGate) + Send>;

/// The open file and its thread. Dropping it lets the thread end.
#[derive(Debug)]
pub(crate) struct Control {
    jobs: Option<SyncSender<Job>>,
    thread: Option<JoinHandle<()>>,
    gate: StorageGate,
}

impl Control {
    /// Opens the file in a region's data directory; answers what has been promised, too.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the file can't be opened or read.
    pub(crate) fn open(
        directory: &Path,
        gate: StorageGate,
    ) -> Result<(Self, BTreeMap<PartitionName, Promise>), StoreError> {
        let path = directory.join("control.redb");
        let opened = Database::builder().set_cache_size(CACHE_BYTES).create(&path);
        let database = opened.map_err(|error| match error {
            DatabaseError::DatabaseAlreadyOpen => StoreError::InUse { path },
            other => StoreError::Open(other),
        })?;
        let promises = promises(&database)?;
        let (jobs, queue) = sync_channel(QUEUE_MAX);
        let thread_gate = gate.clone();
        let thread = std::thread::Builder::new()
            .name("control".into())
            .spawn(move || run(&database, &queue, &thread_gate))
            .map_err(StoreError::Writer)?;
        Ok((Self { jobs: Some(jobs), thread: Some(thread), gate }, promises))
    }

    /// Puts a promise on disk, also if it is there already: who asks wants to know that the disk lives.
    ///
    /// # Errors
    ///
    /// [`ControlError`]; then the promise must not be told.
    pub(crate) async fn promise(
        &self,
        partition: PartitionName,
        promise: Promise,
        deadline: Duration,
    ) -> Result<(), ControlError> {
        self.job(deadline, move |database, gate| keep_promise(database, gate, &partition, &promise)).await
    }

    /// Gives a name to a home, unless it has been given before; answers whose it is.
    ///
    /// # Errors
    ///
    /// [`ControlError`]; then it is unknown whether the name has been given.
    pub(crate) async fn claim(
        &self,
        name: UserName,
        home: RegionName,
        deadline: Duration,
    ) -> Result<RegionName, ControlError> {
        self.job(deadline, move |database, gate| claim(database, gate, &name, &home)).await
    }

    async fn job<T: Send + 'static>(
        &self,
        deadline: Duration,
        work: impl FnOnce(&Database, &StorageGate) -> Result<Option<T>, ControlError> + Send + 'static,
    ) -> Result<T, ControlError> {
        let (reply, outcome) = oneshot::channel();
        let job: Job = Box::new(move |database, gate| {
            // Nobody may be waiting any more.
            let _ = reply.send(work(database, gate));
        });
        let jobs = self.jobs.as_ref().ok_or(ControlError::Late(deadline))?;
        match jobs.try_send(job) {
            Ok(()) => {}
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => return Err(ControlError::Late(deadline)),
        }
        match tokio::time::timeout(deadline, outcome).await {
            Ok(Ok(Ok(Some(done)))) => Ok(done),
            Ok(Ok(Err(error))) => Err(error),
            Ok(Ok(Ok(None)) | Err(_)) | Err(_) => Err(ControlError::Late(deadline)),
        }
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        self.jobs = None;
        self.gate.close();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread of the promises panicked");
        }
    }
}

fn run(database: &Database, queue: &Receiver<Job>, gate: &StorageGate) {
    while let Ok(job) = queue.recv() {
        job(database, gate);
    }
}

fn promises(database: &Database) -> Result<BTreeMap<PartitionName, Promise>, StoreError> {
    let transaction = database.begin_write()?;
    let mut promises = BTreeMap::new();
    {
        let table = transaction.open_table(PROMISES)?;
        for row in table.iter()? {
            let (partition, promise) = row?;
            let name = decode("partition", partition.value().as_bytes());
            promises.insert(name?, decode("promise", promise.value())?);
        }
        transaction.open_table(NAMES)?;
    }
    transaction.commit()?;
    Ok(promises)
}

/// None: the disk is stuck and the region stops.
fn keep_promise(
    database: &Database,
    gate: &StorageGate,
    partition: &PartitionName,
    promise: &Promise,
) -> Result<Option<()>, ControlError> {
    let transaction = database.begin_write().map_err(StoreError::from)?;
    {
        let mut table = transaction.open_table(PROMISES).map_err(StoreError::from)?;
        let key = String::from_utf8_lossy(&encode(partition)).into_owned();
        let known = table.get(key.as_str()).map_err(StoreError::from)?;
        let known = known.map(|bytes| decode::<Promise>("promise", bytes.value())).transpose()?;
        if let Some(known) = known
            && (known.epoch > promise.epoch || (known.epoch == promise.epoch && known.holder != promise.holder))
        {
            return Err(ControlError::Superseded { partition: partition.clone(), promised: known.epoch });
        }
        table.insert(key.as_str(), encode(promise).as_slice()).map_err(StoreError::from)?;
    }
    if !gate.pass().map_err(StoreError::from)? {
        return Ok(None);
    }
    transaction.commit().map_err(StoreError::from)?;
    Ok(Some(()))
}

fn claim(
    database: &Database,
    gate: &StorageGate,
    name: &UserName,
    home: &RegionName,
) -> Result<Option<RegionName>, ControlError> {
    let transaction = database.begin_write().map_err(StoreError::from)?;
    {
        let mut table = transaction.open_table(NAMES).map_err(StoreError::from)?;
        let known = table.get(name.as_str()).map_err(StoreError::from)?.map(|known| known.value().to_owned());
        if let Some(known) = known {
            let known = RegionName::parse(&known).expect("only checked names are stored");
            return Ok(Some(known));
        }
        table.insert(name.as_str(), home.as_str()).map_err(StoreError::from)?;
    }
    if !gate.pass().map_err(StoreError::from)? {
        return Ok(None);
    }
    transaction.commit().map_err(StoreError::from)?;
    Ok(Some(home.clone()))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may panic")]

    use super::*;
    use crate::condition::{Condition, Conditions, Value};

    const DEADLINE: Duration = Duration::from_secs(60);

    fn region(name: &str) -> RegionName {
        RegionName::parse(name).unwrap()
    }

    fn promise(epoch: u64, holder: &str) -> Promise {
        Promise { epoch, holder: region(holder) }
    }

    #[tokio::test]
    async fn promises_and_names_are_there_after_a_restart_and_never_go_back() {
        let directory = tempfile::tempdir().unwrap();
        let all = PartitionName::all();
        let anna = UserName::parse("anna").unwrap();
        {
            let (control, promises) = Control::open(directory.path(), StorageGate::default()).unwrap();
            assert!(promises.is_empty());
            control.promise(all.clone(), promise(4, "eu"), DEADLINE).await.unwrap();
            control.promise(all.clone(), promise(4, "eu"), DEADLINE).await.unwrap();
            for late in [promise(3, "us"), promise(4, "us")] {
                let refused = control.promise(all.clone(), late, DEADLINE).await.unwrap_err();
                assert!(matches!(refused, ControlError::Superseded { promised: 4, .. }), "{refused}");
            }
            assert_eq!(control.claim(anna.clone(), region("us"), DEADLINE).await.unwrap(), region("us"));
        }
        let (control, promises) = Control::open(directory.path(), StorageGate::default()).unwrap();
        assert_eq!(promises, BTreeMap::from([(all, promise(4, "eu"))]));
        assert_eq!(control.claim(anna, region("eu"), DEADLINE).await.unwrap(), region("us"), "given once, for ever");
    }

    #[tokio::test(start_paused = true)]
    async fn a_stuck_disk_promises_nothing_and_does_not_keep_the_region_from_stopping() {
        let directory = tempfile::tempdir().unwrap();
        let conditions = Conditions::default();
        let gate = StorageGate::new(&conditions);
        let (control, _) = Control::open(directory.path(), gate.clone()).unwrap();
        conditions.set_for_test(Condition::StorageStalled, Value::Nothing);
        let promised = control.promise(PartitionName::all(), promise(1, "eu"), DEADLINE).await;
        assert!(matches!(promised, Err(ControlError::Late(_))));
        drop(control);
        let (_, promises) = Control::open(directory.path(), StorageGate::default()).unwrap();
        assert!(promises.is_empty(), "{promises:?}");
    }
}
