//! Arrivals: every one is started, dropped or unsent, and the sums are exact.

use crate::support::{Recording, Reply, Server, closed, open, plan, plans, recording, run, server};
use plan::resolved::{LoadModel, Pacing, Stage};
use std::{sync::Arc, time::Duration};
use units::Rate;

fn assert_adds_up(recording: &Recording, intended: u64) {
    let arrivals = recording.arrivals();
    assert_eq!(arrivals.intended, intended, "{arrivals:?}");
    assert_eq!(arrivals.intended, arrivals.started + arrivals.dropped + arrivals.unsent, "{arrivals:?}");
    let counts = recording.counts;
    assert_eq!(
        (counts.intended, counts.started, counts.dropped, counts.unsent),
        (arrivals.intended, arrivals.started, arrivals.dropped, arrivals.unsent),
        "the live counts end as the recording does"
    );
}

#[tokio::test]
async fn an_open_load_sends_exactly_what_the_plan_says() {
    for pacing in [Pacing::Precise, Pacing::Batched] {
        let server = Server::plain("hello");
        let mut load = open(200.0, 1.0);
        load.pacing = pacing;
        let recording = run(plan(load), &server).await;
        assert_adds_up(&recording, 200);
        assert_eq!(recording.arrivals().started, 200);
        assert_eq!(recording.requests(), 200, "{:?}", recording.outcomes());
        assert_eq!(recording.ended(record::Outcome::Ok), 200);
        assert_eq!(server.requests(), 200);
    }
}

#[tokio::test]
async fn populations_share_the_load_and_threads_share_the_populations() {
    let server = Server::plain("hello");
    let mut load = open(200.0, 1.0);
    load.threads = Some(3);
    let mut plan = plan(load);
    plan.populations = vec![plans::population("europe", 45), plans::population("asia", 55)];
    let recording = run(plan, &server).await;
    assert_adds_up(&recording, 200);
    let of = |population| recording.arrivals_of(|row| row.population == population).intended;
    assert_eq!((of(0), of(1)), (90, 110));
    let threads: Vec<u64> = (0..3).map(|thread| recording.arrivals_of(|row| row.thread == thread).intended).collect();
    assert!(threads.iter().all(|count| (65..=68).contains(count)), "{threads:?}");
}

#[tokio::test]
async fn agents_share_the_load_exactly() {
    let server = Server::plain("hello");
    let mut total = 0;
    for agent in 0..3 {
        let (mut setup, output) = recording::setup(recording::addresses(&[&server]));
        setup.parts = load::Parts::each(units::Part::new(agent, 3).unwrap(), 1);
        let load = load::start(Arc::new(plan(open(100.0, 1.0))), setup).unwrap();
        total += recording::collect(load, output).await.arrivals().started;
    }
    assert_eq!((total, server.requests()), (100, 100));
}

#[tokio::test]
async fn arrivals_that_find_no_user_in_time_are_dropped() {
    let server = Server::start(|_| Reply::Hang);
    let mut load = open(100.0, 1.0);
    load.connections.users_max = 4;
    load.start_within = Duration::from_millis(100);
    let mut plan = plan(load);
    plan.journeys[0].steps[0].request.timeouts.total = Duration::from_secs(2);
    let recording = run(plan, &server).await;
    assert_adds_up(&recording, 100);
    let arrivals = recording.arrivals();
    assert!((1..=4).contains(&arrivals.started), "four users hang, nobody else is served: {arrivals:?}");
    assert!(arrivals.dropped > arrivals.unsent, "it is the service that is slow, and not the generator: {arrivals:?}");
    assert_eq!(recording.ended(record::Outcome::Timeout), arrivals.started);
}

#[tokio::test]
async fn a_stopped_load_ends_and_still_adds_up() {
    let server = Server::start(|_| Reply::Hang);
    let mut load = open(100.0, 60.0);
    load.connections.users_max = 5;
    load.start_within = Duration::from_secs(60);
    let mut plan = plan(load);
    plan.journeys[0].steps[0].request.timeouts.total = Duration::from_millis(500);
    let (setup, output) = recording::setup(recording::addresses(&[&server]));
    let load = load::start(Arc::new(plan), setup).unwrap();
    while load.snapshot().started < 5 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    load.stop();
    let recording = recording::collect(load, output).await;
    let arrivals = recording.arrivals();
    assert_adds_up(&recording, arrivals.intended);
    assert!(arrivals.intended < 6_000 && arrivals.started >= 5, "{arrivals:?}");
    assert_eq!(arrivals.dropped, 0, "what waits when a load is stopped is unsent");
    assert_eq!(recording.ended(record::Outcome::Timeout), arrivals.started, "requests under way were awaited");
}

