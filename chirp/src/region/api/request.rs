//! What users send, checked before anything is done with it.

use axum::extract::{FromRequest, Request};
use bytes::Bytes;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{ApiError, BODY_BYTES_MAX};
use crate::admission::list_limit;

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

/// Why a body could not be read to its end.
pub(super) fn unreadable(error: &(dyn std::error::Error + Send + Sync + 'static)) -> ApiError {
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
        Ok(list_limit(self.limit.as_deref())?)
    }
}
