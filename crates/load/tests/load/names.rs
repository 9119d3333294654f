//! Names: who asks, how often, what is remembered, and what happens when the answer changes.

use crate::support::{
    Asked, Recording, Reply, Resolver, Says, Server, open, plan, plans, recording::addresses, run_on, server,
};
use hickory_proto::op::ResponseCode;
use load::{BaseUrl, EntryAddress, Scheme, TargetAddresses, UserAddress};
use plan::resolved::ResolvedPlan;
use record::{EventKind, Interval, Outcome, Phase};
use std::{
    net::{IpAddr, Ipv4Addr, TcpListener},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use units::Share;

const HERE: Ipv4Addr = Ipv4Addr::new(127, 0, 51, 1);
const THERE: Ipv4Addr = Ipv4Addr::new(127, 0, 52, 1);

/// Two regions on one port, as behind one name.
struct World {
    here: Server,
    there: Server,
}

impl World {
    fn new() -> Self {
        Self::answering(|| Reply::Pieces(vec![server::ok("hello")]))
    }

    fn answering(reply: impl Fn() -> Reply + Send + Sync + Clone + 'static) -> Self {
        for _ in 0..50 {
            let here = TcpListener::bind((HERE, 0)).unwrap();
            let Ok(there) = TcpListener::bind((THERE, here.local_addr().unwrap().port())) else { continue };
            let (one, other) = (reply.clone(), reply);
            return Self {
                here: Server::start_on(here, move |_| one()),
                there: Server::start_on(there, move |_| other()),
            };
        }
        panic!("no port is free on both addresses")
    }

    fn addresses(&self, resolver: &Resolver) -> TargetAddresses {
        let url = BaseUrl { scheme: Scheme::Http, host: "app.example".to_owned(), port: self.here.address.port() };
        TargetAddresses {
            entry: EntryAddress::Name { url, resolver: Some(resolver.address) },
            ..addresses(&[&self.here, &self.there])
        }
    }
}

fn two_regions(rate: f64, seconds: f64) -> ResolvedPlan {
    let mut plan = plan(open(rate, seconds));
    plan.regions = vec![plans::region("here"), plans::region("there")];
    plan.load.connections.users_max = 1;
    plan
}

fn fresh(mut plan: ResolvedPlan) -> ResolvedPlan {
    plan.load.connections.keep_alive = false;
    plan
}

fn served(recording: &Recording, region: usize) -> u64 {
    recording.intervals().filter(|row| row.served_by == Some(region)).map(Interval::count).sum()
}

#[tokio::test]
async fn an_answer_is_remembered_for_its_ttl() {
    let world = World::new();
    let resolver = Resolver::start(|_| Says::Addresses(vec![HERE], 3_600));
    let recording = run_on(fresh(two_regions(100.0, 0.3)), world.addresses(&resolver)).await;
    assert_eq!(recording.outcomes(), [(Outcome::Ok, 30)]);
    assert_eq!((resolver.asked(), recording.phase(Phase::Dns).len()), (1, 1), "one question for thirty connections");
    assert_eq!(served(&recording, 0), 30, "the address tells the region");
    assert!(recording.events().all(|event| !matches!(event.kind, EventKind::SteeringChanged { .. })));
}

#[tokio::test]
async fn an_answer_without_ttl_is_asked_for_each_time() {
    let world = World::new();
    let resolver = Resolver::start(|_| Says::Addresses(vec![HERE], 0));
    let recording = run_on(fresh(two_regions(100.0, 0.3)), world.addresses(&resolver)).await;
    assert_eq!((recording.ended(Outcome::Ok), resolver.asked()), (30, 30));
}

#[tokio::test]
async fn users_who_wait_for_one_answer_ask_one_question() {
    let world = World::new();
    let resolver = Resolver::start(|_| {
        std::thread::sleep(Duration::from_millis(300));
        Says::Addresses(vec![HERE], 3_600)
    });
    let mut plan = two_regions(100.0, 0.2);
    plan.load.connections.users_max = 20;
    let recording = run_on(plan, world.addresses(&resolver)).await;
    assert_eq!((recording.ended(Outcome::Ok), resolver.asked()), (20, 1));
    assert_eq!(world.here.connections(), 20);
}

#[tokio::test]
async fn a_changed_answer_moves_new_connections_and_is_said() {
    let world = World::new();
    let resolver = Resolver::start(|asked| Says::Addresses(vec![if asked.number < 20 { HERE } else { THERE }], 0));
    let recording = run_on(fresh(two_regions(100.0, 0.4)), world.addresses(&resolver)).await;
    assert_eq!((served(&recording, 0), served(&recording, 1)), (20, 20));
    let moves: Vec<_> =
        recording.events().filter(|event| matches!(event.kind, EventKind::SteeringChanged { .. })).collect();
    assert_eq!(moves.len(), 1, "{moves:?}");
    assert_eq!(moves[0].kind, EventKind::SteeringChanged { population: 0, from: Some(0), to: Some(1) });
    assert_eq!(moves[0].text, "everybody: the resolver now answers there instead of here");
}

#[tokio::test]
async fn a_connection_that_works_is_kept_when_the_answer_changes() {
    let world = World::new();
    let resolver = Resolver::start(|asked| Says::Addresses(vec![if asked.number == 0 { HERE } else { THERE }], 0));
    let recording = run_on(two_regions(100.0, 0.4), world.addresses(&resolver)).await;
    assert_eq!((served(&recording, 0), served(&recording, 1)), (40, 0));
    assert_eq!(resolver.asked(), 1, "who keeps a connection needs no name");
}

#[tokio::test]
async fn who_ignores_the_ttl_asks_again_only_when_a_connect_fails() {
    let broken = Arc::new(AtomicBool::new(false));
    let state = Arc::clone(&broken);
    let resolver = Resolver::start(move |_| {
        // What it named first is gone by the time anybody asks again.
        if state.load(Ordering::SeqCst) {
            return Says::Addresses(vec![THERE], 0);
        }
        state.store(true, Ordering::SeqCst);
        Says::Addresses(vec![HERE], 0)
    });
    let world = World::new();
    let mut plan = fresh(two_regions(100.0, 0.3));
    plan.populations[0].ignores_ttl = Share::WHOLE;
    let recording = run_on(plan.clone(), world.addresses(&resolver)).await;
    assert_eq!((served(&recording, 0), resolver.asked()), (30, 1), "TTL 0, and yet one question");

    // The same with a region that refuses from the start: one failure, then the other region for good.
    broken.store(false, Ordering::SeqCst);
    let World { here, there } = world;
    let mut addresses = World::new().addresses(&resolver);
    let url = BaseUrl { scheme: Scheme::Http, host: "app.example".to_owned(), port: there.address.port() };
    addresses.entry = EntryAddress::Name { url, resolver: Some(resolver.address) };
    drop(here);
    let recording = run_on(plan, addresses).await;
    assert_eq!(recording.outcomes(), [(Outcome::Ok, 29), (Outcome::Refused, 1)]);
    assert_eq!(resolver.asked(), 3);
    assert_eq!(there.requests(), 29);
}

#[tokio::test]
async fn who_never_resolves_again_stays_with_an_address_that_is_dead() {
    let resolver = Resolver::start(|asked| Says::Addresses(vec![if asked.number == 0 { HERE } else { THERE }], 0));
    let world = World::new();
    let mut plan = fresh(two_regions(100.0, 0.6));
    plan.populations[0].never_resolves_again = Share::WHOLE;
    let addresses = world.addresses(&resolver);
    let World { here, there } = world;
    let dies = tokio::spawn(async move {
        while here.requests() < 20 {
            tokio::task::yield_now().await;
        }
        drop(here);
    });
    let recording = run_on(plan, addresses).await;
    dies.await.unwrap();
    assert!(served(&recording, 0) >= 20);
    assert_eq!((served(&recording, 1), there.requests(), resolver.asked()), (0, 0, 1), "whatever fails");
    assert!(recording.outcomes().iter().any(|(outcome, count)| *outcome == Outcome::Refused && *count > 0));
}

#[tokio::test]
async fn further_addresses_of_a_name_are_tried_by_the_same_attempt() {
    let world = World::new();
    let resolver = Resolver::start(|_| Says::Addresses(vec![Ipv4Addr::new(127, 0, 53, 1), THERE], 3_600));
    let recording = run_on(two_regions(100.0, 0.2), world.addresses(&resolver)).await;
    assert_eq!(recording.outcomes(), [(Outcome::Ok, 20)]);
    assert_eq!((served(&recording, 1), recording.attempts()), (20, 20));
}

#[tokio::test]
async fn names_that_are_not_resolved_are_dns_failures() {
    let table = [
        ("no such name", Says::NoSuchName, Outcome::Dns),
        ("a name without address", Says::Addresses(Vec::new(), 60), Outcome::Dns),
        ("a resolver that refuses", Says::Status(ResponseCode::Refused), Outcome::Dns),
        ("a resolver that says nothing", Says::Silence, Outcome::Timeout),
    ];
    for (sentence, says, outcome) in table {
        let world = World::new();
        let resolver = Resolver::start(move |_| says.clone());
        let mut plan = two_regions(50.0, 0.2);
        if outcome == Outcome::Timeout {
            plan.journeys[0].steps[0].request.timeouts.dns = Duration::from_millis(200);
        }
        let recording = run_on(plan, world.addresses(&resolver)).await;
        assert_eq!(recording.outcomes(), [(outcome, 10)], "{sentence}");
        assert_eq!(recording.phase(Phase::Dns).len(), 0, "{sentence}: only phases that succeed are recorded");
    }
}

#[tokio::test]
async fn a_lost_question_is_asked_again() {
    let world = World::new();
    let resolver = Resolver::start(|asked| match asked.number {
        0 => Says::Silence,
        _ => Says::Addresses(vec![HERE], 3_600),
    });
    let mut plan = two_regions(100.0, 0.2);
    plan.journeys[0].steps[0].request.timeouts.dns = Duration::from_secs(3);
    let recording = run_on(plan, world.addresses(&resolver)).await;
    assert_eq!((recording.ended(Outcome::Ok), resolver.asked()), (20, 2));
}

#[tokio::test]
async fn an_answer_that_is_cut_off_is_asked_for_over_tcp() {
    let world = World::new();
    let resolver = Resolver::start(|asked| match asked.over_tcp {
        false => Says::Truncated,
        true => Says::Addresses(vec![HERE], 3_600),
    });
    let recording = run_on(two_regions(100.0, 0.2), world.addresses(&resolver)).await;
    assert_eq!((recording.ended(Outcome::Ok), resolver.asked()), (20, 2));
}

#[tokio::test]
async fn the_resolver_sees_from_where_a_population_asks() {
    let seen: Arc<Mutex<Vec<Asked>>> = Arc::default();
    let log = Arc::clone(&seen);
    let resolver = Resolver::start(move |asked| {
        log.lock().unwrap().push(asked.clone());
        // A steering by place: who comes from 127.65 is sent there.
        let there = asked.peer.to_string().starts_with("127.65.");
        Says::Addresses(vec![if there { THERE } else { HERE }], 3_600)
    });
    let world = World::new();
    let mut plan = two_regions(100.0, 0.4);
    plan.populations = vec![plans::population("europe", 50), plans::population("asia", 50)];
    let source = |second: u8| IpAddr::from([127, second, 0, 1]);
    let mut addresses = world.addresses(&resolver);
    addresses.users = vec![
        UserAddress { sources: vec![source(64)], client_subnet: Some(IpAddr::from([10, 1, 2, 3])) },
        UserAddress { sources: vec![source(65)], client_subnet: None },
    ];
    let recording = run_on(plan, addresses).await;
    let by = |population, region| {
        let rows = recording.intervals();
        let row = |row: &&Interval| row.population == population && row.served_by == Some(region);
        rows.filter(row).map(Interval::count).sum::<u64>()
    };
    assert_eq!((by(0, 0), by(1, 1)), (20, 20), "each population went where it was sent");
    let seen = seen.lock().unwrap();
    let asked = |peer: IpAddr| seen.iter().find(|asked| asked.peer == peer).unwrap();
    assert_eq!(asked(source(64)).subnet, Some(IpAddr::from([10, 1, 2, 0])), "24 bits of it");
    assert_eq!((asked(source(65)).subnet, asked(source(65)).name.as_str()), (None, "app.example."));
}

#[tokio::test]
async fn the_answer_pays_the_way_to_the_resolver() {
    let world = World::new();
    let resolver = Resolver::start(|_| Says::Addresses(vec![HERE], 3_600));
    let mut plan = two_regions(20.0, 0.2);
    let access = Duration::from_millis(120);
    plan.populations[0].access.round_trip = access;
    let path = plan::resolved::Path {
        round_trip: access,
        jitter: Duration::ZERO,
        up: None,
        down: None,
        basis: plan::resolved::PathBasis::Chosen,
    };
    plan.populations[0].paths = vec![path.clone(), path];
    let recording = run_on(plan, world.addresses(&resolver)).await;
    let took = recording.phase(Phase::Dns).max().unwrap();
    assert!(took >= access, "the question went out and came back: {took:?}");
}
