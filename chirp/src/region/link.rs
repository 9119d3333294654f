//! Connections to one peer for everything that is not its log: votes, names, forwarded requests.
//!
//! A connection over an ocean costs a round trip before the first byte, so idle ones are kept, up to a
//! number. One request at a time each: no answer waits behind another. More requests than
//! [`REQUESTS_MAX`] at a time are refused, for a slow peer must not eat this region's memory.

use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, header};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::Semaphore;
use tokio::time::Instant;

use crate::http::{Answer, Connection, Meter, RequestError};

/// Requests to a peer at a time.
const REQUESTS_MAX: usize = 512;
/// Connections that are kept without work.
const IDLE_MAX: usize = 32;
/// The largest answer to a question of ours.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// Why a peer has not answered. What matters: may it have done what it was asked?
#[derive(Debug, thiserror::Error)]
pub(super) enum LinkError {
    /// It never got the request.
    #[error("not asked: {0}")]
    NotSent(RequestError),
    /// Too many wait for it already.
    #[error("not asked: {REQUESTS_MAX} requests to this peer are under way")]
    Busy,
    /// It may have got it, and may do it.
    #[error("{0}")]
    Unknown(RequestError),
    /// It answered no.
    #[error("status {status}: {body}")]
    Status {
        /// The status code.
        status: u16,
        /// What it said.
        body: String,
    },
}

/// The way to a peer.
#[derive(Debug)]
pub(super) struct Link {
    address: SocketAddr,
    meter: Meter,
    slots: Semaphore,
    idle: Mutex<Vec<Connection>>,
}

impl Link {
    /// Nothing is connected yet; `meter` counts what will go there.
    pub(super) fn new(address: SocketAddr, meter: Meter) -> Self {
        Self { address, meter, slots: Semaphore::new(REQUESTS_MAX), idle: Mutex::new(Vec::new()) }
    }

    /// Sends a request, within `timeout` for everything.
    pub(super) async fn send(
        &self,
        request: Request<Bytes>,
        body_max: usize,
        timeout: Duration,
    ) -> Result<Answer, LinkError> {
        let began = Instant::now();
        let _slot = self.slots.try_acquire().map_err(|_| LinkError::Busy)?;
        let mut connection = match self.idle() {
            Some(connection) => connection,
            None => Connection::to_peer(self.address, timeout, self.meter.clone()).await.map_err(LinkError::NotSent)?,
        };
        let left = timeout.saturating_sub(began.elapsed());
        let (parts, body) = request.into_parts();
        let answer = connection.request(&parts, body, body_max, left).await.map_err(LinkError::Unknown)?;
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE_MAX {
            idle.push(connection);
        }
        Ok(answer)
    }

    /// Posts a question and reads the answer, both JSON.
    pub(super) async fn ask<T: DeserializeOwned>(
        &self,
        path: &str,
        question: &impl Serialize,
        timeout: Duration,
    ) -> Result<T, LinkError> {
        let body = serde_json::to_vec(question).expect("questions have text keys only");
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/json")
            .body(Bytes::from(body))
            .expect("paths of ours are well-formed");
        let answer = self.send(request, ANSWER_BYTES_MAX, timeout).await?;
        if !(200..300).contains(&answer.status) {
            let body = String::from_utf8_lossy(&answer.body).into_owned();
            return Err(LinkError::Status { status: answer.status, body });
        }
        serde_json::from_slice(&answer.body)
            .map_err(|error| LinkError::Unknown(RequestError::Unexpected(error.to_string())))
    }

    /// The connection that was used last and is still open.
    fn idle(&self) -> Option<Connection> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(Connection::is_open);
        idle.pop()
    }
}
