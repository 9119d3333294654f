//! Why load can't start, or didn't end as it should.

use crate::{addresses::AddressError, limits::Shortage};
use std::io;

/// Why load can't start, or didn't end as it should.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The plan needs more than this process may have.
    #[error(transparent)]
    Shortage(#[from] Shortage),
    /// An address of the target can't be used.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// The addresses don't fit the plan.
    #[error("the plan has {regions} regions, but {addresses} addresses of regions are known")]
    Regions {
        /// In the plan.
        regions: usize,
        /// In the setup.
        addresses: usize,
    },
    /// A JSONPath that the plan's check let through is none.
    #[error("JSONPath {path:?} of step {step}: {reason}")]
    JsonPath {
        /// The step.
        step: String,
        /// The path.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A template names a data feed or a column that the plan hasn't.
    #[error("{step} reads {{{{ feed.{feed}.{column} }}}}, which the plan doesn't have")]
    Feed {
        /// The step.
        step: String,
        /// The feed.
        feed: String,
        /// The column.
        column: String,
    },
    /// The certificates to trust could not be read.
    #[error("the certificates in {path}: {reason}")]
    Certificates {
        /// The file.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// No resolver is known for a name.
    #[error("{host} needs a resolver, and /etc/resolv.conf names none")]
    NoResolver {
        /// The name.
        host: String,
    },
    /// A thread could not be started.
    #[error("load thread {thread} could not be started")]
    Thread {
        /// Which.
        thread: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A thread of the generator died: the recording has a hole.
    #[error("load thread {thread} died: {reason}")]
    Died {
        /// Which.
        thread: String,
        /// What it said.
        reason: String,
    },
    /// Final reads were asked for, but the plan has no ledger, or its prober is gone.
    #[error("there is no ledger to read: {reason}")]
    NoLedger {
        /// Why.
        reason: String,
    },
}
