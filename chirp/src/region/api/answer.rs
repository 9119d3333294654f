//! From a request to the engine and back: what an answer of the engine looks like to a user.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode};
use serde::Serialize;
use serde_json::json;

use super::super::{Region, cached};
use super::ApiError;
use crate::engine::{Engine, ReadAnswer, ReadQuery, WriteAnswer, WriteCommand};
use crate::model::Post;
use crate::names::UserName;

/// A time line, or a user's own posts: what is asked for most. Written as it is, without a tree of values in between.
#[derive(Serialize)]
struct Posts {
    user: UserName,
    posts: Vec<Post>,
}

/// Asks the engine, or what is kept of its answers.
pub(super) async fn read(region: &Region, query: ReadQuery) -> Result<Response, ApiError> {
    Ok(cached::read(region, &query, async || load(region, query.clone()).await.into_response()).await)
}

async fn load(region: &Region, query: ReadQuery) -> Result<Response, ApiError> {
    let asked = query.clone();
    region.engine.read_as(query, region.limits.read_deadline, |answer| shown(asked, answer)).await?
}

/// Lets the engine do it. The embedded one numbers its commits itself.
pub(super) async fn write(region: &Region, command: WriteCommand) -> Result<Response, ApiError> {
    let touches = if matches!(region.engine, Engine::Postgres(_)) { cached::touches(&command) } else { Vec::new() };
    let write = region.caches.begin_write(&touches);
    let answer = region.engine.write(command, region.limits.write_deadline).await;
    drop(write);
    let answer = answer?;
    region.offer_push(&answer);
    Ok(done(answer))
}

fn shown(query: ReadQuery, answer: ReadAnswer) -> Result<Response, ApiError> {
    Ok(match (query, answer) {
        (_, ReadAnswer::Profile(Some(profile))) => Json(profile).into_response(),
        (_, ReadAnswer::Post(Some(post))) => Json(post).into_response(),
        (ReadQuery::PostsOf { user, .. } | ReadQuery::Timeline { user, .. }, ReadAnswer::Posts(Some(posts))) => {
            Json(Posts { user, posts }).into_response()
        }
        (ReadQuery::Blocks { user, .. }, ReadAnswer::Users(Some(users))) => {
            Json(json!({ "user": user, "blocks": users })).into_response()
        }
        (ReadQuery::Followers { user, .. }, ReadAnswer::Users(Some(users))) => {
            Json(json!({ "user": user, "followers": users })).into_response()
        }
        (ReadQuery::Follows { user, .. }, ReadAnswer::Users(Some(users))) => {
            Json(json!({ "user": user, "follows": users })).into_response()
        }
        (ReadQuery::Post { .. }, _) => return Err(ApiError::not_found("no such post")),
        (
            ReadQuery::Profile { name: user }
            | ReadQuery::PostsOf { user, .. }
            | ReadQuery::Timeline { user, .. }
            | ReadQuery::Blocks { user, .. }
            | ReadQuery::Followers { user, .. }
            | ReadQuery::Follows { user, .. },
            _,
        ) => return Err(ApiError::not_found(format!("no user `{user}`"))),
    })
}

fn done(answer: WriteAnswer) -> Response {
    match answer {
        WriteAnswer::Profile { profile, new } => {
            let status = if new { StatusCode::CREATED } else { StatusCode::OK };
            (status, Json(profile)).into_response()
        }
        WriteAnswer::Posted { post, replayed } => {
            let mut response = (StatusCode::CREATED, Json(post)).into_response();
            if replayed {
                response.headers_mut().insert("idempotent-replayed", HeaderValue::from_static("true"));
            }
            response
        }
        WriteAnswer::Changed { post } => Json(post).into_response(),
        WriteAnswer::Deleted { id } => Json(json!({ "id": id, "deleted": true })).into_response(),
        WriteAnswer::Liked { user, liked, post } => {
            Json(json!({ "id": post.id, "user": user, "liked": liked, "likes": post.likes })).into_response()
        }
        WriteAnswer::Blocked { blocker, blocked, blocking } => {
            Json(json!({ "blocker": blocker, "blocked": blocked, "blocking": blocking })).into_response()
        }
        WriteAnswer::Followed { follower, followee, following } => {
            Json(json!({ "follower": follower, "followee": followee, "following": following })).into_response()
        }
    }
}
