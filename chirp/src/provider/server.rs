//! The listeners of a provider: one for its users, one for its faults.
//!
//! The first speaks hyper directly, for a router cannot close a connection instead of answering, and that
//! is what `refuse` does. A call that hangs waits for its fault to be cleared or for the process to stop,
//! not for a time; its asker must have a time-out of its own, and that is the point.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use bytes::Bytes;
use http::{Method, Request, Response, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use serde::Serialize;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::answers::{self, Answered, Told};
use super::fate::{Calls, Fate};
use crate::condition::{self, Conditions, Role};
use crate::defects::Defects;
use crate::http::{ServeOptions, serve};
use crate::stop::Stop;
use crate::third_party::Kind;

/// Connections per listener.
const CONNECTIONS_MAX: usize = 4096;
/// How long a stop waits for answers.
const DRAIN: Duration = Duration::from_secs(1);
/// An idle connection is closed after this.
const IDLE_MAX: Duration = Duration::from_secs(60);
/// A larger question is not read.
const BODY_BYTES_MAX: usize = 64 * 1024;

/// Everything that the listeners share.
#[derive(Debug)]
pub(super) struct Provider {
    kind: Kind,
    conditions: Conditions,
    calls: Mutex<Calls>,
    told: Mutex<Told>,
}

/// The connection is closed instead of an answer.
#[derive(Debug, thiserror::Error)]
#[error("refused on purpose")]
struct Refused;

impl Provider {
    /// Nothing is wrong with it.
    pub(super) fn new(kind: Kind) -> Self {
        let conditions = Conditions::new(Role::Provider, &Defects::default());
        Self { kind, conditions, calls: Mutex::default(), told: Mutex::default() }
    }

    /// What is wrong with it.
    pub(super) fn conditions(&self) -> &Conditions {
        &self.conditions
    }

    fn calls(&self) -> std::sync::MutexGuard<'_, Calls> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One call, with what is wrong for its region.
    async fn call(&self, region: &str, body: &[u8]) -> Result<Answered, Refused> {
        let mut changes = self.conditions.changes();
        self.calls().count(region);
        match Fate::of(&self.conditions, region) {
            Fate::Answer => {}
            Fate::Delay(delay) => tokio::time::sleep(delay).await,
            Fate::Fail => return Ok((500, Bytes::from_static(br#"{"error":"failing on purpose"}"#))),
            Fate::Refuse => return Err(Refused),
            Fate::Hang => {
                while Fate::of(&self.conditions, region) == Fate::Hang {
                    changes.changed().await.map_err(|_| Refused)?;
                }
                return Err(Refused);
            }
        }
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(answers::answer(self.kind, body, &mut told))
    }
}

/// Serves questions until `stop`.
pub(super) async fn serve_calls(listener: TcpListener, provider: Arc<Provider>, stop: Stop) {
    let slots = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            () = stop.requested() => break,
            accepted = accept(&listener, &slots) => accepted,
        };
        match accepted {
            Ok((stream, slot)) => {
                let provider = Arc::clone(&provider);
                connections.spawn(async move {
                    serve_connection(stream, provider).await;
                    drop(slot);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
        while connections.try_join_next().is_some() {}
    }
    // Dropping the set ends them; a provider owes nobody a farewell.
}

async fn accept(
    listener: &TcpListener,
    slots: &Arc<Semaphore>,
) -> std::io::Result<(TcpStream, tokio::sync::OwnedSemaphorePermit)> {
    let slot = Arc::clone(slots).acquire_owned().await.expect("the semaphore is never closed");
    Ok((listener.accept().await?.0, slot))
}

async fn serve_connection(stream: TcpStream, provider: Arc<Provider>) {
    if stream.set_nodelay(true).is_err() {
        return; // Already gone.
    }
    let service = service_fn(move |request| {
        let provider = Arc::clone(&provider);
        async move { respond(&provider, request).await }
    });
    let mut builder = hyper::server::conn::http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(IDLE_MAX);
    if let Err(error) = builder.serve_connection(TokioIo::new(stream), service).await {
        tracing::debug!(%error, "a connection ended");
    }
}

async fn respond(provider: &Provider, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Refused> {
    let region = request.headers().get("x-region").and_then(|region| region.to_str().ok());
    let region = region.unwrap_or("unknown").to_owned();
    let (status, body) = if request.method() != Method::POST || request.uri().path() != provider.kind.path() {
        (404, Bytes::from_static(br#"{"error":"no such route"}"#))
    } else {
        match Limited::new(request.into_body(), BODY_BYTES_MAX).collect().await {
            Ok(body) => provider.call(&region, &body.to_bytes()).await?,
            Err(_) => (413, Bytes::from_static(br#"{"error":"the question is too large"}"#)),
        }
    };
    let response = Response::builder().status(status).header(header::CONTENT_TYPE, "application/json");
    Ok(response.body(Full::new(body)).expect("the status is a status"))
}

/// Serves the conditions and the counts until `stop`.
pub(super) async fn serve_admin(listener: TcpListener, provider: Arc<Provider>, stop: Stop) {
    let conditions = condition::router(provider.conditions.clone());
    let router = Router::new().route("/admin/calls", get(calls)).with_state(provider).merge(conditions);
    serve(listener, router, ServeOptions { connections_max: CONNECTIONS_MAX, drain: DRAIN }, stop).await;
}

#[derive(Debug, Serialize)]
struct Counts {
    calls: std::collections::BTreeMap<String, u64>,
    notifications: u64,
}

async fn calls(State(provider): State<Arc<Provider>>) -> Json<Counts> {
    let calls = provider.calls().by_region().clone();
    let told = provider.told.lock().unwrap_or_else(PoisonError::into_inner);
    Json(Counts { calls, notifications: told.count() })
}
