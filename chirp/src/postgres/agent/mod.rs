//! The agent: makes the region's server what the region is to be, again and again.
//!
//! ```text
//!  assignment (epoch, writer) ──▶ ┌───────┐ ──▶ status (standby of whom, writer of which epoch)
//!  cut (epoch) ─────────────────▶ │ agent │ ──▶ server: initdb, start, follow, rewind, promote, fence, stop
//!  end of the server ───────────▶ └───────┘
//! ```
//!
//! It is level-triggered: whatever happened in between, it looks at what is wanted and what is there, and
//! takes the steps from the one to the other. A step that fails is taken again after a wait. What is wanted
//! comes from the lease: the agent decides nothing about who writes.
//!
//! **The writer** is promoted only after it has everything that anybody may have been promised. It asks
//! every peer what it has, and with the same question cuts the peer off from writers of older epochs; it
//! needs answers of a majority (itself included), and catches up with the best of them first. A write that
//! an old writer acknowledged with a majority is in one of those answers, and after them no majority can
//! acknowledge anything to it any more.
//!
//! **A standby** that has a tail which the writer has not is rewound to the fork. The tail's writes are
//! listed (`discarded-E.jsonl`, an event, a metric) before they are gone. Where even that does not lead to
//! a stream, the standby is made anew.

mod follower;
mod peers;
mod writer;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use tokio::sync::watch;

use super::directory::Directory;
use super::lineage::{Position, Writership};
use super::programs::Programs;
use super::server::Server;
use super::settings::{ACCESS, Settings};
use super::{Assignment, PostgresError, Status};
use crate::names::RegionName;
use crate::stop::Stop;
use crate::store::Seed;
pub(super) use peers::Report;

/// How often the agent looks although nothing has happened.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// The wait after a step that failed; nothing that fails repeatedly gets better by haste.
const RETRY_AFTER: Duration = Duration::from_millis(250);
/// Statements of the agent, but for the long ones.
const STATEMENT_LIMIT: Duration = Duration::from_secs(10);

/// What the agent works with.
#[derive(Debug)]
pub(super) struct Agent {
    pub(super) region: RegionName,
    pub(super) programs: Programs,
    pub(super) directory: Directory,
    pub(super) address: SocketAddr,
    /// Where each other region's server is reached.
    pub(super) links: BTreeMap<RegionName, SocketAddr>,
    /// Where each other region's agent is asked.
    pub(super) peers: BTreeMap<RegionName, SocketAddr>,
    pub(super) seed: Seed,
    pub(super) celebrity_followers: u64,
    pub(super) assignment: watch::Receiver<Assignment>,
    pub(super) cut: watch::Receiver<u64>,
    pub(super) status: watch::Sender<Status>,
    pub(super) settings: Settings,
    /// The epoch for whose sake the upstream is read.
    pub(super) upstream_epoch: u64,
    pub(super) server: Option<Server>,
    /// How often in a row following came to nothing although the source can be reached.
    pub(super) fruitless: u32,
}

impl Agent {
    /// Works until the region stops, then stops the server.
    pub(super) async fn run(mut self, stop: Stop) {
        loop {
            let wanted = self.wanted();
            let outcome = tokio::select! {
                () = stop.requested() => break,
                outcome = self.converge(&wanted) => outcome,
            };
            let wait = match outcome {
                Ok(()) => LOOK_EVERY,
                Err(error) => {
                    if !matches!(error, PostgresError::NotYet(_)) {
                        tracing::warn!(%error, "PostgreSQL is not yet as it should be");
                    } else {
                        tracing::debug!(%error, "waiting");
                    }
                    self.status.send_modify(|status| status.trouble = Some(error.to_string()));
                    RETRY_AFTER
                }
            };
            tokio::select! {
                () = stop.requested() => break,
                () = self.something_new() => {}
                () = tokio::time::sleep(wait) => {}
            }
        }
        if let Some(server) = self.server.take() {
            server.stop().await;
        }
    }

    /// What is to be, as far as it is not overtaken by a cut.
    fn wanted(&mut self) -> Assignment {
        let assignment = self.assignment.borrow_and_update().clone();
        let cut = *self.cut.borrow_and_update();
        if assignment.epoch < cut { Assignment { epoch: cut, writer: None } } else { assignment }
    }

