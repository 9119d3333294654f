//! Setting, asking and clearing over HTTP, on a listener that users do not reach.
//!
//! | request | does |
//! |---|---|
//! | `GET /admin/conditions` | 200 `{"conditions": […]}`: what is on |
//! | `POST /admin/conditions` `{"name", "value", "share", "for", "lease_ms"}` | sets, or renews |
//! | `POST /admin/conditions/clear` `{"name", "for"}` | ends it; without a name all of them |
//!
//! All answer what is on afterwards; what cannot be is 400 with `error`.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;

use super::{ConditionError, Conditions, Held, Key, Name, Setting};
use crate::error::{BindError, Error};
use crate::http::{ServeOptions, serve};
use crate::stop::Stop;

/// Nobody but an operator comes here.
const OPTIONS: ServeOptions = ServeOptions { connections_max: 64, drain: Duration::from_secs(1) };

/// A condition that is on, as it is told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Shown {
    /// What.
    pub(crate) name: String,
    /// How; empty if there is nothing to say.
    #[serde(default)]
    pub(crate) value: String,
    /// For which share of what happens.
    pub(crate) share: f64,
    /// For the calls of which region; none: for all.
    #[serde(rename = "for", default, skip_serializing_if = "Option::is_none")]
    pub(crate) region: Option<String>,
    /// After how many milliseconds it ends by itself.
    pub(crate) left_ms: u64,
}

impl Shown {
    pub(super) fn new((name, region): &Key, held: &Held, now: Instant) -> Self {
        Self {
            name: name.text().to_owned(),
            value: held.value.to_string(),
            share: held.share,
            region: region.clone(),
            left_ms: held.until.saturating_duration_since(now).as_millis() as u64,
        }
    }
}

/// What is asked to be set.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    name: String,
    value: Option<String>,
    #[serde(default = "whole")]
    share: f64,
    #[serde(rename = "for")]
    region: Option<String>,
    lease_ms: u64,
}

/// What is asked to be cleared.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Cleared {
    name: Option<String>,
    #[serde(rename = "for")]
    region: Option<String>,
}

fn whole() -> f64 {
    1.0
}

impl IntoResponse for ConditionError {
    fn into_response(self) -> Response {
        (StatusCode::BAD_REQUEST, Json(serde_json::json!({ "error": self.to_string() }))).into_response()
    }
}

/// The routes.
pub(crate) fn router<S: Clone + Send + Sync + 'static>(conditions: Conditions) -> Router<S> {
    Router::new()
        .route("/admin/conditions", get(show).post(set))
        .route("/admin/conditions/clear", post(clear))
        .with_state(conditions)
}

/// Listens on an address of its own, for processes whose other listeners users reach.
pub(crate) async fn bind(address: SocketAddr) -> Result<TcpListener, Error> {
    let bound = TcpListener::bind(address).await;
    bound.map_err(|source| Error::Bind(BindError { what: "conditions", address, source }))
}

/// Serves the routes there until `stop`.
pub(crate) async fn run(listener: TcpListener, conditions: Conditions, stop: Stop) {
    serve(listener, router(conditions), OPTIONS, stop).await;
}

async fn show(State(conditions): State<Conditions>) -> Response {
    Json(serde_json::json!({ "conditions": conditions.shown() })).into_response()
}

async fn set(State(conditions): State<Conditions>, Json(wanted): Json<Wanted>) -> Result<Response, ConditionError> {
    let name: Name = wanted.name.parse()?;
    let value = wanted.value.as_deref().filter(|value| !value.is_empty());
    let value = name.form().read(value).map_err(|source| ConditionError::Value { name: name.text(), source })?;
    let setting = Setting { name, value, share: wanted.share, region: wanted.region };
    conditions.set(setting, Duration::from_millis(wanted.lease_ms))?;
    Ok(show(State(conditions)).await)
}

async fn clear(State(conditions): State<Conditions>, Json(cleared): Json<Cleared>) -> Result<Response, ConditionError> {
    let name = cleared.name.map(|name| name.parse()).transpose()?;
    conditions.clear(name, cleared.region.as_deref());
    Ok(show(State(conditions)).await)
}
