//! Coordinated omission: when the server stalls, the percentiles tell it, with plenty of connections and with few.

use crate::support::{Recording, Reply, Server, open, plan, run, server};
use std::{
    sync::Mutex,
    time::{Duration, Instant},
};

const STALL: Duration = Duration::from_secs(1);

/// Answers at once, but stops for a second, two seconds after its first request. It is one thread, so a stall is everybody's.
fn stalling() -> Server {
    let first: Mutex<Option<Instant>> = Mutex::new(None);
    Server::start(move |_| {
        let begin = *first.lock().unwrap().get_or_insert_with(Instant::now) + Duration::from_secs(2);
        let now = Instant::now();
        if now >= begin && now < begin + STALL {
            std::thread::sleep(begin + STALL - now);
        }
        Reply::Pieces(vec![server::ok("hello")])
    })
}

async fn record(users_max: u32) -> Recording {
    let mut plan = plan(open(300.0, 6.0));
    plan.load.connections.users_max = users_max;
    run(plan, &stalling()).await
}

/// A sixth of the requests is intended within the stall, their latencies are even over it: the p99 is at 1 − 6 % of it.
const TRUTH_P99: Duration = Duration::from_millis(940);

fn assert_true(recording: &Recording, sentence: &str) {
    let p99 = recording.response().percentile(99.0).unwrap();
    assert_eq!(recording.arrivals().started, 1_800, "{sentence}: nobody was left out");
    assert!(p99 >= TRUTH_P99.mul_f64(0.85) && p99 <= TRUTH_P99 * 5, "{sentence}: p99 {p99:?}, in truth {TRUTH_P99:?}");
}

#[tokio::test]
async fn with_plenty_of_connections_the_percentiles_are_true() {
    assert_true(&record(600).await, "600 connections");
}

#[tokio::test]
async fn with_few_connections_the_percentiles_are_true_and_service_time_hides_the_stall() {
    let recording = record(20).await;
    assert_true(&recording, "20 connections");
    let p95 = |histogram: record::Histogram| histogram.percentile(95.0).unwrap();
    let (service, response) = (p95(recording.service()), p95(recording.response()));
    assert!(service < response / 2, "95 % of the service times know nothing of the stall: {service:?}, {response:?}");
    assert!(recording.arrivals().waited.len() > 100, "the wait for a connection is shown as such");
}
