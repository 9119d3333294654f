//! The seam between what users ask and where it is kept.
//!
//! The API knows two things: a [`ReadQuery`] has a [`ReadAnswer`], a [`WriteCommand`] has a
//! [`WriteAnswer`]. Both are plain values, without a table, a transaction or a closure in them, so that
//! an engine of another kind (SQL) can be put behind them.
//!
//! ```text
//! api ── ReadQuery, WriteCommand ──▶ Engine ──▶ Embedded: one redb file, one writer thread
//!     ◀── answers, EngineError ─────
//! ```
//!
//! **What every engine owes.** A write is answered when it is durable in this region, or refused, or it
//! has failed with an unknown outcome; nothing else. A refusal has changed nothing. A read is one
//! snapshot, contains every write that was answered before it began, and never waits for a writer.
//!
//! What is *not* behind the seam: logs, cursors, heartbeats and the health probe. They are how the
//! embedded store replicates; an engine that replicates by itself has no use for them.
//!
//! An enum and no trait: the engines are few and known, and the compiler then says where one lacks
//! something.

mod embedded;
mod error;
mod read;
mod write;

use std::time::Duration;

pub(crate) use embedded::Embedded;
pub(crate) use error::{EngineError, Refusal};
pub(crate) use read::{ReadAnswer, ReadQuery};
pub(crate) use write::{WriteAnswer, WriteCommand};

use crate::postgres::Postgres;

/// Where a region keeps what its users tell it.
#[derive(Debug)]
pub(crate) enum Engine {
    /// One redb file in the region's own process.
    Embedded(Embedded),
    /// A PostgreSQL server beside the region's process.
    Postgres(Postgres),
}

impl Engine {
    /// Answers a query from one snapshot, within `deadline`.
    ///
    /// # Errors
    ///
    /// [`EngineError`], never [`EngineError::Refused`]: what is not there is an answer, too.
    pub(crate) async fn read(&self, query: ReadQuery, deadline: Duration) -> Result<ReadAnswer, EngineError> {
        self.read_as(query, deadline, |answer| answer).await
    }

    /// The same, and answers what `make` makes of it. The embedded engine does so on the thread that has read:
    /// what an answer consists of is freed where it was allocated, and the thread of the connections only sends.
    ///
    /// # Errors
    ///
    /// As [`Self::read`].
    pub(crate) async fn read_as<T: Send + 'static>(
        &self,
        query: ReadQuery,
        deadline: Duration,
        make: impl FnOnce(ReadAnswer) -> T + Send + 'static,
    ) -> Result<T, EngineError> {
        match self {
            Self::Embedded(embedded) => embedded.read(query, deadline, make).await,
            Self::Postgres(postgres) => postgres.read(query, deadline).await.map(make),
        }
    }

    /// Carries a command out and answers when it is durable here.
    ///
    /// # Errors
    ///
    /// [`EngineError`] says of each case whether the write is certainly not done, or may be.
    pub(crate) async fn write(&self, command: WriteCommand, deadline: Duration) -> Result<WriteAnswer, EngineError> {
        match self {
            Self::Embedded(embedded) => embedded.write(command, deadline).await,
            Self::Postgres(postgres) => postgres.write(command, deadline).await,
        }
    }
}
