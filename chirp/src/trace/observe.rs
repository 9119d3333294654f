//! What every request of every listener passes first: it gets an id, a trace, a span and a place in the log.
//!
//! Put it outermost: `router.layer(from_fn_with_state(tracer, trace::observe))`. An id of the asker is kept
//! if it is a sensible one (1 to 128 visible ASCII characters), else replaced: ids stand in logs, headers
//! and other processes, and are no place for a novel. Probes and scrapes begin no trace that is sampled:
//! they come every second and are alike.

use std::sync::Arc;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderMap, HeaderValue};
use tracing::Instrument as _;

use super::Tracer;
use super::scope::REQUEST_ID;

const REQUEST_ID_BYTES_MAX: usize = 128;
/// The route of a request that none of ours fits, or that is passed on whatever it is.
const UNMATCHED: &str = "unmatched";
/// Asked again and again by machines.
const PROBES: [&str; 3] = ["/healthz", "/livez", "/metrics"];

/// Gives a request its id and its trace, and its answer the id.
pub(crate) async fn observe(State(tracer): State<Tracer>, request: Request, next: Next) -> Response {
    if super::current().is_some() {
        return next.run(request).await; // A listener within a listener: the request has all that already.
    }
    let id = request_id(request.headers()).unwrap_or_else(|| tracer.request_id().into());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route.as_ref().map_or(UNMATCHED, |route| before_wildcard(route.as_str()));
    let method = request.method().clone();
    let mut span = tracer.server(request.headers(), Arc::clone(&id), !PROBES.contains(&route));
    if span.is_recorded() {
        span.rename(if route == UNMATCHED { method.to_string() } else { format!("{method} {route}") });
        span.set("http.request.method", method.as_str().to_owned());
        span.set("http.route", route.to_owned());
        span.set("url.path", request.uri().path().to_owned());
        span.set("chirp.request_id", id.to_string());
    }
    let trace_id = span.scope().map(super::Scope::trace_id);
    let log = tracing::info_span!("request", request_id = &*id, trace_id, method = method.as_str(), route);
    let mut response = span.run(next.run(request).instrument(log)).await;
    span.answered(response.status().as_u16());
    response.headers_mut().insert(REQUEST_ID, HeaderValue::from_str(&id).expect("ids are visible ASCII"));
    response
}

/// Routes that are nested end with a wildcard whose name is the framework's own affair.
fn before_wildcard(route: &str) -> &str {
    route.split("/{*").next().unwrap_or(route)
}

/// The asker's id if it is a sensible one.
fn request_id(headers: &HeaderMap) -> Option<Arc<str>> {
    let id = headers.get(REQUEST_ID)?.as_bytes();
    let sensible = (1..=REQUEST_ID_BYTES_MAX).contains(&id.len()) && id.iter().all(u8::is_ascii_graphic);
    sensible.then(|| std::str::from_utf8(id).ok().map(Arc::from)).flatten()
}
