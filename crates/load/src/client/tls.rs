//! What is trusted, and how handshakes are made.
//!
//! One provider (aws-lc-rs), named and not looked up, so that no other crate's choice can make a run panic. Sessions are
//! resumed, with one memory of tickets per thread: returning users resume, and each handshake is counted as full or resumed.

use crate::LoadError;
use plan::resolved::TlsTrust;
use rustls::{
    ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
    client::{
        Resumption,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::{CryptoProvider, aws_lc_rs},
};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject};
use std::sync::Arc;

/// Servers whose tickets a thread remembers.
const SESSIONS: usize = 256;

/// How handshakes are made by one thread.
pub(crate) fn configuration(trust: &TlsTrust) -> Result<Arc<ClientConfig>, LoadError> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| certificates("the TLS library", &error))?;
    let mut config = match trust {
        TlsTrust::Public => {
            let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
            builder.with_root_certificates(roots).with_no_client_auth()
        }
        TlsTrust::File { path } => builder.with_root_certificates(roots_from(path)?).with_no_client_auth(),
        TlsTrust::Anything => {
            let verifier = Arc::new(Anything(provider));
            builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth()
        }
    };
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config.resumption = Resumption::in_memory_sessions(SESSIONS);
    Ok(Arc::new(config))
}

fn roots_from(path: &str) -> Result<RootCertStore, LoadError> {
    let mut roots = RootCertStore::empty();
    let certificates_in = CertificateDer::pem_file_iter(path).map_err(|error| certificates(path, &error))?;
    for certificate in certificates_in {
        let certificate = certificate.map_err(|error| certificates(path, &error))?;
        roots.add(certificate).map_err(|error| certificates(path, &error))?;
    }
    if roots.is_empty() { Err(certificates(path, &"there is none in it")) } else { Ok(roots) }
}

fn certificates(path: &str, reason: &dyn std::fmt::Display) -> LoadError {
    LoadError::Certificates { path: path.to_owned(), reason: reason.to_string() }
}

/// Takes any certificate, if its owner has the key to it.
#[derive(Debug)]
struct Anything(Arc<CryptoProvider>);

impl ServerCertVerifier for Anything {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
