//! What can go wrong around a PostgreSQL server, and what to do about it.
//!
//! The client's own error says "db error" and hides the server's words in its source; [`SqlError`] brings
//! them up, with the SQLSTATE, because that is what a person looks up.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use tokio_postgres::error::SqlState;

use super::programs::{MAJOR_MAX, MAJOR_MIN};

/// Why a PostgreSQL server cannot be had, or not as it is wanted. [`PostgresError::hint`] says what to do.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PostgresError {
    /// A program of PostgreSQL is not where the configuration says.
    #[error("there is no program {program} in {bin}")]
    NoProgram {
        /// Which.
        program: &'static str,
        /// The folder that was named.
        bin: PathBuf,
    },
    /// The programs are of a version that has not been tried.
    #[error("{bin} has `{said}`, which is not PostgreSQL {MAJOR_MIN} to {MAJOR_MAX}")]
    Version {
        /// The folder that was named.
        bin: PathBuf,
        /// What `postgres --version` said.
        said: String,
    },
    /// PostgreSQL does not run as root, and there is nobody else.
    #[error("PostgreSQL does not run as root, and there is no user `{user}` to run it as")]
    NoAccount {
        /// Who was looked for.
        user: String,
    },
    /// The user that runs the server cannot get at something.
    #[error("user `{user}`, who runs PostgreSQL, cannot reach {path}")]
    Unreachable {
        /// Who.
        user: String,
        /// What.
        path: PathBuf,
    },
    /// Something else listens on the server's address.
    #[error("cannot listen on {address} for PostgreSQL")]
    Address {
        /// Where.
        address: SocketAddr,
        /// Why not.
        source: std::io::Error,
    },
    /// The directory holds the server of another region.
    #[error("{path} belongs to region {stored}, not to {configured}")]
    Owner {
        /// Which directory.
        path: PathBuf,
        /// Whose it is.
        stored: String,
        /// Who wants it.
        configured: String,
    },
    /// Too little disk is free to run a server safely.
    #[error("{free_mb} MB are free at {path}, and PostgreSQL needs {needed_mb} MB")]
    Disk {
        /// Where.
        path: PathBuf,
        /// Free, in millions of bytes.
        free_mb: u64,
        /// Needed, in millions of bytes.
        needed_mb: u64,
    },
    /// A program ended badly.
    #[error("{program} failed ({status}): {said}")]
    Program {
        /// Which.
        program: &'static str,
        /// How it ended.
        status: String,
        /// The end of what it said.
        said: String,
    },
    /// A program or the server did not get there in time.
    #[error("{what} took longer than {} s", .limit.as_secs())]
    Late {
        /// What.
        what: &'static str,
        /// The time that it had.
        limit: Duration,
    },
    /// The server ended while it was needed.
    #[error("the PostgreSQL server ended: {said}")]
    Ended {
        /// The end of its log.
        said: String,
    },
    /// A file or a process could not be dealt with.
    #[error("cannot {what} {path}")]
    File {
        /// What was to be done.
        what: &'static str,
        /// With which file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The server refused or broke off.
    #[error(transparent)]
    Sql(#[from] SqlError),
    /// The state of the servers does not allow it now; it is tried again.
    #[error("{0}")]
    NotYet(String),
}

impl PostgresError {
    /// What to do about it, if there is something to say.
    #[must_use]
    pub(crate) fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::NoProgram { .. } => {
                "set `[postgres] bin` to the folder of PostgreSQL's server programs, such as /usr/lib/postgresql/15/bin; \
                 `cargo xtask tools` prints one"
            }
            Self::Version { .. } => "name the folder of a supported version in `[postgres] bin`",
            Self::NoAccount { .. } => "name an existing user in `[postgres] user`, or do not run as root",
            Self::Unreachable { .. } => {
                "let that user pass through all folders above it (`chmod o+x`), put it elsewhere, or do not run as root"
            }
            Self::Address { address, .. } => {
                let port = address.port();
                return Some(format!(
                    "stop what listens there (`ss -lptn 'sport = :{port}'` names it), or change `[postgres] port`"
                ));
            }
            Self::Owner { .. } => "give each region its own data directory",
            Self::Disk { .. } => "free some, or put the data directory on another disk",
            Self::Ended { .. } => "its log is `postgres/server.log` in the data directory",
            _ => return None,
        };
        Some(hint.to_owned())
    }

    pub(super) fn file(what: &'static str, path: impl Into<PathBuf>, source: std::io::Error) -> Self {
        Self::File { what, path: path.into(), source }
    }
}

impl From<tokio_postgres::Error> for PostgresError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Sql(error.into())
    }
}

/// An error of the server or of the connection to it, in the server's words.
#[derive(Debug, thiserror::Error)]
#[error("{}", sql_text(.0))]
pub(crate) struct SqlError(tokio_postgres::Error);

impl SqlError {
    /// The server's class of error, if it was the server.
    pub(crate) fn state(&self) -> Option<&SqlState> {
        self.0.code()
    }
}

impl From<tokio_postgres::Error> for SqlError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self(error)
    }
}

fn sql_text(error: &tokio_postgres::Error) -> String {
    if let Some(told) = error.as_db_error() {
        return format!("PostgreSQL says {}: {}", told.code().code(), told.message());
    }
    let source = std::error::Error::source(error);
    source.map_or_else(|| error.to_string(), |source| format!("{error}: {source}"))
}
