//! The HTTP API: routes, status codes and JSON as clients of Toxiproxy know them, and `/apply`, which they don't.

use super::{State, proxies::Proxies};
use crate::model::Refusal;
use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Path, Request, State as Shared},
    http::{StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, patch, post},
};
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::sync::MutexGuard;

/// The release of Toxiproxy whose API this is: clients choose their requests by it.
const VERSION: &str = "2.12.0";
const BODY_BYTES_MAX: usize = 1_024 * 1_024;

type Answer = Result<Response, Refusal>;

pub(super) fn router(state: Arc<State>) -> Router {
    Router::new()
        .route("/proxies", get(list).post(create))
        .route("/populate", post(populate))
        .route("/reset", post(reset))
        .route("/apply", post(apply))
        .route("/proxies/{proxy}", patch(update).post(update).get(show).delete(delete))
        .route("/proxies/{proxy}/toxics", get(toxics).post(add_toxic))
        .route(
            "/proxies/{proxy}/toxics/{toxic}",
            patch(update_toxic).post(update_toxic).get(toxic).delete(remove_toxic),
        )
        .route("/version", get(version))
        .route("/metrics", get(metrics))
        .fallback(async || Refusal::NoRoute)
        .method_not_allowed_fallback(async || Refusal::Method)
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(middleware::from_fn(refuse_browsers))
        .with_state(state)
}

/// The first JSON value of a body. What follows it, and what the headers say of it, doesn't matter.
pub(super) fn json(body: &[u8]) -> Result<Value, Refusal> {
    let first = serde_json::Deserializer::from_slice(body).into_iter().next();
    let value = first.ok_or_else(|| Refusal::Body("it is empty".to_owned()))?;
    value.map_err(|error| Refusal::Body(error.to_string()))
}

/// A page in somebody's browser must not be able to steer a proxy on the same machine.
async fn refuse_browsers(request: Request, next: Next) -> Response {
    let agent = request.headers().get(header::USER_AGENT);
    if agent.is_some_and(|agent| agent.as_bytes().starts_with(b"Mozilla/")) {
        return Refusal::Browser.into_response();
    }
    next.run(request).await
}

impl State {
    async fn look(&self) -> MutexGuard<'_, Proxies> {
        let mut proxies = self.proxies.lock().await;
        // What has run out is not there, even if nobody has looked since.
        proxies.end_expired().await;
        proxies
    }

    /// As [`State::look`]; what watches for the next end looks again afterwards.
    async fn change(&self) -> MutexGuard<'_, Proxies> {
        self.changed.notify_one();
        self.look().await
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        answer(status, &self.to_json())
    }
}

impl Refusal {
    fn to_json(&self) -> Value {
        json!({ "error": self.to_string(), "status": self.status() })
    }
}

fn answer(status: StatusCode, value: &Value) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], value.to_string()).into_response()
}

fn ok(value: &Value) -> Answer {
    Ok(answer(StatusCode::OK, value))
}

fn done() -> Answer {
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn list(Shared(state): Shared<Arc<State>>) -> Answer {
    ok(&state.look().await.to_json())
}

async fn create(Shared(state): Shared<Arc<State>>, body: Bytes) -> Answer {
    let proxy = state.change().await.create(&json(&body)?).await?;
    Ok(answer(StatusCode::CREATED, &proxy))
}

async fn populate(Shared(state): Shared<Arc<State>>, body: Bytes) -> Answer {
    let populated = match json(&body) {
        Ok(body) => state.change().await.populate(&body).await,
        Err(refusal) => Err((refusal, Value::Null)),
    };
    Ok(match populated {
        Ok(proxies) => answer(StatusCode::CREATED, &json!({ "proxies": proxies })),
        Err((refusal, proxies)) => {
            let mut value = refusal.to_json();
            value["proxies"] = proxies;
            answer(StatusCode::from_u16(refusal.status()).unwrap_or(StatusCode::BAD_REQUEST), &value)
        }
    })
}

async fn reset(Shared(state): Shared<Arc<State>>) -> Answer {
    state.change().await.reset().await?;
    done()
}

async fn apply(Shared(state): Shared<Arc<State>>, body: Bytes) -> Answer {
    ok(&state.change().await.apply(&json(&body)?)?)
}

async fn show(Shared(state): Shared<Arc<State>>, Path(proxy): Path<String>) -> Answer {
    ok(&state.look().await.show(&proxy)?)
}

async fn update(Shared(state): Shared<Arc<State>>, Path(proxy): Path<String>, body: Bytes) -> Answer {
    let mut proxies = state.change().await;
    // A proxy that isn't there is said before a body that can't be read.
    proxies.show(&proxy)?;
    ok(&proxies.update(&proxy, &json(&body)?).await?)
}

async fn delete(Shared(state): Shared<Arc<State>>, Path(proxy): Path<String>) -> Answer {
    state.change().await.delete(&proxy).await?;
    done()
}

async fn toxics(Shared(state): Shared<Arc<State>>, Path(proxy): Path<String>) -> Answer {
    ok(&state.look().await.toxics(&proxy)?)
}

async fn add_toxic(Shared(state): Shared<Arc<State>>, Path(proxy): Path<String>, body: Bytes) -> Answer {
    let mut proxies = state.change().await;
    proxies.show(&proxy)?;
    ok(&proxies.add_toxic(&proxy, &json(&body)?)?)
}

async fn toxic(Shared(state): Shared<Arc<State>>, Path((proxy, toxic)): Path<(String, String)>) -> Answer {
    ok(&state.look().await.toxic(&proxy, &toxic)?)
}

async fn update_toxic(
    Shared(state): Shared<Arc<State>>,
    Path((proxy, toxic)): Path<(String, String)>,
    body: Bytes,
) -> Answer {
    let mut proxies = state.change().await;
    proxies.toxic(&proxy, &toxic)?;
    ok(&proxies.update_toxic(&proxy, &toxic, &json(&body)?)?)
}

async fn remove_toxic(Shared(state): Shared<Arc<State>>, Path((proxy, toxic)): Path<(String, String)>) -> Answer {
    state.change().await.remove_toxic(&proxy, &toxic)?;
    done()
}

async fn version() -> Answer {
    ok(&json!({ "version": VERSION, "landfall": env!("CARGO_PKG_VERSION") }))
}

async fn metrics(Shared(state): Shared<Arc<State>>) -> Answer {
    let text = state.look().await.metrics();
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response())
}
