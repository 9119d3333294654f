//! Opening a data directory: whose it is, which log it holds, the seed.
//!
//! After a kill the engine must know which pages are free. Either it walks the whole file at the next
//! open (measured here: 0.4 to 1.6 s for 100,000 posts, and growing with them), or every commit says so,
//! at the price of a second fsync per commit ("quick repair"; 20 to 50 ms to open, whatever the size).
//! A region that is slow to return makes an outage longer, and the group commit shares the price, so it
//! is the second.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use redb::{Database, DatabaseError, Durability, ReadableTable};

use super::seed::Seed;
use super::session::META_STAMP;
use super::tables::{Tables, encode, find};
use super::trim::META_FIRST;
use super::{Rules, StoreError};
use crate::clock::{Clock, HybridTime};
use crate::condition::Conditions;
use crate::mix::{mix, mix_text};
use crate::names::RegionName;
use crate::resolve::Resolver;

/// The page cache of the engine. Its default, 1 GiB, is too much for several regions on one machine.
const CACHE_BYTES: usize = 128 * 1024 * 1024;

const META_OWNER: &str = "owner";
const META_LOG: &str = "log";
pub(super) const META_SEED: &str = "seed";
const META_FORMAT: &str = "format";
const META_RESOLVER: &str = "resolver";

/// The form of the tables and records. Another one is refused: there is no migration.
const FORMAT: u32 = 2;

/// What is needed to open a store.
#[derive(Clone, Debug)]
pub(crate) struct StoreOptions {
    /// The directory; made if it is not there.
    pub(crate) directory: PathBuf,
    /// The region that it belongs to.
    pub(crate) region: RegionName,
    /// What it holds from the beginning.
    pub(crate) seed: Seed,
    /// The rules of the deployment.
    pub(crate) rules: Rules,
    /// How far a remote stamp may pull our clock.
    pub(crate) clock_ahead_max: Duration,
    /// Our wall clock, in milliseconds since 1970; makes the id of a new log.
    pub(crate) now_ms: u64,
}

/// An open store, for reading. Clones share it.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    database: Arc<Database>,
    log: Arc<str>,
    rules: Arc<Rules>,
}

/// What the writer goes on from.
#[derive(Debug)]
pub(super) struct Resumed {
    pub(super) clock: Clock,
    pub(super) head: u64,
}

impl Store {
    /// The id of our log.
    pub(crate) fn log(&self) -> &str {
        &self.log
    }

    /// The rules of the deployment.
    pub(super) fn rules(&self) -> &Rules {
        &self.rules
    }

    pub(super) fn resolver(&self) -> Resolver {
        self.rules.resolver
    }

    pub(super) fn database(&self) -> &Database {
        &self.database
    }

    /// Opens the directory, or makes and seeds it. After a kill the engine first repairs its file.
    pub(super) fn open(options: &StoreOptions) -> Result<(Self, Resumed), StoreError> {
        let path = &options.directory;
        std::fs::create_dir_all(path).map_err(|source| StoreError::Directory { path: path.clone(), source })?;
        let file = path.join("chirp.redb");
        let opened = Database::builder().set_cache_size(CACHE_BYTES).create(&file);
        let database = opened.map_err(|error| match error {
            DatabaseError::DatabaseAlreadyOpen => StoreError::InUse { path: file },
            other => StoreError::Open(other),
        })?;
        let (log, resumed) = claim(&database, options)?;
        let rules = Arc::new(options.rules.clone());
        Ok((Self { database: Arc::new(database), log: log.into(), rules }, resumed))
    }
}

/// Checks whose directory this is; a new one is made ours.
fn claim(database: &Database, options: &StoreOptions) -> Result<(String, Resumed), StoreError> {
    let mut transaction = database.begin_write()?;
    transaction.set_quick_repair(true);
    transaction.set_durability(Durability::Immediate)?;
    let claimed = {
        let conditions = Conditions::default(); // A process that starts has none.
        let mut tables = Tables::open(&transaction, &conditions)?;
        let log = match find::<String>(&tables.meta, "log id", META_LOG)? {
            Some(log) => {
                check_owner(&tables, options)?;
                log
            }
            None => found(&mut tables, options)?,
        };
        let last: Option<u64> = find(&tables.meta, "stamp", META_STAMP)?;
        let last = HybridTime::from_packed(last.unwrap_or_default());
        let clock = Clock::new(options.region.clone(), last, options.clock_ahead_max);
        let first: u64 = find(&tables.meta, "first", META_FIRST)?.unwrap_or_default();
        let head = tables.log.last()?.map_or(0, |(seq, _)| seq.value()).max(first.saturating_sub(1));
        (log, Resumed { clock, head })
    };
    transaction.commit()?;
    Ok(claimed)
}

fn check_owner(tables: &Tables<'_>, options: &StoreOptions) -> Result<(), StoreError> {
    // The first form did not say which it was.
    let stored: u32 = find(&tables.meta, "format", META_FORMAT)?.unwrap_or(1);
    if stored != FORMAT {
        return Err(StoreError::Format { stored, expected: FORMAT });
    }
    let stored: Option<String> = find(&tables.meta, "owner", META_OWNER)?;
    let stored = stored.unwrap_or_default();
    if stored != options.region.as_str() {
        return Err(StoreError::Owner { stored, configured: options.region.to_string() });
    }
    let stored: Option<Seed> = find(&tables.meta, "seed", META_SEED)?;
    if let Some(stored) = stored
        && stored != options.seed
    {
        let (stored, configured) = (stored.to_string(), options.seed.to_string());
        return Err(StoreError::Seed { stored, configured });
    }
    let stored: String = find(&tables.meta, "resolver", META_RESOLVER)?.unwrap_or_default();
    let configured = options.rules.resolver.name();
    if stored != configured {
        return Err(StoreError::Resolver { stored, configured });
    }
    Ok(())
}

fn found(tables: &mut Tables<'_>, options: &StoreOptions) -> Result<String, StoreError> {
    let region = options.region.as_str();
    let log = format!("{:016x}", mix(mix_text(region) ^ mix(options.now_ms)));
    tables.meta.insert(META_OWNER, encode(&region).as_slice())?;
    tables.meta.insert(META_LOG, encode(&log).as_slice())?;
    tables.meta.insert(META_SEED, encode(&options.seed).as_slice())?;
    tables.meta.insert(META_FORMAT, encode(&FORMAT).as_slice())?;
    tables.meta.insert(META_RESOLVER, encode(&options.rules.resolver.name()).as_slice())?;
    tables.plant(options.seed, &options.rules)?;
    Ok(log)
}
