//! Becoming the writer: know what everybody has, catch up with the best, fork off, say so in the history.

use std::net::SocketAddr;
use std::time::Duration;

use super::peers::Report;
use super::{Agent, Lineage};
use crate::events::{self, Event};
use crate::names::RegionName;
use crate::postgres::PostgresError;
use crate::postgres::connection::Visit;
use crate::postgres::lineage::{Position, Writership, fork_in};
use crate::postgres::schema;
use crate::postgres::settings::ROLE;

const INITDB_LIMIT: Duration = Duration::from_secs(120);
/// 1 MB instead of 16: who changes the server it follows is sent the log from the beginning of a segment again, and a region
/// that is to be promoted waits for that, over a link between regions.
const WAL_SEGMENT: &str = "--wal-segsize=1";
const PROMOTE_SECONDS: i32 = 60;
/// Making tables and planting the seed.
const SCHEMA_LIMIT: Duration = Duration::from_secs(300);
/// Looks while catching up with a peer; about a minute.
const CATCH_UP_LOOKS_MAX: u32 = 3000;
const CATCH_UP_LOOK_EVERY: Duration = Duration::from_millis(20);

impl Agent {
    /// Makes the server the writer of `epoch`, if it is not yet.
    pub(super) async fn be_writer(&mut self, epoch: u64) -> Result<(), PostgresError> {
        if self.server.is_some() && self.status.borrow().writing == Some(epoch) {
            return Ok(());
        }
        let own = self.own_report().await?;
        if let Some(ahead) = self.gather(epoch, &own).await? {
            tracing::info!(peer = %ahead.region, position = %ahead.position, "catching up before promotion");
            return self.catch_up(&ahead.region, ahead.position, epoch).await;
        }
        if !self.directory.has_cluster() {
            self.create().await?;
        }
        self.start().await?;
        self.promote(epoch).await
    }

    /// What this region's server has, for comparison.
    async fn own_report(&mut self) -> Result<Report, PostgresError> {
        if !self.directory.has_cluster() {
            return Ok(Report::default());
        }
        self.start().await?;
        let lineage = Lineage::of(self.visit().await?.client()).await?;
        Ok(Report { has_data: true, epoch: lineage.epoch(), position: lineage.position.0 })
    }

    /// Follows a peer until its position is reached; then it is looked again who has what.
    async fn catch_up(&mut self, peer: &RegionName, target: Position, epoch: u64) -> Result<(), PostgresError> {
        let address = self.link(peer)?;
        self.get_behind(address, epoch).await?;
        for _ in 0..CATCH_UP_LOOKS_MAX {
            if Lineage::of(self.visit().await?.client()).await?.position >= target {
                self.leave().await?;
                return Err(PostgresError::NotYet(format!("caught up with {peer}; looking again")));
            }
            tokio::time::sleep(CATCH_UP_LOOK_EVERY).await;
        }
        Err(PostgresError::NotYet(format!("{peer} is ahead and its log does not come")))
    }

    /// A new cluster: nobody that can be asked has one.
    async fn create(&mut self) -> Result<(), PostgresError> {
        tracing::info!("no region has data: making the first server");
        self.directory.remove_part()?;
        let part = self.directory.part().display().to_string();
        let arguments =
            ["-D", &part, "-U", ROLE, "-A", "trust", "-E", "UTF8", "--locale=C", "--data-checksums", WAL_SEGMENT];
        self.programs.run("initdb", &arguments.map(str::to_owned), INITDB_LIMIT).await?;
        self.directory.install_part()
    }

    async fn promote(&mut self, epoch: u64) -> Result<(), PostgresError> {
        self.settings.upstream = None;
        self.settings.writable = true;
        self.apply_settings()?;
        let mut visit = Visit::open(self.address, SCHEMA_LIMIT).await?;
        let lineage = Lineage::of(visit.client()).await?;
        if lineage.in_recovery {
            let promoted = visit.client().query_one("SELECT pg_promote(true, $1)", &[&PROMOTE_SECONDS]).await?;
            if !promoted.get::<_, bool>(0) {
                return Err(PostgresError::NotYet("the promotion has not ended".into()));
            }
        }
        // Without a promotion (the same server gets its right back) the history goes on from where it is; a
        // promotion whose epoch could not be written down is made good here.
        let fork = fork_of(visit.client()).await?.filter(|fork| is_beyond(*fork, &lineage.writers));
        let fork = fork.unwrap_or(lineage.position);
        // What it was connected with before knows only the settings of before.
        let mut visit = self.writable_visit().await?;
        schema::prepare(visit.client(), self.seed, self.celebrity_followers).await?;
        schema::begin_epoch(visit.client(), epoch, &self.region, fork).await?;
        self.status.send_modify(|status| {
            status.writing = Some(epoch);
            status.following = None;
        });
        tracing::info!(epoch, %fork, "this region writes");
        events::emit(&Event::PostgresWriter { region: self.region.to_string(), epoch });
        // Until then the control file shows the old time line, and nobody can be rewound to this server.
        visit.client().simple_query("CHECKPOINT").await?;
        Ok(())
    }

    /// A connection whose transactions may write: a reload is not heard at once.
    async fn writable_visit(&self) -> Result<Visit, PostgresError> {
        for _ in 0..CATCH_UP_LOOKS_MAX {
            let mut visit = Visit::open(self.address, SCHEMA_LIMIT).await?;
            let row = visit.client().query_one("SHOW default_transaction_read_only", &[]).await?;
            if row.get::<_, String>(0) == "off" {
                return Ok(visit);
            }
            tokio::time::sleep(CATCH_UP_LOOK_EVERY).await;
        }
        Err(PostgresError::NotYet("the server has not heard that it may write".into()))
    }

    /// Where a region's server is reached from here.
    pub(super) fn link(&self, region: &RegionName) -> Result<SocketAddr, PostgresError> {
        let address = self.links.get(region).copied();
        address.ok_or_else(|| PostgresError::NotYet(format!("no way to the server of {region} is configured")))
    }
}

/// Where the time line of a server begins; none on the first one.
async fn fork_of(client: &tokio_postgres::Client) -> Result<Option<Position>, PostgresError> {
    const HISTORY: &str = "SELECT pg_read_file('pg_wal/' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) \
                           || '.history', 0, 1000000, true)";
    let row = client.query_one(HISTORY, &[]).await?;
    Ok(row.get::<_, Option<String>>(0).and_then(|history| fork_in(&history)))
}

/// Whether no writer has begun there or later: then it is a fork that nobody has written down.
fn is_beyond(fork: Position, writers: &[Writership]) -> bool {
    writers.iter().all(|writer| writer.forked < fork)
}
