//! From a request to an answer: choose a region, ask it, and if that fails and may be repeated, another.
//!
//! ```text
//!  ┌─▶ choose ──none──▶ 503, or the failure before
//!  │     │
//!  │   ask ──answer──▶ passed on
//!  │     │failure
//!  │   harmless twice? budget left? time left? another region?
//!  └─yes─┘        └─no──▶ the failure: the region's own answer, 502, or 504
//! ```

use std::sync::Arc;

use axum::body::Body;
use axum::response::Response;
use http::{HeaderValue, StatusCode};
use http_body_util::{BodyExt as _, Limited};
use tokio::time::Instant;

use super::Edge;
use super::answer_body::AnswerBody;
use super::attempt::{Answered, Outgoing, attempt};
use super::balance::NoRegion;
use super::headers::end_hop;
use super::place::Place;
use super::reply::Refusal;
use super::retry::{Failure, is_gateway_failure};

/// More than this of a region's failure is not kept for the case that it is passed on.
const FAILURE_BYTES_MAX: usize = 64 * 1024;

/// Why there is no good answer.
enum Bad {
    /// A region said 502, 503 or 504.
    Said(Response),
    /// There was no answer.
    Failed(Failure),
}

impl Edge {
    /// The answer of a region to this request, or what the edge has to say instead.
    pub(super) async fn forward(self: &Arc<Self>, outgoing: &Outgoing) -> Response {
        self.balance().count_request(self.now());
        let mut tried = Vec::new();
        loop {
            if Instant::now() >= outgoing.deadline {
                return Refusal::late(!tried.is_empty()).into_response();
            }
            let region = match self.balance().pick(self.now(), &tried) {
                Ok(region) => region,
                Err(none) => return no_region(none).into_response(),
            };
            tried.push(region);
            let place = Place::new(self, region);
            let (bad, may_repeat) = match attempt(self, place, outgoing).await {
                Ok(answered) => {
                    let response = &answered.response;
                    let failed = is_gateway_failure(response.status(), response.headers());
                    let status = response.status();
                    self.record(region, failed.then(|| format!("status {status}")).as_deref());
                    if !failed {
                        return self.pass_on(answered, outgoing);
                    }
                    (Bad::Said(self.keep(answered, outgoing).await), outgoing.repeat == super::retry::Repeat::Harmless)
                }
                Err(failure) => {
                    if failure.blames_region() {
                        self.record(region, Some(&failure.to_string()));
                    }
                    let may_repeat = failure.may_repeat(outgoing.repeat);
                    (Bad::Failed(failure), may_repeat)
                }
            };
            if !(may_repeat && self.may_retry(outgoing, &tried)) {
                return self.give_up(bad, outgoing);
            }
        }
    }

    /// Whether there is a region, time and budget for one more try. The budget comes last: it is spent by
    /// asking.
    fn may_retry(&self, outgoing: &Outgoing, tried: &[usize]) -> bool {
        if tried.len() >= self.settings.attempts_max as usize || Instant::now() >= outgoing.deadline {
            return false;
        }
        let mut balance = self.balance();
        if !balance.can_retry(self.now(), tried) {
            return false;
        }
        let granted = balance.try_retry(self.now());
        self.metrics.count_retry(granted);
        granted
    }

    fn pass_on(self: &Arc<Self>, answered: Answered, outgoing: &Outgoing) -> Response {
        let Answered { response, connection, place } = answered;
        let (mut head, body) = response.into_parts();
        end_hop(&mut head.headers);
        let body = AnswerBody::new(body, outgoing.deadline, Arc::clone(self), connection, place);
        Response::from_parts(head, Body::new(body))
    }

    /// Reads a region's failure to its end, for it may be the last word, and the connection is of use.
    async fn keep(self: &Arc<Self>, answered: Answered, outgoing: &Outgoing) -> Response {
        let (head, body) = self.pass_on(answered, outgoing).into_parts();
        let body = Limited::new(body, FAILURE_BYTES_MAX).collect().await;
        let body = body.map(|body| body.to_bytes()).unwrap_or_default();
        let mut response = Response::from_parts(head, Body::from(body));
        response.headers_mut().remove(http::header::CONTENT_LENGTH);
        response
    }

    fn give_up(&self, bad: Bad, outgoing: &Outgoing) -> Response {
        match bad {
            Bad::Said(mut response) => {
                if response.status() == StatusCode::SERVICE_UNAVAILABLE {
                    let headers = response.headers_mut();
                    headers.entry(http::header::RETRY_AFTER).or_insert(HeaderValue::from_static("1"));
                }
                response
            }
            Bad::Failed(Failure::Late { .. }) => Refusal::late(true).into_response(),
            Bad::Failed(failure) => {
                let hint = if failure.may_repeat(outgoing.repeat) {
                    "try again later"
                } else {
                    "the outcome is unknown: a retry with the same Idempotency-Key is safe"
                };
                Refusal::new(StatusCode::BAD_GATEWAY, failure.to_string(), hint).into_response()
            }
        }
    }
}

fn no_region(none: NoRegion) -> Refusal {
    match none {
        NoRegion::Full => Refusal::full("every region that can serve has its places taken"),
        NoRegion::Unusable => {
            let hint = "nothing was done: try again later";
            Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "no region can serve now", hint)
        }
    }
}
