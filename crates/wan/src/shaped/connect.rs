//! Opening a connection over a link: the handshake pays its round trip because the SYN and its answer are held, each for
//! its own way.
//!
//! ```text
//!   t = 0 ── SYN ──▶ forward delay ──▶ real connect ──▶ backward delay ──▶ open
//! ```
//!
//! - In a black hole, also in a one-way one, SYNs are lost and sent again after 1, 3, 7 … 63 s; at 127 s the connect has
//!   timed out. Clients usually give up earlier by a time-out of their own.
//! - Where packets are lost, so are those of handshakes, with the same waits.
//! - A slow accepter (a full queue, a firewall that looks everything up) takes the link's `connect_delay`.
//! - A link that rejects answers with a reset: refused after one round trip.
//! - What the real connect says (refused, unreachable) comes back after the backward delay, as it would.
//!
//! A handshake carries no payload, so it waits for no bandwidth.

use super::{ShapedStream, StreamOptions};
use crate::{
    LinkHandle,
    link::{CONNECT_ATTEMPTS_MAX, Dice, Stamp, connect_attempt},
    network::{Counter, Effective, Shared},
    timer,
};
use std::{io, sync::Arc, time::Duration};
use tokio::time::Instant;

/// Opens a connection over a link. The connector opens the real one; it is started when the SYN has arrived.
///
/// # Errors
/// [`io::ErrorKind::ConnectionRefused`] when the link rejects, [`io::ErrorKind::TimedOut`] when it stayed a black hole for
/// 127 s, [`io::ErrorKind::ConnectionReset`] when it began to reject meanwhile, and whatever the connector says.
pub async fn connect<S, Connector>(
    link: &LinkHandle,
    options: StreamOptions,
    connector: Connector,
) -> io::Result<ShapedStream<S>>
where
    Connector: Future<Output = io::Result<S>>,
{
    let Some(shared) = link.shared() else { return connector.await.map(ShapedStream::unshaped) };
    let (sent, connection) = send_syn(shared).await?;
    let answer = connector.await;
    let now = shared.effective().view(&connection);
    hold(now.link.backward.delay_at(shared.now(), shared.drift)).await;
    let inner = answer?;
    if shared.effective().resets != sent.resets {
        shared.traffic.add(Counter::Reset, 1);
        return Err(reset_error());
    }
    shared.traffic.add(Counter::Connected, 1);
    Ok(ShapedStream::of(link, options, inner, connection))
}

/// What a stream that a link has reset says.
pub(super) fn reset_error() -> io::Error {
    io::Error::new(io::ErrorKind::ConnectionReset, "the emulated link reset the connection")
}

/// Sends SYNs until one arrives; gives the link as that one met it, and which connection it is.
async fn send_syn(shared: &Shared) -> io::Result<(Arc<Effective>, Stamp)> {
    let started = Instant::now();
    let mut connection = shared.stamp();
    let mut dice = Dice::new(connection.luck.derive("handshake"));
    for attempt in 0..CONNECT_ATTEMPTS_MAX {
        if attempt > 0 {
            timer::sleep_until(started + connect_attempt(attempt)).await;
        }
        connection.version = shared.version();
        let effective = shared.effective().view(&connection);
        let now = shared.now();
        let forward = effective.link.forward.delay_at(now, shared.drift);
        if effective.link.rejects() {
            hold(forward + effective.link.backward.delay_at(now, shared.drift)).await;
            shared.traffic.add(Counter::Refused, 1);
            return Err(io::Error::new(io::ErrorKind::ConnectionRefused, "the emulated link refused the connection"));
        }
        if effective.link.opens() && !dice.falls(effective.link.handshake_loss()) {
            hold(forward + effective.link.connect_delay).await;
            return Ok((effective, connection));
        }
    }
    timer::sleep_until(started + connect_attempt(CONNECT_ATTEMPTS_MAX)).await;
    shared.traffic.add(Counter::TimedOut, 1);
    Err(io::Error::new(io::ErrorKind::TimedOut, "the emulated link swallowed every attempt to connect for 127 s"))
}

async fn hold(delay: Duration) {
    if !delay.is_zero() {
        timer::sleep(delay).await;
    }
}
