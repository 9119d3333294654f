//! Which region a user takes, who is said to have served it, and what is said when that changes.

use crate::support::{Reply, Request, Server, open, plan, plans, recording, run_on, server};
use load::{EntryAddress, RegionAddress, TargetAddresses, UserAddress};
use plan::resolved::{ResolvedPlan, Routing, ServedBy};
use record::{EventKind, Interval, Outcome};
use std::{
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

fn two_regions(rate: f64, seconds: f64) -> ResolvedPlan {
    let mut plan = plan(open(rate, seconds));
    plan.regions = vec![plans::region("here"), plans::region("there")];
    plan.populations[0].nearest = vec![1, 0];
    plan
}

fn served(recording: &crate::support::Recording, region: Option<usize>) -> u64 {
    recording.intervals().filter(|row| row.served_by == region).map(Interval::count).sum()
}

#[tokio::test]
async fn the_nearest_region_serves() {
    let (here, there) = (Server::plain("here"), Server::plain("there"));
    let recording = run_on(two_regions(50.0, 0.4), recording::addresses(&[&here, &there])).await;
    assert_eq!((here.requests(), there.requests()), (0, 20));
    assert_eq!(served(&recording, Some(1)), 20);
    let first: Vec<_> = recording.events().map(|event| &event.kind).collect();
    assert_eq!(first, [&EventKind::ServedByStarted { population: 0, region: 1 }], "said once, when it began");
}

#[tokio::test]
async fn a_header_tells_who_served() {
    let answer = |region: &str| format!("HTTP/1.1 200 OK\r\nx-served-by: {region}\r\ncontent-length: 0\r\n\r\n");
    let replies = ["there", "here", "mars"].map(answer);
    let server = Server::start(move |request| Reply::Pieces(vec![replies[request.number % 3].clone().into_bytes()]));
    let mut addresses = recording::addresses(&[&server, &server]);
    addresses.served_by = ServedBy::Header { name: "x-served-by".to_owned() };
    let mut plan = two_regions(100.0, 0.3);
    plan.load.connections.users_max = 1;
    let recording = run_on(plan, addresses).await;
    assert_eq!([Some(0), Some(1), None].map(|region| served(&recording, region)), [10, 10, 10]);
}

#[tokio::test]
async fn with_failover_a_user_moves_on_and_comes_back() {
    let broken = Arc::new(AtomicBool::new(true));
    let state = Arc::clone(&broken);
    let near = Server::start(move |_| {
        let status = if state.load(Ordering::SeqCst) { 503 } else { 200 };
        Reply::Pieces(vec![server::status(status)])
    });
    let heal = Arc::clone(&broken);
    let far = Server::start(move |request| {
        if request.number == 30 {
            heal.store(false, Ordering::SeqCst);
        }
        Reply::Pieces(vec![server::ok("far")])
    });
    let mut addresses = recording::addresses(&[&far, &near]);
    addresses.entry = EntryAddress::Endpoints(Routing::Failover { avoid: Duration::from_millis(300) });
    let mut plan = two_regions(100.0, 2.0);
    plan.load.connections.users_max = 1;
    plan.journeys[0].steps[0].request.retry.attempts_max = 2;
    plan.journeys[0].steps[0].request.retry.statuses = vec![503];
    let recording = run_on(plan, addresses).await;
    assert_eq!(recording.outcomes(), [(Outcome::Ok, 200)], "the second attempt goes to the other region");
    assert!(recording.attempts() > 200, "somebody had to find out");
    assert!(served(&recording, Some(0)) > 0, "the far region helped out");
    let kinds: Vec<_> = recording.events().map(|event| event.kind.clone()).collect();
    assert!(kinds.contains(&EventKind::ServedByStarted { population: 0, region: 0 }), "{kinds:?}");
}

#[tokio::test]
async fn without_failover_a_user_stays_with_its_region() {
    let near = Server::start(|_| Reply::Pieces(vec![server::status(503)]));
    let far = Server::plain("far");
    let recording = run_on(two_regions(50.0, 0.4), recording::addresses(&[&far, &near])).await;
    assert_eq!(recording.outcomes(), [(Outcome::ServerError, 20)]);
    assert_eq!(far.requests(), 0);
    assert_eq!(recording.events().count(), 0, "no success, no service");
}

#[tokio::test]
async fn users_come_from_their_populations_addresses() {
    let server = Server::start(|request: &Request| {
        assert!(request.peer.ip().to_string().starts_with("127.64.0."), "{}", request.peer);
        Reply::Pieces(vec![server::ok(&request.peer.ip().to_string())])
    });
    let mut addresses = recording::addresses(&[&server]);
    let source = |last| IpAddr::from([127, 64, 0, last]);
    addresses.users = vec![load::UserAddress { sources: vec![source(1), source(2)], client_subnet: None }];
    let mut plan = plan(open(100.0, 0.2));
    plan.load.connections.keep_alive = false;
    assert_eq!(run_on(plan, addresses).await.outcomes(), [(Outcome::Ok, 20)]);
}

#[tokio::test]
async fn a_plan_and_addresses_that_do_not_fit_are_refused() {
    let server = Server::plain("hello");
    let refused = |plan: ResolvedPlan, addresses: TargetAddresses| {
        let (setup, _output) = recording::setup(addresses);
        load::start(Arc::new(plan), setup).unwrap_err().to_string()
    };
    let one = recording::addresses(&[&server]);
    assert_eq!(
        refused(two_regions(1.0, 1.0), one.clone()),
        "the plan has 2 regions, but 1 addresses of regions are known"
    );
    let mut many = plan(open(1.0, 1.0));
    many.load.connections.users_max = 900_000;
    let said = refused(many, one.clone());
    assert!(said.contains("users with a connection each") && said.contains("ports"), "{said}");
    let mut insecure = one;
    insecure.trust = plan::resolved::TlsTrust::File { path: "/nowhere.pem".to_owned() };
    assert!(refused(plan(open(1.0, 1.0)), insecure).starts_with("the certificates in /nowhere.pem: "));
}

#[tokio::test]
async fn an_attached_target_is_described_by_its_plan() {
    let server = Server::plain("hello");
    let mut plan = plan(open(50.0, 0.2));
    plan.target = plan::resolved::Target::Attached {
        entry: plan::resolved::Entry::Endpoints { routing: Routing::Nearest },
        endpoints: vec![plan::resolved::Endpoint { url: server.url().to_string(), addresses: Vec::new() }],
        served_by: ServedBy::Address,
        trust: plan::resolved::TlsTrust::Public,
    };
    let addresses = TargetAddresses::attached(&plan).unwrap();
    assert_eq!(addresses.users, [UserAddress::default()], "the system's own choice is enough for a hundred users");
    assert_eq!(addresses.regions, [RegionAddress { url: server.url(), addresses: Vec::new(), also: Vec::new() }]);
    assert_eq!(run_on(plan, addresses).await.outcomes(), [(Outcome::Ok, 10)]);
}
