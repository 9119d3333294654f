//! What users meet: every request gets an id, a deadline and a place, or is refused at once; what is left is
//! forwarded.
//!
//! Bodies are read before anything is chosen: they are small (64 KiB at most), a retry needs them whole, and
//! a user who sends slowly then holds no place at a region.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderValue, StatusCode, header};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use serde_json::json;
use tokio::time::Instant;

use super::Edge;
use super::attempt::Outgoing;
use super::headers::{EDGE, deadline, end_hop};
use super::reply::Refusal;
use super::retry::repeat;
use crate::admission::{Asked, Meaning, bearer};
use crate::cache::{Question, takes_kept};
use crate::condition::{self, Lie};
use crate::http::DEADLINE;
use crate::metrics::CONTENT_TYPE;
use crate::trace;
use crate::wall_clock::unix_millis;

/// The largest body of a request, in bytes; regions take no more either.
const BODY_BYTES_MAX: usize = 64 * 1024;

pub(super) fn router(edge: Arc<Edge>) -> Router {
    Router::new()
        .route("/healthz", get(healthz))
        .route("/livez", get(livez))
        .route("/metrics", get(metrics))
        .fallback(handle)
        .layer(from_fn_with_state(Arc::clone(&edge), wrong))
        .layer(from_fn_with_state(edge.tracer.clone(), trace::observe))
        .with_state(edge)
}

/// An edge that reaches no region is of no use to anybody: another edge may.
async fn healthz(State(edge): State<Arc<Edge>>) -> Response {
    let is_well = match edge.conditions.health_lie() {
        Some(lie) => lie == Lie::Green,
        None => edge.balance().any_usable(edge.now()),
    };
    if is_well {
        return axum::Json(json!({ "status": "ok", "edge": edge.name })).into_response();
    }
    let body = json!({ "status": "failing", "edge": edge.name, "reason": "no region can serve, as seen from here" });
    (StatusCode::SERVICE_UNAVAILABLE, axum::Json(body)).into_response()
}

async fn livez(State(edge): State<Arc<Edge>>) -> Response {
    axum::Json(json!({ "status": "ok", "edge": edge.name })).into_response()
}

async fn metrics(State(edge): State<Arc<Edge>>) -> Response {
    ([(header::CONTENT_TYPE, CONTENT_TYPE)], edge.metrics.encode(&edge)).into_response()
}

/// What is wrong with the answers to users, on purpose.
async fn wrong(State(edge): State<Arc<Edge>>, request: Request, next: Next) -> Response {
    if request.uri().path().starts_with("/v1/") {
        condition::hop(&edge.conditions, request, next).await
    } else {
        next.run(request).await
    }
}

/// Every other request.
async fn handle(State(edge): State<Arc<Edge>>, request: Request) -> Response {
    let began = Instant::now();
    let (parts, body) = request.into_parts();
    let method = parts.method.clone();
    let mut response = match admit(&edge, parts, body, began).await {
        Ok(response) => response,
        Err(refusal) => {
            edge.metrics.count_refusal(refusal.status.as_u16());
            refusal.into_response()
        }
    };
    let name = HeaderValue::from_str(&edge.name).expect("the configuration has checked the name");
    response.headers_mut().insert(EDGE, name);
    let (status, duration) = (response.status().as_u16(), began.elapsed());
    tracing::debug!(status, duration_us = duration.as_micros() as u64, "answered");
    edge.metrics.count_request(&method, status, duration);
    response
}

async fn admit(edge: &Arc<Edge>, mut parts: Parts, body: Body, began: Instant) -> Result<Response, Refusal> {
    let allowed = deadline(&parts.headers, edge.settings.deadline).ok_or_else(|| {
        let (status, hint) = (StatusCode::BAD_REQUEST, "send a whole number of milliseconds");
        Refusal::new(status, format!("{DEADLINE} is not a number"), hint)
    })?;
    let deadline = began + allowed;
    let _place = edge
        .in_flight
        .try_acquire()
        .map_err(|_| Refusal::full(format!("{} requests are under way at this edge", edge.settings.in_flight_max)))?;
    let body = tokio::time::timeout_at(deadline, read(body)).await.map_err(|_| Refusal::late(false))??;
    let asked = Asked::of(&parts, &body);
    let meaning = Meaning::of(&asked)?;
    if let Some(tokens) = &edge.tokens {
        let now_ms = unix_millis();
        if let Some(user) = &meaning.session {
            return Ok(Refusal::session(&tokens.session(user, now_ms)?));
        }
        tokens.check(bearer(&parts.headers)?, &meaning, now_ms)?;
    }
    end_hop(&mut parts.headers);
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.remove(header::EXPECT);
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    let outgoing = Outgoing {
        repeat: repeat(&parts.method, &parts.headers),
        uri: path.parse().map_err(|_| Refusal::new(StatusCode::BAD_REQUEST, "the path is malformed", ""))?,
        method: parts.method,
        headers: with_host(parts.headers, parts.uri.authority().map(http::uri::Authority::as_str)),
        body,
        deadline,
    };
    Ok(answer(edge, &meaning, &outgoing).await)
}

/// From the cache if that will do, else from a region.
async fn answer(edge: &Arc<Edge>, meaning: &Meaning, outgoing: &Outgoing) -> Response {
    let Some(cache) = &edge.cache else { return edge.forward(outgoing).await };
    if meaning.is_write {
        let mut write = cache.begin_write(&meaning.touches);
        let response = edge.forward(outgoing).await;
        write.answered(response.status());
        return response;
    }
    let Some(resource) = &meaning.reads else { return edge.forward(outgoing).await };
    if !takes_kept(&outgoing.headers) {
        edge.metrics.count_cached_read("bypassed");
        return edge.forward(outgoing).await;
    }
    let key = outgoing.uri.to_string().into();
    let question = Question { key, resource: resource.clone(), deadline: outgoing.deadline };
    let (response, source) = cache.answer(&question, || edge.forward(outgoing)).await;
    edge.metrics.count_cached_read(source.name());
    response
}

/// HTTP/1.1 needs a host; over HTTP/2 it came as the authority.
fn with_host(mut headers: http::HeaderMap, authority: Option<&str>) -> http::HeaderMap {
    if !headers.contains_key(header::HOST) {
        let host = authority.and_then(|authority| HeaderValue::from_str(authority).ok());
        headers.insert(header::HOST, host.unwrap_or(HeaderValue::from_static("chirp")));
    }
    headers
}

async fn read(body: Body) -> Result<Bytes, Refusal> {
    match Limited::new(body, BODY_BYTES_MAX).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => {
            let error = format!("the body is larger than {BODY_BYTES_MAX} bytes");
            Err(Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, error, "send less"))
        }
        Err(error) => Err(Refusal::new(StatusCode::BAD_REQUEST, error.to_string(), "the body could not be read")),
    }
}
