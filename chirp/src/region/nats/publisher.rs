//! From the durable log to the stream of the own server.
//!
//! The publisher remembers nothing: each time it connects it looks at the last message of the stream and goes
//! on after it. While acknowledgements are under way everything that becomes durable meanwhile goes into the
//! next message, so a busy region makes larger messages and not more of them.

use std::collections::VecDeque;

use async_nats::jetstream::context::PublishAckFuture;
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::stream::Stream;

use super::Nats;
use super::link::{Link, NatsError, SUBJECT};
use super::place::{self, Place};
use crate::region::backoff::Backoff;
use crate::region::{Region, peer_api};

/// Messages that may wait for their acknowledgement.
const WINDOW: usize = 8;
/// About how many bytes of entries a message holds.
const PART_BYTES_MAX: usize = 256 * 1024;

/// Publishes until the region stops.
pub(super) async fn run(region: &Region, nats: &Nats) {
    let times = &region.replication;
    let backoff = Backoff::new(times.retry_min, times.retry_max, &region.name, &region.name);
    let mut failures = 0_u32;
    loop {
        let error = tokio::select! {
            () = region.stop.requested() => return,
            error = publish(region, nats, &mut failures) => error,
        };
        failures = failures.saturating_add(1);
        region.metrics.nats().failures.inc();
        if failures == 1 {
            tracing::warn!(%error, "the log does not reach the own NATS server; trying again");
        } else {
            tracing::debug!(%error, failures, "the log still does not reach the own NATS server");
        }
        tokio::select! {
            () = region.stop.requested() => return,
            () = tokio::time::sleep(backoff.wait(failures)) => {}
        }
    }
}

/// A message that waits for its acknowledgement.
struct Sent {
    acknowledgement: PublishAckFuture,
    sequence: u64,
    to: u64,
}

/// Publishes over one connection until something fails; answers what.
async fn publish(region: &Region, nats: &Nats, failures: &mut u32) -> NatsError {
    match try_publish(region, nats, failures).await {
        Ok(never) => match never {},
        Err(error) => error,
    }
}

async fn try_publish(region: &Region, nats: &Nats, failures: &mut u32) -> Result<std::convert::Infallible, NatsError> {
    let link = Link::open(nats.address, &region.name, region.replication.timeout, None).await?;
    let stream = link.own_stream(nats.keep_bytes).await?;
    let mut durable = region.writer.durable();
    let head = *durable.borrow_and_update();
    let (mut sequence, mut published) = resume(region, &link, &stream, head).await?;
    let mut window = VecDeque::new();
    loop {
        let head = *durable.borrow_and_update();
        while published < head && window.len() < WINDOW {
            let sent = send(region, &link, sequence, published, head).await?;
            (sequence, published) = (sent.sequence, sent.to);
            window.push_back(sent);
        }
        let Some(Sent { acknowledgement, sequence: expected, to }) = window.pop_front() else {
            *failures = 0;
            // The writer lives as long as the region.
            let _ = durable.changed().await;
            continue;
        };
        let answer = link.bounded(acknowledgement.into_future()).await?;
        let found = answer.map_err(|error| NatsError::client("not published", error))?.sequence;
        if found != expected {
            return Err(NatsError::OutOfOrder { expected, found });
        }
        region.metrics.nats().published.set(to as i64);
    }
}

/// Where the stream ends, and up to which number of the log it has what is before that.
async fn resume(region: &Region, link: &Link, stream: &Stream, head: u64) -> Result<(u64, u64), NatsError> {
    let state = &stream.cached_info().state;
    if state.messages == 0 {
        return Ok((state.last_sequence, 0));
    }
    let last = place::look(link, stream, state.last_sequence).await?;
    match after(&last, region.store.log(), head) {
        Some(published) => Ok((state.last_sequence, published)),
        None => {
            tracing::error!(stream = last.to, log = head, "the stream has more than the log; it is thrown away");
            let purged = link.bounded(stream.purge().into_future()).await?;
            purged.map_err(|error| NatsError::client("cannot empty the stream", error))?;
            Ok((state.last_sequence, 0))
        }
    }
}

/// After which number of our log to go on; none if the stream is of our log and beyond its end, which only a
/// disk that lied about an fsync, or a data directory that was put back by hand, can bring about.
fn after(last: &Place, log: &str, head: u64) -> Option<u64> {
    if last.log != log {
        return Some(0);
    }
    (last.to <= head).then_some(last.to)
}

/// Sends the next part, to come after message `sequence`.
async fn send(region: &Region, link: &Link, sequence: u64, from: u64, head: u64) -> Result<Sent, NatsError> {
    let entries_max = region.replication.batch_entries_max;
    let part = region.read(move |store| store.log_after(from, head, entries_max, PART_BYTES_MAX)).await?;
    // What is before is no longer kept. Readers see the gap and ask for it, and are told.
    let from = from.max(part.first.saturating_sub(1));
    let place = Place { log: region.store.log().to_owned(), to: part.to };
    let mut headers = place.headers();
    let mut traces = http::HeaderMap::new();
    region.writer.traces().tell(from, part.to, &mut traces);
    for (name, value) in &traces {
        headers.insert(name.as_str(), String::from_utf8_lossy(value.as_bytes()).as_ref());
    }
    let text = peer_api::batch_text(region.name.as_str(), &place.log, from, &part, head);
    let message = PublishMessage::build()
        .headers(headers)
        .payload(text.into())
        .message_id(format!("{}:{}:{}", place.log, place.to, sequence + 1))
        .expected_last_sequence(sequence);
    let sending = link.bounded(link.context().send_publish(SUBJECT, message)).await?;
    let acknowledgement = sending.map_err(|error| NatsError::client("cannot publish", error))?;
    Ok(Sent { acknowledgement, sequence: sequence + 1, to: part.to })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_publisher_goes_on_where_the_stream_ends() {
        let last = Place { log: "new".into(), to: 7 };
        // (our log, its end, after which number)
        for (log, head, expected) in [
            ("new", 7, Some(7)),
            ("new", 9, Some(7)),
            // Another log: from its beginning.
            ("newer", 3, Some(0)),
            // It has what we do not have.
            ("new", 6, None),
        ] {
            assert_eq!(after(&last, log, head), expected, "{log} {head}");
        }
    }
}
