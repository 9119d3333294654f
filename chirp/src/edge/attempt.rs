//! One try at one region: a connection, the request, the head of the answer.
//!
//! A kept connection may have been closed by the region a moment ago. If it says so before anything was
//! sent, that is no failure of the region, and the request goes out on a fresh connection.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response, Uri};
use http_body_util::Full;
use hyper::body::Incoming;
use tokio::time::Instant;

use super::Edge;
use super::place::Place;
use super::pool::PooledConnection;
use super::retry::{Failure, Repeat};
use crate::http::DEADLINE;
use crate::trace;

/// A user's request, ready to be sent, perhaps more than once.
#[derive(Clone, Debug)]
pub(super) struct Outgoing {
    pub(super) method: Method,
    pub(super) uri: Uri,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    pub(super) repeat: Repeat,
    /// Nothing is sent after this.
    pub(super) deadline: Instant,
}

/// An answer of which the head is there.
pub(super) struct Answered {
    pub(super) response: Response<Incoming>,
    pub(super) connection: PooledConnection,
    pub(super) place: Place,
}

/// Asks a region.
pub(super) async fn attempt(edge: &Arc<Edge>, place: Place, outgoing: &Outgoing) -> Result<Answered, Failure> {
    let began = Instant::now();
    let remaining = outgoing.deadline.saturating_duration_since(began);
    // Who could not be asked elsewhere is not cut short: the answer may be about to come.
    let limit = match outgoing.repeat {
        Repeat::Harmless => edge.settings.attempt_timeout.min(remaining),
        Repeat::Risky => remaining,
    };
    let mut span = trace::outgoing(&outgoing.method, &outgoing.uri, &edge.regions[place.region()].name);
    let asking = tokio::time::timeout(limit, span.run(ask(edge, place.region(), outgoing, limit)));
    let result = asking.await.unwrap_or_else(|_| Err(late(limit, edge.settings.attempt_timeout)));
    match &result {
        Ok((response, _)) => span.answered(response.status().as_u16()),
        Err(failure) => span.fail(failure.to_string()),
    }
    edge.metrics.count_attempt(&edge.regions[place.region()].name, outcome(&result), began.elapsed());
    result.map(|(response, connection)| Answered { response, connection, place })
}

fn late(limit: Duration, fair: Duration) -> Failure {
    Failure::Late { ms: limit.as_millis() as u64, fair: limit >= fair }
}

fn outcome<T>(result: &Result<(Response<T>, PooledConnection), Failure>) -> &'static str {
    match result {
        Ok((response, _)) if response.status().is_server_error() => "server_error",
        Ok(_) => "answered",
        Err(Failure::NoConnection(_)) => "no_connection",
        Err(Failure::Broken(_)) => "broken",
        Err(Failure::Late { .. }) => "late",
    }
}

async fn ask(
    edge: &Edge,
    region: usize,
    outgoing: &Outgoing,
    limit: Duration,
) -> Result<(Response<Incoming>, PooledConnection), Failure> {
    let pool = &edge.regions[region].pool;
    let mut request = request(outgoing);
    if let Some(mut kept) = pool.take() {
        // Not ready: it has just been closed.
        if kept.sender.ready().await.is_ok() {
            match kept.sender.try_send_request(request).await {
                Ok(response) => return Ok((response, kept)),
                Err(mut error) => match error.take_message() {
                    Some(unsent) => request = unsent,
                    None => return Err(Failure::Broken(error.into_error().to_string())),
                },
            }
        } else {
            tracing::trace!("a kept connection was closed");
        }
    }
    let mut fresh = pool.connect(limit).await.map_err(Failure::NoConnection)?;
    edge.metrics.count_connection(&edge.regions[region].name);
    match fresh.sender.try_send_request(request).await {
        Ok(response) => Ok((response, fresh)),
        Err(error) => Err(Failure::Broken(error.into_error().to_string())),
    }
}

/// The request as it goes out now: with what is left of the time.
fn request(outgoing: &Outgoing) -> Request<Full<Bytes>> {
    let mut request = Request::new(Full::new(outgoing.body.clone()));
    *request.method_mut() = outgoing.method.clone();
    *request.uri_mut() = outgoing.uri.clone();
    *request.headers_mut() = outgoing.headers.clone();
    let left = outgoing.deadline.saturating_duration_since(Instant::now());
    trace::carry(request.headers_mut());
    request.headers_mut().insert(DEADLINE, HeaderValue::from(left.as_millis() as u64));
    request
}
