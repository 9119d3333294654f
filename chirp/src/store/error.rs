//! What can go wrong below the tables.

use std::path::PathBuf;

use super::GateError;

/// The storage engine, or a record in it, failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    /// The data directory could not be made.
    #[error("cannot create the data directory {path}")]
    Directory {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Another process has it open.
    #[error("{path} is in use by another process")]
    InUse {
        /// The database file.
        path: PathBuf,
    },
    /// It was made with another seed.
    #[error("the data directory was seeded with {stored}, the configuration says {configured}")]
    Seed {
        /// What the directory holds.
        stored: String,
        /// What the configuration wants.
        configured: String,
    },
    /// It was made by a Chirp that stored things otherwise.
    #[error("the data directory has format {stored}, this chirp reads and writes format {expected}")]
    Format {
        /// What the directory has.
        stored: u32,
        /// The only one that is read.
        expected: u32,
    },
    /// It was written with another resolver: what one has thrown away another would want.
    #[error("the data directory was written with the resolver {stored}, the configuration says {configured}")]
    Resolver {
        /// What the directory holds.
        stored: String,
        /// What the configuration wants.
        configured: &'static str,
    },
    /// It belongs to another region.
    #[error("the data directory belongs to region {stored}, not to {configured}")]
    Owner {
        /// Whose it is.
        stored: String,
        /// Who wants it.
        configured: String,
    },
    /// A record is not what it should be.
    #[error("a stored {what} cannot be read")]
    Record {
        /// What kind of record.
        what: &'static str,
        /// Why.
        source: serde_json::Error,
    },
    /// The writer thread could not be started.
    #[error("cannot start the storage writer")]
    Writer(#[source] std::io::Error),
    /// The engine refused to open the file.
    #[error(transparent)]
    Open(#[from] redb::DatabaseError),
    /// The engine refused a transaction.
    #[error(transparent)]
    Transaction(Box<redb::TransactionError>),
    /// The engine refused a table.
    #[error(transparent)]
    Table(#[from] redb::TableError),
    /// The engine refused a read or a write.
    #[error(transparent)]
    Storage(#[from] redb::StorageError),
    /// The engine refused a commit.
    #[error(transparent)]
    Commit(#[from] redb::CommitError),
    /// The storage is full or read-only, on purpose.
    #[error(transparent)]
    Gate(#[from] GateError),
    /// The engine refused a kind of durability.
    #[error(transparent)]
    Durability(#[from] redb::SetDurabilityError),
}

impl From<redb::TransactionError> for StoreError {
    fn from(error: redb::TransactionError) -> Self {
        Self::Transaction(Box::new(error))
    }
}
