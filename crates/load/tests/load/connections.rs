//! Connections: kept, fresh, closed under the client's hands; attempts and intents.

use crate::support::{Reply, Server, get, open, plan, plans, run, server, step};
use plan::resolved::{Check, ResolvedPlan};
use record::{Outcome, Phase};
use std::time::Duration;

/// So many arrivals, one after the other: a single user.
fn alone(count: u32) -> ResolvedPlan {
    let mut plan = plan(open(100.0, f64::from(count) / 100.0));
    plan.load.connections.users_max = 1;
    plan
}

#[tokio::test]
async fn a_user_keeps_its_connection() {
    let server = Server::plain("hello");
    let recording = run(alone(20), &server).await;
    assert_eq!((server.requests(), server.connections()), (20, 1));
    assert_eq!(recording.attempts(), 20);
    assert_eq!(recording.phase(Phase::Connect).len(), 1, "one connect is recorded, as there was one");
}

#[tokio::test]
async fn without_keep_alive_each_request_has_a_connection_of_its_own() {
    let server = Server::start(|request| {
        assert!(request.head.contains("\r\nconnection: close\r\n"), "the server is told: {}", request.head);
        Reply::Last(server::ok("hello"))
    });
    let mut plan = alone(20);
    plan.load.connections.keep_alive = false;
    let recording = run(plan, &server).await;
    assert_eq!((server.requests(), server.connections()), (20, 20));
    assert_eq!(recording.ended(Outcome::Ok), 20);
}

#[tokio::test]
async fn a_server_may_end_the_connection_with_its_answer() {
    let close = b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok".to_vec();
    for reply in [Reply::Last(close), Reply::Last(b"HTTP/1.1 200 OK\r\n\r\nuntil the end".to_vec())] {
        let server = Server::start(move |_| reply.clone());
        let recording = run(alone(10), &server).await;
        assert_eq!(recording.outcomes(), [(Outcome::Ok, 10)]);
        assert_eq!((server.connections(), recording.attempts()), (10, 10));
    }
}

#[tokio::test]
async fn answers_in_pieces_are_put_together() {
    let pieces = ["HTTP/1.1 200 OK\r\ntransfer-enc", "oding: chunked\r\n\r\n4\r\nhe", "ll\r\n1\r\no\r\n0\r\n", "\r\n"];
    let pieces: Vec<Vec<u8>> = pieces.iter().map(|piece| piece.as_bytes().to_vec()).collect();
    let server = Server::start(move |_| Reply::Pieces(pieces.clone()));
    let mut plan = alone(10);
    plan.journeys[0].steps[0].request.checks = vec![Check::BodyContains(plans::text("hello"))];
    let recording = run(plan, &server).await;
    assert_eq!(recording.outcomes(), [(Outcome::Ok, 10)]);
    assert_eq!(server.connections(), 1, "an answer in pieces leaves the connection as good as any");
}

#[tokio::test]
async fn a_long_request_and_a_long_answer_pass() {
    let long = "x".repeat(3_000_000);
    let answer = server::ok(&long);
    let server = Server::start(move |request| {
        assert_eq!(request.body.len(), 2_000_000);
        Reply::Pieces(vec![answer.clone()])
    });
    let mut plan = alone(3);
    let mut request = plans::post("/", &"y".repeat(2_000_000));
    request.checks = vec![Check::BodyContains(plans::text("xxx"))];
    plan.journeys[0].steps[0] = step("long", request);
    assert_eq!(run(plan, &server).await.outcomes(), [(Outcome::Ok, 3)]);
}

#[tokio::test]
async fn a_kept_connection_that_the_server_closed_is_replaced_in_silence() {
    // Each connection takes one request and is then closed, without having said so.
    let server = Server::start(|request| match request.on_connection {
        0 => Reply::Last(server::ok("hello")),
        _ => Reply::Close,
    });
    let recording = run(alone(20), &server).await;
    assert_eq!(recording.outcomes(), [(Outcome::Ok, 20)], "the user never notices");
    assert_eq!(server.requests(), server.connections());
}

