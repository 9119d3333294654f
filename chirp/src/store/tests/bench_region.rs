//! A region without a process: a store, its writer, and a wall clock that stands where it is put.

use std::collections::BTreeMap;
use std::time::Duration;

use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::attachments::Attachments;
use crate::condition::Conditions;
use crate::defects::Defect;
use crate::engine::Refusal;
use crate::entry::{Cursor, Entry, LogBatch};
use crate::model::{Post, Profile, ProfileChange};
use crate::names::{RegionName, UserName};
use crate::resolve::ConflictCount;
use crate::store::open::StoreOptions;
use crate::store::posts::Posted;
use crate::store::session::{Applied, Session};
use crate::store::{
    CommitMetrics, Contained, Held, Listings, Rules, Seed, StatePage, StatePlace, Store, StoreError, WriteError, Writer,
};
use crate::wall_clock::WallClock;

/// Far longer than any write takes, however busy the machine is.
const DEADLINE: Duration = Duration::from_secs(60);

pub(crate) fn name(name: &str) -> UserName {
    UserName::parse(name).unwrap()
}

pub(crate) fn now() -> u64 {
    WallClock::default().now_ms()
}

pub(crate) struct BenchRegion {
    pub(crate) store: Store,
    pub(crate) writer: Writer,
    pub(crate) runtime: Runtime,
    pub(crate) region: RegionName,
    pub(crate) directory: TempDir,
    pub(crate) conflicts: ConflictCount,
    pub(crate) conditions: Conditions,
    setup: Setup,
}

/// How a region differs from a plain one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Setup {
    pub(crate) defects: Vec<Defect>,
    pub(crate) rules: Rules,
    /// How wrong its wall clock is.
    pub(crate) clock_offset_ms: i64,
}

impl BenchRegion {
    /// A fresh region with six seeded users who follow nobody.
    pub(crate) fn new(region: &str) -> Self {
        Self::with_defects(region, &[])
    }

    pub(crate) fn with_defects(region: &str, defects: &[Defect]) -> Self {
        Self::with(region, Setup { defects: defects.to_vec(), ..Setup::default() })
    }

    pub(crate) fn with(region: &str, setup: Setup) -> Self {
        Self::start(region, tempfile::tempdir().unwrap(), setup)
    }

    fn start(region: &str, directory: TempDir, setup: Setup) -> Self {
        let region = RegionName::parse(region).unwrap();
        let options = StoreOptions { rules: setup.rules.clone(), ..Self::options(&region, &directory) };
        let wall_clock = WallClock::with_offset_ms(setup.clock_offset_ms);
        let conditions = Conditions::of_defects(&setup.defects);
        let metrics = Self::metrics();
        let conflicts = metrics.conflicts.clone();
        let (store, writer) = Writer::start(&options, wall_clock, &conditions, metrics).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        Self { store, writer, runtime, region, directory, conflicts, conditions, setup }
    }

    pub(crate) fn options(region: &RegionName, directory: &TempDir) -> StoreOptions {
        StoreOptions {
            directory: directory.path().to_owned(),
            region: region.clone(),
            seed: Seed { users: 6, follows_per_user: 0 },
            rules: Rules::default(),
            clock_ahead_max: Duration::from_millis(500),
            now_ms: now(),
        }
    }

    pub(crate) fn metrics() -> CommitMetrics {
        CommitMetrics {
            commits: Default::default(),
            writes: Default::default(),
            conflicts: Default::default(),
            seconds: prometheus_client::metrics::histogram::Histogram::new([1.0]),
        }
    }

    /// Stops the region and starts it on the same directory.
    pub(crate) fn restarted(self) -> Self {
        self.restarted_with_clock_offset_ms(0)
    }

    /// The same, and its wall clock is wrong from now on.
    pub(crate) fn restarted_with_clock_offset_ms(self, offset_ms: i64) -> Self {
        let Self { store, writer, region, directory, setup, .. } = self;
        drop(writer);
        drop(store);
        Self::start(region.as_str(), directory, Setup { clock_offset_ms: offset_ms, ..setup })
    }

    pub(crate) fn write<T: Send + 'static>(
        &self,
        work: impl for<'txn> FnOnce(&mut Session<'txn>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, WriteError> {
        self.runtime.block_on(self.writer.write(DEADLINE, work))
    }

    pub(crate) fn post(&self, author: &str, text: &str, key: Option<&str>) -> Result<Posted, Refusal> {
        let (author, text, key) = (name(author), text.to_owned(), key.map(str::to_owned));
        self.write(move |session| session.create_post(author, text, Attachments::default(), key.as_deref())).unwrap()
    }

    pub(crate) fn follow(&self, follower: &str, followee: &str, following: bool) {
        let (follower, followee) = (name(follower), name(followee));
        self.write(move |session| session.set_follow(follower, followee, following)).unwrap().unwrap();
    }

