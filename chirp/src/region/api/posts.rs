//! Posts and time lines.

use std::sync::Arc;

use axum::extract::{Extension, Path, Query, State};
use axum::response::Response;
use http::HeaderMap;
use serde::Deserialize;
use tokio::time::Instant;

use super::super::Region;
use super::super::deadline::Until;
use super::answer::{read, write};
use super::request::ListQuery;
use super::{ApiError, JsonBody};
use crate::admission::{check_length, idempotency_key};
use crate::attachments::check_link;
use crate::engine::{ReadQuery, WriteCommand};
use crate::model::{REASON_CHARS_MAX, TEXT_CHARS_MAX};
use crate::names::UserName;
use crate::third_party::Wish;

/// The body of `PUT /v1/posts/{id}`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Edit {
    author: String,
    text: String,
}

/// The body of `POST /v1/posts/{id}/removal`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Removal {
    reason: String,
}

/// `?author=`
#[derive(Deserialize)]
pub(super) struct AuthorQuery {
    author: String,
}

/// The body of `POST /v1/posts`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewPost {
    author: String,
    text: String,
    link: Option<String>,
    media: Option<String>,
}

/// Answers 201 also for the retry of a post that was made before, then with `idempotent-replayed: true`.
pub(super) async fn create(
    State(region): State<Arc<Region>>,
    headers: HeaderMap,
    until: Option<Extension<Until>>,
    JsonBody(body): JsonBody<NewPost>,
) -> Result<Response, ApiError> {
    let (author, key) = (UserName::parse(&body.author)?, idempotency_key(&headers)?);
    check_length("text", &body.text, 1, TEXT_CHARS_MAX)?;
    let wish = wish(body.link, body.media)?;
    let deadline = until.map_or_else(|| Instant::now() + region.limits.write_deadline, |until| until.0.for_extras());
    let attached = region.third_parties.attach(wish, deadline).await?;
    write(&region, WriteCommand::CreatePost { author, text: body.text, attached, key }).await
}

fn wish(link: Option<String>, media: Option<String>) -> Result<Wish, ApiError> {
    for (what, link) in [("link", &link), ("media", &media)] {
        if let Some(link) = link {
            check_link(link).map_err(|error| {
                ApiError::bad_request(format!("{what} {error}"), "write it as https://example.org/page")
            })?;
        }
    }
    Ok(Wish { link, media })
}

pub(super) async fn show(State(region): State<Arc<Region>>, Path(id): Path<String>) -> Result<Response, ApiError> {
    read(&region, ReadQuery::Post { id }).await
}

pub(super) async fn of_user(
    State(region): State<Arc<Region>>,
    Path(name): Path<String>,
    Query(query): Query<ListQuery>,
) -> Result<Response, ApiError> {
    let (user, limit) = (UserName::parse(&name)?, query.limit()?);
    read(&region, ReadQuery::PostsOf { user, limit }).await
}

pub(super) async fn timeline(
    State(region): State<Arc<Region>>,
    Path(name): Path<String>,
    Query(query): Query<ListQuery>,
) -> Result<Response, ApiError> {
    let (user, limit) = (UserName::parse(&name)?, query.limit()?);
    read(&region, ReadQuery::Timeline { user, limit }).await
}

pub(super) async fn edit(
    State(region): State<Arc<Region>>,
    Path(id): Path<String>,
    JsonBody(body): JsonBody<Edit>,
) -> Result<Response, ApiError> {
    let author = UserName::parse(&body.author)?;
    check_length("text", &body.text, 1, TEXT_CHARS_MAX)?;
    write(&region, WriteCommand::EditPost { id, author, text: body.text }).await
}

pub(super) async fn delete(
    State(region): State<Arc<Region>>,
    Path(id): Path<String>,
    Query(query): Query<AuthorQuery>,
) -> Result<Response, ApiError> {
    let author = UserName::parse(&query.author)?;
    write(&region, WriteCommand::DeletePost { id, author }).await
}

pub(super) async fn remove(
    State(region): State<Arc<Region>>,
    Path(id): Path<String>,
    JsonBody(body): JsonBody<Removal>,
) -> Result<Response, ApiError> {
    check_length("reason", &body.reason, 1, REASON_CHARS_MAX)?;
    write(&region, WriteCommand::RemovePost { id, reason: body.reason }).await
}

pub(super) async fn like(region: State<Arc<Region>>, names: Path<(String, String)>) -> Result<Response, ApiError> {
    set_like(region, names, true).await
}

pub(super) async fn unlike(region: State<Arc<Region>>, names: Path<(String, String)>) -> Result<Response, ApiError> {
    set_like(region, names, false).await
}

async fn set_like(
    State(region): State<Arc<Region>>,
    Path((id, user)): Path<(String, String)>,
    liked: bool,
) -> Result<Response, ApiError> {
    let user = UserName::parse(&user)?;
    write(&region, WriteCommand::SetLike { id, user, liked }).await
}
