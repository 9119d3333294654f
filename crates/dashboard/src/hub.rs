//! The messages of a run that goes on: numbered, written out once for all viewers, and handed to whoever joins.
//!
//! ```text
//!   feed ──▶ Hub::publish ──┬─▶ picture   what a first connection is shown: plan, state, generators, marks, log, gaps, doubts
//!                           ├─▶ ring      the last 600 s, for whoever comes back with the id of what it saw last
//!                           └─▶ broadcast ──▶ viewers that are there
//! ```
//!
//! A viewer costs the run nothing: who does not read is not waited for. It is told to begin anew (`resync`) when it reads again, and
//! gets what holds then, not what it missed.

use crate::wire::Message;
use bytes::Bytes;
use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
    time::Duration,
};
use tokio::{sync::broadcast, time::Instant};

/// So much can be caught up with by its id.
const RING: Duration = Duration::from_secs(600);
/// More messages are not kept, however young.
const RING_MAX: usize = 50_000;
/// So many messages may wait for a viewer that does not read.
pub(crate) const WAITING_MAX: usize = 1_024;
/// So many lines of the log are shown to whoever comes late.
const LOG_MAX: usize = 10_000;

/// A message, written out.
#[derive(Debug)]
pub(crate) struct Frame {
    /// Numbers a run's messages from 0.
    pub(crate) id: u64,
    /// When it was published.
    pub(crate) at: Instant,
    /// What a later message of the same key takes the place of.
    key: Key,
    /// As an event of a stream, without its id.
    pub(crate) text: Bytes,
}

/// What becomes of a message when it is no longer news.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Key {
    /// It is asked for as a series.
    Passing,
    Plan,
    State,
    Generators,
    Mark(u64, u32, Option<usize>, String),
    Log(u64),
    Gap(u64, Vec<usize>),
    Doubt(u64, usize),
    Samples(usize),
    End,
}

impl Key {
    fn of(message: &Message) -> Self {
        match message {
            Message::Plan(_) => Self::Plan,
            Message::State(_) => Self::State,
            Message::Generators(_) => Self::Generators,
            Message::Mark(mark) => Self::Mark(mark.fault as u64, mark.turn, mark.population, mark.mark.clone()),
            Message::Log(line) => Self::Log(line.id),
            Message::Gap(gap) => Self::Gap(gap.from, gap.populations.clone()),
            Message::Doubt(doubt) => Self::Doubt(doubt.from, doubt.population),
            Message::Samples(samples) => Self::Samples(samples.population),
            Message::End(_) => Self::End,
            Message::Hello(_) | Message::Second(_) | Message::Fine(_) | Message::Resync => Self::Passing,
        }
    }
}

impl Frame {
    pub(crate) fn new(id: u64, at: Instant, message: &Message) -> Self {
        Self { id, at, key: Key::of(message), text: event(message) }
    }
}

/// A message as an event: its kind is the event's name. JSON has no line ends in it, so one line holds it.
pub(crate) fn event(message: &Message) -> Bytes {
    let json = serde_json::to_string(message).expect("messages are plain JSON");
    Bytes::from(format!("event: {}\ndata: {json}\n\n", kind(message)))
}

fn kind(message: &Message) -> &'static str {
    match message {
        Message::Hello(_) => "hello",
        Message::Plan(_) => "plan",
        Message::Second(_) => "second",
        Message::Fine(_) => "fine",
        Message::Mark(_) => "mark",
        Message::Log(_) => "log",
        Message::Gap(_) => "gap",
        Message::Doubt(_) => "doubt",
        Message::Samples(_) => "samples",
        Message::Generators(_) => "generators",
        Message::State(_) => "state",
        Message::Resync => "resync",
        Message::End(_) => "end",
    }
}

/// What holds at one moment of a run, but for its seconds.
#[derive(Debug, Default)]
pub(crate) struct Picture {
    plan: Option<Arc<Frame>>,
    state: Option<Arc<Frame>>,
    generators: Option<Arc<Frame>>,
    marks: BTreeMap<(u64, u32, Option<usize>, String), Arc<Frame>>,
    log: BTreeMap<u64, Arc<Frame>>,
    gaps: BTreeMap<(u64, Vec<usize>), Arc<Frame>>,
    doubts: BTreeMap<(u64, usize), Arc<Frame>>,
    samples: BTreeMap<usize, Arc<Frame>>,
    end: Option<Arc<Frame>>,
}

