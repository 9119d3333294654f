//! What drives a shaped stream: every poll looks at the link, moves what is due, and leaves one sleep behind.

use super::{
    StreamOptions,
    connect::reset_error,
    lane::End,
    transit::Transit,
    waiting::{Role, Waiting},
};
use crate::{
    link::{DelayLine, Link, LinkTime, Road, State, gives_up},
    network::{Counter, Effective, Shared},
};
use std::{
    cell::Cell,
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Bytes taken from the socket at a time, into one buffer per thread.
const SCRATCH_BYTES: usize = 64 * 1_024;

thread_local! {
    /// Taken out while in use: the socket below may be a shaped stream itself.
    static SCRATCH: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

#[derive(Debug)]
pub(super) struct Shape {
    shared: Arc<Shared>,
    /// The link as last looked at.
    seen: Arc<Effective>,
    /// The link's count of resets when the stream was opened.
    resets: u64,
    options: StreamOptions,
    /// Neither link nor access delays anything.
    passes: bool,
    forward: DelayLine,
    backward: DelayLine,
    incoming: Incoming,
    outgoing: Outgoing,
    broken: Option<Broken>,
    waiting: Waiting,
    transit: Option<Box<Transit>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Incoming {
    Open,
    /// The end is on the way.
    Ending,
    Ended,
    Failed(io::ErrorKind),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outgoing {
    Open,
    /// The shutdown is on the way.
    Ending,
    Ended,
    /// The socket has failed, and the news is on its way back.
    Lost,
    Failed(io::ErrorKind),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Broken {
    Reset,
    TimedOut,
}

impl Shape {
    pub(super) fn new(shared: &Arc<Shared>, options: StreamOptions) -> Self {
        let seen = shared.effective();
        Self {
            shared: Arc::clone(shared),
            resets: seen.resets,
            passes: seen.transparent && options.is_unlimited(),
            seen,
            options,
            forward: DelayLine::default(),
            backward: DelayLine::default(),
            incoming: Incoming::Open,
            outgoing: Outgoing::Open,
            broken: None,
            waiting: Waiting::default(),
            transit: None,
        }
    }

    pub(super) fn is_in_transit(&self) -> bool {
        self.transit.is_some()
    }

    pub(super) fn poll_read<S: AsyncRead + AsyncWrite + Unpin>(
        &mut self,
        inner: &mut S,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.observe()?;
        let poll = if self.goes_straight_through() {
            self.read_straight(inner, context, buffer)
        } else {
            self.driven(Role::Reader, context, |shape, context| shape.read_delayed(inner, context, buffer))
        };
        self.settle(Role::Reader, context, poll)
    }

    pub(super) fn poll_write<S: AsyncRead + AsyncWrite + Unpin>(
        &mut self,
        inner: &mut S,
        context: &mut Context<'_>,
        data: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.observe()?;
        let poll = if self.goes_straight_through() {
            self.write_straight(inner, context, data)
        } else {
            self.driven(Role::Writer, context, |shape, context| shape.write_delayed(inner, context, data))
        };
        self.settle(Role::Writer, context, poll)
    }

    /// Bytes that were written are sent as far as their owner is concerned; this only moves what is due.
    pub(super) fn poll_flush<S: AsyncRead + AsyncWrite + Unpin>(
        &mut self,
        inner: &mut S,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        self.observe()?;
        if self.transit.is_some() {
            let _ = self.driven(Role::Writer, context, |shape, context| shape.poll_forward(inner, context));
        }
        Poll::Ready(Ok(()))
    }

    /// Ready when everything written has come out of the link, and the end behind it.
    pub(super) fn poll_shutdown<S: AsyncRead + AsyncWrite + Unpin>(
        &mut self,
        inner: &mut S,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        self.observe()?;
        let poll = if self.goes_straight_through() {
            Pin::new(inner).poll_shutdown(context)
        } else {
            self.driven(Role::Writer, context, |shape, context| shape.end_delayed(End::Closed, inner, context))
        };
        self.settle(Role::Writer, context, poll)
    }

    /// Moves what is due towards the socket and hears of the link's next change, for an owner that reads at another time.
    pub(super) fn poll_drive<S: AsyncRead + AsyncWrite + Unpin>(
        &mut self,
        inner: &mut S,
        context: &mut Context<'_>,
    ) -> io::Result<()> {
        self.observe()?;
        self.driven(Role::Writer, context, |shape, context| shape.poll_forward(inner, context))?;
        self.waiting.wait(Role::Writer, context, &self.shared);
        Ok(())
    }

    /// Ready when everything written has come out of the link, and a reset behind it.
    pub(super) fn poll_reset<S: AsyncRead + AsyncWrite + Unpin>(
        &mut self,
        inner: &mut S,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        self.observe()?;
        let poll = self.driven(Role::Writer, context, |shape, context| {
            shape.end_delayed(End::Failed(io::ErrorKind::ConnectionReset), inner, context)
        });
        self.settle(Role::Writer, context, poll)
    }

    fn goes_straight_through(&self) -> bool {
        self.passes && self.transit.is_none() && self.incoming == Incoming::Open && self.outgoing == Outgoing::Open
    }

    fn read_straight<S: AsyncRead + Unpin>(
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

    fn write_straight<S: AsyncWrite + Unpin>(
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

    fn read_delayed<S: AsyncRead + AsyncWrite + Unpin>(
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

    fn write_delayed<S: AsyncRead + AsyncWrite + Unpin>(
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
        let count = transit.forward.room(self.options.window_bytes as usize).min(data.len());
        if count == 0 {
            return Poll::Pending;
        }
        let road = forward_road(&self.shared, &self.seen, &self.options);
        let held = transit.forward.enter(&data[..count], self.shared.now(), &mut self.forward, &road);
        self.count(Counter::ForwardHeld, held);
        self.poll_forward(inner, context)?;
        Poll::Ready(Ok(count))
    }

    fn end_delayed<S: AsyncRead + AsyncWrite + Unpin>(
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
    fn poll_forward<S: AsyncRead + AsyncWrite + Unpin>(
        &mut self,
        inner: &mut S,
        context: &mut Context<'_>,
    ) -> io::Result<()> {
        loop {
            let blocked = self.send_due(inner, context, self.shared.now());
            // The backward lane counts too, for the sleep is the only one and a reader may wait for it. What is due there
            // waits for a reader anyway and must not keep this loop turning.
            let now = self.shared.now();
            let backward = self.transit.as_ref().and_then(|transit| transit.backward.next()).filter(|at| *at > now);
            if self.poll_next(context, blocked, backward).is_pending() {
                return Ok(());
            }
            self.give_up_in_time()?;
        }
    }

    /// Passes what has come out of the forward way to the socket; true when the socket takes no more at present.
    fn send_due<S: AsyncRead + AsyncWrite + Unpin>(
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

    /// Takes what has arrived from the socket, as far as there is room, and stamps it.
    fn take_in<S: AsyncRead + Unpin>(&mut self, inner: &mut S, context: &mut Context<'_>, now: LinkTime) {
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
        let room = self.transit.as_ref().map_or(limit, |transit| transit.backward.room(limit)).min(scratch.len());
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
        let held = transit.backward.enter(buffer.filled(), now, &mut self.backward, &road);
        self.count(Counter::BackwardHeld, held);
        true
    }

    /// Gives the owner what has come out of the backward way; `None` when nothing has.
    fn hand_over(&mut self, buffer: &mut ReadBuf<'_>, now: LinkTime) -> Option<io::Result<()>> {
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

    /// Sleeps until the next thing comes out of a lane; pending also when nothing does.
    fn poll_next(&mut self, context: &mut Context<'_>, blocked: bool, backward: Option<LinkTime>) -> Poll<()> {
        let Some(transit) = self.transit.as_mut() else { return Poll::Pending };
        let forward = if blocked { None } else { transit.forward.next() };
        let gives_up = transit.forward.held_since().map(|since| gives_up(since, self.seen.round_trip));
        let next = [forward, backward, gives_up].into_iter().flatten().min();
        match next.and_then(|time| self.shared.instant(time)) {
            Some(instant) => transit.poll_sleep(instant, context),
            None => Poll::Pending,
        }
    }

    /// Ends the stream when its bytes have been in a black hole for longer than TCP tries.
    fn give_up_in_time(&mut self) -> io::Result<()> {
        let since = self.transit.as_ref().and_then(|transit| transit.forward.held_since());
        if since.is_some_and(|since| self.shared.now() >= gives_up(since, self.seen.round_trip)) {
            self.break_off(Broken::TimedOut);
        }
        self.check()
    }

    /// Looks at the link; an error when it has ended the stream.
    fn observe(&mut self) -> io::Result<()> {
        if self.shared.version() != self.seen.version {
            self.catch_up();
        }
        self.check()
    }

    fn check(&self) -> io::Result<()> {
        match self.broken {
            None => Ok(()),
            Some(Broken::Reset) => Err(reset_error()),
            Some(Broken::TimedOut) => {
                Err(io::Error::new(io::ErrorKind::TimedOut, "the emulated link swallowed every retransmission"))
            }
        }
    }

    /// The link has changed: die, or give an instant to what was held and may go now.
    fn catch_up(&mut self) {
        self.seen = self.shared.effective();
        self.passes = self.seen.transparent && self.options.is_unlimited();
        if self.seen.resets != self.resets {
            return self.break_off(Broken::Reset);
        }
        let now = self.shared.now();
        if let Some(transit) = &mut self.transit {
            let Link { forward, backward } = &self.seen.link;
            let mut given_up = false;
            if forward.state == State::Up {
                let road = forward_road(&self.shared, &self.seen, &self.options);
                given_up |= transit.forward.reopen(now, &mut self.forward, &road).is_err();
            }
            if backward.state == State::Up {
                let road = backward_road(&self.shared, &self.seen, &self.options);
                given_up |= transit.backward.reopen(now, &mut self.backward, &road).is_err();
            }
            if given_up {
                return self.break_off(Broken::TimedOut);
            }
        }
        self.wake_all();
    }

    fn break_off(&mut self, broken: Broken) {
        if self.broken.is_some() {
            return;
        }
        self.broken = Some(broken);
        if let Some(transit) = self.transit.take() {
            transit.give_back();
        }
        let counter = match broken {
            Broken::Reset => Counter::Reset,
            Broken::TimedOut => Counter::TimedOut,
        };
        self.shared.traffic.add(counter, 1);
        self.wake_all();
    }

    fn wake_all(&mut self) {
        self.waiting.wake(Role::Reader);
        self.waiting.wake(Role::Writer);
    }

    /// Runs an action in a context that also wakes the other side, if that waits in another task.
    fn driven<T>(
        &mut self,
        role: Role,
        context: &mut Context<'_>,
        action: impl FnOnce(&mut Self, &mut Context<'_>) -> T,
    ) -> T {
        match self.waiting.both(role, context) {
            None => action(self, context),
            Some(waker) => action(self, &mut Context::from_waker(&waker)),
        }
    }

    /// Notes who waits, and gives back the lanes when nothing is on the way.
    fn settle<T>(&mut self, role: Role, context: &Context<'_>, poll: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        match poll {
            Poll::Pending => self.waiting.wait(role, context, &self.shared),
            Poll::Ready(_) => self.waiting.done(role),
        }
        if let Some(transit) = self.transit.take_if(|transit| transit.is_empty()) {
            transit.give_back();
        }
        poll
    }

    fn count(&self, counter: Counter, count: usize) {
        if count > 0 {
            self.shared.traffic.add(counter, count as u64);
        }
    }
}

impl Drop for Shape {
    fn drop(&mut self) {
        self.waiting.leave(&self.shared);
        if let Some(transit) = self.transit.take() {
            transit.give_back();
        }
    }
}

fn forward_road<'a>(shared: &'a Shared, seen: &'a Effective, options: &StreamOptions) -> Road<'a> {
    Road {
        way: &seen.link.forward,
        shared: &shared.forward,
        drift: shared.drift,
        round_trip: seen.round_trip,
        access: options.up,
        window: options.window_bytes,
    }
}

fn backward_road<'a>(shared: &'a Shared, seen: &'a Effective, options: &StreamOptions) -> Road<'a> {
    Road {
        way: &seen.link.backward,
        shared: &shared.backward,
        access: options.down,
        ..forward_road(shared, seen, options)
    }
}