    async fn something_new(&mut self) {
        let ended = async {
            match &mut self.server {
                Some(server) => server.ended().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = self.assignment.changed() => {}
            _ = self.cut.changed() => {}
            () = ended => tracing::warn!("the PostgreSQL server has ended"),
        }
    }

    async fn converge(&mut self, wanted: &Assignment) -> Result<(), PostgresError> {
        if self.server.as_mut().is_some_and(Server::has_ended) {
            self.server = None;
            self.status.send_modify(|status| status.writing = None);
            self.settings.writable = false;
        }
        let writes = self.status.borrow().writing;
        if wanted.writer.as_ref() != Some(&self.region) || writes != Some(wanted.epoch) {
            self.fence().await?;
        }
        if self.settings.upstream.is_some() && self.upstream_epoch < wanted.epoch {
            self.leave().await?;
        }
        self.status.send_modify(|status| status.cut = status.cut.max(wanted.epoch));
        match &wanted.writer {
            Some(writer) if *writer == self.region => self.be_writer(wanted.epoch).await?,
            Some(writer) => self.be_standby(writer, wanted.epoch).await?,
            // Nobody is known to write: reads go on.
            None if self.directory.has_cluster() => self.start().await?,
            None => {}
        }
        self.status.send_modify(|status| {
            status.trouble = None;
            status.looked = true;
        });
        Ok(())
    }

    /// Starts the server as a standby of nobody, if it does not run.
    pub(super) async fn start(&mut self) -> Result<(), PostgresError> {
        if self.server.is_some() { Ok(()) } else { self.start_behind(None).await }
    }

    /// Starts the server as a standby. One that was rewound answers only after it has read the log of
    /// `upstream` up to where that one was.
    pub(super) async fn start_behind(&mut self, upstream: Option<SocketAddr>) -> Result<(), PostgresError> {
        self.settings.writable = false;
        self.settings.upstream = upstream;
        self.write_settings()?;
        self.server = Some(Server::start(&self.programs, &self.directory, self.address).await?);
        self.status.send_modify(|status| {
            status.running = true;
            status.following = None;
        });
        Ok(())
    }

    /// Stops the server, if it runs.
    pub(super) async fn stop(&mut self) {
        self.status.send_modify(|status| {
            status.writing = None;
            status.following = None;
            status.running = false;
        });
        if let Some(server) = self.server.take() {
            server.stop().await;
        }
    }

    /// Takes the right to write away, from a server that has it: new transactions are read-only, and
    /// whoever is connected is cut off.
    pub(super) async fn fence(&mut self) -> Result<(), PostgresError> {
        if !self.settings.writable {
            return Ok(());
        }
        self.status.send_modify(|status| status.writing = None);
        self.settings.writable = false;
        self.apply_settings()?;
        let mut visit = self.visit().await?;
        const CUT_OFF: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                               WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()";
        visit.client().simple_query(CUT_OFF).await?;
        tracing::info!("the right to write is gone: the server is read-only");
        Ok(())
    }

    /// Stops reading the log of whoever it was, and answers once that is so.
    pub(super) async fn leave(&mut self) -> Result<(), PostgresError> {
        self.settings.upstream = None;
        self.apply_settings()?;
        let mut visit = self.visit().await?;
        for _ in 0..LEAVE_LOOKS_MAX {
            let receivers = visit.client().query_one("SELECT count(*) FROM pg_stat_wal_receiver", &[]).await?;
            if receivers.get::<_, i64>(0) == 0 {
                self.status.send_modify(|status| status.following = None);
                return Ok(());
            }
            tokio::time::sleep(LEAVE_LOOK_EVERY).await;
        }
        Err(PostgresError::NotYet("the log of the old writer is still being read".into()))
    }

    /// The settings as they are now, for the next start.
    pub(super) fn write_settings(&self) -> Result<(), PostgresError> {
        let account = self.programs.account();
        let write = |path: &Path, text: &str| self.directory.write(path, text, account);
        write(&self.directory.access(), ACCESS)?;
        write(&self.directory.settings(), &self.settings.text())
    }

    /// The settings as they are now, for the running server.
    pub(super) fn apply_settings(&self) -> Result<(), PostgresError> {
        self.write_settings()?;
        if let Some(server) = &self.server {
            server.reload();
        }
        Ok(())
    }

    /// A connection to the own server.
    pub(super) async fn visit(&self) -> Result<super::connection::Visit, PostgresError> {
        super::connection::Visit::open(self.address, STATEMENT_LIMIT).await
    }
}

const LEAVE_LOOKS_MAX: u32 = 250;
const LEAVE_LOOK_EVERY: Duration = Duration::from_millis(20);

/// Where the oldest file of a server's log begins.
pub(super) async fn oldest_log(client: &tokio_postgres::Client) -> Result<Position, PostgresError> {
    // A file's name is its time line and, in two halves, its number.
    const OLDEST: &str = "SELECT min((('x' || substr(name, 9, 8))::bit(32)::bigint << 32) \
        + ('x' || substr(name, 17, 8))::bit(32)::bigint * pg_size_bytes(current_setting('wal_segment_size'))) \
        FROM pg_ls_waldir() WHERE name ~ '^[0-9A-F]{24}$'";
    let oldest = client.query_one(OLDEST, &[]).await?.get::<_, Option<i64>>(0);
    Ok(Position(oldest.unwrap_or_default() as u64))
}

/// The history of a server and how far it goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Lineage {
    pub(super) writers: Vec<Writership>,
    pub(super) position: Position,
    pub(super) in_recovery: bool,
}

impl Lineage {
    /// The newest epoch; 0 before the first writer.
    pub(super) fn epoch(&self) -> u64 {
        self.writers.iter().map(|writer| writer.epoch).max().unwrap_or(0)
    }

    /// Asks a server.
    pub(super) async fn of(client: &tokio_postgres::Client) -> Result<Self, PostgresError> {
        const WHERE: &str = "SELECT pg_is_in_recovery(), CASE WHEN pg_is_in_recovery() \
            THEN greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()) \
            ELSE pg_current_wal_flush_lsn() END::text, to_regclass('writers') IS NOT NULL";
        let row = client.query_one(WHERE, &[]).await?;
        let position = row.get::<_, Option<String>>(1).and_then(|text| text.parse().ok()).unwrap_or_default();
        let mut lineage = Self { writers: Vec::new(), position, in_recovery: row.get(0) };
        if row.get::<_, bool>(2) {
            for row in client.query("SELECT epoch, forked FROM writers ORDER BY epoch", &[]).await? {
                let forked = Position(row.get::<_, i64>(1) as u64);
                lineage.writers.push(Writership { epoch: row.get::<_, i64>(0) as u64, forked });
            }
        }
        Ok(lineage)
    }
}