impl Picture {
    /// Takes in what is news.
    pub(crate) fn take(&mut self, frame: &Arc<Frame>) {
        let frame = Arc::clone(frame);
        match frame.key.clone() {
            Key::Passing => {}
            Key::Plan => self.plan = Some(frame),
            Key::State => self.state = Some(frame),
            Key::Generators => self.generators = Some(frame),
            Key::Mark(fault, turn, population, mark) => {
                self.marks.insert((fault, turn, population, mark), frame);
            }
            Key::Log(id) => {
                self.log.insert(id, frame);
                while self.log.len() > LOG_MAX {
                    self.log.pop_first();
                }
            }
            Key::Gap(from, populations) => {
                self.gaps.insert((from, populations), frame);
            }
            Key::Doubt(from, population) => {
                self.doubts.insert((from, population), frame);
            }
            Key::Samples(population) => {
                self.samples.insert(population, frame);
            }
            Key::End => self.end = Some(frame),
        }
    }

    /// Everything, in the order in which a page needs it.
    pub(crate) fn frames(&self) -> Vec<Arc<Frame>> {
        let one = |frame: &Option<Arc<Frame>>| frame.clone().into_iter();
        one(&self.plan)
            .chain(one(&self.state))
            .chain(one(&self.generators))
            .chain(self.marks.values().cloned())
            .chain(self.log.values().cloned())
            .chain(self.gaps.values().cloned())
            .chain(self.doubts.values().cloned())
            .chain(self.samples.values().cloned())
            .chain(one(&self.end))
            .collect()
    }
}

/// What a viewer is given when it joins.
#[derive(Debug)]
pub(crate) struct Joined {
    /// How it begins.
    pub(crate) beginning: Beginning,
    /// What it is shown first.
    pub(crate) frames: Vec<Arc<Frame>>,
    /// The id of the newest message; `None`: there is none.
    pub(crate) newest: Option<u64>,
    /// What comes then.
    pub(crate) news: broadcast::Receiver<Arc<Frame>>,
}

/// How a viewer's stream begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Beginning {
    /// It was never there: what holds now.
    First,
    /// It was away for a short time: what it missed.
    Resumed,
    /// It was away for too long, or in another life of the server: forget, and what holds now.
    Resync,
}

/// The one owner of a run's messages.
#[derive(Debug)]
pub(crate) struct Hub {
    picture: Picture,
    ring: VecDeque<Arc<Frame>>,
    next: u64,
    viewers: broadcast::Sender<Arc<Frame>>,
}

impl Hub {
    /// `waiting_max` messages may wait for a viewer that does not read: [`WAITING_MAX`].
    pub(crate) fn new(waiting_max: usize) -> Self {
        let (viewers, _) = broadcast::channel(waiting_max);
        Self { picture: Picture::default(), ring: VecDeque::new(), next: 0, viewers }
    }

    /// Numbers a message, keeps it and tells everybody who is there.
    pub(crate) fn publish(&mut self, message: &Message) {
        let now = Instant::now();
        let frame = Arc::new(Frame::new(self.next, now, message));
        self.next += 1;
        self.picture.take(&frame);
        self.ring.push_back(Arc::clone(&frame));
        let is_old = |frame: &Arc<Frame>| now.saturating_duration_since(frame.at) > RING;
        while self.ring.len() > RING_MAX || self.ring.front().is_some_and(is_old) {
            self.ring.pop_front();
        }
        // Nobody may be there.
        let _ = self.viewers.send(frame);
    }

    /// Lets a viewer in; `after` is the id of the last message it saw in an earlier connection.
    pub(crate) fn join(&self, after: Option<u64>) -> Joined {
        let (beginning, frames) = match after {
            None => (Beginning::First, self.picture.frames()),
            Some(after) => match self.since(after) {
                Some(missed) => (Beginning::Resumed, missed),
                None => (Beginning::Resync, self.picture.frames()),
            },
        };
        Joined { beginning, frames, newest: self.next.checked_sub(1), news: self.viewers.subscribe() }
    }

    /// What came after that message, if all of it is still in the ring.
    fn since(&self, after: u64) -> Option<Vec<Arc<Frame>>> {
        let first = after.checked_add(1)?;
        let oldest = self.ring.front().map_or(self.next, |frame| frame.id);
        if first < oldest || first > self.next {
            return None;
        }
        Some(self.ring.iter().filter(|frame| frame.id >= first).cloned().collect())
    }
}

#[cfg(test)]
mod tests;
