//! Posts and time lines.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::Region;
use super::request::{ListQuery, check_length, idempotency_key};
use super::users::no_user;
use super::{ApiError, JsonBody};
use crate::model::{Post, TEXT_CHARS_MAX};
use crate::names::UserName;

/// The body of `POST /v1/posts`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewPost {
    author: String,
    text: String,
}

/// Answers 201 also for the retry of a post that was made before, then with `idempotent-replayed: true`.
pub(super) async fn create(
    State(region): State<Arc<Region>>,
    headers: HeaderMap,
    JsonBody(body): JsonBody<NewPost>,
) -> Result<Response, ApiError> {
    let (author, key) = (UserName::parse(&body.author)?, idempotency_key(&headers)?);
    check_length("text", &body.text, TEXT_CHARS_MAX)?;
    let deadline = region.limits.write_deadline;
    let write = region.writer.write(deadline, move |session| session.create_post(author, body.text, key.as_deref()));
    let posted = write.await??;
    let mut response = (StatusCode::CREATED, Json(posted.post)).into_response();
    if posted.replayed {
        response.headers_mut().insert("idempotent-replayed", HeaderValue::from_static("true"));
    }
    Ok(response)
}

pub(super) async fn show(State(region): State<Arc<Region>>, Path(id): Path<String>) -> Result<Json<Post>, ApiError> {
    let post = region.read(move |store| store.post(&id)).await?;
    post.map(Json).ok_or_else(|| ApiError::not_found("no such post"))
}

pub(super) async fn of_user(
    State(region): State<Arc<Region>>,
    Path(name): Path<String>,
    Query(query): Query<ListQuery>,
) -> Result<Json<Value>, ApiError> {
    let (name, limit) = (UserName::parse(&name)?, query.limit()?);
    let wanted = name.clone();
    let posts = region.read(move |store| store.posts_of(&wanted, limit)).await?;
    list(&name, posts)
}

pub(super) async fn timeline(
    State(region): State<Arc<Region>>,
    Path(name): Path<String>,
    Query(query): Query<ListQuery>,
) -> Result<Json<Value>, ApiError> {
    let (name, limit) = (UserName::parse(&name)?, query.limit()?);
    let wanted = name.clone();
    let posts = region.read(move |store| store.timeline(&wanted, limit)).await?;
    list(&name, posts)
}

fn list(user: &UserName, posts: Option<Vec<Post>>) -> Result<Json<Value>, ApiError> {
    let posts = posts.ok_or_else(|| no_user(user))?;
    Ok(Json(json!({ "user": user, "posts": posts })))
}
