//! From the stream of a peer to the own writer.
//!
//! ```text
//!   connect; where in the stream is our cursor? ([`place`])
//!   loop: messages (the server waits until it has some); one transaction: apply, keep, move the cursor
//! ```
//!
//! The server keeps a consumer without acknowledgements, in memory, only as long as we ask it. Messages must
//! come with the numbers 1, 2, 3 … of the stream; any other number, a silence longer than `poll_wait` and
//! `timeout` together, or an error ends the connection, and the next one finds its place from the cursor.
//! What is there already goes into one transaction together: a reader that is behind does not pay an fsync
//! per message.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream::Message;
use async_nats::jetstream::consumer::{AckPolicy, Consumer, DeliverPolicy, pull};
use async_nats::jetstream::stream::Stream;
use futures_util::{FutureExt as _, StreamExt as _};
use http::{HeaderMap, HeaderName, HeaderValue};
use tokio::time::Instant;

use super::link::{Link, NatsError};
use super::place::{self, Search};
use crate::entry::LogBatch;
use crate::names::RegionName;
use crate::region::puller::APPLY_DEADLINE;
use crate::region::reading::{Reader, Tries, note_applied};
use crate::region::{Region, copies};
use crate::trace::{self, AppliedBatch};

/// Messages that are asked for at once; they wait in memory.
const MESSAGES_MAX: usize = 32;
/// What goes into one transaction ends with the message that passes this.
const TOGETHER_BYTES_MAX: usize = 1024 * 1024;
/// After so long without a question the server forgets our place. It is found again by the cursor.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(120);

/// Reads until the region stops.
pub(super) async fn run(region: &Region, peer: &RegionName, address: SocketAddr) {
    let reader = Reader::new("stream", region, peer, address);
    reader.run(|tries| read(region, peer, address, tries)).await;
}

/// Reads over one connection until something fails; answers what.
async fn read(region: &Region, peer: &RegionName, address: SocketAddr, tries: &Tries) -> NatsError {
    match try_read(region, peer, address, tries).await {
        Ok(never) => match never {},
        Err(error) => error,
    }
}

async fn try_read(
    region: &Region,
    peer: &RegionName,
    address: SocketAddr,
    tries: &Tries,
) -> Result<std::convert::Infallible, NatsError> {
    let meter = region.metrics.traffic().meter(peer, "nats");
    let mut link = Link::open(address, peer, region.replication.timeout, Some(meter)).await?;
    let stream = link.stream().await?;
    let next = begin(region, peer, &link, &stream).await?;
    let consumer = consume(&link, &stream, next).await?;
    let mut reading = Reading { region, peer, next };
    tries.succeeded();
    loop {
        let limit = region.replication.poll_wait + region.replication.timeout;
        let asking = consumer.batch().max_messages(MESSAGES_MAX).expires(region.replication.poll_wait).messages();
        let mut messages = link.bounded(asking).await?.map_err(|error| NatsError::client("cannot ask", error))?;
        let mut some = false;
        loop {
            let came = tokio::time::timeout(limit, messages.next()).await.map_err(|_| NatsError::Silent(limit))?;
            let Some(message) = came else { break };
            let mut together = vec![reading.take(message)?];
            let mut bytes = together[0].bytes;
            while bytes < TOGETHER_BYTES_MAX
                && let Some(Some(message)) = messages.next().now_or_never()
            {
                let part = reading.take(message)?;
                bytes += part.bytes;
                together.push(part);
            }
            some = true;
            reading.apply(together).await?;
            link.count();
        }
        if !some {
            // Nothing, or the library's own patience: only an answer shows that somebody is there.
            link.stream().await?;
            link.count();
        }
    }
}

/// Tells where the peer's stream ends, and finds the first message with something new.
async fn begin(region: &Region, peer: &RegionName, link: &Link, stream: &Stream) -> Result<u64, NatsError> {
    let state = &stream.cached_info().state;
    if state.messages == 0 {
        return Err(NatsError::Empty);
    }
    let end = place::look(link, stream, state.last_sequence).await?;
    let (origin, log) = (peer.to_string(), end.log.clone());
    let held = region.read(move |store| store.held_up_to(&origin, &log)).await?;
    let cursor = region.peers[peer].cursor();
    if cursor.log != end.log && !cursor.log.is_empty() {
        tracing::warn!(%peer, log = end.log, "the peer has a new log; reading it from the beginning");
    }
    // Nothing of it yet, but which log is the current one is known from here on.
    let head = end.to.max(held);
    let name = peer.clone();
    let contact = LogBatch { region: name, log: end.log.clone(), from: held, to: held, head, entries: Vec::new() };
    write(region, peer, contact).await?;
    let mut search = Search::new(state.first_sequence, state.last_sequence);
    while let Some(sequence) = search.wanted() {
        let place = place::look(link, stream, sequence).await?;
        search.tell(sequence, place.is_beyond(&end.log, held));
    }
    Ok(search.found())
}