#[tokio::test]
async fn arrivals_wait_for_a_user_and_the_wait_is_latency_but_not_lag() {
    let answer = server::ok("slow");
    let server = Server::start(move |_| Reply::Late(Duration::from_millis(50), answer.clone()));
    let mut load = open(100.0, 1.0);
    load.connections.users_max = 1;
    let recording = run(plan(load), &server).await;
    assert_adds_up(&recording, 100);
    assert_eq!(recording.arrivals().started, 100, "within ten seconds everybody gets a turn");
    let waited = recording.arrivals().waited;
    assert!(waited.len() >= 95, "{waited:?} of 100 waited");
    let (response, service) = (recording.response().max().unwrap(), recording.service().value_at(50.0).unwrap());
    assert!(
        response >= Duration::from_secs(3),
        "the last of 100 × 50 ms waited for nearly four seconds, not {response:?}"
    );
    assert!(service < response / 10, "the service itself took {service:?}");
    let lag = recording.arrivals().send_lag.value_at(50.0).unwrap();
    assert!(lag < service, "waiting for a user is no send lag, {lag:?} is");
}

#[tokio::test]
async fn closed_users_loop_and_think() {
    let server = Server::plain("hello");
    let mut plan = plan(closed(4, 1.0));
    plan.journeys[0].steps[0].think.mean = Duration::from_millis(100);
    let recording = run(plan, &server).await;
    let arrivals = recording.arrivals();
    assert_adds_up(&recording, arrivals.intended);
    assert_eq!(arrivals.started, recording.requests());
    assert!((4..=40).contains(&recording.requests()), "4 users, 1 s, 100 ms: {}", recording.requests());
    assert_eq!(server.connections(), 4, "each user has a connection of its own");
}

#[tokio::test]
async fn closed_users_come_with_the_ramp() {
    let server = Server::plain("hello");
    let mut load = closed(1, 1.0);
    let rate = |users: f64| Rate::per_second(users).unwrap();
    let duration = Duration::from_secs(1);
    load.stages = vec![
        Stage::Linear { from: rate(0.0), to: rate(10.0), duration },
        Stage::Constant { rate: rate(10.0), duration },
    ];
    let mut plan = plan(load);
    plan.journeys[0].steps[0].think.mean = Duration::from_millis(20);
    let recording = run(plan, &server).await;
    assert_eq!(server.connections(), 10, "ten users came, one after the other");
    assert_adds_up(&recording, recording.requests());
}

#[tokio::test]
async fn sessions_walk_several_journeys() {
    let server = Server::plain("hello");
    let mut load = open(100.0, 1.0);
    load.model = LoadModel::PartlyOpen { journeys_mean: 3.0 };
    let recording = run(plan(load), &server).await;
    assert_adds_up(&recording, 100);
    let requests = recording.requests();
    assert!((200..=400).contains(&requests), "100 sessions of 3 journeys made {requests} requests");
}

#[tokio::test]
async fn who_thinks_when_the_load_ends_makes_no_further_request() {
    // Answers of the last second are awaited after the end; meanwhile others have thought enough.
    let server = Server::start(|_| Reply::Late(Duration::from_millis(300), server::ok("hello")));
    let mut load = open(100.0, 1.0);
    load.model = LoadModel::PartlyOpen { journeys_mean: 50.0 };
    let mut plan = plan(load);
    plan.journeys[0].steps[0].think.mean = Duration::from_millis(500);
    let recording = run(plan, &server).await;
    assert!(recording.requests() >= 100, "each session begins");
    let late: u64 = recording.intervals().filter(|one| one.second >= 1).map(record::Interval::count).sum();
    assert_eq!(late, 0, "the load ends after a second");
}

#[tokio::test]
async fn the_generators_own_health_is_told_each_second() {
    let server = Server::plain("hello");
    let mut load = open(50.0, 2.5);
    load.threads = Some(2);
    let recording = run(plan(load), &server).await;
    let seconds = recording.entries.iter().filter_map(|entry| match entry {
        record::Entry::Generator(second) => Some(second),
        _ => None,
    });
    let seconds: Vec<_> = seconds.collect();
    assert!(!seconds.is_empty());
    for second in seconds {
        assert_eq!(second.thread_cpu.len(), 2);
        assert!(second.thread_cpu.iter().all(|share| (0.0..=1.0).contains(share)), "{second:?}");
        assert!(second.memory > 0 && second.descriptors > 0 && second.descriptors <= second.descriptors_max);
    }
}

#[tokio::test]
async fn a_load_that_is_dropped_ends() {
    let server = Server::plain("hello");
    let (setup, mut output) = recording::setup(recording::addresses(&[&server]));
    let load = load::start(Arc::new(plan(open(100.0, 3_600.0))), setup).unwrap();
    while load.snapshot().done == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    drop(load);
    // Every thread has a sender of the output: it closes when the last of them has ended.
    let ended = async { while output.recv().await.is_some() {} };
    tokio::time::timeout(Duration::from_secs(60), ended).await.unwrap();
}

#[tokio::test]
async fn a_load_may_begin_later_and_on_a_clock_that_runs_already() {
    let server = Server::plain("hello");
    let (mut setup, output) = recording::setup(recording::addresses(&[&server]));
    setup.start_at -= Duration::from_secs(100);
    setup.load_offset = Duration::from_millis(100_200);
    let load = load::start(Arc::new(plan(open(100.0, 0.5))), setup).unwrap();
    let recording = recording::collect(load, output).await;
    assert_adds_up(&recording, 50);
    assert!(recording.intervals().all(|row| row.second == 100), "100.2 s to 100.7 s of the run");
}
