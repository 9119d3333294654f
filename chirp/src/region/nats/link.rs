//! One connection to a NATS server.
//!
//! It is thrown away at the first failure: the library's own reconnecting is off, for a connection that
//! comes back by itself hides how long it was away, and the server may be another one by then.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::time::Duration;

use async_nats::jetstream::{self, stream};
use async_nats::{Client, ConnectOptions};

use crate::http::Meter;
use crate::names::RegionName;
use crate::region::ReadError;
use crate::region::copies::CopyError;
use crate::store::WriteError;

/// The stream with the log of a region, on its own server.
pub(super) const STREAM: &str = "LOG";
/// Where its messages are published.
pub(super) const SUBJECT: &str = "log";

/// Why a log does not go by NATS at the moment.
#[derive(Debug, thiserror::Error)]
pub(super) enum NatsError {
    #[error("cannot {what} {}: {source}", .path.display())]
    File { what: &'static str, path: PathBuf, source: std::io::Error },
    #[error("the server ended ({status}): {said}")]
    Ended { status: String, said: String },
    #[error("{what}: {said}")]
    Client { what: &'static str, said: String },
    #[error("no answer within {} ms", .0.as_millis())]
    Silent(Duration),
    #[error("{address} is the server of {found}, not of {expected}: the configuration of the peers is wrong")]
    WrongServer { address: SocketAddr, found: String, expected: RegionName },
    #[error("the stream is empty")]
    Empty,
    #[error("message {0} has no place in a log")]
    NoPlace(u64),
    #[error("message {found} came, not {expected}")]
    OutOfOrder { expected: u64, found: u64 },
    #[error("message {sequence} cannot be read: {source}")]
    Malformed { sequence: u64, source: serde_json::Error },
    #[error("a message is of {found}, not of {expected}")]
    WrongRegion { found: RegionName, expected: RegionName },
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error("a part was not applied: {0}")]
    Apply(#[from] WriteError),
    #[error("what the stream no longer has was not fetched: {0}")]
    Fetch(#[from] CopyError),
}

impl NatsError {
    /// Something that the library says.
    pub(super) fn client(what: &'static str, error: impl std::fmt::Display) -> Self {
        Self::Client { what, said: error.to_string() }
    }
}

/// A connection, and the numbers that it is counted by.
#[derive(Debug)]
pub(super) struct Link {
    client: Client,
    context: jetstream::Context,
    limit: Duration,
    meter: Option<Meter>,
    /// Sent and received, as far as they are counted.
    counted: (u64, u64),
}

impl Link {
    /// Connects to the server of `region`; what goes over it is counted with `meter`.
    pub(super) async fn open(
        address: SocketAddr,
        region: &RegionName,
        limit: Duration,
        meter: Option<Meter>,
    ) -> Result<Self, NatsError> {
        let options = ConnectOptions::new()
            .connection_timeout(limit)
            .request_timeout(Some(limit))
            .max_reconnects(1)
            // A server tells its own address, and a relay must not be gone around.
            .ignore_discovered_servers();
        let connecting = options.connect(format!("nats://{address}"));
        let connected = tokio::time::timeout(limit, connecting).await.map_err(|_| NatsError::Silent(limit))?;
        let client = connected.map_err(|error| NatsError::client("cannot connect", error))?;
        let found = client.server_info().server_name;
        if found != region.as_str() {
            return Err(NatsError::WrongServer { address, found, expected: region.clone() });
        }
        let mut context = jetstream::new(client.clone());
        context.set_timeout(limit);
        if let Some(meter) = &meter {
            meter.count_request();
        }
        Ok(Self { client, context, limit, meter, counted: (0, 0) })
    }

    /// Makes the stream if it is not there, and gives it.
    pub(super) async fn own_stream(&self, keep_bytes: u64) -> Result<stream::Stream, NatsError> {
        let config = stream::Config {
            name: STREAM.to_owned(),
            subjects: vec![SUBJECT.to_owned()],
            storage: stream::StorageType::File,
            max_bytes: keep_bytes as i64,
            discard: stream::DiscardPolicy::Old,
            num_replicas: 1,
            ..stream::Config::default()
        };
        let made = self.bounded(self.context.create_or_update_stream(config)).await?;
        made.map_err(|error| NatsError::client("cannot make the stream", error))?;
        self.stream().await
    }

    /// The stream, as it is now.
    pub(super) async fn stream(&self) -> Result<stream::Stream, NatsError> {
        let got = self.bounded(self.context.get_stream(STREAM)).await?;
        got.map_err(|error| NatsError::client("no stream", error))
    }

    /// For publishing.
    pub(super) fn context(&self) -> &jetstream::Context {
        &self.context
    }

    /// Waits for something, at most as long as an answer may take.
    pub(super) async fn bounded<T>(&self, work: impl Future<Output = T>) -> Result<T, NatsError> {
        tokio::time::timeout(self.limit, work).await.map_err(|_| NatsError::Silent(self.limit))
    }

    /// Adds what has gone over the connection since the last call. The library counts what messages carry,
    /// without the few bytes of protocol around each.
    pub(super) fn count(&mut self) {
        let statistics = self.client.statistics();
        let now = (statistics.out_bytes.load(Ordering::Relaxed), statistics.in_bytes.load(Ordering::Relaxed));
        if let Some(meter) = &self.meter {
            meter.count_bytes(now.0.saturating_sub(self.counted.0), now.1.saturating_sub(self.counted.1));
        }
        self.counted = now;
    }
}
