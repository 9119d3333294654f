//! What every request passes: identification and numbers, and for the API a place and a region that
//! serves.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, Method, header};
use http_body_util::{BodyExt as _, Limited};
use tokio::time::Instant;
use tracing::Instrument as _;

use super::super::Region;
use super::ApiError;

const REQUEST_ID: &str = "x-request-id";
const REQUEST_ID_BYTES_MAX: usize = 128;
/// More than this of a refusal by the framework is not passed on.
const REFUSAL_BYTES_MAX: usize = 1024;

/// Says who answers which request, counts it, logs it.
pub(super) async fn observe(State(region): State<Arc<Region>>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let request_id = request_id(&region, &request);
    let method = method_label(request.method());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route.as_ref().map_or("unmatched", MatchedPath::as_str);
    let id = request_id.to_str().unwrap_or_default();
    let span = tracing::info_span!("request", region = %region.name, request_id = id, method, route);
    let mut response = as_json(next.run(request).instrument(span.clone()).await).await;
    let headers = response.headers_mut();
    headers.insert("x-region", HeaderValue::from_str(region.name.as_str()).expect("region names are ASCII"));
    headers.insert(REQUEST_ID, request_id);
    let (status, duration) = (response.status().as_u16(), began.elapsed());
    region.metrics.count_request(method, route, status, duration);
    tracing::debug!(parent: &span, status, duration_us = duration.as_micros() as u64, "answered");
    response
}

/// Lets a request of the API in if the region serves and has a place for it. A request that would only
/// wait behind hundreds of others is better told so at once.
pub(super) async fn admit(State(region): State<Arc<Region>>, request: Request, next: Next) -> Response {
    if !region.is_serving() {
        let hint = "the region has just started; try again, or in another region";
        return ApiError::unavailable("catching up", hint).into_response();
    }
    let Ok(_place) = region.in_flight.try_acquire() else {
        region.metrics.count_shed();
        let error = format!("{} requests are under way", region.limits.in_flight_max);
        return ApiError::unavailable(error, "nothing was done: try again later").into_response();
    };
    next.run(request).await
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

/// The asker's id if it is a sensible one, else one of ours.
fn request_id(region: &Region, request: &Request) -> HeaderValue {
    let sensible = |id: &&HeaderValue| {
        (1..=REQUEST_ID_BYTES_MAX).contains(&id.len()) && id.as_bytes().iter().all(u8::is_ascii_graphic)
    };
    if let Some(id) = request.headers().get(REQUEST_ID).filter(sensible) {
        return id.clone();
    }
    let count = region.requests.fetch_add(1, Ordering::Relaxed);
    let id = format!("{}-{:x}-{count:x}", region.name, region.booted_us);
    HeaderValue::from_str(&id).expect("region names are ASCII")
}

/// Few labels, whatever askers make up.
fn method_label(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::PUT => "PUT",
        Method::POST => "POST",
        Method::DELETE => "DELETE",
        _ => "OTHER",
    }
}
