//! The store of a region: one redb file, one writer thread, any number of readers.
//!
//! **State and indexes are on disk, none in memory.** The alternative is to keep the log on disk and
//! to rebuild time lines in memory at start. Reads would be faster (they are fast enough: a time line
//! is one range scan over cached pages), but a start would take as long as the history is, the memory
//! would grow with it, and "applied" and "durable" could differ. Here a change, its log entry, the rows
//! it makes in time lines and the replication cursor are one transaction: there is no state to rebuild
//! and none that could be half there.
//!
//! ```text
//! handlers, pullers ── jobs (bounded) ──▶ writer thread ── one transaction, one fsync ──▶ redb
//!        ▲                                     │                                          │
//!        └────────── answers, after the fsync ─┘          readers: snapshots ◀────────────┘
//! ```
//!
//! This is the embedded engine; what others there may be is said in `engine`.

mod audience;
mod control;
mod copies;
mod error;
mod gate;
mod homes;
mod likes;
mod open;
mod posts;
mod profiles;
mod read;
mod relations;
mod rules;
mod seed;
mod session;
mod snapshot;
mod state;
mod tables;
mod timeline;
mod tombstones;
mod transfer;
mod trim;
mod writer;

#[cfg(test)]
mod tests;

pub(crate) use control::{Control, ControlError};
pub(crate) use copies::Held;
pub(crate) use error::StoreError;
pub(crate) use gate::{GateError, StorageGate};
pub(crate) use open::{Store, StoreOptions};
pub(crate) use read::LogPart;
pub(crate) use rules::Rules;
pub(crate) use seed::Seed;
pub(crate) use session::{Applied, Session};
pub(crate) use snapshot::DumpError;
pub(crate) use state::{StatePage, StatePlace, StateRow};
pub(crate) use timeline::TIMELINE_ROWS_MAX;
pub(crate) use transfer::Contained;
pub(crate) use trim::{KeepLog, Listings};
pub(crate) use writer::{CommitMetrics, WriteError, Writer};
