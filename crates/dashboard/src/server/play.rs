//! A recording, played again at the speed of whoever looks, from wherever it wants.

use super::stream::{BEHIND_MAX, Greeting, Piece, together};
use crate::{
    hub::{Frame, Picture},
    wire::Message,
};
use std::{sync::Arc, time::Duration};
use tokio::time::{Instant, sleep_until};
use units::RunTime;

/// The messages of a run, written out, in order of time.
#[derive(Debug)]
pub(crate) struct Tape {
    frames: Vec<(u64, Arc<Frame>)>,
}

impl Tape {
    pub(crate) fn new(messages: &[(RunTime, Message)]) -> Self {
        let now = Instant::now();
        let frame = |(id, (at, message)): (usize, &(RunTime, Message))| {
            (at.as_micros(), Arc::new(Frame::new(id as u64, now, message)))
        };
        Self { frames: messages.iter().enumerate().map(frame).collect() }
    }

    /// When the last message comes, in microseconds of the run.
    fn end_us(&self) -> u64 {
        self.frames.last().map_or(0, |(at, _)| *at)
    }

    /// How many messages there are until then, and of then.
    fn until(&self, at_us: u64) -> usize {
        self.frames.partition_point(|(at, _)| *at <= at_us)
    }

    /// What holds after so many messages.
    fn picture(&self, length: usize) -> Vec<Arc<Frame>> {
        let mut picture = Picture::default();
        self.frames[..length].iter().for_each(|(_, frame)| picture.take(frame));
        picture.frames()
    }
}

/// From where, and how fast.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Pace {
    /// Microseconds since the run began; `None`: its end, so everything is there at once.
    pub(crate) from_us: Option<u64>,
    /// Seconds of the run in one second.
    pub(crate) speed: f64,
}

/// One viewer's replay.
#[derive(Debug)]
pub(crate) struct Play {
    tape: Arc<Tape>,
    greeting: Greeting,
    speed: f64,
    after: Option<u64>,
    next: usize,
    /// It was there then…
    at_us: u64,
    /// …and that was now. `None`: it has not begun.
    since: Option<Instant>,
}

impl Play {
    pub(crate) fn new(tape: Arc<Tape>, greeting: Greeting, pace: Pace, after: Option<u64>) -> Self {
        let at_us = pace.from_us.unwrap_or_else(|| tape.end_us());
        Self { tape, greeting, speed: pace.speed, after, next: 0, at_us, since: None }
    }

    pub(crate) async fn next(&mut self) -> Vec<Piece> {
        let Some(since) = self.since else { return self.begin() };
        let Some((due_us, _)) = self.tape.frames.get(self.next) else { return std::future::pending().await };
        // What is farther away than clocks go is never due.
        let Some(due) = since.checked_add(self.wait(*due_us)) else { return std::future::pending().await };
        sleep_until(due).await;
        if due.elapsed() > BEHIND_MAX {
            let mut pieces = vec![Piece::own(&Message::Resync)];
            self.show(self.now_us(since), &mut pieces);
            return pieces;
        }
        let end = self.tape.until(self.now_us(since)).max(self.next + 1);
        let due = self.tape.frames[self.next..end].iter().map(|(_, frame)| Piece::of(frame)).collect();
        self.next = end;
        due
    }

    fn begin(&mut self) -> Vec<Piece> {
        self.since = Some(Instant::now());
        let seen = self.after.and_then(|after| usize::try_from(after).ok());
        let seen_us = seen.and_then(|seen| self.tape.frames.get(seen)).map(|(at, _)| *at);
        if let (Some(seen), Some(seen_us)) = (seen, seen_us) {
            (self.next, self.at_us) = (seen + 1, seen_us);
            return vec![self.greeting.hello(seen_us)];
        }
        let mut pieces = vec![self.greeting.hello(self.at_us)];
        if self.after.is_some() {
            pieces.push(Piece::own(&Message::Resync));
        }
        self.show(self.at_us, &mut pieces);
        pieces
    }

    /// What holds then.
    fn show(&mut self, at_us: u64, pieces: &mut Vec<Piece>) {
        self.next = self.tape.until(at_us);
        together(&self.tape.picture(self.next), self.next.checked_sub(1).map(|last| last as u64), pieces);
        self.needs_plan(pieces);
    }

    /// Everything else names populations and regions of it, so it is shown even before its time.
    fn needs_plan(&mut self, pieces: &mut Vec<Piece>) {
        if let (0, Some((_, first))) = (self.next, self.tape.frames.first()) {
            self.next = 1;
            pieces.push(Piece::of(first));
        }
    }

    fn now_us(&self, since: Instant) -> u64 {
        let passed = since.elapsed().as_secs_f64() * self.speed * 1e6;
        self.at_us.saturating_add(passed as u64)
    }

    /// How long after the beginning that is to be shown.
    fn wait(&self, due_us: u64) -> Duration {
        let left = due_us.saturating_sub(self.at_us) as f64 / 1e6 / self.speed;
        Duration::try_from_secs_f64(left).unwrap_or(Duration::MAX)
    }
}

#[cfg(test)]
mod tests;
