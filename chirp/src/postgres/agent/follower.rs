//! Getting behind another server: by the stream alone, by cutting the own tail off, or from nothing.
//!
//! Whether the other one still has the log that comes next is asked, and not tried: a receiver that is refused it
//! looks like a stream for a moment, and that moment would pass for success, again and again.

use std::net::SocketAddr;
use std::time::Duration;

use super::{Agent, Lineage, oldest_log};
use crate::events::{self, Event};
use crate::names::RegionName;
use crate::postgres::connection::Visit;
use crate::postgres::lineage::{FollowPlan, follow_plan};
use crate::postgres::settings::conninfo;
use crate::postgres::{PostgresError, discarded};

const COPY_LIMIT: Duration = Duration::from_secs(3600);
const REWIND_LIMIT: Duration = Duration::from_secs(600);
const SOURCE_STATEMENT_LIMIT: Duration = Duration::from_secs(5);
/// Looks until a stream must be seen after it was asked for; about ten seconds.
const STREAM_LOOKS_MAX: u32 = 500;
const STREAM_LOOK_EVERY: Duration = Duration::from_millis(20);

impl Agent {
    /// Makes the server a standby of `writer`, if it is not yet.
    pub(super) async fn be_standby(&mut self, writer: &RegionName, epoch: u64) -> Result<(), PostgresError> {
        let address = self.link(writer)?;
        let following = self.status.borrow().following.clone();
        if self.server.is_some() && following.as_ref() == Some(&(writer.clone(), epoch)) && self.streams().await? {
            self.fruitless = 0;
            return Ok(());
        }
        if self.directory.has_cluster() {
            self.start().await?; // Reads go on, whether the writer can be reached or not.
        }
        {
            let mut source = Visit::open(address, SOURCE_STATEMENT_LIMIT).await?;
            let lineage = Lineage::of(source.client()).await?;
            if lineage.in_recovery || lineage.epoch() < epoch {
                return Err(PostgresError::NotYet(format!("{writer} does not write in epoch {epoch} yet")));
            }
        }
        self.get_behind(address, epoch).await?;
        self.status.send_modify(|status| status.following = Some((writer.clone(), epoch)));
        tracing::info!(%writer, epoch, "following");
        events::emit(&Event::PostgresStandby { region: self.region.to_string(), of: writer.to_string(), epoch });
        Ok(())
    }

    /// Gets behind the server at `address` in `epoch`, by the mildest way that has not failed before, and
    /// waits for the stream.
    pub(super) async fn get_behind(&mut self, address: SocketAddr, epoch: u64) -> Result<(), PostgresError> {
        if !self.directory.has_cluster() {
            self.copy(address).await?;
        }
        self.start().await?;
        match self.fruitless {
            0 => match self.plan(address).await? {
                FollowPlan::Stream => {}
                FollowPlan::Rewind => self.rewind(address).await?,
                FollowPlan::Copy => {
                    tracing::warn!(%address, "what comes next is no longer in the log there: the server is made anew");
                    self.make_anew(address).await?;
                }
            },
            1 => self.rewind(address).await?,
            _ => {
                tracing::warn!("following did not work: the server is made anew");
                self.make_anew(address).await?;
            }
        }
        self.settings.upstream = Some(address);
        self.upstream_epoch = epoch;
        self.apply_settings()?;
        for _ in 0..STREAM_LOOKS_MAX {
            if self.streams().await? {
                self.fruitless = 0;
                return Ok(());
            }
            tokio::time::sleep(STREAM_LOOK_EVERY).await;
        }
        // Only a source that can be reached is a reason for stronger measures.
        Visit::open(address, SOURCE_STATEMENT_LIMIT).await?;
        self.fruitless += 1;
        Err(PostgresError::NotYet(format!("no log comes from {address}")))
    }

    async fn streams(&self) -> Result<bool, PostgresError> {
        const STREAMS: &str = "SELECT count(*) FROM pg_stat_wal_receiver WHERE status = 'streaming'";
        let mut visit = self.visit().await?;
        Ok(visit.client().query_one(STREAMS, &[]).await?.get::<_, i64>(0) > 0)
    }

    async fn plan(&mut self, address: SocketAddr) -> Result<FollowPlan, PostgresError> {
        let mut source = Visit::open(address, SOURCE_STATEMENT_LIMIT).await?;
        let (oldest, source) = (oldest_log(source.client()).await?, Lineage::of(source.client()).await?);
        let mut own = Lineage::of(self.visit().await?.client()).await?;
        if !own.in_recovery {
            // A writer of before: its server has to become a standby's first.
            self.stop().await;
            self.start().await?;
            own = Lineage::of(self.visit().await?.client()).await?;
        }
        Ok(follow_plan(&own.writers, own.position, &source.writers, oldest))
    }

    /// Throws away what the server at `address` has not, after it was listed.
    async fn rewind(&mut self, address: SocketAddr) -> Result<(), PostgresError> {
        let mut source = Visit::open(address, SOURCE_STATEMENT_LIMIT).await?;
        let tail = discarded::tail(self.visit().await?.client(), source.client()).await?;
        self.stop().await;
        let mark = self.directory.rewinding();
        self.directory.write(&mark, "", self.programs.account())?;
        let cluster = self.directory.cluster().display().to_string();
        let arguments = ["-D".to_owned(), cluster, format!("--source-server={}", conninfo(address))];
        let rewound = self.programs.run("pg_rewind", &arguments, REWIND_LIMIT).await;
        if let Err(error) = rewound {
            tracing::warn!(%error, "the server cannot be rewound and is made anew");
            self.directory.remove_cluster()?;
            self.copy(address).await?;
        }
        self.report_discarded(&tail)?;
        let mut assignment = self.assignment.clone();
        let started = tokio::select! {
            started = self.start_behind(Some(address)) => started,
            _ = assignment.changed() => Err(PostgresError::NotYet("the writer has changed during a rewind".into())),
        };
        if started.is_err() {
            // Without the other's log it is of no use: it does not even answer.
            self.directory.remove_cluster()?;
        }
        std::fs::remove_file(&mark).map_err(|error| PostgresError::file("remove", mark, error))?;
        started
    }

    /// Throws the own server away for a copy of the one at `address`.
    async fn make_anew(&mut self, address: SocketAddr) -> Result<(), PostgresError> {
        self.stop().await;
        self.directory.remove_cluster()?;
        self.copy(address).await?;
        self.start().await
    }

    /// A copy of the server at `address`.
    async fn copy(&mut self, address: SocketAddr) -> Result<(), PostgresError> {
        tracing::info!(%address, "copying a server");
        self.directory.remove_part()?;
        let part = self.directory.part().display().to_string();
        let arguments = ["-D", &part, "-X", "stream", "-c", "fast", "-d", &conninfo(address)];
        self.programs.run("pg_basebackup", &arguments.map(str::to_owned), COPY_LIMIT).await?;
        self.directory.install_part()
    }

    /// Says what is lost for good, in a file, to programs, and to people.
    fn report_discarded(&self, tail: &discarded::Tail) -> Result<(), PostgresError> {
        if tail.writes.is_empty() {
            return Ok(());
        }
        for (epoch, text) in tail.files() {
            let path = self.directory.discarded(epoch);
            self.directory.write(&path, &text, self.programs.account())?;
        }
        let writes = tail.writes.len() as u64;
        self.status.send_modify(|status| status.discarded += writes);
        tracing::warn!(writes, more = tail.more, first = ?tail.writes.first(), "writes that no other region had are lost");
        events::emit(&Event::Discarded { region: self.region.to_string(), writes, more: tail.more });
        Ok(())
    }
}