    /// Sets the display name and nothing else.
    pub(crate) fn rename(&self, user: &str, display: &str) -> (Profile, bool) {
        let (user, display_name) = (name(user), Some(display.to_owned()));
        let change = ProfileChange { display_name, ..ProfileChange::default() };
        self.write(move |session| session.put_profile(&user, change)).unwrap().unwrap()
    }

    pub(crate) fn timeline(&self, user: &str) -> Vec<Post> {
        self.store.timeline(&name(user), 1000).unwrap().unwrap()
    }

    /// All of our log after a number, as a peer gets it.
    pub(crate) fn batch_after(&self, after: u64, entries_max: usize) -> LogBatch {
        let head = *self.writer.durable().borrow();
        let part = self.store.log_after(after, head, entries_max, usize::MAX).unwrap();
        let entry = |text: &String| serde_json::from_str::<Entry>(text).unwrap();
        let entries = part.entries.iter().map(entry).collect();
        let log = self.store.log().to_owned();
        LogBatch { region: self.region.clone(), log, from: after, to: part.to, head, entries }
    }

    /// Whether our log is no longer kept so far back.
    pub(crate) fn lacks_after(&self, after: u64) -> bool {
        self.store.log_after(after, u64::MAX, 1, 1).unwrap().lacks_after(after)
    }

    /// Takes in the state of a peer, in parts of `rows_max` rows; answers how many posts are gone by that.
    pub(crate) fn take_state(&self, peer: &Self, rows_max: usize) -> usize {
        let mut logs = peer.store.holdings().unwrap();
        let head = *peer.writer.durable().borrow();
        let (origin, log) = (peer.region.to_string(), peer.store.log().to_owned());
        logs.push(Held { origin, log, seq: head, first: 0 });
        let purge = self.store.is_dominated_by(&Contained::of(&logs)).unwrap();
        let mut page = StatePage {
            region: peer.region.clone(),
            logs,
            cursors: peer.cursors(),
            place: String::new(),
            rows: Vec::new(),
            next: None,
        };
        let (mut place, mut gone) = (Some(StatePlace::start()), 0);
        while let Some(from) = place {
            let (rows, next) = peer.store.state_after(&from, rows_max, usize::MAX).unwrap();
            page.rows = serde_json::from_str(&serde_json::to_string(&rows).unwrap()).unwrap();
            assert_eq!(from, from.to_string().parse().unwrap(), "a place comes back from its text");
            let (page, own, end) = (page.clone(), self.region.clone(), next.clone());
            gone += self.write(move |session| session.merge_page(&page, &from, end.as_ref(), &own, purge)).unwrap();
            place = next;
        }
        let own = self.region.clone();
        self.write(move |session| session.adopt_positions(&page, &own)).unwrap();
        gone
    }

    fn cursors(&self) -> BTreeMap<RegionName, Cursor> {
        let origins = self.store.holdings().unwrap().into_iter().map(|held| RegionName::parse(&held.origin).unwrap());
        let cursor = |origin: RegionName| (origin.clone(), self.store.cursor(origin.as_str()).unwrap());
        origins.map(cursor).filter(|(_, cursor)| !cursor.log.is_empty()).collect()
    }

    /// Drops all that need not be kept; answers how many entries.
    pub(crate) fn trim(&self, listings: &Listings) -> u64 {
        let mut dropped = 0;
        loop {
            let (own, listings) = (self.region.clone(), listings.clone());
            let trimmed = self.write(move |session| session.trim(&own, &listings)).unwrap();
            dropped += trimmed.dropped.values().sum::<u64>();
            if !trimmed.more {
                return dropped;
            }
        }
    }

    pub(crate) fn apply(&self, batch: &LogBatch) -> Applied {
        let batch = batch.clone();
        self.write(move |session| session.apply_batch(&batch)).unwrap()
    }

    /// Pulls at most `entries_max` entries of a peer; answers whether there was anything new.
    pub(crate) fn pull(&self, peer: &Self, entries_max: usize) -> bool {
        let cursor = self.store.cursor(peer.region.as_str()).unwrap();
        let from = if cursor.log == peer.store.log() { cursor.seq } else { 0 };
        if peer.lacks_after(from) {
            self.take_state(peer, 3);
            return true;
        }
        let batch = peer.batch_after(from, entries_max);
        let applied = self.apply(&batch);
        assert_eq!(applied.cursor, Cursor { log: batch.log, seq: batch.to });
        applied.entries > 0
    }

    /// Pulls everything from everyone, everywhere.
    pub(crate) fn exchange(regions: &[&Self]) {
        for region in regions {
            for peer in regions.iter().filter(|peer| peer.region != region.region) {
                while region.pull(peer, 1000) {}
            }
        }
    }
}
