//! One toxic at work on one direction of one connection: its queue, its state, and a `match` over the kinds.

use super::{
    Ending, ending,
    pacing::{self, Bandwidth, Latency, Slicer},
    queue::{Item, Queue},
};
use crate::model::{Direction, Kind, Toxic};
use std::{sync::Arc, time::Duration};
use units::Seed;

/// What a stage does next.
#[derive(Debug)]
pub(super) enum Step {
    /// This goes on.
    Pass(Item),
    /// The direction ends here, and what still comes is dropped.
    End(Ending),
    /// Nothing, until more comes or this time.
    Wait(Option<Duration>),
}

/// What a stage has to remember.
#[derive(Debug)]
enum State {
    /// Of the kinds that act on opening connections, or do nothing.
    Idle,
    Latency(Latency),
    Bandwidth(Bandwidth),
    SlowClose,
    Timeout {
        /// When it was silent last.
        silent_since: Duration,
    },
    ResetPeer,
    Slicer(Slicer),
    LimitData {
        passed: u64,
    },
}

#[derive(Debug)]
pub(super) struct Stage {
    pub(super) queue: Queue,
    toxic: Arc<Toxic>,
    direction: Direction,
    state: State,
    /// It has ended the direction.
    done: bool,
}

impl Stage {
    pub(super) fn new(toxic: &Arc<Toxic>, direction: Direction, connection: Seed, now: Duration) -> Self {
        let chance = || connection.derive_number(toxic.number()).derive_number(direction as u64).generator();
        let state = match toxic.kind() {
            Kind::Noop | Kind::SlowConnect { .. } | Kind::FailConnect { .. } => State::Idle,
            Kind::Latency { .. } => State::Latency(Latency::new(chance())),
            Kind::Bandwidth { .. } => State::Bandwidth(Bandwidth::default()),
            Kind::SlowClose { .. } => State::SlowClose,
            Kind::Timeout { .. } => State::Timeout { silent_since: now },
            Kind::ResetPeer { .. } => State::ResetPeer,
            Kind::Slicer { .. } => State::Slicer(Slicer::new(chance())),
            Kind::LimitData { .. } => State::LimitData { passed: 0 },
        };
        let queue = if matches!(state, State::Latency(_)) { Queue::long() } else { Queue::short() };
        Self { queue, toxic: Arc::clone(toxic), direction, state, done: false }
    }

    pub(super) fn is_of(&self, toxic: &Toxic) -> bool {
        self.toxic.number() == toxic.number()
    }

    /// The same stage under a toxic that may have changed.
    pub(super) fn changed(mut self, toxic: &Arc<Toxic>, now: Duration) -> Self {
        if Arc::ptr_eq(&self.toxic, toxic) {
            return self;
        }
        self.toxic = Arc::clone(toxic);
        match &mut self.state {
            State::Latency(latency) => latency.forget(),
            State::Bandwidth(bandwidth) => bandwidth.forget(now),
            State::Slicer(slicer) => slicer.forget(now),
            State::Timeout { silent_since } => *silent_since = now,
            State::Idle | State::SlowClose | State::ResetPeer | State::LimitData { .. } => {}
        }
        self
    }

    /// Hands what waits here to the next queue. A connection that has lost bytes can't go on: it is closed.
    pub(super) fn leave(self, next: &mut Queue, now: Duration) {
        if matches!(self.state, State::Timeout { .. }) && !self.done {
            next.push_end(Ending::Closed, now);
        }
        for item in self.queue.drain() {
            next.push(Item { entered: now, ..item });
        }
    }

    /// Moves on what can go on now; answers whether any did, and when more can.
    pub(super) fn run(&mut self, next: &mut Queue, now: Duration) -> (bool, Option<Duration>) {
        let mut moved = false;
        loop {
            if self.done {
                self.queue.clear();
                return (moved, None);
            }
            if !next.has_room() {
                return (moved, None);
            }
            match self.step(now) {
                Step::Pass(item) => next.push(Item { entered: now, ..item }),
                Step::End(ending) => {
                    next.push_end(ending, now);
                    self.done = true;
                }
                Step::Wait(again) => return (moved, again),
            }
            moved = true;
        }
    }

    fn step(&mut self, now: Duration) -> Step {
        let queue = &mut self.queue;
        match (self.toxic.kind(), &mut self.state) {
            (Kind::Latency { latency, jitter }, State::Latency(state)) => state.step(queue, latency, jitter, now),
            (Kind::Bandwidth { bytes_per_second, shared }, State::Bandwidth(state)) => {
                let pacer = shared.then(|| self.toxic.pacer(self.direction).as_ref());
                state.step(queue, bytes_per_second, pacer, now)
            }
            (Kind::Slicer { average_bytes, variation_bytes, delay }, State::Slicer(state)) => {
                state.step(queue, average_bytes, variation_bytes, delay, now)
            }
            (Kind::SlowClose { delay }, _) => ending::slow_close(queue, delay, now),
            (Kind::Timeout { timeout }, State::Timeout { silent_since }) => {
                ending::timeout(queue, silent_since, timeout, now)
            }
            (Kind::ResetPeer { timeout }, _) => ending::reset_peer(queue, timeout, now),
            (Kind::LimitData { bytes }, State::LimitData { passed }) => ending::limit_data(queue, passed, bytes),
            _ => pacing::pass(queue),
        }
    }
}
