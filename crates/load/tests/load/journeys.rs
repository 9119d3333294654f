//! Journeys over the wire: values taken from answers, rows from feeds, the same choices for the same seed.

use crate::support::{Reply, Server, get, open, plan, plans, run, server, step};
use plan::resolved::{DataFeed, Extract, ExtractFrom, Header, Journey, LoadModel};
use record::Outcome;
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
    time::Duration,
};
use units::Seed;

/// A server that keeps the request lines it saw, and answers with an id and a token.
fn witness() -> (Server, Arc<Mutex<Vec<String>>>) {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&lines);
    let server = Server::start(move |request| {
        seen.lock().unwrap().push(request.head.lines().next().unwrap().to_owned());
        let body = format!("{{\"item\": {{\"id\": \"i{}\"}}}}", request.number);
        let head = format!("HTTP/1.1 200 OK\r\nx-token: t{}\r\ncontent-length: {}\r\n\r\n", request.number, body.len());
        Reply::Pieces(vec![[head, body].concat().into_bytes()])
    });
    (server, lines)
}

#[tokio::test]
async fn later_steps_use_what_earlier_answers_said() {
    let (server, lines) = witness();
    let mut plan = plan(open(50.0, 0.2));
    plan.load.connections.users_max = 1;
    let mut first = get("/make");
    let extract = |variable: &str, from| Extract { variable: variable.to_owned(), from };
    first.extract = vec![
        extract("item", ExtractFrom::Json("$.item.id".to_owned())),
        extract("token", ExtractFrom::Header("X-Token".to_owned())),
    ];
    let mut second = get("/item/{{ item }}");
    second.headers = vec![Header { name: "authorization".to_owned(), value: plans::text("Bearer {{ token }}") }];
    plan.journeys[0].steps = vec![step("make", first), step("look", second)];
    let recording = run(plan, &server).await;
    assert_eq!(recording.requests(), recording.ended(Outcome::Ok));
    let lines = lines.lock().unwrap();
    let whole = lines.chunks_exact(2).take_while(|pair| pair[1] != pair[0]);
    assert!(whole.clone().count() > 0, "some journeys were walked to their end: {lines:?}");
    for (number, pair) in whole.enumerate() {
        assert_eq!(pair, ["GET /make HTTP/1.1".to_owned(), format!("GET /item/i{} HTTP/1.1", 2 * number)]);
    }
}

#[tokio::test]
async fn the_same_seed_makes_the_same_users() {
    let requests = async |seed: u64, threads: usize| {
        let (server, lines) = witness();
        let mut plan = plan(open(100.0, 0.5));
        plan.seed = Seed::new(seed);
        plan.load.threads = Some(threads);
        plan.feeds = vec![DataFeed {
            name: "users".to_owned(),
            columns: vec!["name".to_owned()],
            rows: (0..50).map(|row| vec![format!("u{row}")]).collect(),
        }];
        let path = "/{{ feed.users.name }}/{{ user }}/{{ random 1 1000000 }}/{{ choice a b c d e }}";
        plan.journeys[0].steps[0] = step("look", get(path));
        plan.journeys.push(Journey {
            name: "other".into(),
            weight: 2,
            steps: vec![step("other", get("/o/{{ user }}"))],
        });
        run(plan, &server).await;
        let mut lines = lines.lock().unwrap().clone();
        lines.sort();
        lines
    };
    let first = requests(1, 1).await;
    assert_eq!(first.len(), 50);
    assert_eq!(requests(1, 2).await, first, "the same seed, on two threads");
    assert_ne!(requests(2, 1).await, first, "another seed");
}

#[tokio::test]
async fn every_row_of_a_feed_comes_once_before_one_comes_again() {
    let (server, lines) = witness();
    let mut plan = plan(open(100.0, 0.4));
    plan.feeds = vec![DataFeed {
        name: "users".to_owned(),
        columns: vec!["name".to_owned()],
        rows: (0..20).map(|row| vec![format!("u{row}")]).collect(),
    }];
    plan.journeys[0].steps[0] = step("look", get("/{{ feed.users.name }}"));
    run(plan, &server).await;
    let lines = lines.lock().unwrap();
    let rows: BTreeSet<&String> = lines.iter().collect();
    assert_eq!((lines.len(), rows.len()), (40, 20));
    assert!(rows.iter().all(|row| lines.iter().filter(|line| line == row).count() == 2), "each of them twice");
}

#[tokio::test]
async fn unique_values_are_unique_over_threads_populations_and_sessions() {
    let (server, lines) = witness();
    let mut plan = plan(open(100.0, 0.5));
    plan.load.threads = Some(3);
    plan.load.model = LoadModel::PartlyOpen { journeys_mean: 3.0 };
    plan.populations = vec![plans::population("europe", 50), plans::population("asia", 50)];
    plan.journeys[0].steps = vec![step("a", get("/{{ unique }}/{{ unique }}")), step("b", get("/{{ unique }}/x"))];
    run(plan, &server).await;
    let lines = lines.lock().unwrap();
    let values: Vec<&str> = lines
        .iter()
        .flat_map(|line| line.split(' ').nth(1).unwrap().trim_start_matches('/').split('/'))
        .filter(|value| *value != "x")
        .collect();
    let distinct: BTreeSet<&&str> = values.iter().collect();
    assert!(values.len() > 50, "{}", values.len());
    assert_eq!(distinct.len(), values.len());
}

#[tokio::test]
async fn a_step_after_a_pause_is_intended_when_the_pause_is_over() {
    let answer = server::ok("slow");
    let server = Server::start(move |_| Reply::Late(Duration::from_millis(100), answer.clone()));
    let mut plan = plan(open(20.0, 0.5));
    plan.journeys[0].steps = vec![step("a", get("/a")), step("b", get("/b"))];
    plan.journeys[0].steps[0].think.mean = Duration::from_millis(200);
    let recording = run(plan, &server).await;
    // Ten arrivals over half a second; the second steps are intended 0.3 s after each.
    let first_seconds = recording.intervals().filter(|row| row.second == 0 && row.step == 1);
    let in_tenths: Vec<u32> = first_seconds
        .fold(vec![0; 10], |sum, row| sum.iter().zip(row.tenths).map(|(sum, count)| sum + count).collect());
    assert_eq!(in_tenths[..3], [0, 0, 0], "nobody could have thought for 200 ms by then: {in_tenths:?}");
    let shortest = recording.response().buckets().next().unwrap().0;
    assert!(shortest < Duration::from_millis(300), "the pause is no latency: {shortest:?}");
}
