//! The routes of the lease on the listener for peers.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use http::StatusCode;
use serde_json::{Value, json};
use tokio::sync::oneshot;

use super::super::api::{ApiError, JsonBody};
use super::super::homes::NAME_PATH;
use super::super::{Region, succession};
use super::driver::Mail;
use super::messages::{AskMessage, HandOver, Promote, ReleaseMessage, SeatMessage, VoteMessage};
use super::{Place, Seat, names};
use crate::lease::Vote;
use crate::names::PartitionName;

pub(in crate::region) fn routes() -> Router<Arc<Region>> {
    Router::new()
        .route("/peer/lease", get(seats))
        .route("/peer/lease/ask", post(ask))
        .route("/peer/lease/release", post(release))
        .route("/peer/lease/hand-over", post(hand_over))
        .route("/admin/promote", post(promote))
        .route(NAME_PATH, post(names::decide))
}

async fn seats(State(region): State<Arc<Region>>) -> Json<Vec<SeatMessage>> {
    let message = |seat: &Seat| SeatMessage {
        partition: seat.partition.name.clone(),
        epoch: seat.last_promise().map_or(0, |promise| promise.epoch),
        writer: match seat.place() {
            Place::Here(_) => Some(region.name.clone()),
            Place::Elsewhere(writer) => Some(writer),
            Place::Nowhere => None,
        },
    };
    Json(region.authority.seats.iter().map(message).collect())
}

async fn ask(
    State(region): State<Arc<Region>>,
    JsonBody(message): JsonBody<AskMessage>,
) -> Result<Json<VoteMessage>, ApiError> {
    let seat = seat(&region, &message.partition)?;
    let unavailable = |error: String| ApiError::unavailable(error, "ask again");
    let vote = region.authority.vote(seat, &message.ask).await.map_err(|error| unavailable(error.to_string()))?;
    let mut position = Value::Null;
    if vote == Vote::Granted && !message.ask.is_trial {
        position = succession::position(&region).await.map_err(unavailable)?;
    }
    Ok(Json(VoteMessage { vote, position }))
}

async fn release(
    State(region): State<Arc<Region>>,
    JsonBody(message): JsonBody<ReleaseMessage>,
) -> Result<Json<Value>, ApiError> {
    let seat = seat(&region, &message.partition)?;
    seat.state().voter.release(message.epoch, &message.holder);
    seat.nudge();
    Ok(Json(json!({})))
}

async fn hand_over(
    State(region): State<Arc<Region>>,
    JsonBody(message): JsonBody<HandOver>,
) -> Result<Response, ApiError> {
    let seat = seat(&region, &message.partition)?;
    if !seat.partition.candidates.contains(&message.to) {
        return Ok(refusal(&format!("{} may not have partition {}", message.to, seat.partition.name)));
    }
    let (reply, handed_over) = oneshot::channel();
    let busy = || ApiError::unavailable("too much is asked about this lease", "ask again");
    seat.mailbox.try_send(Mail::HandOver { to: message.to, reply }).map_err(|_| busy())?;
    match handed_over.await {
        Ok(Ok(handed_over)) => Ok(Json(handed_over).into_response()),
        Ok(Err(reason)) => Ok(refusal(reason)),
        Err(_) => Err(busy()),
    }
}

async fn promote(
    State(region): State<Arc<Region>>,
    JsonBody(message): JsonBody<Promote>,
) -> Result<Response, ApiError> {
    let seat = seat(&region, &message.partition)?;
    if !seat.partition.candidates.contains(&region.name) {
        return Ok(refusal(&format!("{} may not have partition {}", region.name, seat.partition.name)));
    }
    let busy = |_| ApiError::unavailable("too much is asked about this lease", "ask again");
    seat.mailbox.try_send(Mail::Promote { withdrawn: message.withdrawn }).map_err(busy)?;
    Ok(Json(json!({})).into_response())
}

fn seat<'a>(region: &'a Region, partition: &PartitionName) -> Result<&'a Seat, ApiError> {
    let known = region.authority.seat(partition);
    known.ok_or_else(|| ApiError::not_found(format!("no partition {partition} in this model")))
}

fn refusal(reason: &str) -> Response {
    (StatusCode::CONFLICT, Json(json!({ "error": reason }))).into_response()
}
