//! Users and follows.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::Region;
use super::request::{ListQuery, check_length};
use super::{ApiError, JsonBody};
use crate::model::{DISPLAY_NAME_CHARS_MAX, Profile};
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
) -> Result<(StatusCode, Json<Profile>), ApiError> {
    let name = UserName::parse(&name)?;
    check_length("display_name", &body.display_name, DISPLAY_NAME_CHARS_MAX)?;
    let write =
        region.writer.write(region.limits.write_deadline, |session| session.put_profile(name, body.display_name));
    let (profile, new) = write.await?;
    Ok((if new { StatusCode::CREATED } else { StatusCode::OK }, Json(profile)))
}

pub(super) async fn show(
    State(region): State<Arc<Region>>,
    Path(name): Path<String>,
) -> Result<Json<Profile>, ApiError> {
    let name = UserName::parse(&name)?;
    let wanted = name.clone();
    let profile = region.read(move |store| store.profile(&wanted)).await?;
    profile.map(Json).ok_or_else(|| no_user(&name))
}

pub(super) async fn follows(
    State(region): State<Arc<Region>>,
    Path(name): Path<String>,
    Query(query): Query<ListQuery>,
) -> Result<Json<Value>, ApiError> {
    let (name, limit) = (UserName::parse(&name)?, query.limit()?);
    let wanted = name.clone();
    let follows = region.read(move |store| store.follows(&wanted, limit)).await?;
    let follows = follows.ok_or_else(|| no_user(&name))?;
    Ok(Json(json!({ "user": name, "follows": follows })))
}

pub(super) async fn follow(region: State<Arc<Region>>, names: Path<(String, String)>) -> Result<Json<Value>, ApiError> {
    set_follow(region, names, true).await
}

pub(super) async fn unfollow(
    region: State<Arc<Region>>,
    names: Path<(String, String)>,
) -> Result<Json<Value>, ApiError> {
    set_follow(region, names, false).await
}

async fn set_follow(
    State(region): State<Arc<Region>>,
    Path((follower, followee)): Path<(String, String)>,
    following: bool,
) -> Result<Json<Value>, ApiError> {
    let (follower, followee) = (UserName::parse(&follower)?, UserName::parse(&followee)?);
    if follower == followee {
        return Err(ApiError::bad_request("nobody follows themselves", "name another user"));
    }
    let answer = json!({ "follower": follower, "followee": followee, "following": following });
    let write = region
        .writer
        .write(region.limits.write_deadline, move |session| session.set_follow(follower, followee, following));
    write.await??;
    Ok(Json(answer))
}

pub(super) fn no_user(name: &UserName) -> ApiError {
    ApiError::not_found(format!("no user `{name}`"))
}
