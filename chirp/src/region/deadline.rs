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
use crate::http::DEADLINE;

/// No request is worth an hour.
const BUDGET_MAX: Duration = Duration::from_secs(3600);

/// Until when the asker of a request waits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Until(Instant);

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

impl Until {
    /// Until when a request may wait for what it can do without, such as the preview of a link: half of what is
    /// left. The other half is for its own work; a post that has its preview and no time to be written
    /// would be a post that a third party has cost.
    pub(super) fn for_extras(self) -> Instant {
        let now = Instant::now();
        now + self.0.saturating_duration_since(now) / 2
    }
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
    async fn what_a_request_can_do_without_gets_half_of_its_time() {
        let (now, ms) = (Instant::now(), Duration::from_millis);
        let until = Until(now + ms(300));
        assert_eq!(until.for_extras(), now + ms(150));
        tokio::time::advance(ms(100)).await;
        assert_eq!(until.for_extras(), now + ms(200));
        tokio::time::advance(ms(300)).await;
        assert_eq!(until.for_extras(), Instant::now(), "nothing is left");
    }

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
