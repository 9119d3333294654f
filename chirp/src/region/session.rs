//! A user's session over regions: what was seen once is not unseen.
//!
//! Every answer says in `x-chirp-position` what the state that it was made from contains. A client that
//! sends the newest one back as `x-chirp-seen` reads its own writes, in whatever region it asks: a region
//! that has not got there waits for a moment ([`WAIT_MAX`]), and then lets the writer answer (or, where every
//! region writes, one whose entries are lacking). If that one can't be reached, the answer is what there
//! is, with the notice `behind`: an old time line that says so is worth more than none.
//!
//! The position of a read is taken before the read, that of a write after it: never more than was there. To it
//! belongs what the session has seen before: else a write, or an answer that is behind, would make it forget
//! what this region lacks.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Extension, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, Method};
use tokio::time::Instant;

use super::api::ApiError;
use super::authority::{self, Forwarded};
use super::position::Position;
use super::{Region, forward};
use crate::defects::Defect;
use crate::names::RegionName;

/// How long a read waits for what its session has seen.
const WAIT_MAX: Duration = Duration::from_millis(500);
/// How often it looks.
const LOOK: Duration = Duration::from_millis(5);
const POSITION: &str = "x-chirp-position";
const SEEN: &str = "x-chirp-seen";

/// Answers from a state that contains what the session has seen, and says what it contains.
pub(super) async fn carry(
    State(region): State<Arc<Region>>,
    forwarded: Option<Extension<Forwarded>>,
    request: Request,
    next: Next,
) -> Response {
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    if authority::standby(&region) == Some(authority::PASSIVE) {
        return next.run(request).await; // Refused anyway, and at once.
    }
    let seen = match seen(&request) {
        Ok(_) if region.defects.has(Defect::IgnoreSessionToken) => Position::default(), // DEFECT ignore-session-token
        Ok(seen) => seen,
        Err(refusal) => return refusal,
    };
    let mut is_behind = false;
    if is_read && let Some(ahead) = wait_for(&region, &seen).await {
        let question = same_question(&request);
        if forwarded.is_none()
            && let Some(answer) = ask(&region, &ahead, question).await
        {
            return answer;
        }
        is_behind = true;
    }
    let before = is_read.then(|| Position::of(&region));
    let mut response = next.run(request).await;
    if is_behind {
        response = authority::mark_behind(response).await;
    }
    if !response.headers().contains_key(POSITION) {
        let position = before.unwrap_or_else(|| Position::of(&region)).and(seen).to_string();
        let value = HeaderValue::from_str(&position).expect("names and hexadecimal numbers are ASCII");
        response.headers_mut().insert(POSITION, value);
    }
    response
}

#[expect(clippy::result_large_err, reason = "the error is the answer")]
fn seen(request: &Request) -> Result<Position, Response> {
    let Some(value) = request.headers().get(SEEN) else { return Ok(Position::default()) };
    let parsed = value.to_str().ok().and_then(|text| text.parse().ok());
    let refusal = || ApiError::bad_request("x-chirp-seen is malformed", "send back an x-chirp-position as it was");
    parsed.ok_or_else(|| refusal().into_response())
}

/// Waits until what was seen is here; answers a region that has it if it does not come.
async fn wait_for(region: &Region, seen: &Position) -> Option<RegionName> {
    let began = Instant::now();
    loop {
        let own = Position::of(region);
        let lacking = own.lacking(seen).find(|origin| **origin != region.name)?.clone();
        if began.elapsed() >= WAIT_MAX {
            return Some(lacking);
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Lets the writer answer a read, or else the region that wrote what is lacking; none if it can't.
async fn ask(region: &Arc<Region>, ahead: &RegionName, question: Request) -> Option<Response> {
    let writer = authority::only_writer(region).unwrap_or_else(|| ahead.clone());
    if writer == region.name {
        return None;
    }
    let answer = forward::forward(region, &writer, question).await;
    (!answer.status().is_server_error()).then_some(answer)
}

/// A read, once more.
fn same_question(request: &Request) -> Request {
    let mut question = Request::new(axum::body::Body::empty());
    *question.method_mut() = request.method().clone();
    *question.uri_mut() = request.uri().clone();
    *question.headers_mut() = request.headers().clone();
    *question.extensions_mut() = request.extensions().clone();
    question
}
