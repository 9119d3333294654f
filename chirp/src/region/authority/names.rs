//! Registering a name that is new here: its arbiter is asked first (see `region/homes.rs`).

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::json;
use std::sync::Arc;

use super::super::Region;
use super::super::api::{ApiError, JsonBody};
use super::super::homes::{self, NameMessage};
use crate::engine::{ReadAnswer, ReadQuery};
use crate::names::UserName;

/// Takes a name for this region; answers the refusal if it is taken, or nobody can tell.
pub(super) async fn claim(region: &Region, name: &UserName) -> Option<Response> {
    match homes::claim(region, name, &region.name).await {
        Ok(home) if home == region.name => None,
        Ok(home) => {
            let error = format!("the name {name} is taken");
            let hint = "take another name; if it is yours, it was registered in the region that is named here";
            let body = json!({ "error": error, "hint": hint, "home": home });
            Some((StatusCode::CONFLICT, Json(body)).into_response())
        }
        Err(error) => {
            let error = format!("it cannot be told whether the name {name} is free: {error}");
            Some(ApiError::unavailable(error, "nothing was done: try again later").into_response())
        }
    }
}

/// The same where every region writes: only for a name that is not known here.
pub(super) async fn claim_if_new(region: &Region, name: &UserName) -> Option<Response> {
    let query = ReadQuery::Profile { name: name.clone() };
    match region.engine.read(query, region.limits.read_deadline).await {
        Ok(ReadAnswer::Profile(Some(_))) => None,
        Ok(_) => claim(region, name).await,
        Err(error) => {
            Some(ApiError::unavailable(error.to_string(), "nothing was done: try again later").into_response())
        }
    }
}

/// The arbiter's side.
pub(super) async fn decide(
    State(region): State<Arc<Region>>,
    JsonBody(wish): JsonBody<NameMessage>,
) -> Result<Json<NameMessage>, ApiError> {
    let decided = homes::decide(&region, &wish.name, &wish.home).await;
    let home = decided.map_err(|error| ApiError::unavailable(error, "ask again"))?;
    Ok(Json(NameMessage { name: wish.name, home }))
}
