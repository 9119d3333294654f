//! HTTP to the endpoints of a third party: a POST of JSON over a kept connection.
//!
//! Connections are kept because a new one costs a round trip, which on a path between continents is more
//! than the whole budget of a post. A kept connection may have been closed by the other side since it was
//! last used; that shows only when it is used. So a failure on a kept one is tried once more on a new
//! one, within the same time-out, before it counts as a failure of the provider. All questions may be
//! asked twice (see `dependency`), so this is harmless.
//!
//! Each call says how long its answer is waited for (`x-deadline-ms`), so that a provider need not work for
//! nobody. A call that is given up closes its connection.

use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, header};
use tokio::time::Instant;

use super::dependency::Transport;
use crate::http::{Answer, Connection, DEADLINE, RequestError};
use crate::names::RegionName;

/// Connections kept per endpoint. More are made when needed, and closed after use.
const KEPT_MAX: usize = 8;
/// More than this of an answer is not read.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// The way to the endpoints of one kind of third party.
#[derive(Debug)]
pub(crate) struct HttpTransport {
    region: RegionName,
    path: &'static str,
    endpoints: Vec<Endpoint>,
}

#[derive(Debug)]
struct Endpoint {
    address: SocketAddr,
    kept: Mutex<Vec<Connection>>,
}

impl HttpTransport {
    /// Posts to `path` at these addresses, and says that `region` asks.
    pub(crate) fn new(region: RegionName, path: &'static str, addresses: &[SocketAddr]) -> Self {
        let endpoint = |address: &SocketAddr| Endpoint { address: *address, kept: Mutex::default() };
        Self { region, path, endpoints: addresses.iter().map(endpoint).collect() }
    }

    async fn ask(&self, connection: &mut Connection, body: Bytes, until: Instant) -> Result<Answer, RequestError> {
        let timeout = until.saturating_duration_since(Instant::now());
        let (parts, ()) = Request::post(self.path)
            .header(header::CONTENT_TYPE, "application/json")
            .header("x-region", self.region.as_str())
            .header(DEADLINE, timeout.as_millis() as u64)
            .body(())
            .expect("names of regions and numbers are values of headers")
            .into_parts();
        connection.request(&parts, body, ANSWER_BYTES_MAX, timeout).await
    }
}

impl Transport for HttpTransport {
    async fn call(&self, endpoint: usize, body: Bytes, timeout: Duration) -> Result<Answer, RequestError> {
        let (endpoint, until) = (&self.endpoints[endpoint], Instant::now() + timeout);
        // In a statement of its own: the lock must not be held while waiting.
        let kept = endpoint.kept().pop();
        if let Some(mut connection) = kept {
            match self.ask(&mut connection, body.clone(), until).await {
                Ok(answer) => {
                    endpoint.keep(connection);
                    return Ok(answer);
                }
                Err(RequestError::Broken(reason)) => tracing::debug!(%reason, "a kept connection was closed"),
                Err(error) => return Err(error),
            }
        }
        let left = until.saturating_duration_since(Instant::now());
        let mut connection = Connection::open(endpoint.address, left).await?;
        let answer = self.ask(&mut connection, body, until).await?;
        endpoint.keep(connection);
        Ok(answer)
    }
}

impl Endpoint {
    fn kept(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self, connection: Connection) {
        let mut kept = self.kept();
        if kept.len() < KEPT_MAX {
            kept.push(connection);
        }
    }
}