#[tokio::test]
async fn a_request_that_crosses_the_close_is_sent_again_if_that_is_safe() {
    // The second request of each connection is received, and answered by closing: the client can't know.
    let reply = |on_connection| match on_connection {
        1 => Reply::Close,
        _ => Reply::Pieces(vec![server::ok("hello")]),
    };
    let gets = Server::start(move |request| reply(request.on_connection));
    let recording = run(alone(10), &gets).await;
    assert_eq!(recording.outcomes(), [(Outcome::Ok, 10)]);
    assert_eq!(recording.attempts() as usize, gets.requests(), "each sending is an attempt");
    assert!(recording.attempts() > 10);
    let posts = Server::start(move |request| reply(request.on_connection));
    let mut plan = alone(10);
    plan.journeys[0].steps[0] = step("post", plans::post("/", "once"));
    let recording = run(plan, &posts).await;
    assert_eq!(recording.outcomes(), [(Outcome::Ok, 5), (Outcome::Reset, 5)], "a POST may have been done");
    assert_eq!((recording.attempts(), posts.requests()), (10, 10));
}

#[tokio::test]
async fn retries_are_attempts_of_one_intent() {
    let server = Server::start(|request| match request.number % 3 {
        0 => Reply::Reset,
        1 => Reply::Pieces(vec![server::status(503)]),
        _ => Reply::Pieces(vec![server::ok("at last")]),
    });
    let mut plan = alone(5);
    let request = &mut plan.journeys[0].steps[0].request;
    request.retry.attempts_max = 3;
    request.retry.statuses = vec![503];
    let recording = run(plan, &server).await;
    assert_eq!(recording.outcomes(), [(Outcome::Ok, 5)], "the outcome is the last attempt's");
    assert_eq!((recording.requests(), recording.attempts(), server.requests()), (5, 15, 15));
}

#[tokio::test]
async fn a_status_that_is_not_to_be_retried_is_not() {
    let server = Server::start(|_| Reply::Pieces(vec![server::status(500)]));
    let mut plan = alone(5);
    let request = &mut plan.journeys[0].steps[0].request;
    request.retry.attempts_max = 3;
    request.retry.statuses = vec![503];
    let recording = run(plan, &server).await;
    assert_eq!((recording.ended(Outcome::ServerError), recording.attempts()), (5, 5));
}

#[tokio::test]
async fn all_attempts_lie_within_the_total_time() {
    let server = Server::start(|_| Reply::Hang);
    let mut plan = alone(1);
    let request = &mut plan.journeys[0].steps[0].request;
    request.retry.attempts_max = 1_000;
    request.timeouts.first_byte = Duration::from_millis(50);
    request.timeouts.total = Duration::from_secs(2);
    let recording = run(plan, &server).await;
    assert_eq!(recording.outcomes(), [(Outcome::Timeout, 1)]);
    assert!((2..=41).contains(&recording.attempts()), "two seconds hold at most 40 of 50 ms: {}", recording.attempts());
}

#[tokio::test]
async fn a_failed_step_ends_the_journey() {
    let server = Server::start(|request| {
        let status = if request.head.starts_with("GET /second") { 500 } else { 200 };
        Reply::Pieces(vec![server::status(status)])
    });
    let mut plan = alone(10);
    plan.journeys[0].steps = ["/first", "/second", "/third"].map(|path| step(path, get(path))).to_vec();
    let recording = run(plan, &server).await;
    let of_step = |step| recording.intervals().filter(|row| row.step == step).map(record::Interval::count).sum::<u64>();
    // A journey that begins when the load is over already has one step only.
    assert!(of_step(0) == 10 && of_step(1) > 0 && of_step(2) == 0, "{:?}", [of_step(0), of_step(1), of_step(2)]);
    assert_eq!(recording.arrivals().started, 10);
}
