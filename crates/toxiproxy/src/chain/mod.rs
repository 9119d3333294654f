//! What toxics do to one direction of one connection.
//!
//! ```text
//!   push ─▶ queue│latency ─▶ queue│bandwidth ─▶ queue│limit_data ─▶ out ─▶ front, advance
//!                 first toxic        …             last toxic
//! ```
//!
//! A stage per toxic, in the order in which they were added. Each has a queue before it and takes from it when its time
//! has come. [`Chain::turn`] moves everything that can be moved at a time and says when to come again.
//!
//! - Bytes further along came earlier. So when a stage is taken out, what waits in it goes to the end of the next queue:
//!   nothing is lost, nothing changes places, and nothing has to be waited for.
//! - An end is an item like any other and stays behind the data that came before it. How it ends is a part of it.
//! - A chunk carries the time it arrived at. A stage that delays by that time moves it on by the delay, so delays add up.
//! - Each queue has a limit, and a full one stops the stage before it; a full first one stops reading. Taking stages out can
//!   add queues up; no more comes in until they are emptied.

mod ending;
mod pacing;
mod queue;
mod stage;

#[cfg(test)]
mod tests;

use crate::model::{Direction, Toxic};
use bytes::{Buf, Bytes};
use queue::Queue;
use stage::Stage;
use std::{sync::Arc, time::Duration};
use units::Seed;

pub(crate) use pacing::drawn;
pub use queue::CHUNK_BYTES_MAX;

/// How one direction ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// As its source did: the other direction goes on.
    Source,
    /// The whole connection is closed.
    Closed,
    /// The whole connection is reset.
    Reset,
}

/// What comes next out of a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Front {
    /// Bytes to write.
    Data(Bytes),
    /// Nothing comes after this.
    End(Ending),
}

/// What toxics do to one direction of one connection. Times are since the server began and never go back.
#[derive(Debug)]
pub struct Chain {
    direction: Direction,
    connection: Seed,
    stages: Vec<Stage>,
    out: Queue,
}

impl Chain {
    /// A chain without toxics.
    #[must_use]
    pub fn new(direction: Direction, connection: Seed) -> Self {
        Self { direction, connection, stages: Vec::new(), out: Queue::short() }
    }

    /// Makes the toxics of the proxy those of the chain. Stages of toxics that stay keep their state.
    pub fn replace(&mut self, toxics: &[Arc<Toxic>], now: Duration) {
        let acts = |toxic: &&Arc<Toxic>| toxic.stream().has(self.direction) && toxic.hits(self.connection);
        let toxics: Vec<&Arc<Toxic>> = toxics.iter().filter(acts).collect();
        for index in (0..self.stages.len()).rev() {
            let stays = toxics.iter().any(|toxic| self.stages[index].is_of(toxic));
            if !stays {
                let stage = self.stages.remove(index);
                let next = self.stages.get_mut(index).map_or(&mut self.out, |next| &mut next.queue);
                stage.leave(next, now);
            }
        }
        let mut old = std::mem::take(&mut self.stages).into_iter().peekable();
        for toxic in toxics {
            let kept = old.next_if(|stage| stage.is_of(toxic));
            self.stages.push(match kept {
                Some(stage) => stage.changed(toxic, now),
                None => Stage::new(toxic, self.direction, self.connection, now),
            });
        }
        assert!(old.next().is_none(), "toxics that stay keep their order");
    }

    /// Whether more may be pushed.
    #[must_use]
    pub fn has_room(&self) -> bool {
        self.stages.first().map_or(&self.out, |stage| &stage.queue).has_room()
    }

    /// Bytes that arrived. At most [`CHUNK_BYTES_MAX`] at a time.
    pub fn push(&mut self, bytes: Bytes, now: Duration) {
        debug_assert!(bytes.len() <= CHUNK_BYTES_MAX);
        self.entry().push_data(bytes, now, now);
    }

    /// The source ended.
    pub fn end(&mut self, ending: Ending, now: Duration) {
        self.entry().push_end(ending, now);
    }

    /// Moves what can be moved; answers when more can, if that is a matter of time.
    pub fn turn(&mut self, now: Duration) -> Option<Duration> {
        loop {
            let (moved, wake) = self.pass(now);
            if !moved {
                return wake;
            }
        }
    }

    /// Runs each stage once, from the last to the first, so that each finds the room that the one after it has made.
    fn pass(&mut self, now: Duration) -> (bool, Option<Duration>) {
        let (mut moved, mut wake) = (false, None::<Duration>);
        for index in (0..self.stages.len()).rev() {
            let (before, after) = self.stages.split_at_mut(index + 1);
            let next = after.first_mut().map_or(&mut self.out, |next| &mut next.queue);
            let (any, again) = before[index].run(next, now);
            moved |= any;
            wake = wake.into_iter().chain(again).min();
        }
        (moved, wake)
    }

    /// What to write next.
    #[must_use]
    pub fn front(&self) -> Option<Front> {
        self.out.front()
    }

    /// So many bytes of the front were written.
    pub fn advance(&mut self, count: usize) {
        self.out.advance(count);
    }

    fn entry(&mut self) -> &mut Queue {
        self.stages.first_mut().map_or(&mut self.out, |stage| &mut stage.queue)
    }
}

/// A part of some bytes, taken from their beginning.
fn take(bytes: &mut Bytes, count: usize) -> Bytes {
    if count >= bytes.remaining() { std::mem::take(bytes) } else { bytes.split_to(count) }
}
