//! Errors as users see them.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use serde_json::json;

use super::super::ReadError;
use crate::admission::Refused;
use crate::engine::{EngineError, Refusal};
use crate::names::NameError;
use crate::third_party::WithoutFallback;

/// An answer that is not what was hoped for.
#[derive(Debug)]
pub(in crate::region) struct ApiError {
    status: StatusCode,
    error: String,
    hint: Option<&'static str>,
}

impl ApiError {
    pub(in crate::region) fn not_found(error: impl Into<String>) -> Self {
        Self { status: StatusCode::NOT_FOUND, error: error.into(), hint: None }
    }

    pub(super) fn method_not_allowed() -> Self {
        let error = "this route has no such method".to_owned();
        Self { status: StatusCode::METHOD_NOT_ALLOWED, error, hint: None }
    }

    /// The framework has refused the request.
    pub(super) fn refused(status: StatusCode, error: String) -> Self {
        Self { status, error, hint: None }
    }

    pub(in crate::region) fn bad_request(error: impl Into<String>, hint: &'static str) -> Self {
        Self { status: StatusCode::BAD_REQUEST, error: error.into(), hint: Some(hint) }
    }

    pub(in crate::region) fn too_large(error: impl Into<String>) -> Self {
        Self { status: StatusCode::PAYLOAD_TOO_LARGE, error: error.into(), hint: None }
    }

    /// Nothing was done: there are too many.
    pub(super) fn too_many(error: impl Into<String>) -> Self {
        Self {
            status: StatusCode::TOO_MANY_REQUESTS,
            error: error.into(),
            hint: Some("nothing was done: try again later"),
        }
    }

    /// Nothing was done; try later.
    pub(in crate::region) fn unavailable(error: impl Into<String>, hint: &'static str) -> Self {
        Self { status: StatusCode::SERVICE_UNAVAILABLE, error: error.into(), hint: Some(hint) }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        if self.status.is_server_error() {
            tracing::warn!(status = self.status.as_u16(), error = self.error, "a request failed");
        }
        let body = match self.hint {
            Some(hint) => json!({ "error": self.error, "hint": hint }),
            None => json!({ "error": self.error }),
        };
        let mut response = (self.status, Json(body)).into_response();
        if matches!(self.status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS) {
            response.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from_static("1"));
        }
        response
    }
}

impl From<EngineError> for ApiError {
    fn from(error: EngineError) -> Self {
        let hint = match error {
            EngineError::Refused(refusal) => return refusal.into(),
            EngineError::Busy(_) => "nothing was done: try again later",
            EngineError::Deadline { .. } | EngineError::Unacknowledged { .. } | EngineError::Failed(_) => {
                "a write's outcome is unknown: it may be done, now or later; a retry with the same Idempotency-Key is safe"
            }
        };
        Self::unavailable(error.to_string(), hint)
    }
}

impl From<WithoutFallback> for ApiError {
    fn from(error: WithoutFallback) -> Self {
        Self::unavailable(error.to_string(), "nothing was done: try again later")
    }
}

impl From<ReadError> for ApiError {
    fn from(error: ReadError) -> Self {
        Self::unavailable(error.to_string(), "try again later, or in another region")
    }
}

impl From<Refused> for ApiError {
    fn from(refused: Refused) -> Self {
        Self { status: refused.status, error: refused.error, hint: Some(refused.hint) }
    }
}

impl From<NameError> for ApiError {
    fn from(error: NameError) -> Self {
        Self { status: StatusCode::BAD_REQUEST, error: error.to_string(), hint: None }
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        let (status, hint) = match refusal {
            Refusal::UnknownUser(_) => {
                let hint =
                    "register with PUT /v1/users/{name}; a user of another region is known here after replication";
                (StatusCode::NOT_FOUND, hint)
            }
            Refusal::UnknownPost(_) => (
                StatusCode::NOT_FOUND,
                "it is deleted, or was made in another region and is known here after replication",
            ),
            Refusal::NotTheAuthor => (StatusCode::FORBIDDEN, "only its author can edit or delete a post"),
            Refusal::Removed => (StatusCode::CONFLICT, "its author can still delete it"),
            Refusal::Deleted => (StatusCode::GONE, "a deleted post does not come back: take a new key"),
            Refusal::Blocked(_) => (StatusCode::FORBIDDEN, "that user does not want to be followed by this one"),
            Refusal::NoContact => (StatusCode::UNPROCESSABLE_ENTITY, "give `contact`, too"),
            Refusal::KeyReused => (StatusCode::UNPROCESSABLE_ENTITY, "a key is for one post: take a new one"),
        };
        Self { status, error: refusal.to_string(), hint: Some(hint) }
    }
}
