//! Each kind of trust against each kind of certificate, in one process and without a socket.

#![expect(clippy::unwrap_used, reason = "tests may panic")]

use super::{Trust, TrustError, provider};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{ClientConnection, Error, ServerConfig, ServerConnection, SupportedProtocolVersion, version};
use std::fs;
use std::sync::Arc;

/// An authority, and the key of a server whose certificates it signs.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
    key: KeyPair,
}

impl Authority {
    fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        let pem = params.self_signed(&key).unwrap().pem();
        Self { issuer: Issuer::new(params, key), pem, key: KeyPair::generate().unwrap() }
    }

    fn certificate(&self, name: &str, last_year: i32) -> CertificateDer<'static> {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.not_before = date_time_ymd(2000, 1, 1);
        params.not_after = date_time_ymd(last_year, 1, 1);
        params.signed_by(&self.key, &self.issuer).unwrap().der().clone()
    }
}

/// Shakes hands with a server that shows `certificate` and signs with `key`: what the client says of it.
fn handshake(
    trust: Trust<'_>,
    certificate: &CertificateDer<'static>,
    key: &KeyPair,
    version: &'static SupportedProtocolVersion,
) -> Result<(), Error> {
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let key = provider().key_provider.load_private_key(key).unwrap();
    // Unlike what a server reads from its files, this is not compared: the key may be somebody else's.
    let shown = SingleCertAndKey::from(CertifiedKey::new(vec![certificate.clone()], key));
    let server = ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(&[version])
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(shown));
    let mut server = ServerConnection::new(Arc::new(server)).unwrap();
    let name = ServerName::try_from("chirp.test").unwrap();
    let mut client = ClientConnection::new(Arc::new(trust.client().unwrap()), name).unwrap();
    while client.is_handshaking() || server.is_handshaking() {
        let mut bytes = Vec::new();
        while client.wants_write() {
            client.write_tls(&mut bytes).unwrap();
        }
        server.read_tls(&mut bytes.as_slice()).unwrap();
        server.process_new_packets()?;
        let mut bytes = Vec::new();
        while server.wants_write() {
            server.write_tls(&mut bytes).unwrap();
        }
        let mut rest = bytes.as_slice();
        while !rest.is_empty() {
            client.read_tls(&mut rest).unwrap();
            client.process_new_packets()?;
        }
    }
    Ok(())
}

#[test]
fn who_trusts_an_authority_looks_at_everything_and_who_trusts_anything_at_the_key_alone() {
    let (authority, elsewhere) = (Authority::new(), Authority::new());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ca.pem");
    fs::write(&path, &authority.pem).unwrap();
    // (what is shown, whether the authority's clients take it; those who trust anything take each)
    let cases = [
        ("a good one", authority.certificate("chirp.test", 2999), &authority.key, true),
        ("an expired one", authority.certificate("chirp.test", 2001), &authority.key, false),
        ("one of another name", authority.certificate("other.test", 2999), &authority.key, false),
        ("one of another authority", elsewhere.certificate("chirp.test", 2999), &elsewhere.key, false),
    ];
    for version in [&version::TLS12, &version::TLS13] {
        for (what, certificate, key, is_trusted) in &cases {
            let taken = |trust| handshake(trust, certificate, key, version).is_ok();
            assert_eq!(taken(Trust::File(&path)), *is_trusted, "{what}, {version:?}");
            assert!(!taken(Trust::Public), "{what}, {version:?}");
            assert!(taken(Trust::Anything), "{what}, {version:?}");
        }
        let good = authority.certificate("chirp.test", 2999);
        for trust in [Trust::File(&path), Trust::Anything] {
            let refused = handshake(trust, &good, &elsewhere.key, version);
            assert!(refused.is_err(), "{trust:?}: a certificate that is shown without its key, {version:?}");
        }
    }
}

#[test]
fn a_file_without_an_authority_is_named_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ca.pem");
    let said = || {
        let TrustError { path: named, reason } = Trust::File(&path).client().err().unwrap();
        assert_eq!(named, path);
        reason
    };
    assert!(said().contains("No such file"), "{}", said());
    fs::write(&path, "").unwrap();
    assert_eq!(said(), "there is no certificate in it");
    fs::write(&path, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").unwrap();
    assert!(!said().is_empty());
}
