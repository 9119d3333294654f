//! What carries messages between a controller and an agent. Neither end can tell which kind it is.
//!
//! ```text
//!   ControllerEnd ── outgoing ──▶ … ──▶ incoming ── AgentEnd
//!                 ◀─ incoming ─── … ◀── outgoing ──
//! ```
//!
//! Each end is a pair of bounded queues. A kind of link is whatever moves messages from one pair to the other: [`channel()`] is
//! nothing at all, [`mod@pipe`] a child's standard input and output, [`nats`] a bus to agents that stand elsewhere. A further kind
//! makes the same two ends and nothing else.
//!
//! **What a link may do.** Lose, double, delay and reorder. What it may not: change a message, or stay silent about its own end,
//! where it knows it: then the last thing that comes in is [`Incoming::Over`] (for an agent: the end of the queue).
//! A link that can't know (a bus) never says so, and silence is told by heartbeats.

pub mod nats;
pub mod pipe;

use crate::message::{FromAgent, ToAgent};
use std::time::Duration;
use tokio::sync::mpsc;

/// Messages that may wait in a queue. A batch is 1 MiB at most, so this bounds memory too.
pub const QUEUE_MAX: usize = 32;

/// The controller's end.
#[derive(Debug)]
pub struct ControllerEnd {
    /// What the agent is called until it says so itself.
    pub name: String,
    /// To the agent.
    pub outgoing: mpsc::Sender<ToAgent>,
    /// From the agent.
    pub incoming: mpsc::Receiver<Incoming>,
    /// How far away the agent is.
    pub distance: Distance,
}

/// How far away an agent is, in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Distance {
    /// In the same boot of the same machine, whose monotonic clock both share.
    #[default]
    Here,
    /// On another machine.
    Elsewhere {
        /// Its clock can be off by so much from the controller's.
        clock_bound: Duration,
        /// What is said reaches it within this, as far as is known.
        delay: Duration,
    },
}

impl Distance {
    /// The agent's clock can be off by so much from the controller's.
    #[must_use]
    pub fn clock_bound(self) -> Duration {
        match self {
            Self::Here => Duration::ZERO,
            Self::Elsewhere { clock_bound, .. } => clock_bound,
        }
    }

    /// How long before an instant the agent has to be told of it, to know it in time.
    #[must_use]
    pub fn notice(self) -> Duration {
        match self {
            Self::Here => Duration::ZERO,
            Self::Elsewhere { clock_bound, delay } => clock_bound + delay,
        }
    }
}

/// What comes from an agent.
#[derive(Debug)]
pub enum Incoming {
    /// A message.
    Message(FromAgent),
    /// The link has ended for good, for this reason; nothing more comes.
    Over(String),
}

/// The agent's end. When `incoming` ends, the link has ended for good.
#[derive(Debug)]
pub struct AgentEnd {
    /// To the controller.
    pub outgoing: mpsc::Sender<Incoming>,
    /// From the controller.
    pub incoming: mpsc::Receiver<ToAgent>,
}

impl AgentEnd {
    /// Sends if there is room. What isn't sent comes again: states are repeated, batches are kept until they are stored.
    #[must_use]
    pub fn try_send(&self, message: FromAgent) -> bool {
        self.outgoing.try_send(Incoming::Message(message)).is_ok()
    }
}

/// A link inside one process.
#[must_use]
pub fn channel(name: &str) -> (ControllerEnd, AgentEnd) {
    let (to_agent, from_controller) = mpsc::channel(QUEUE_MAX);
    let (to_controller, from_agent) = mpsc::channel(QUEUE_MAX);
    let controller =
        ControllerEnd { name: name.to_owned(), outgoing: to_agent, incoming: from_agent, distance: Distance::Here };
    (controller, AgentEnd { outgoing: to_controller, incoming: from_controller })
}
