//! The forward half: what the owner writes, on its way to the socket.

use super::{Incoming, Outgoing, Passed, Shape, backward_road, forward_road};
use crate::{
    link::LinkTime,
    network::Counter,
    shaped::{lane::End, transit::Transit, waiting::Role},
};
use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};
use tokio::io::{AsyncRead, AsyncWrite};

impl Shape {
    pub(super) fn write_straight<S: AsyncWrite + Unpin>(
        &self,
        inner: &mut S,
        context: &mut Context<'_>,
        data: &[u8],
    ) -> Poll<io::Result<usize>> {
        let poll = Pin::new(inner).poll_write(context, data);
        if let Poll::Ready(Ok(count)) = poll {
            self.count(Counter::ForwardBytes, count);
            self.count(Counter::ForwardMessages, 1);
        }
        poll
    }

    pub(super) fn write_delayed<S: AsyncRead + AsyncWrite + Unpin>(
        &mut self,
        inner: &mut S,
        context: &mut Context<'_>,
        data: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_forward(inner, context)?;
        match self.outgoing {
            Outgoing::Open => {}
            Outgoing::Lost => return Poll::Ready(Ok(data.len())),
            Outgoing::Ending | Outgoing::Ended => return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into())),
            Outgoing::Failed(kind) => return Poll::Ready(Err(kind.into())),
        }
        if data.is_empty() {
            return Poll::Ready(Ok(0));
        }
        let transit = self.transit.get_or_insert_with(Transit::take);
        let road = forward_road(&self.shared, &self.seen, &self.options);
        let count = transit.forward.room(self.options.window_bytes as usize, &road).min(data.len());
        if count == 0 {
            return Poll::Pending;
        }
        let admitted = Passed::admit(&mut self.passed, |passed| &mut passed.forward, count, road.way.limit);
        let now = self.shared.now();
        let held = transit.forward.enter(&data[..admitted], now, &mut self.forward, &road);
        if admitted < count {
            self.cut_short(now);
        }
        self.count(Counter::ForwardHeld, held);
        self.poll_forward(inner, context)?;
        Poll::Ready(Ok(count))
    }

    pub(super) fn end_delayed<S: AsyncRead + AsyncWrite + Unpin>(
        &mut self,
        end: End,
        inner: &mut S,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        if self.outgoing == Outgoing::Open {
            let transit = self.transit.get_or_insert_with(Transit::take);
            let road = forward_road(&self.shared, &self.seen, &self.options);
            transit.forward.finish(end, self.shared.now(), &mut self.forward, &road);
            self.outgoing = Outgoing::Ending;
        }
        self.poll_forward(inner, context)?;
        match self.outgoing {
            Outgoing::Open | Outgoing::Ending => Poll::Pending,
            Outgoing::Ended | Outgoing::Lost => Poll::Ready(Ok(())),
            Outgoing::Failed(kind) => Poll::Ready(Err(kind.into())),
        }
    }

    /// Moves the forward lane as far as it goes now, and leaves a sleep for the rest.
    pub(super) fn poll_forward<S: AsyncRead + AsyncWrite + Unpin>(
        &mut self,
        inner: &mut S,
        context: &mut Context<'_>,
    ) -> io::Result<()> {
        loop {
            let blocked = self.send_due(inner, context, self.shared.now());
            // The backward lane counts too, for the sleep is the only one and a reader may wait for it. What is due there
            // waits for a reader anyway and must not keep this loop turning.
            let now = self.shared.now();
            let arrives = self.transit.as_ref().and_then(|transit| transit.backward.next());
            let backward = arrives.filter(|at| *at > now);
            if arrives != backward {
                self.waiting.wake(Role::Reader);
            }
            if self.poll_next(context, blocked, backward).is_pending() {
                return Ok(());
            }
            self.give_up_in_time()?;
        }
    }

    /// Passes what has come out of the forward way to the socket; true when the socket takes no more at present.
    pub(super) fn send_due<S: AsyncRead + AsyncWrite + Unpin>(
        &mut self,
        inner: &mut S,
        context: &mut Context<'_>,
        now: LinkTime,
    ) -> bool {
        let mut moved = false;
        let mut blocked = false;
        while let Some(transit) = self.transit.as_mut()
            && !transit.forward.due(now).is_empty()
        {
            match Pin::new(&mut *inner).poll_write(context, transit.forward.due(now)) {
                Poll::Pending => {
                    blocked = true;
                    break;
                }
                Poll::Ready(Ok(count)) if count > 0 => {
                    let messages = transit.forward.consume(count);
                    self.count(Counter::ForwardBytes, count);
                    self.shared.traffic.add(Counter::ForwardMessages, messages);
                    moved = true;
                }
                Poll::Ready(Ok(_)) => self.lose(io::ErrorKind::WriteZero, now),
                Poll::Ready(Err(error)) => self.lose(error.kind(), now),
            }
        }
        if !blocked && let Some(end) = self.transit.as_ref().and_then(|transit| transit.forward.due_end(now)) {
            blocked = self.send_end(end, inner, context);
            moved |= !blocked;
        }
        if moved {
            self.waiting.wake(Role::Writer);
        }
        blocked
    }

    /// A reset is for the owner to carry out, who knows what the socket is; it has only travelled here.
    fn send_end<S: AsyncWrite + Unpin>(&mut self, end: End, inner: &mut S, context: &mut Context<'_>) -> bool {
        self.outgoing = match end {
            End::Failed(_) => Outgoing::Ended,
            End::Closed => match Pin::new(inner).poll_shutdown(context) {
                Poll::Pending => return true,
                Poll::Ready(Ok(())) => Outgoing::Ended,
                Poll::Ready(Err(error)) => Outgoing::Failed(error.kind()),
            },
        };
        if let Some(transit) = &mut self.transit {
            transit.forward.forget_end();
        }
        false
    }

    /// The stream has had as many bytes as it may: its owner hears of a reset, what was written before goes on.
    pub(super) fn cut_short(&mut self, now: LinkTime) {
        let reset = io::ErrorKind::ConnectionReset;
        self.outgoing = Outgoing::Failed(reset);
        if self.incoming == Incoming::Open {
            let transit = self.transit.get_or_insert_with(Transit::take);
            let road = backward_road(&self.shared, &self.seen, &self.options);
            transit.backward.finish(End::Failed(reset), now, &mut self.backward, &road);
            self.incoming = Incoming::Ending;
            self.outgoing = Outgoing::Lost;
        }
        self.shared.traffic.add(Counter::Reset, 1);
    }

    /// The socket has failed while writing. The news travels back behind what has arrived already.
    fn lose(&mut self, kind: io::ErrorKind, now: LinkTime) {
        let Some(transit) = &mut self.transit else { return };
        transit.forward.clear();
        self.outgoing = Outgoing::Failed(kind);
        if self.incoming == Incoming::Open {
            let road = backward_road(&self.shared, &self.seen, &self.options);
            transit.backward.finish(End::Failed(kind), now, &mut self.backward, &road);
            self.incoming = Incoming::Ending;
            self.outgoing = Outgoing::Lost;
        }
    }
}
