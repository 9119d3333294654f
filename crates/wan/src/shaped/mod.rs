//! A socket whose bytes take the time that its link says: no proxy, no task, no copy while nothing is delayed.
//!
//! ```text
//!   owner ── poll_write ──▶ forward lane ──(release)──▶ inner socket ──▶ service
//!   owner ◀── poll_read ── backward lane ◀──(arrival)── inner socket ◀── service
//! ```
//!
//! **Who drives.** There is no task behind a stream: polling it is what moves it. A read that waits sends what has become
//! due, takes in what has arrived and stamps it, and sets one sleep for whichever comes first. The owner of a connection
//! reads while it waits for an answer, so that is enough; an owner that only writes has to call `shutdown` to push the last
//! bytes through. `flush` returns at once, as on a socket, where bytes are gone when they are in the kernel.
//!
//! **Two tasks** may share a stream (`tokio::io::split`): the one that reads drives, a writer hands over to it.
//!
//! **Closing** is a byte behind all others: end of stream, shutdown and errors of the socket take the way's delay too.
//! Dropping a stream drops what is still on its forward way, as a reset would.
//!
//! **A black hole** holds bytes (TCP sends them again, nothing is lost) and lets them go with the sender's next
//! retransmission after it is gone, see [`crate::link::next_retransmission`]. Bytes that were past the hole when it opened
//! arrive. A hole of more than about 15 minutes ends the stream with a time-out.
//!
//! **A stall** (a queue that stands still) holds bytes too and lets them go at once when it ends: nothing was lost, so nothing is
//! sent again.
//!
//! **A link that rejects** ends each of its streams with a reset, also those that nobody polled meanwhile.
//!
//! **Cost.** A link that passes everything costs one atomic load per poll and a counter. A shaped stream holds buffers only
//! while bytes are on the way. What arrives while nobody polls is stamped at the next poll.
//!
//! **Limits**, stated: packets and duplicates don't exist here (a path MTU is a limit on writes); and when an owner drops its stream inside a black
//! hole, the service sees the end at once, while a real one would wait for its own time-out.

mod connect;
mod lane;
mod options;
mod probe;
mod shape;
mod transit;
mod waiting;

#[cfg(test)]
mod tests;

pub use connect::connect;
pub use options::{StreamOptions, WINDOW_BYTES};
pub use probe::{PROBE_BYTES_MAX, PROBE_WITHIN_MAX, PROBES_MAX, Probe, Probed, probe};

use crate::{LinkHandle, link::Stamp};
use shape::Shape;
use std::{
    future::poll_fn,
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A stream over a link.
#[derive(Debug)]
pub struct ShapedStream<S> {
    inner: S,
    /// Boxed, so that a stream without a link stays as small as its socket.
    shape: Option<Box<Shape>>,
}

impl<S> ShapedStream<S> {
    /// A stream without a link.
    pub fn unshaped(inner: S) -> Self {
        Self { inner, shape: None }
    }

    /// A stream that is already open, over a link. [`connect()`] is what also pays for opening it.
    pub fn established(link: &LinkHandle, options: StreamOptions, inner: S) -> Self {
        let shape = link.shared().map(|shared| Box::new(Shape::new(shared, options, shared.stamp())));
        Self { inner, shape }
    }

    /// The same for a connection that has been told from others already.
    fn of(link: &LinkHandle, options: StreamOptions, inner: S, mut connection: Stamp) -> Self {
        let shape = link.shared().map(|shared| {
            connection.version = shared.version();
            Box::new(Shape::new(shared, options, connection))
        });
        Self { inner, shape }
    }

    /// The socket underneath, for its addresses and options.
    pub fn get_ref(&self) -> &S {
        &self.inner
    }

    /// Bytes are on the way in either direction, or an end is.
    #[must_use]
    pub fn is_in_transit(&self) -> bool {
        self.shape.as_ref().is_some_and(|shape| shape.is_in_transit())
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> ShapedStream<S> {
    /// Moves what is due towards the socket, for an owner that can't read at present because it has no room. The task is
    /// woken when more is due or the link changes.
    ///
    /// # Errors
    /// When the link has ended the stream.
    pub fn poll_drive(&mut self, context: &mut Context<'_>) -> io::Result<()> {
        match &mut self.shape {
            None => Ok(()),
            Some(shape) => shape.poll_drive(&mut self.inner, context),
        }
    }

    /// Lets a reset travel behind what was written; over when it has come out of the link. To reset the socket itself is up
    /// to its owner.
    ///
    /// # Errors
    /// When the link has ended the stream.
    pub async fn travel_reset(&mut self) -> io::Result<()> {
        match &mut self.shape {
            None => Ok(()),
            Some(shape) => poll_fn(|context| shape.poll_reset(&mut self.inner, context)).await,
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for ShapedStream<S> {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let Self { inner, shape } = self.get_mut();
        match shape {
            None => Pin::new(inner).poll_read(context, buffer),
            Some(shape) => shape.poll_read(inner, context, buffer),
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for ShapedStream<S> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        let Self { inner, shape } = self.get_mut();
        match shape {
            None => Pin::new(inner).poll_write(context, data),
            Some(shape) => shape.poll_write(inner, context, data),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Self { inner, shape } = self.get_mut();
        if let Some(shape) = shape {
            ready!(shape.poll_flush(inner, context))?;
        }
        Pin::new(inner).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Self { inner, shape } = self.get_mut();
        match shape {
            None => Pin::new(inner).poll_shutdown(context),
            Some(shape) => shape.poll_shutdown(inner, context),
        }
    }
}
