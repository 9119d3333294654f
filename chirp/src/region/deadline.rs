//! The time that a request has left, carried from hop to hop.
//!
//! `x-deadline-ms` says how many milliseconds the asker still waits. It is a duration and no time of day,
//! for the clocks of two regions agree less well than that. What is not answered by then is dropped here,
//! with everything that waits for it: a handler, a request that was sent on, a write in the queue that
//! nobody waits for any more. Nobody reads the answer, but the next hop may be glad of the room.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::json;
use tokio::time::Instant;

use super::Region;
use super::api::ApiError;

/// The header.
const DEADLINE: &str = "x-deadline-ms";
/// No request is worth an hour.
const BUDGET_MAX: Duration = Duration::from_secs(3600);

/// Until when the asker of a request waits.
#[derive(Clone, Copy, Debug)]
struct Until(Instant);

/// Drops a request when its asker is gone.
pub(super) async fn keep(State(region): State<Arc<Region>>, mut request: Request, next: Next) -> Response {
    let Some(value) = request.headers().get(DEADLINE) else { return next.run(request).await };
    let Some(budget) = value.to_str().ok().and_then(|text| text.parse().ok()).map(Duration::from_millis) else {
        return ApiError::bad_request("x-deadline-ms is not a number", "send whole milliseconds").into_response();
    };
    if budget.is_zero() {
        region.metrics.authority().count_past_deadline();
        return past("nothing was done: the deadline had passed");
    }
    let budget = budget.min(BUDGET_MAX);
    request.extensions_mut().insert(Until(Instant::now() + budget));
    match tokio::time::timeout(budget, next.run(request)).await {
        Ok(response) => response,
        Err(_) => {
            region.metrics.authority().count_past_deadline();
            past("the outcome is unknown: it may be done; a retry with the same Idempotency-Key is safe")
        }
    }
}

/// What is left for the next hop, at most `most`; the headers to send on say it.
pub(super) fn left(request: &http::request::Parts, headers: &mut HeaderMap, most: Duration) -> Duration {
    let Some(until) = request.extensions.get::<Until>() else { return most };
    let left = until.0.saturating_duration_since(Instant::now());
    headers.insert(DEADLINE, HeaderValue::from(left.as_millis() as u64));
    left.min(most)
}

fn past(hint: &str) -> Response {
    let body = json!({ "error": "the deadline of the request has passed", "hint": hint });
    (StatusCode::GATEWAY_TIMEOUT, Json(body)).into_response()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may panic")]

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn each_hop_has_less_and_says_so() {
        let (mut parts, ()) = http::Request::new(()).into_parts();
        let mut headers = HeaderMap::new();
        assert_eq!(left(&parts, &mut headers, Duration::from_secs(5)), Duration::from_secs(5));
        assert!(headers.is_empty(), "who has no deadline gives none on");
        parts.extensions.insert(Until(Instant::now() + Duration::from_millis(300)));
        tokio::time::advance(Duration::from_millis(100)).await;
        assert_eq!(left(&parts, &mut headers, Duration::from_secs(5)), Duration::from_millis(200));
        assert_eq!(headers[DEADLINE].to_str().unwrap(), "200");
        assert_eq!(left(&parts, &mut headers, Duration::from_millis(50)), Duration::from_millis(50));
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(left(&parts, &mut headers, Duration::from_secs(5)), Duration::ZERO);
    }
}
