//! Sending a request on to another region, and its answer back.
//!
//! It travels over the link between the regions, to the listener for peers, under `/peer/forward`, with
//! its headers: request id, trace, idempotency key, what the user has seen, and what is left of its
//! deadline. The other region never sends it on again: two regions that each take the other for the writer
//! would play ping-pong until the deadline.
//!
//! What can't be delivered was not done, and says so; what was delivered and not answered is unknown.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use http_body_util::{BodyExt as _, Limited};

use super::api::{ApiError, BODY_BYTES_MAX};
use super::link::LinkError;
use super::{Region, deadline};
use crate::http::Answer;
use crate::names::RegionName;

/// Where a region takes what its peers send on.
pub(super) const PREFIX: &str = "/peer/forward";
/// The largest answer that is brought back: a time line of 800 posts, and room.
const ANSWER_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Headers between two neighbours only.
const HOP_BY_HOP: [&str; 7] =
    ["connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"];

/// Lets `writer` answer the request.
pub(super) async fn forward(region: &Arc<Region>, writer: &RegionName, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let Ok(body) = Limited::new(body, BODY_BYTES_MAX).collect().await else {
        return ApiError::too_large(format!("the body is larger than {BODY_BYTES_MAX} bytes, or broke off"))
            .into_response();
    };
    let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
    let mut sent = http::Request::new(body.to_bytes());
    *sent.method_mut() = head.method.clone();
    *sent.uri_mut() = Uri::try_from(format!("{PREFIX}{path}")).expect("a path behind a prefix is a path");
    *sent.headers_mut() = carried(&head.headers);
    let timeout = deadline::left(&head, sent.headers_mut(), region.limits.write_deadline);
    let Some(link) = region.authority.ways.get(writer) else {
        return ApiError::unavailable(format!("no way to {writer}"), "nothing was done").into_response();
    };
    let answer = link.send(sent, ANSWER_BYTES_MAX, timeout).await;
    let outcome = match &answer {
        Ok(_) => "answered",
        Err(LinkError::NotSent(_) | LinkError::Busy) => "not_sent",
        Err(LinkError::Unknown(_) | LinkError::Status { .. }) => "unknown",
    };
    region.metrics.authority().count_forwarded(writer, outcome);
    match answer {
        Ok(answer) => brought_back(answer, writer),
        Err(error) => {
            let hint = match error {
                LinkError::NotSent(_) | LinkError::Busy => "nothing was done: try again later",
                _ => "the outcome is unknown: it may be done; a retry with the same Idempotency-Key is safe",
            };
            ApiError::unavailable(format!("{writer} did not answer: {error}"), hint).into_response()
        }
    }
}

fn carried(headers: &HeaderMap) -> HeaderMap {
    let mut carried = headers.clone();
    for name in HOP_BY_HOP {
        carried.remove(name);
    }
    carried.remove(header::HOST);
    carried.remove(header::CONTENT_LENGTH);
    carried
}

fn brought_back(answer: Answer, writer: &RegionName) -> Response {
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::BAD_GATEWAY);
    let headers = response.headers_mut();
    *headers = answer.headers;
    for name in HOP_BY_HOP {
        headers.remove(name);
    }
    headers.remove(header::CONTENT_LENGTH);
    let by = HeaderValue::from_str(writer.as_str()).expect("region names are ASCII");
    headers.insert("x-served-by-writer", by);
    response
}
