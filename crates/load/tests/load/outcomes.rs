//! How requests end: one server behaviour per outcome class.

use crate::support::{Recording, Reply, Server, open, plan, plans, run, server};
use plan::resolved::{Check, ResolvedPlan};
use record::Outcome;
use std::time::Duration;

/// Twenty arrivals, each one request.
fn twenty() -> ResolvedPlan {
    plan(open(100.0, 0.2))
}

fn assert_all(recording: &Recording, outcome: Outcome) {
    assert_eq!(recording.outcomes(), [(outcome, 20)]);
}

#[tokio::test]
async fn a_closed_port_is_refused() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let mut addresses = crate::support::recording::addresses(&[]);
    let url = load::BaseUrl::parse(&format!("http://{address}")).unwrap();
    addresses.regions.push(load::RegionAddress::at(url, address));
    assert_all(&crate::support::run_on(twenty(), addresses).await, Outcome::Refused);
}

#[tokio::test]
async fn a_reset_and_a_close_are_resets() {
    for reply in [Reply::Reset, Reply::Close] {
        let server = Server::start(move |_| reply.clone());
        assert_all(&run(twenty(), &server).await, Outcome::Reset);
    }
}

#[tokio::test]
async fn an_answer_that_is_cut_off_is_a_reset() {
    for cut in ["HTTP/1.1 200 OK\r\ncontent-le", "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello"] {
        let server = Server::start(move |_| Reply::Last(cut.as_bytes().to_vec()));
        assert_all(&run(twenty(), &server).await, Outcome::Reset);
    }
}

#[tokio::test]
async fn silence_is_a_timeout_of_the_first_byte() {
    let server = Server::start(|_| Reply::Hang);
    let mut plan = twenty();
    plan.journeys[0].steps[0].request.timeouts.first_byte = Duration::from_millis(100);
    assert_all(&run(plan, &server).await, Outcome::Timeout);
}

#[tokio::test]
async fn an_answer_without_end_is_a_timeout_of_the_whole() {
    let server =
        Server::start(|_| Reply::Pieces(vec![b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n".to_vec(), b"a".to_vec()]));
    let mut plan = twenty();
    plan.journeys[0].steps[0].request.timeouts.total = Duration::from_millis(200);
    assert_all(&run(plan, &server).await, Outcome::Timeout);
}

#[tokio::test]
async fn statuses_decide() {
    for (status, outcome) in [
        (200, Outcome::Ok),
        (204, Outcome::Ok),
        (302, Outcome::Wrong),
        (404, Outcome::Wrong),
        (500, Outcome::ServerError),
        (503, Outcome::ServerError),
    ] {
        let reply = server::status(status);
        let server = Server::start(move |_| Reply::Pieces(vec![reply.clone()]));
        assert_all(&run(twenty(), &server).await, outcome);
    }
}

#[tokio::test]
async fn a_plan_may_expect_any_status() {
    let reply = server::status(503);
    let server = Server::start(move |_| Reply::Pieces(vec![reply.clone()]));
    let mut plan = twenty();
    plan.journeys[0].steps[0].request.checks = vec![Check::Status(vec![404, 503])];
    assert_all(&run(plan, &server).await, Outcome::Ok);
}

#[tokio::test]
async fn a_failed_check_is_wrong() {
    for (expected, outcome) in [("hell", Outcome::Ok), ("heaven", Outcome::Wrong)] {
        let server = Server::plain("hello");
        let mut plan = twenty();
        plan.journeys[0].steps[0].request.checks = vec![Check::BodyContains(plans::text(expected))];
        assert_all(&run(plan, &server).await, outcome);
    }
}

#[tokio::test]
async fn what_is_not_http_is_a_protocol_error() {
    for bytes in ["SSH-2.0-OpenSSH\r\n\r\n", "HTTP/1.1 200 OK\r\ncontent-length: many\r\n\r\n"] {
        let server = Server::start(move |_| Reply::Last(bytes.as_bytes().to_vec()));
        assert_all(&run(twenty(), &server).await, Outcome::Protocol);
    }
}