async fn consume(link: &Link, stream: &Stream, next: u64) -> Result<Consumer<pull::Config>, NatsError> {
    let config = pull::Config {
        deliver_policy: DeliverPolicy::ByStartSequence { start_sequence: next },
        ack_policy: AckPolicy::None,
        inactive_threshold: FORGOTTEN_AFTER,
        memory_storage: true,
        ..pull::Config::default()
    };
    let made = link.bounded(stream.create_consumer(config)).await?;
    made.map_err(|error| NatsError::client("cannot make a consumer", error))
}

/// A message.
struct Part {
    batch: LogBatch,
    /// Those about traces.
    headers: HeaderMap,
    bytes: usize,
}

/// Where the reader is.
struct Reading<'a> {
    region: &'a Region,
    peer: &'a RegionName,
    /// The number of the next message.
    next: u64,
}

impl Reading<'_> {
    /// Checks that a message is the next one, and reads it.
    fn take(&mut self, message: Result<Message, async_nats::Error>) -> Result<Part, NatsError> {
        let message = message.map_err(|error| NatsError::client("no message", error))?;
        let info = message.info().map_err(|error| NatsError::client("a message without a number", error))?;
        let (expected, found) = (self.next, info.stream_sequence);
        if found != expected {
            return Err(NatsError::OutOfOrder { expected, found });
        }
        self.next = found + 1;
        let bytes = message.payload.len();
        let batch: LogBatch = serde_json::from_slice(&message.payload)
            .map_err(|source| NatsError::Malformed { sequence: found, source })?;
        if batch.region != *self.peer {
            return Err(NatsError::WrongRegion { found: batch.region, expected: self.peer.clone() });
        }
        Ok(Part { batch, headers: trace_headers(&message), bytes })
    }

    /// Applies parts in one transaction for each run of them without a gap: mostly one.
    async fn apply(&self, parts: Vec<Part>) -> Result<(), NatsError> {
        let mut pending: Option<LogBatch> = None;
        let mut told = Vec::new();
        for Part { batch, headers, .. } in parts {
            told.push((headers, batch.from, batch.to));
            match &mut pending {
                Some(before) if before.log == batch.log && before.to == batch.from => {
                    before.entries.extend(batch.entries);
                    (before.to, before.head) = (batch.to, batch.head);
                }
                _ => {
                    if let Some(before) = pending.replace(batch) {
                        self.apply_one(before).await?;
                    }
                }
            }
        }
        let began = Instant::now();
        if let Some(last) = pending {
            self.apply_one(last).await?;
        }
        for (headers, from, to) in told {
            let done = AppliedBatch { peer: self.peer.as_str(), from, to, took: began.elapsed() };
            trace::record_applied(&self.region.tracer, &headers, &done, None);
        }
        Ok(())
    }

    async fn apply_one(&self, batch: LogBatch) -> Result<(), NatsError> {
        let cursor = self.region.peers[self.peer].cursor();
        if batch.log == cursor.log && cursor.seq < batch.from {
            // The stream has lost what is between, or has thrown it away for its bound.
            tracing::info!(peer = %self.peer, from = cursor.seq, to = batch.from, "fetching what the stream lacks");
            copies::fetch_from_origin(self.region, self.peer, &batch.log, batch.from).await?;
        }
        write(self.region, self.peer, batch).await
    }
}

/// Applies a batch and tells about it.
async fn write(region: &Region, peer: &RegionName, batch: LogBatch) -> Result<(), NatsError> {
    let is_known = region.peers[peer].cursor().log == batch.log;
    let batch = Arc::new(batch);
    let shared = Arc::clone(&batch);
    // An old message again must not look like a log that lost its tail: only a new log moves the cursor back.
    let writing = region.writer.write(APPLY_DEADLINE, move |session| {
        if is_known { session.apply_copies(&shared) } else { session.apply_batch(&shared) }
    });
    let applying = region.transfers.applying().await;
    let applied = writing.await?;
    let is_back = note_applied(region, peer, &batch, &applied);
    drop(applying);
    if is_back {
        tracing::info!(%peer, applied = applied.cursor.seq, "reading the stream of a peer again");
    }
    Ok(())
}

fn trace_headers(message: &Message) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, values) in message.headers.iter().flat_map(|headers| headers.iter()) {
        let name = HeaderName::from_bytes(name.to_string().as_bytes());
        let value = values.first().and_then(|value| HeaderValue::from_str(value.as_str()).ok());
        if let (Ok(name), Some(value)) = (name, value) {
            headers.insert(name, value);
        }
    }
    headers
}
