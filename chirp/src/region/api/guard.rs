//! What every request passes: numbers, and for the API a place and a region that serves. Ids and traces
//! are given before ([`trace::observe`](crate::trace::observe)).

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header};
use http_body_util::{BodyExt as _, Limited};
use tokio::time::Instant;

use super::super::Region;
use super::super::overload::Class;
use super::ApiError;
use super::admission::is_users;
use crate::condition::{self, Condition};
use crate::metrics::method_label;

/// More than this of a refusal by the framework is not passed on.
const REFUSAL_BYTES_MAX: usize = 1024;
/// What a rate limit keeps of what was not used.
const RATE_BURST: Duration = Duration::from_secs(1);

/// Says who answers the request, counts it, logs it.
pub(super) async fn observe(State(region): State<Arc<Region>>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let method = method_label(request.method());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route.as_ref().map_or("unmatched", MatchedPath::as_str);
    let mut response = as_json(next.run(request).await).await;
    let headers = response.headers_mut();
    headers.insert("x-region", HeaderValue::from_str(region.name.as_str()).expect("region names are ASCII"));
    let (status, duration) = (response.status().as_u16(), began.elapsed());
    region.metrics.count_request(method, route, status, duration);
    tracing::debug!(status, duration_us = duration.as_micros() as u64, "answered");
    response
}

/// What is wrong with the answers to users, on purpose.
pub(super) async fn wrong(State(region): State<Arc<Region>>, request: Request, next: Next) -> Response {
    if !is_users(&request) {
        return next.run(request).await;
    }
    if region.conditions.lets_through(Condition::RateLimit, 1, RATE_BURST) == Some(0) {
        return ApiError::too_many("the rate limit of this region is used up").into_response();
    }
    condition::hop(&region.conditions, request, next).await
}

/// Lets a request of the API in if the region serves and has a place for it (`overload`).
pub(super) async fn admit(State(region): State<Arc<Region>>, request: Request, next: Next) -> Response {
    if !region.is_serving() {
        let hint = "the region has just started; try again, or in another region";
        return ApiError::unavailable("catching up", hint).into_response();
    }
    let class = Class::of(request.method());
    let place = match region.overload.enter(class) {
        Ok(place) => place,
        Err(full) => {
            region.metrics.count_shed(class, full);
            return ApiError::unavailable(full.to_string(), "nothing was done: try again later").into_response();
        }
    };
    let response = next.run(request).await;
    place.answered(response.status().is_success());
    response
}

/// The framework refuses some requests by itself, with plain text; users get the same form of error for
/// all.
async fn as_json(response: Response) -> Response {
    let content_type = response.headers().get(header::CONTENT_TYPE);
    let is_text = content_type.is_some_and(|value| value.as_bytes().starts_with(b"text/plain"));
    if !is_text || !response.status().is_client_error() {
        return response;
    }
    let status = response.status();
    let text = Limited::new(response.into_body(), REFUSAL_BYTES_MAX).collect().await;
    let text = text.map_or_else(|_| status.to_string(), |text| String::from_utf8_lossy(&text.to_bytes()).into_owned());
    ApiError::refused(status, text).into_response()
}
