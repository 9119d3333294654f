//! TLS where users come in, and for those who ask there as users do.
//!
//! ```text
//!  users, health checks ── TLS ──▶ a region's `listen` ── or an edge's; the edge asks regions without
//!                                       │
//!            `shown`: which certificate? ├ the right one
//!                                        └ while `certificate` is set: the expired one, one of another name, none
//! ```
//!
//! Only these doors have it: what regions say to each other, edges to regions and operators to all goes over private
//! networks, and carries none.
//!
//! **Asked for each handshake.** Which certificate is shown is decided when somebody connects: connections that are
//! there go on whatever becomes of it, and who resumes a session is not shown one again, as everywhere.

mod caller;
mod shown;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

pub(crate) use caller::Caller;
pub(crate) use shown::acceptor;

/// Why there is no TLS: a file that can't be used.
#[derive(Debug, thiserror::Error)]
#[error("{}: {reason}", path.display())]
pub struct TlsError {
    /// Which file.
    path: PathBuf,
    /// Why.
    reason: String,
}

impl TlsError {
    fn of(path: &Path, reason: &dyn std::fmt::Display) -> Self {
        Self { path: path.to_owned(), reason: reason.to_string() }
    }
}

/// Named and not looked up, so that no other crate's choice can make a process panic.
fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}

/// The certificates of a file; at least one.
fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let read = CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let read = read.map_err(|error| TlsError::of(path, &error))?;
    if read.is_empty() { Err(TlsError::of(path, &"there is no certificate in it")) } else { Ok(read) }
}
