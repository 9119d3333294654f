//! Known counters and what they come to.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

use super::*;
use compare::Candidate;
use fault::Tls;
use plan::Source;
use rustls::{ServerConfig, ServerConnection, crypto::aws_lc_rs, pki_types::PrivateKeyDer};
use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    path::Path,
    sync::Arc,
};

const METRICS: &str = "\
# TYPE chirp_cross_region_requests_total counter
chirp_cross_region_requests_total{peer=\"us-east-1\",kind=\"log\"} 12
chirp_cross_region_requests_total{peer=\"us-east-1\",kind=\"forward\"} 30
chirp_cross_region_bytes_total{peer=\"us-east-1\",direction=\"sent\"} 999
chirp_edge_attempts_total{region=\"eu-west-1\",outcome=\"answered\"} 100
chirp_edge_attempts_total{region=\"us-east-1\",outcome=\"answered\"} 7
";

#[test]
fn requests_that_leave_their_place_are_counted() {
    assert_eq!(cross_region_requests(METRICS, None), 42, "a region's own count");
    assert_eq!(cross_region_requests(METRICS, Some("eu-west-1")), 7, "an edge's to elsewhere");
    assert_eq!(cross_region_requests("", None), 0);
}

/// A region's door with TLS, behind which everybody is told these counters. Its certificate is written into that file.
fn secure_door(certificate: &Path) -> SocketAddr {
    let certified = rcgen::generate_simple_self_signed(vec!["chirp.test".to_owned()]).unwrap();
    std::fs::write(certificate, certified.cert.pem()).unwrap();
    let key = PrivateKeyDer::try_from(certified.signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certified.cert.der().clone()], key)
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let config = Arc::new(config);
    std::thread::spawn(move || {
        for socket in listener.incoming() {
            let mut hands = ServerConnection::new(Arc::clone(&config)).unwrap();
            // Who does not wait for it, or shakes no hands, is not told.
            let _ = tell(&mut rustls::Stream::new(&mut hands, &mut socket.unwrap()));
        }
    });
    address
}

fn tell(stream: &mut rustls::Stream<'_, ServerConnection, TcpStream>) -> std::io::Result<()> {
    if stream.read(&mut [0; 4_096])? > 0 {
        write!(stream, "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{METRICS}")?;
        stream.conn.send_close_notify();
        stream.flush()?;
    }
    Ok(())
}

#[tokio::test]
async fn regions_and_edges_are_asked_as_users_come_in() {
    let nowhere: SocketAddr = "127.0.0.1:1".parse().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let certificate = folder.path().join("ca.pem");
    let door = secure_door(&certificate);
    let plan = two_regions();
    let mut chirp = ChirpPorts {
        regions: vec![nowhere; 2],
        users: vec![door, nowhere],
        edges: vec![Vec::new(); 2],
        steering: nowhere,
        resolver: nowhere,
        name: "chirp.test".to_owned(),
        targets: Vec::new(),
        doors: vec![vec![door], vec![nowhere]],
        tls: Some(Tls::trusting(&certificate, "chirp.test").unwrap()),
        health_interval: Duration::from_secs(1),
        askers: Vec::new(),
        third_parties: BTreeMap::new(),
    };
    let places = |chirp: &ChirpPorts| -> Vec<(String, Option<String>)> {
        servers(chirp, &plan).into_iter().map(|(door, place)| (door.to_string(), place)).collect()
    };
    let region = |address: SocketAddr| (address.to_string(), None);
    assert_eq!(places(&chirp), [region(door), region(nowhere)], "without edges users come in at the regions");
    let deadline = Instant::now() + Duration::from_secs(60);
    let told = loop {
        // A busy machine may take longer than a sample may.
        if let Some(told) = metrics(&servers(&chirp, &plan)[0].0).await {
            break told;
        }
        assert!(Instant::now() < deadline, "nothing is told behind TLS");
    };
    assert_eq!(cross_region_requests(&told, None), 42);
    chirp.users = vec![nowhere; 2];
    chirp.doors = vec![vec![door], Vec::new()];
    let edge = (door.to_string(), Some(plan.regions[0].name.to_string()));
    assert_eq!(places(&chirp), [region(nowhere), region(nowhere), edge]);
}

fn two_regions() -> ResolvedPlan {
    let source = Source { name: "x.yaml".to_owned(), text: Candidate::named("active-passive-local").unwrap().plan() };
    plan::check(&source, wan::Atlas::embedded()).unwrap()
}

fn sample(second: u64, forward: u64, backward: u64, requests: Option<u64>) -> Sample {
    let links = vec![LinkBytes { from: 0, to: 1, forward, backward }];
    Sample { at: RunTime::from(Duration::from_secs(second)), links, requests }
}

#[test]
fn only_what_passed_in_the_baseline_counts() {
    let plan = two_regions();
    let at = |second| RunTime::from(Duration::from_secs(second));
    let baseline = Some(Span { from: at(10), to: at(20) });
    let samples = [
        sample(5, 1, 1, Some(1)),
        sample(10, 1_000, 50, Some(10)),
        sample(15, 2_000, 60, Some(15)),
        sample(19, 4_000, 90, Some(28)),
        sample(20, 9_999, 9_999, None),
    ];
    let found = between_regions(&samples, baseline, &plan).unwrap();
    assert_eq!(found.window, Duration::from_secs(9));
    assert_eq!(found.requests, Some(18));
    let expected = [("us-east-1".to_owned(), 3_000), ("eu-west-1".to_owned(), 40)];
    assert_eq!(found.sent_bytes, expected.into(), "each byte is of the region that sent it");
    let mut slow = samples.clone();
    slow[3].requests = None;
    let extended = between_regions(&slow, baseline, &plan).unwrap();
    assert_eq!(extended.requests, Some(9), "5 in 5 s of 9 s");
    slow[2].requests = None;
    assert_eq!(between_regions(&slow, baseline, &plan).unwrap().requests, None, "one answer is no rate");
    assert!(between_regions(&samples[..2], baseline, &plan).unwrap_err().contains("too few"));
    assert!(between_regions(&samples, None, &plan).unwrap_err().contains("no baseline"));
}
