//! What drives a shaped stream: every poll looks at the link, moves what is due, and leaves one sleep behind.

mod incoming;
mod outgoing;

use super::{
    StreamOptions,
    connect::reset_error,
    lane::End,
    transit::Transit,
    waiting::{Role, Waiting},
};
use crate::{
    link::{DelayLine, LinkTime, Road, Stamp, gives_up},
    network::{Counter, Effective, Shared},
};
use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

#[derive(Debug)]
pub(in crate::shaped) struct Shape {
    shared: Arc<Shared>,
    /// The link as last looked at.
    seen: Arc<Effective>,
    /// Which of the link's connections it is.
    connection: Stamp,
    /// The link's count of resets when the stream was opened.
    resets: u64,
    options: StreamOptions,
    /// Neither link nor access delays anything.
    passes: bool,
    forward: DelayLine,
    backward: DelayLine,
    /// Rare: only ways with a limit count.
    passed: Option<Box<Passed>>,
    incoming: Incoming,
    outgoing: Outgoing,
    broken: Option<Broken>,
    waiting: Waiting,
    transit: Option<Box<Transit>>,
}

/// How many bytes have entered each way while it had a limit.
#[derive(Debug, Clone, Copy, Default)]
struct Passed {
    forward: u64,
    backward: u64,
}

impl Passed {
    /// How many of `count` bytes may still enter a way with that limit; more than that and the stream is reset.
    fn admit(
        passed: &mut Option<Box<Self>>,
        way: impl FnOnce(&mut Self) -> &mut u64,
        count: usize,
        limit: Option<u64>,
    ) -> usize {
        let Some(limit) = limit else { return count };
        let passed = way(passed.get_or_insert_default());
        let admitted = count.min(usize::try_from(limit.saturating_sub(*passed)).unwrap_or(usize::MAX));
        *passed += admitted as u64;
        admitted
    }
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
    pub(in crate::shaped) fn new(shared: &Arc<Shared>, options: StreamOptions, connection: Stamp) -> Self {
        let seen = shared.effective().view(&connection);
        Self {
            shared: Arc::clone(shared),
            connection,
            resets: seen.resets,
            passes: seen.transparent && options.is_unlimited(),
            seen,
            options,
            forward: DelayLine::new(connection.luck.derive("forward")),
            backward: DelayLine::new(connection.luck.derive("backward")),
            passed: None,
            incoming: Incoming::Open,
            outgoing: Outgoing::Open,
            broken: None,
            waiting: Waiting::default(),
            transit: None,
        }
    }

    pub(in crate::shaped) fn is_in_transit(&self) -> bool {
        self.transit.is_some()
    }

    pub(in crate::shaped) fn poll_read<S: AsyncRead + AsyncWrite + Unpin>(
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

    pub(in crate::shaped) fn poll_write<S: AsyncRead + AsyncWrite + Unpin>(
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
    pub(in crate::shaped) fn poll_flush<S: AsyncRead + AsyncWrite + Unpin>(
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
    pub(in crate::shaped) fn poll_shutdown<S: AsyncRead + AsyncWrite + Unpin>(
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
    pub(in crate::shaped) fn poll_drive<S: AsyncRead + AsyncWrite + Unpin>(
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
    pub(in crate::shaped) fn poll_reset<S: AsyncRead + AsyncWrite + Unpin>(
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
        let latest = self.shared.effective();
        let cut = latest.has_cut(&self.connection, self.seen.version);
        self.seen = latest.view(&self.connection);
        self.passes = self.seen.transparent && self.options.is_unlimited();
        if cut || self.seen.resets != self.resets {
            return self.break_off(Broken::Reset);
        }
        let now = self.shared.now();
        if let Some(transit) = &mut self.transit {
            let mut given_up = false;
            let road = forward_road(&self.shared, &self.seen, &self.options);
            given_up |= transit.forward.turn(now, &mut self.forward, &road).is_err();
            let road = backward_road(&self.shared, &self.seen, &self.options);
            given_up |= transit.backward.turn(now, &mut self.backward, &road).is_err();
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

#[cfg(test)]
mod tests {
    //! What a connection costs in memory. What it does is tested over sockets.

    use super::Shape;

    #[test]
    fn the_shape_of_an_idle_stream_is_small() {
        assert!(size_of::<Shape>() <= 264, "{} bytes: box what is rare", size_of::<Shape>());
    }
}
