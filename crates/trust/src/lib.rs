//! Whose certificates a TLS client of ours takes.
//!
//! ```text
//!  Trust::Public        the authorities that browsers trust  ┐
//!  Trust::File          the authorities in a file            ├─ client() ──▶ rustls::ClientConfig
//!  Trust::Anything      any certificate, looked at by nobody ┘
//! ```
//!
//! What to speak (ALPN) and which sessions to resume is for each client to say: the configuration offers no protocol, and
//! resumes as rustls does by default.
//!
//! **One provider of cryptography** ([`provider`]), named and not looked up, so that no other crate's choice can make a
//! process panic.
//!
//! A leaf: it knows nothing of Landfall, nor of Chirp, and so both may use it.

mod anything;

#[cfg(test)]
mod tests;

use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Whose certificates are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trust<'a> {
    /// Those of the authorities that browsers trust (Mozilla's list, as `webpki-roots` has it).
    Public,
    /// Those of the authorities in this file (PEM).
    File(&'a Path),
    /// Any: expired, of another name, signed by nobody. Its owner must have the key to it, and that is all.
    ///
    /// **The danger**: whoever stands between the two ends can show a certificate of their own, read everything and change
    /// it. It is right for who *measures* a server and sends it no secret that it must keep: a health check that doesn't
    /// look at certificates (as most don't), a look at a region whose certificate is what a fault has made wrong, load on
    /// a test system with certificates of its own (`tls: anything` in a plan, and the report says so). It is wrong for
    /// users: what a wrong certificate does to them is what Landfall is to find.
    Anything,
}

impl Trust<'_> {
    /// How such a client shakes hands. It shows no certificate itself.
    ///
    /// # Errors
    /// [`TrustError`] if the file can't be read, or no authority is in it.
    pub fn client(self) -> Result<ClientConfig, TrustError> {
        let builder = ClientConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .expect("the provider can do the versions that are on by default");
        let builder = match self {
            Self::Public => {
                builder.with_root_certificates(RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() })
            }
            Self::File(path) => builder.with_root_certificates(authorities(path)?),
            Self::Anything => {
                let anything = Arc::new(anything::Anything(provider()));
                builder.dangerous().with_custom_certificate_verifier(anything)
            }
        };
        Ok(builder.with_no_client_auth())
    }
}

/// The one provider of cryptography (aws-lc-rs).
#[must_use]
pub fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}

/// The certificates in a file (PEM), in its order; at least one.
///
/// # Errors
/// [`TrustError`] if the file can't be read, or none is in it.
pub fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TrustError> {
    let read = CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let read = read.map_err(|error| TrustError::of(path, &error))?;
    if read.is_empty() { Err(TrustError::of(path, &"there is no certificate in it")) } else { Ok(read) }
}

fn authorities(path: &Path) -> Result<RootCertStore, TrustError> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(path)? {
        roots.add(certificate).map_err(|error| TrustError::of(path, &error))?;
    }
    Ok(roots)
}

/// A file that can't be used.
#[derive(Debug, thiserror::Error)]
#[error("{}: {reason}", path.display())]
pub struct TrustError {
    /// Which file.
    pub path: PathBuf,
    /// Why.
    pub reason: String,
}

impl TrustError {
    /// Why `path` can't be used.
    #[must_use]
    pub fn of(path: &Path, reason: &dyn Display) -> Self {
        Self { path: path.to_owned(), reason: reason.to_string() }
    }
}
