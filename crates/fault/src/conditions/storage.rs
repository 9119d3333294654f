//! Storage: the disk of a region hangs, is slow, full or read-only, while its processes live on.
//!
//! **What happens in the world.** A grey failure: a volume that stalls returns no error, so nothing tells but time; a full
//! or remounted one fails every write, and reads go on from the page cache for hours. Shallow health checks stay green.
//!
//! **What is emulated.** Chirp holds each commit back before its fsync, or fails it with the kernel's words. Reads go on.
//! Flipped bits and torn files are not played: the storage engine has checksums, and what a process has in memory hides them.
//!
//! **Proof of effect.** `stalled`, `full`, `read-only`: the region writes a heartbeat into its log each second; for 2.5 s the
//! log does not move. `slow`: the deep health check, which takes the way of a write, takes at least 80 % of the delay longer
//! than before (the fastest of three). **Proof of removal.** The log moves again; the check no longer takes 40 % of it longer.

use super::{Measure, Place, Seeing, Setting, ask};
use futures_util::future::LocalBoxFuture;
use plan::fault::{Storage, StorageState};
use serde_json::Value;
use std::time::Duration;
use tokio::time::sleep;
use units::RegionName;

/// Longer than two heartbeats.
pub(super) const STANDSTILL: Duration = Duration::from_millis(2_500);
/// Between two looks at a log that is to move.
pub(super) const LOOK_EVERY: Duration = Duration::from_millis(100);
/// The health check gives up after this, so a longer delay can't be seen in it.
const CHECK_MAX: Duration = Duration::from_millis(700);
/// Of several checks the fastest counts: a busy machine makes single ones late.
const CHECKS: usize = 3;
const WITHIN: Duration = Duration::from_secs(5);

/// Sees it.
pub(crate) struct StorageMeasure {
    kind: Storage,
    /// How long a check took before.
    before: Duration,
}

impl StorageMeasure {
    pub(crate) fn new(kind: Storage) -> Self {
        Self { kind, before: Duration::ZERO }
    }

    /// What is seen of the delay.
    fn delay(&self) -> Duration {
        self.kind.delay.min(CHECK_MAX)
    }

    /// The fastest of some deep checks, whatever they say.
    async fn check(&self, place: &Place<'_>) -> Result<Duration, String> {
        let door = place.users(&self.kind.region)?;
        let mut fastest = WITHIN;
        for _ in 0..CHECKS {
            let answer = ask::send(door.clone(), "GET", "/healthz", None, WITHIN).await;
            fastest = fastest.min(answer.map_err(|error| format!("its health check: {error}"))?.took);
        }
        Ok(fastest)
    }

    async fn slow(&self, place: &Place<'_>) -> Result<(Duration, Duration), String> {
        let took = self.check(place).await?;
        Ok((took, took.saturating_sub(self.before)))
    }
}

impl Measure for StorageMeasure {
    fn settings(&self, place: &Place<'_>) -> Vec<Setting> {
        let value = if self.kind.is == StorageState::Slow {
            format!("{}ms", self.kind.delay.as_millis())
        } else {
            String::new()
        };
        vec![Setting::whole(place.peers(&self.kind.region), &format!("storage-{}", self.kind.is.as_str()), value)]
    }

    fn learn<'a>(&'a mut self, place: &'a Place<'a>) -> LocalBoxFuture<'a, Result<(), String>> {
        Box::pin(async move {
            if self.kind.is == StorageState::Slow {
                self.before = self.check(place).await?;
            }
            Ok(())
        })
    }

    fn look_for_effect<'a>(&'a self, place: &'a Place<'a>) -> Seeing<'a> {
        Box::pin(async move {
            let region = &self.kind.region;
            if self.kind.is == StorageState::Slow {
                let (took, more) = self.slow(place).await?;
                let text =
                    format!("a write of {region} takes {} ms, {} ms before", took.as_millis(), self.before.as_millis());
                return if more >= self.delay().mul_f64(0.8) { Ok(text) } else { Err(text) };
            }
            let before = Log::of(place, region, region).await?;
            sleep(STANDSTILL).await;
            let after = Log::of(place, region, region).await?;
            let text = format!("the log of {region} stands at {} after 2.5 s, {} before", after.seq, before.seq);
            if after == before { Ok(text) } else { Err(text) }
        })
    }

    fn look_for_removal<'a>(&'a self, place: &'a Place<'a>) -> Seeing<'a> {
        Box::pin(async move {
            let region = &self.kind.region;
            if self.kind.is == StorageState::Slow {
                let (took, more) = self.slow(place).await?;
                let text = format!("a write of {region} takes {} ms", took.as_millis());
                return if more < self.delay().mul_f64(0.4) { Ok(text) } else { Err(text) };
            }
            Log::of(place, region, region).await?.moved(place, region, region).await?;
            Ok(format!("the log of {region} moves"))
        })
    }
}

/// How far a log is at somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Log {
    /// Its id.
    pub(crate) id: String,
    /// Its last number there.
    pub(crate) seq: u64,
}

impl Log {
    /// The log of `origin`, as `holder` has it: its own, or what it has taken in.
    pub(crate) async fn of(place: &Place<'_>, origin: &RegionName, holder: &RegionName) -> Result<Self, String> {
        Self::all(place, holder).await?.last_of(origin).ok_or_else(|| format!("{holder} has no log of {origin}"))
    }

    /// Waits until it has moved, for as long as it takes to see that it stands still.
    pub(super) async fn moved(
        &self,
        place: &Place<'_>,
        origin: &RegionName,
        holder: &RegionName,
    ) -> Result<Self, String> {
        for _ in 0..STANDSTILL.as_millis() / LOOK_EVERY.as_millis() {
            let now = Self::of(place, origin, holder).await?;
            if now != *self {
                return Ok(now);
            }
            sleep(LOOK_EVERY).await;
        }
        Err(format!("the log of {origin} stands still at {} in {holder}", self.seq))
    }

    /// All that a region has.
    pub(crate) async fn all(place: &Place<'_>, holder: &RegionName) -> Result<Logs, String> {
        let address = place.peers(holder).ok_or_else(|| format!("nobody knows where {holder} is"))?;
        Ok(Logs(ask::get_json(address, "/peer/logs", WITHIN).await?))
    }
}

/// All logs that a region has.
pub(crate) struct Logs(Value);

impl Logs {
    /// The current log of a region: the last one that is listed.
    pub(crate) fn last_of(&self, origin: &RegionName) -> Option<Log> {
        self.find(|log| log["origin"] == origin.as_str())
    }

    /// How far this log is there.
    pub(crate) fn seq_of(&self, id: &str) -> Option<u64> {
        self.find(|log| log["log"] == id).map(|log| log.seq)
    }

    fn find(&self, is_it: impl Fn(&Value) -> bool) -> Option<Log> {
        let found = self.0["logs"].as_array()?.iter().rev().find(|log| is_it(log))?;
        Some(Log { id: found["log"].as_str()?.to_owned(), seq: found["seq"].as_u64()? })
    }
}
