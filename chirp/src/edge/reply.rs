//! What an edge answers itself. The form is that of regions: JSON with `error` and mostly `hint`, and
//! `Retry-After` with every 503.

use axum::body::Body;
use axum::response::Response;
use http::{HeaderValue, StatusCode, header};
use serde_json::json;

use crate::admission::Refused;

/// An answer that is not what was hoped for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    pub(super) error: String,
    pub(super) hint: &'static str,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, error: impl Into<String>, hint: &'static str) -> Self {
        Self { status, error: error.into(), hint }
    }

    /// A token for whoever asks.
    pub(super) fn session(session: &serde_json::Value) -> Response {
        let mut response = Response::new(Body::from(session.to_string()));
        *response.status_mut() = StatusCode::CREATED;
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        response
    }

    /// Too many requests are under way.
    pub(super) fn full(error: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, error, "nothing was done: try again later")
    }

    /// The time is over.
    pub(super) fn late(is_sent: bool) -> Self {
        let hint = if is_sent {
            "the outcome is unknown: a retry with the same Idempotency-Key is safe"
        } else {
            "nothing was done: allow more time in x-deadline-ms"
        };
        Self::new(StatusCode::GATEWAY_TIMEOUT, "the deadline is over", hint)
    }

    pub(super) fn into_response(self) -> Response {
        let body = json!({ "error": self.error, "hint": self.hint }).to_string();
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

impl From<Refused> for Refusal {
    fn from(refused: Refused) -> Self {
        Self { status: refused.status, error: refused.error, hint: refused.hint }
    }
}
