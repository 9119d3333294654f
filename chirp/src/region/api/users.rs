//! Users, follows and blocks.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::response::Response;
use serde::Deserialize;

use super::super::Region;
use super::answer::{read, write};
use super::request::ListQuery;
use super::{ApiError, JsonBody};
use crate::admission::check_length;
use crate::engine::{ReadQuery, WriteCommand};
use crate::model::{BIO_CHARS_MAX, CONTACT_CHARS_MAX, DISPLAY_NAME_CHARS_MAX, ProfileChange};
use crate::names::UserName;

/// The body of `PUT /v1/users/{name}`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PutUser {
    display_name: Option<String>,
    bio: Option<String>,
    contact: Option<String>,
    contact_verified: Option<bool>,
}

pub(super) async fn put(
    State(region): State<Arc<Region>>,
    Path(name): Path<String>,
    JsonBody(body): JsonBody<PutUser>,
) -> Result<Response, ApiError> {
    let name = UserName::parse(&name)?;
    let PutUser { display_name, bio, contact, contact_verified } = body;
    let change = ProfileChange { display_name, bio, contact, contact_verified };
    if change == ProfileChange::default() {
        let hint = "give at least one of display_name, bio, contact, contact_verified";
        return Err(ApiError::bad_request("nothing is to be changed", hint));
    }
    let bounds = [
        ("display_name", &change.display_name, 1, DISPLAY_NAME_CHARS_MAX),
        ("bio", &change.bio, 0, BIO_CHARS_MAX),
        ("contact", &change.contact, 1, CONTACT_CHARS_MAX),
    ];
    for (what, text, min, max) in bounds {
        if let Some(text) = text {
            check_length(what, text, min, max)?;
        }
    }
    write(&region, WriteCommand::PutProfile { name, change }).await
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

pub(super) async fn blocks(
    State(region): State<Arc<Region>>,
    Path(name): Path<String>,
    Query(query): Query<ListQuery>,
) -> Result<Response, ApiError> {
    let (user, limit) = (UserName::parse(&name)?, query.limit()?);
    read(&region, ReadQuery::Blocks { user, limit }).await
}

pub(super) async fn block(region: State<Arc<Region>>, names: Path<(String, String)>) -> Result<Response, ApiError> {
    set_block(region, names, true).await
}

pub(super) async fn unblock(region: State<Arc<Region>>, names: Path<(String, String)>) -> Result<Response, ApiError> {
    set_block(region, names, false).await
}

async fn set_block(
    State(region): State<Arc<Region>>,
    Path((blocker, blocked)): Path<(String, String)>,
    blocking: bool,
) -> Result<Response, ApiError> {
    let (blocker, blocked) = (UserName::parse(&blocker)?, UserName::parse(&blocked)?);
    if blocker == blocked {
        return Err(ApiError::bad_request("nobody blocks themselves", "name another user"));
    }
    write(&region, WriteCommand::SetBlock { blocker, blocked, blocking }).await
}
