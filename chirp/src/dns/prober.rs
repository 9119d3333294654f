//! The health checker: asks one region for `/healthz`, again and again, as a user would.
//!
//! Each probe is a new connection, for a kept one would say nothing about whether users can connect.
//! Any answer but 200 is a failure, and so is one that takes too long. The reason of the last failure is
//! told with the flip, for "unhealthy" alone helps nobody at three in the morning.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::MissedTickBehavior;

use super::health::Board;
use crate::events::{self, Event};
use crate::http::{Connection, RequestError};
use crate::stop::Stop;
use crate::wall_clock::unix_micros;

/// More than this of a health answer is not read.
const ANSWER_BYTES_MAX: usize = 16 * 1024;

/// Times of the health checks.
#[derive(Clone, Copy, Debug)]
pub(super) struct ProbeTimes {
    /// How often.
    pub(super) interval: Duration,
    /// How long one may take, from connecting to the end of the answer.
    pub(super) timeout: Duration,
}

/// Probes a region until `stop`, and puts the results on the board.
pub(super) async fn run(index: usize, address: SocketAddr, times: ProbeTimes, board: Arc<Board>, stop: Stop) {
    let mut ticks = tokio::time::interval(times.interval);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.requested() => return,
            _ = ticks.tick() => {}
        }
        let result = tokio::select! {
            () = stop.requested() => return,
            result = probe(address, times.timeout) => result,
        };
        if let Some(healthy) = board.record(index, result.is_ok()) {
            let reason = result.err();
            let region = board.name(index);
            tracing::warn!(%region, healthy, reason, "health changed");
            events::emit(&Event::Health { region: region.to_string(), healthy, reason, time_unix_us: unix_micros() });
        }
    }
}

/// One probe; the error is the reason, for people.
async fn probe(address: SocketAddr, timeout: Duration) -> Result<(), String> {
    let ask = async {
        let mut connection = Connection::open(address, timeout).await?;
        connection.get("/healthz", ANSWER_BYTES_MAX, timeout).await
    };
    let answer = tokio::time::timeout(timeout, ask).await;
    let answer = answer.unwrap_or(Err(RequestError::Timeout(timeout))).map_err(|error| error.to_string())?;
    if answer.status == 200 {
        return Ok(());
    }
    let body: Option<serde_json::Value> = serde_json::from_slice(&answer.body).ok();
    let reason = body.as_ref().and_then(|body| body.get("reason")?.as_str()).unwrap_or("no reason given");
    Err(format!("status {}: {reason}", answer.status))
}
