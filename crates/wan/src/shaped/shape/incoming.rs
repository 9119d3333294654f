//! The backward half: what arrives at the socket, on its way to the owner.

use super::{Incoming, Outgoing, Passed, Shape, backward_road};
use crate::{
    link::LinkTime,
    network::Counter,
    shaped::{lane::End, transit::Transit},
};
use std::{
    cell::Cell,
    io,
    pin::Pin,
    task::{Context, Poll},
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Bytes taken from the socket at a time, into one buffer per thread.
const SCRATCH_BYTES: usize = 64 * 1_024;

thread_local! {
    /// Taken out while in use: the socket below may be a shaped stream itself.
    static SCRATCH: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

impl Shape {
    pub(super) fn read_straight<S: AsyncRead + Unpin>(
        &self,
        inner: &mut S,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let poll = Pin::new(inner).poll_read(context, buffer);
        let count = buffer.filled().len() - before;
        if count > 0 {
            self.count(Counter::BackwardBytes, count);
            self.count(Counter::BackwardMessages, 1);
        }
        poll
    }

    pub(super) fn read_delayed<S: AsyncRead + AsyncWrite + Unpin>(
        &mut self,
        inner: &mut S,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            let now = self.shared.now();
            let blocked = self.send_due(inner, context, now);
            self.take_in(inner, context, now);
            if let Some(result) = self.hand_over(buffer, now) {
                return Poll::Ready(result);
            }
            // Each turn that doesn't end here has moved something that was due, so the loop ends with what is on the way.
            let backward = self.transit.as_ref().and_then(|transit| transit.backward.next());
            if self.poll_next(context, blocked, backward).is_pending() {
                return Poll::Pending;
            }
            self.give_up_in_time()?;
        }
    }

    /// Takes what has arrived from the socket, as far as there is room, and stamps it.
    pub(super) fn take_in<S: AsyncRead + Unpin>(&mut self, inner: &mut S, context: &mut Context<'_>, now: LinkTime) {
        if self.incoming != Incoming::Open {
            return;
        }
        let mut scratch = SCRATCH.take();
        scratch.resize(SCRATCH_BYTES, 0);
        while self.incoming == Incoming::Open && self.take_in_once(inner, context, now, &mut scratch) {}
        SCRATCH.set(scratch);
    }

    /// True when there may be more.
    fn take_in_once<S: AsyncRead + Unpin>(
        &mut self,
        inner: &mut S,
        context: &mut Context<'_>,
        now: LinkTime,
        scratch: &mut [u8],
    ) -> bool {
        let limit = self.options.window_bytes as usize;
        let road = backward_road(&self.shared, &self.seen, &self.options);
        let held = self.transit.as_ref().map_or(limit, |transit| transit.backward.room(limit, &road));
        let room = held.min(scratch.len());
        if room == 0 {
            return false;
        }
        let mut buffer = ReadBuf::new(&mut scratch[..room]);
        let end = match Pin::new(inner).poll_read(context, &mut buffer) {
            Poll::Pending => return false,
            Poll::Ready(Ok(())) if !buffer.filled().is_empty() => None,
            Poll::Ready(Ok(())) => Some(End::Closed),
            Poll::Ready(Err(error)) => Some(End::Failed(error.kind())),
        };
        let transit = self.transit.get_or_insert_with(Transit::take);
        let road = backward_road(&self.shared, &self.seen, &self.options);
        if let Some(end) = end {
            transit.backward.finish(end, now, &mut self.backward, &road);
            self.incoming = Incoming::Ending;
            return false;
        }
        let filled = buffer.filled();
        let admitted = Passed::admit(&mut self.passed, |passed| &mut passed.backward, filled.len(), road.way.limit);
        let held = transit.backward.enter(&filled[..admitted], now, &mut self.backward, &road);
        if admitted < filled.len() {
            self.cut_short(now);
        }
        self.count(Counter::BackwardHeld, held);
        true
    }

    /// Gives the owner what has come out of the backward way; `None` when nothing has.
    pub(super) fn hand_over(&mut self, buffer: &mut ReadBuf<'_>, now: LinkTime) -> Option<io::Result<()>> {
        match self.incoming {
            Incoming::Open | Incoming::Ending => {}
            Incoming::Ended => return Some(Ok(())),
            Incoming::Failed(kind) => return Some(Err(kind.into())),
        }
        if buffer.remaining() == 0 {
            return Some(Ok(()));
        }
        let lane = &mut self.transit.as_mut()?.backward;
        let (mut bytes, mut messages) = (0, 0);
        while buffer.remaining() > 0 {
            let due = lane.due(now);
            let count = due.len().min(buffer.remaining());
            if count == 0 {
                break;
            }
            buffer.put_slice(&due[..count]);
            messages += lane.consume(count);
            bytes += count;
        }
        if bytes > 0 {
            self.count(Counter::BackwardBytes, bytes);
            self.shared.traffic.add(Counter::BackwardMessages, messages);
            return Some(Ok(()));
        }
        let end = lane.due_end(now)?;
        lane.forget_end();
        Some(self.end_incoming(end))
    }

    fn end_incoming(&mut self, end: End) -> io::Result<()> {
        let End::Failed(kind) = end else {
            self.incoming = Incoming::Ended;
            return Ok(());
        };
        self.incoming = Incoming::Failed(kind);
        if self.outgoing == Outgoing::Lost {
            self.outgoing = Outgoing::Failed(kind);
        }
        Err(kind.into())
    }
}
