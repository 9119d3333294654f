//! Carries bytes between a bare socket and a shaped one, both ways, with half-close and resets.
//!
//! ```text
//!   opener ══ bare socket ──▶ buffer ──▶ shaped stream ══ accepter
//!                        ◀── buffer ◀──
//! ```
//!
//! One task per connection polls both halves; each half has one bounded buffer and reads only when it is empty, so a slow
//! consumer slows its producer down and nothing piles up here. The shaped stream is driven in every turn, also when the
//! bare socket takes nothing: what is on its way to the accepter must not wait for the opener to read.
//!
//! A reset of the opener travels over the link before the accepter is reset; one of the accepter, or of the link itself,
//! has taken its way inside the shaped stream.

use crate::ShapedStream;
use std::{
    future::poll_fn,
    io,
    pin::Pin,
    task::{Context, Poll},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};

const BUFFER_BYTES: usize = 16 * 1_024;

/// Carries bytes until both directions have ended or one of the sockets fails, in which case both are reset.
pub(super) async fn pump(mut bare: TcpStream, mut shaped: ShapedStream<TcpStream>) {
    let mut forward = Half::default();
    let mut backward = Half::default();
    let turn = |context: &mut Context<'_>| {
        let sent = forward.poll(&mut bare, &mut shaped, context).map_err(Failed::forward)?;
        let received = backward.poll(&mut shaped, &mut bare, context).map_err(Failed::backward)?;
        shaped.poll_drive(context).map_err(|_| Failed::Shaped)?;
        if sent.is_ready() && received.is_ready() { Poll::Ready(Ok::<(), Failed>(())) } else { Poll::Pending }
    };
    let Err(failed) = poll_fn(turn).await else { return };
    if failed == Failed::Bare {
        // What the link says to it doesn't matter any more: the sockets are reset in any case.
        let _ = shaped.travel_reset().await;
    }
    reset(shaped.get_ref());
    reset(&bare);
}

/// Makes a socket say "reset" instead of "end" when it is dropped.
pub(super) fn reset(socket: &TcpStream) {
    // It fails only on a socket that is gone, which is what is wanted.
    let _ = socket.set_zero_linger();
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Failed {
    Bare,
    Shaped,
}

impl Failed {
    fn forward(end: FailedEnd) -> Self {
        match end {
            FailedEnd::Reader => Self::Bare,
            FailedEnd::Writer => Self::Shaped,
        }
    }

    fn backward(end: FailedEnd) -> Self {
        match end {
            FailedEnd::Reader => Self::Shaped,
            FailedEnd::Writer => Self::Bare,
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum FailedEnd {
    Reader,
    Writer,
}

/// One direction.
#[derive(Debug, Default)]
struct Half {
    buffer: Vec<u8>,
    sent: usize,
    stage: Stage,
}

#[derive(Debug, Default)]
enum Stage {
    #[default]
    Open,
    Closing,
    Closed,
}

impl Half {
    /// Moves bytes until one side has none or takes none. The sockets' own budgets end the loop when both never stop.
    fn poll<Reader: AsyncRead + Unpin, Writer: AsyncWrite + Unpin>(
        &mut self,
        reader: &mut Reader,
        writer: &mut Writer,
        context: &mut Context<'_>,
    ) -> Result<Poll<()>, FailedEnd> {
        loop {
            let poll = match self.stage {
                Stage::Closed => return Ok(Poll::Ready(())),
                Stage::Closing => self.close(writer, context).map_err(|_| FailedEnd::Writer)?,
                Stage::Open if self.sent < self.buffer.len() => {
                    self.write(writer, context).map_err(|_| FailedEnd::Writer)?
                }
                Stage::Open => self.read(reader, context).map_err(|_| FailedEnd::Reader)?,
            };
            if poll.is_pending() {
                return Ok(Poll::Pending);
            }
        }
    }

    fn read<Reader: AsyncRead + Unpin>(
        &mut self,
        reader: &mut Reader,
        context: &mut Context<'_>,
    ) -> io::Result<Poll<()>> {
        self.buffer.resize(BUFFER_BYTES, 0);
        let mut buffer = ReadBuf::new(&mut self.buffer);
        let poll = Pin::new(reader).poll_read(context, &mut buffer);
        let count = buffer.filled().len();
        self.buffer.truncate(count);
        self.sent = 0;
        match poll {
            Poll::Pending => Ok(Poll::Pending),
            Poll::Ready(Err(error)) => Err(error),
            Poll::Ready(Ok(())) => {
                if count == 0 {
                    self.stage = Stage::Closing;
                }
                Ok(Poll::Ready(()))
            }
        }
    }

    fn write<Writer: AsyncWrite + Unpin>(
        &mut self,
        writer: &mut Writer,
        context: &mut Context<'_>,
    ) -> io::Result<Poll<()>> {
        match Pin::new(writer).poll_write(context, &self.buffer[self.sent..]) {
            Poll::Pending => Ok(Poll::Pending),
            Poll::Ready(Ok(0)) => Err(io::ErrorKind::WriteZero.into()),
            Poll::Ready(Ok(count)) => {
                self.sent += count;
                Ok(Poll::Ready(()))
            }
            Poll::Ready(Err(error)) => Err(error),
        }
    }

    fn close<Writer: AsyncWrite + Unpin>(
        &mut self,
        writer: &mut Writer,
        context: &mut Context<'_>,
    ) -> io::Result<Poll<()>> {
        let Poll::Ready(result) = Pin::new(writer).poll_shutdown(context) else { return Ok(Poll::Pending) };
        self.stage = Stage::Closed;
        result.map(Poll::Ready)
    }
}
