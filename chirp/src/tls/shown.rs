//! Which certificate a door shows.

use std::path::Path;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tokio_rustls::TlsAcceptor;
use trust::{TrustError, certificates, provider};

use crate::condition::{Condition, Conditions, Value};
use crate::config::TlsFiles;

/// How a door with these files shakes hands; `conditions` can make its certificate wrong.
pub(crate) fn acceptor(files: &TlsFiles, conditions: &Conditions) -> Result<TlsAcceptor, TrustError> {
    let read = |certificate: &Path| read(certificate, &files.key);
    let right = read(&files.certificate)?;
    let (expired, other_name) = match &files.wrong {
        Some(wrong) => (Some(read(&wrong.expired)?), Some(read(&wrong.other_name)?)),
        None => (None, None),
    };
    let shown = Shown { conditions: conditions.clone(), right, expired, other_name };
    let mut config = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .expect("the provider can do the versions that are on by default")
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(shown));
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

fn read(certificate: &Path, key: &Path) -> Result<Arc<CertifiedKey>, TrustError> {
    let chain = certificates(certificate)?;
    let secret = PrivateKeyDer::from_pem_file(key).map_err(|error| TrustError::of(key, &error))?;
    let certified = CertifiedKey::from_der(chain, secret, &provider());
    certified.map(Arc::new).map_err(|error| TrustError::of(certificate, &error))
}

/// What there is to show.
#[derive(Debug)]
struct Shown {
    conditions: Conditions,
    right: Arc<CertifiedKey>,
    expired: Option<Arc<CertifiedKey>>,
    other_name: Option<Arc<CertifiedKey>>,
}

impl ResolvesServerCert for Shown {
    /// None ends the handshake with an alert.
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let Some((Value::Word(wrong), _)) = self.conditions.value(Condition::Certificate) else {
            return Some(Arc::clone(&self.right));
        };
        match wrong.as_str() {
            "expired" => self.expired.clone(),
            "other-name" => self.other_name.clone(),
            _ => None,
        }
    }
}
