//! What users send, checked before anything is done with it.

use axum::extract::{FromRequest, Request};
use bytes::Bytes;
use http::HeaderMap;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{ApiError, BODY_BYTES_MAX};
use crate::model::KEY_BYTES_MAX;
use crate::store::TIMELINE_ROWS_MAX;

/// How many posts a list holds if the request does not say.
const LIMIT_DEFAULT: usize = 50;

/// A JSON body within the limit; the error says what is wrong and where.
pub(in crate::region) struct JsonBody<T>(pub(in crate::region) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for JsonBody<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        let body = Limited::new(request.into_body(), BODY_BYTES_MAX).collect().await;
        let body: Bytes = body.map_err(|error| unreadable(error.as_ref()))?.to_bytes();
        let parsed = serde_json::from_slice(&body);
        parsed.map(Self).map_err(|error| ApiError::bad_request(error.to_string(), "send a JSON object as documented"))
    }
}

fn unreadable(error: &(dyn std::error::Error + Send + Sync + 'static)) -> ApiError {
    if error.is::<LengthLimitError>() {
        return ApiError::too_large(format!("the body is larger than {BODY_BYTES_MAX} bytes"));
    }
    ApiError::bad_request(error.to_string(), "the body could not be read")
}

/// `?limit=`
#[derive(Debug, Deserialize)]
pub(super) struct ListQuery {
    limit: Option<String>,
}

impl ListQuery {
    /// 1 to 800; 50 if it is not there.
    pub(super) fn limit(&self) -> Result<usize, ApiError> {
        let Some(text) = &self.limit else { return Ok(LIMIT_DEFAULT) };
        let limit = text.parse().ok().filter(|limit| (1..=TIMELINE_ROWS_MAX).contains(limit));
        limit.ok_or_else(|| ApiError::bad_request("limit is not a number of posts", "allowed: 1 to 800"))
    }
}

/// The `Idempotency-Key`, if there is one.
pub(super) fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, ApiError> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    let key = value.to_str().unwrap_or_default();
    if key.is_empty() || key.len() > KEY_BYTES_MAX {
        return Err(ApiError::bad_request(
            "the Idempotency-Key is malformed",
            "send 1 to 255 visible ASCII characters",
        ));
    }
    Ok(Some(key.to_owned()))
}

/// A text with `min` to `max` characters.
pub(super) fn check_length(what: &str, text: &str, min: usize, max: usize) -> Result<(), ApiError> {
    let length = text.chars().count();
    if (min..=max).contains(&length) {
        return Ok(());
    }
    let hint = "lengths are counted in characters (Unicode scalar values)";
    Err(ApiError::bad_request(format!("{what} has {length} characters, allowed: {min} to {max}"), hint))
}
