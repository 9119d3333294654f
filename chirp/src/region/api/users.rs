//! Users and follows.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::response::Response;
use serde::Deserialize;

use super::super::Region;
use super::answer::{read, write};
use super::request::{ListQuery, check_length};
use super::{ApiError, JsonBody};
use crate::engine::{ReadQuery, WriteCommand};
use crate::model::DISPLAY_NAME_CHARS_MAX;
use crate::names::UserName;

/// The body of `PUT /v1/users/{name}`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PutUser {
    display_name: String,
}

pub(super) async fn put(
    State(region): State<Arc<Region>>,
    Path(name): Path<String>,
    JsonBody(body): JsonBody<PutUser>,
) -> Result<Response, ApiError> {
    let name = UserName::parse(&name)?;
    check_length("display_name", &body.display_name, DISPLAY_NAME_CHARS_MAX)?;
    write(&region, WriteCommand::PutProfile { name, display_name: body.display_name }).await
}

pub(super) async fn show(State(region): State<Arc<Region>>, Path(name): Path<String>) -> Result<Response, ApiError> {
    let name = UserName::parse(&name)?;
    read(&region, ReadQuery::Profile { name }).await
}

pub(super) async fn follows(
    State(region): State<Arc<Region>>,
    Path(name): Path<String>,
    Query(query): Query<ListQuery>,
) -> Result<Response, ApiError> {
    let (user, limit) = (UserName::parse(&name)?, query.limit()?);
    read(&region, ReadQuery::Follows { user, limit }).await
}

pub(super) async fn follow(region: State<Arc<Region>>, names: Path<(String, String)>) -> Result<Response, ApiError> {
    set_follow(region, names, true).await
}

pub(super) async fn unfollow(region: State<Arc<Region>>, names: Path<(String, String)>) -> Result<Response, ApiError> {
    set_follow(region, names, false).await
}

async fn set_follow(
    State(region): State<Arc<Region>>,
    Path((follower, followee)): Path<(String, String)>,
    following: bool,
) -> Result<Response, ApiError> {
    let (follower, followee) = (UserName::parse(&follower)?, UserName::parse(&followee)?);
    if follower == followee {
        return Err(ApiError::bad_request("nobody follows themselves", "name another user"));
    }
    write(&region, WriteCommand::SetFollow { follower, followee, following }).await
}
