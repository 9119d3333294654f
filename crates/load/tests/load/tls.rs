//! TLS: handshakes full and resumed, certificates that are trusted and that are not.

use crate::support::{Recording, open, plan, recording, server};
use load::{BaseUrl, LiveCounts, RegionAddress, TargetAddresses};
use plan::resolved::TlsTrust;
use record::{Outcome, Phase};
use rustls::ServerConfig;
use std::{io::Write, net::SocketAddr, sync::Arc};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use tokio_rustls::TlsAcceptor;

/// A server with a certificate of its own for `localhost`; the certificate as PEM.
async fn secure(close: bool) -> (SocketAddr, String) {
    let certified = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let key = rustls_pki_types::PrivateKeyDer::try_from(certified.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certified.cert.der().clone()], key)
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let Ok(mut stream) = acceptor.accept(stream).await else { return };
                let mut buffer = [0; 4_096];
                while let Ok(length) = stream.read(&mut buffer).await {
                    if length == 0 || stream.write_all(&server::ok("secret")).await.is_err() || close {
                        let _ = stream.shutdown().await;
                        return;
                    }
                }
            });
        }
    });
    (address, certified.cert.pem())
}

fn addresses(address: SocketAddr, trust: TlsTrust) -> TargetAddresses {
    let url = BaseUrl::parse(&format!("https://localhost:{}", address.port())).unwrap();
    let mut addresses = recording::addresses(&[]);
    addresses.regions = vec![RegionAddress::at(url, address)];
    addresses.trust = trust;
    addresses
}

async fn run(address: SocketAddr, trust: TlsTrust, keep_alive: bool) -> Recording {
    let mut plan = plan(open(50.0, 0.4));
    plan.load.connections.users_max = 1;
    plan.load.connections.keep_alive = keep_alive;
    crate::support::run_on(plan, addresses(address, trust)).await
}

fn handshakes(counts: &LiveCounts) -> (u64, u64) {
    (counts.full_handshakes, counts.resumed_handshakes)
}

#[tokio::test]
async fn a_certificate_that_is_trusted_serves() {
    let (address, pem) = secure(false).await;
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(pem.as_bytes()).unwrap();
    let path = file.path().to_str().unwrap().to_owned();
    let recording = run(address, TlsTrust::File { path }, true).await;
    assert_eq!(recording.outcomes(), [(Outcome::Ok, 20)]);
    assert_eq!(handshakes(&recording.counts), (1, 0));
    assert_eq!((recording.phase(Phase::Connect).len(), recording.phase(Phase::Tls).len()), (1, 1));
}

#[tokio::test]
async fn a_certificate_that_is_not_trusted_is_a_tls_failure() {
    let (address, _) = secure(false).await;
    let recording = run(address, TlsTrust::Public, true).await;
    assert_eq!(recording.outcomes(), [(Outcome::Tls, 20)]);
    assert_eq!(recording.phase(Phase::Tls).len(), 0, "only phases that succeed are recorded");
}

#[tokio::test]
async fn a_server_without_tls_is_a_tls_failure() {
    let plain = crate::support::Server::start(|_| crate::support::Reply::Last(b"HTTP/1.1 400 Bad\r\n\r\n".to_vec()));
    let mut plan = plan(open(50.0, 0.2));
    plan.journeys[0].steps[0].request.timeouts.tls = std::time::Duration::from_secs(1);
    plan.load.connections.users_max = 20;
    // It waits for the end of a request that never comes; the client's time-out of the handshake ends that.
    let recording = crate::support::run_on(plan, addresses(plain.address, TlsTrust::Anything)).await;
    assert_eq!(recording.ended(Outcome::Ok), 0);
    assert_eq!(recording.requests(), 10);
}

#[tokio::test]
async fn further_connections_resume_the_session() {
    let (address, _) = secure(true).await;
    let recording = run(address, TlsTrust::Anything, false).await;
    assert_eq!(recording.outcomes(), [(Outcome::Ok, 20)]);
    let (full, resumed) = handshakes(&recording.counts);
    assert_eq!(full + resumed, 20);
    assert!(full <= 2 && resumed >= 18, "{full} full, {resumed} resumed");
}
