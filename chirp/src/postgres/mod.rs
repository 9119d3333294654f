//! The PostgreSQL engine: each region runs its own server, one of them writes, the others follow it.
//!
//! ```text
//!   users ─▶ engine ─▶ pool ─▶ server of this region ◀─── stream, through a link ─── the writer's server
//!                                ▲ child process
//!   lease ─▶ assignment ─▶ agent ┘ initdb, follow, rewind, promote, fence
//! ```
//!
//! Replication, recovery and consistency on disk are PostgreSQL's. What it does not decide is who may
//! write: that is the lease's, and the agent carries it out ([`agent`]). The tables and what is done to
//! them are in `schema.sql` and `operations.sql`; [`engine`] calls them.
//!
//! What is promised, and how:
//!
//! | promise | by |
//! |---|---|
//! | an acknowledged write is on disk here | `synchronous_commit = on` |
//! | … and in one other region, or in a majority | `synchronous_standby_names = ANY k (…)` |
//! | no write is acknowledged after the lease is lost | the engine looks before and *after* the commit |
//! | a promoted server has every acknowledged quorum write | the agent asks a majority first |
//! | the server dies with the region, also by kill -9 | `setpriv --pdeathsig KILL`, and PostgreSQL's own watch |

mod account;
mod agent;
mod connection;
mod directory;
mod discarded;
mod engine;
mod error;
mod lineage;
mod operations;
mod programs;
mod pulse;
mod queries;
mod schema;
mod seed;
mod server;
mod settings;

use crate::names::RegionName;

pub(crate) use engine::{Open, Postgres};
pub(crate) use error::PostgresError;

use engine::SqlFailure;
use error::SqlError;

/// Who is to write, by the lease.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Assignment {
    /// Of the lease; 0 before the first one.
    pub(crate) epoch: u64,
    /// Who holds it; none if nobody is known to.
    pub(crate) writer: Option<RegionName>,
}

/// What the server is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Status {
    /// Whether there is a server that answers.
    pub(crate) running: bool,
    /// The epoch in which it writes.
    pub(crate) writing: Option<u64>,
    /// Whom it follows, and the epoch in which that one writes.
    pub(crate) following: Option<(RegionName, u64)>,
    /// It is cut off from all writers before this epoch.
    pub(crate) cut: u64,
    /// Writes that were thrown away since the process began.
    pub(crate) discarded: u64,
    /// Whether the agent has looked at least once.
    pub(crate) looked: bool,
    /// Whether there is no lease: then a region waits for its server.
    pub(crate) alone: bool,
    /// What is in the way of what it is to be.
    pub(crate) trouble: Option<String>,
}
