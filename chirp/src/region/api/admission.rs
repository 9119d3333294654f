//! Admission where there are no edges: users reach the region itself, and it checks them as an edge would.
//!
//! Behind edges the region trusts them, for they have checked, and nobody else is to reach it. Without
//! `[tokens]` nothing is done here: what is malformed the handlers refuse by the same rules.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use http_body_util::{BodyExt as _, Limited};

use super::super::Region;
use super::super::authority::Forwarded;
use super::request::unreadable;
use super::{ApiError, BODY_BYTES_MAX};
use crate::admission::{Asked, Meaning, Refused, Tokens, bearer};

/// Lets a request pass, answers it (`POST /v1/sessions`), or refuses it.
pub(super) async fn admit(State(region): State<Arc<Region>>, request: Request, next: Next) -> Response {
    let Some(tokens) = region.tokens.as_ref().filter(|_| is_users(&request)) else {
        return next.run(request).await;
    };
    let (parts, body) = request.into_parts();
    let body = match Limited::new(body, BODY_BYTES_MAX).collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) => return unreadable(error.as_ref()).into_response(),
    };
    let asked = Asked::of(&parts, &body);
    match passes(&region, tokens, &asked) {
        Ok(None) => next.run(Request::from_parts(parts, Body::from(body))).await,
        Ok(Some(session)) => session,
        Err(refused) => refusal(refused),
    }
}

/// Whether it comes from a user: what another region forwards was checked there, and health is nobody's.
pub(super) fn is_users(request: &Request) -> bool {
    request.uri().path().starts_with("/v1/") && request.extensions().get::<Forwarded>().is_none()
}

fn passes(region: &Region, tokens: &Tokens, asked: &Asked<'_>) -> Result<Option<Response>, Refused> {
    let now_ms = region.wall_clock.now_ms();
    let meaning = Meaning::of(asked)?;
    if let Some(user) = &meaning.session {
        let session = Json(tokens.session(user, now_ms)?);
        return Ok(Some((StatusCode::CREATED, session).into_response()));
    }
    tokens.check(bearer(asked.headers)?, &meaning, now_ms)?;
    Ok(None)
}

fn refusal(refused: Refused) -> Response {
    let is_unauthorized = refused.status == StatusCode::UNAUTHORIZED;
    let mut response = ApiError::from(refused).into_response();
    if is_unauthorized {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}
