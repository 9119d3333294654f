//! Connections to one region, kept for the next request.
//!
//! A connection is used by one request at a time, so an error on it concerns nobody else. Those that wait
//! for work are kept newest first (the oldest ones starve and are closed), bounded in number and in age.
//!
//! **Emptied when the region is given up.** A connection through a black hole looks perfectly well: nothing
//! says that its other end is gone. If such ones were kept over an ejection, the first requests after
//! the region's return would all wait for their time-out, fail, and throw it out again. So giving a region up
//! throws its connections away, those in use as soon as they come back: each knows which generation
//! it belongs to.

use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::defects::{Defect, Defects};

/// A connection in somebody's hands. Dropping it closes it.
#[derive(Debug)]
pub(super) struct PooledConnection {
    pub(super) sender: SendRequest<Full<Bytes>>,
    driver: JoinHandle<()>,
    generation: u64,
    /// Whether it has carried a request before.
    pub(super) is_used: bool,
}

impl Drop for PooledConnection {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

#[derive(Debug, Default)]
struct Kept {
    generation: u64,
    idle: Vec<(PooledConnection, Instant)>,
}

/// The connections of one region.
#[derive(Debug)]
pub(super) struct Pool {
    address: SocketAddr,
    idle_max: usize,
    idle_for: Duration,
    connect_timeout: Duration,
    defects: Defects,
    kept: Mutex<Kept>,
}

impl Pool {
    pub(super) fn new(
        address: SocketAddr,
        idle_max: usize,
        idle_for: Duration,
        connect_timeout: Duration,
        defects: Defects,
    ) -> Self {
        Self { address, idle_max, idle_for, connect_timeout, defects, kept: Mutex::default() }
    }

    /// A kept connection if there is a good one.
    pub(super) fn take(&self) -> Option<PooledConnection> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some((connection, since)) = kept.idle.pop() {
            if since.elapsed() > self.idle_for {
                kept.idle.clear(); // The others wait for longer still.
                return None;
            }
            if !connection.sender.is_closed() {
                return Some(connection);
            }
        }
        None
    }

    /// A new connection, within the time-out and `at_most`. The error is for people.
    pub(super) async fn connect(&self, at_most: Duration) -> Result<PooledConnection, String> {
        let limit = self.connect_timeout.min(at_most);
        let generation = self.kept.lock().unwrap_or_else(PoisonError::into_inner).generation;
        let connect = async {
            let stream = TcpStream::connect(self.address).await?;
            stream.set_nodelay(true)?;
            handshake(TokioIo::new(stream)).await.map_err(std::io::Error::other)
        };
        match tokio::time::timeout(limit, connect).await {
            Ok(Ok((sender, connection))) => {
                let driver = tokio::spawn(async move {
                    // What goes wrong is told to whoever waits for the answer.
                    let _ = connection.await;
                });
                Ok(PooledConnection { sender, driver, generation, is_used: false })
            }
            Ok(Err(error)) if error.kind() == std::io::ErrorKind::ConnectionRefused => Err("connection refused".into()),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err(format!("not connected within {} ms", limit.as_millis())),
        }
    }

    /// Keeps a connection whose answer has been read to its end.
    pub(super) fn give_back(&self, mut connection: PooledConnection) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let is_current = connection.generation == kept.generation;
        if is_current && kept.idle.len() < self.idle_max && !connection.sender.is_closed() {
            connection.is_used = true;
            kept.idle.push((connection, Instant::now()));
        }
    }

    /// Throws away what is kept, and what is in use once it comes back.
    pub(super) fn empty(&self) {
        if self.defects.has(Defect::EdgeKeepsDeadConnections) {
            return; // DEFECT edge-keeps-dead-connections
        }
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.generation += 1;
        kept.idle.clear();
    }

    /// How many are kept.
    pub(super) fn idle(&self) -> usize {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).idle.len()
    }
}
