//! The API for users.
//!
//! | route | does |
//! |---|---|
//! | `PUT /v1/users/{name}` | registers, or changes what is given of the profile |
//! | `GET /v1/users/{name}` | the profile |
//! | `GET /v1/users/{name}/posts?limit=` | the user's own posts, newest first |
//! | `GET /v1/users/{name}/timeline?limit=` | the home time line, newest first |
//! | `GET /v1/users/{name}/follows?limit=` | whom the user follows, by name |
//! | `PUT`, `DELETE /v1/users/{name}/follows/{other}` | follows, unfollows |
//! | `GET /v1/users/{name}/blocks?limit=` | whom the user blocks, by name |
//! | `PUT`, `DELETE /v1/users/{name}/blocks/{other}` | blocks, unblocks |
//! | `POST /v1/posts` | a post; with `Idempotency-Key` at most once |
//! | `GET /v1/posts/{id}` | one post |
//! | `PUT /v1/posts/{id}` | the author changes the text |
//! | `DELETE /v1/posts/{id}?author=` | the author deletes it, for ever |
//! | `POST /v1/posts/{id}/removal` | moderation removes it, for ever |
//! | `PUT`, `DELETE /v1/posts/{id}/likes/{user}` | likes, takes that back |
//! | `GET /healthz` | the deep health check |
//! | `GET /livez` | the shallow one: the process runs |
//! | `POST /v1/sessions` | a token for a user, if the configuration has `[tokens]` |
//! | `GET /metrics` | numbers for Prometheus |
//!
//! Every answer says who gave it (`x-region`) and to which request (`x-request-id`). Errors are JSON
//! with `error` and mostly `hint`.

mod admission;
mod answer;
mod guard;
mod posts;
mod reply;
mod request;
mod users;

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use http::{StatusCode, header};
use serde_json::json;

use super::{Region, authority, deadline, health, session};
use crate::condition::Lie;
use crate::metrics::CONTENT_TYPE;
use crate::trace;

pub(super) use reply::ApiError;
pub(super) use request::JsonBody;

/// The largest body of a request, in bytes.
pub(super) const BODY_BYTES_MAX: usize = 64 * 1024;

/// All routes for users.
pub(super) fn router(region: Arc<Region>) -> Router {
    Router::new()
        .route("/v1/users/{name}", get(users::show).put(users::put))
        .route("/v1/users/{name}/posts", get(posts::of_user))
        .route("/v1/users/{name}/timeline", get(posts::timeline))
        .route("/v1/users/{name}/follows", get(users::follows))
        .route("/v1/users/{name}/follows/{other}", put(users::follow).delete(users::unfollow))
        .route("/v1/users/{name}/blocks", get(users::blocks))
        .route("/v1/users/{name}/blocks/{other}", put(users::block).delete(users::unblock))
        .route("/v1/posts", post(posts::create))
        .route("/v1/posts/{id}", get(posts::show).put(posts::edit).delete(posts::delete))
        .route("/v1/posts/{id}/removal", post(posts::remove))
        .route("/v1/posts/{id}/likes/{user}", put(posts::like).delete(posts::unlike))
        .route_layer(from_fn_with_state(Arc::clone(&region), authority::guard))
        .route_layer(from_fn_with_state(Arc::clone(&region), session::carry))
        .route_layer(from_fn_with_state(Arc::clone(&region), guard::admit))
        .route_layer(from_fn_with_state(Arc::clone(&region), deadline::keep))
        .route("/healthz", get(healthz))
        .route("/livez", get(livez))
        .route("/metrics", get(metrics))
        .fallback(async || ApiError::not_found("no such route"))
        .method_not_allowed_fallback(async || ApiError::method_not_allowed())
        .layer(from_fn_with_state(Arc::clone(&region), admission::admit))
        .layer(from_fn_with_state(Arc::clone(&region), guard::wrong))
        .layer(from_fn_with_state(Arc::clone(&region), guard::observe))
        .layer(from_fn_with_state(region.tracer.clone(), trace::observe))
        .with_state(region)
}

/// The shallow check: the process runs. It still says if an operator takes the region out, which version runs, and what
/// time it is by the region's wall clock.
async fn livez(State(region): State<Arc<Region>>) -> Response {
    let status = if region.drain.is_on() { "draining" } else { "ok" };
    let wall_ms = region.wall_clock.now_ms();
    let body = json!({ "status": status, "region": region.name, "version": region.version, "wall_ms": wall_ms });
    axum::Json(body).into_response()
}

async fn healthz(State(region): State<Arc<Region>>) -> Response {
    match region.conditions.health_lie() {
        Some(Lie::Green) => return axum::Json(json!({ "status": "ok", "region": region.name })).into_response(),
        Some(Lie::Red) => {
            let body = json!({ "status": "failing", "region": region.name, "reason": "failing on purpose" });
            return (StatusCode::SERVICE_UNAVAILABLE, axum::Json(body)).into_response();
        }
        None => {}
    }
    if region.drain.is_on() {
        let body = json!({ "status": "draining", "region": region.name, "reason": "draining" });
        return (StatusCode::SERVICE_UNAVAILABLE, axum::Json(body)).into_response();
    }
    match health::check(&region).await {
        Ok(()) => axum::Json(json!({ "status": "ok", "region": region.name })).into_response(),
        Err(reason) => {
            // A region that another one writes for is well; it is just not a target now.
            let status = if authority::standby(&region).is_some() { "passive" } else { "failing" };
            let body = json!({ "status": status, "region": region.name, "reason": reason });
            (StatusCode::SERVICE_UNAVAILABLE, axum::Json(body)).into_response()
        }
    }
}

async fn metrics(State(region): State<Arc<Region>>) -> Response {
    ([(header::CONTENT_TYPE, CONTENT_TYPE)], region.metrics.encode(&region)).into_response()
}
