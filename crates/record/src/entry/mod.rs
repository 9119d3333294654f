//! What can happen in a run. One enum, so that live and replay share one path; a file for each kind of thing, and one of the same
//! name in `format` for how it is written.

mod agent;
mod event;
mod generator;
mod ledger;
mod request;

pub use agent::{AgentEntry, AgentJoined, AgentNews};
pub use event::{Event, EventKind};
pub use generator::{ArrivalCounts, GeneratorSecond};
pub use ledger::{
    LedgerAction, LedgerEntry, LedgerOperation, LedgerRead, LedgerWrite, ReadResult, Reader, WriteOutcome,
};
pub use request::{Interval, Outcome, Phase, PhaseInterval};

/// One thing that happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Entry {
    /// Something worth a line in the log.
    Event(Event),
    /// Requests of one kind, intended in one second.
    Interval(Interval),
    /// Phases before the request (DNS, connect, TLS) in one second.
    Phase(PhaseInterval),
    /// Arrivals of one population in one second.
    Arrivals(ArrivalCounts),
    /// The generator's own health in one second.
    Generator(GeneratorSecond),
    /// A probe write, a read of one, or an operation of a session.
    Ledger(LedgerEntry),
    /// What became of an agent, and how far its share is known.
    Agent(AgentEntry),
}

impl Entry {
    /// The same as something that happened at that agent: counts of several agents must not collide.
    #[must_use]
    pub fn by_agent(mut self, index: usize) -> Self {
        match &mut self {
            Self::Arrivals(arrivals) => arrivals.agent = index,
            Self::Generator(generator) => generator.agent = index,
            Self::Agent(entry) => entry.agent = index,
            Self::Ledger(LedgerEntry::Operation(operation)) => operation.agent = index,
            Self::Event(_) | Self::Interval(_) | Self::Phase(_) | Self::Ledger(_) => {}
        }
        self
    }

    /// The agent that it is of, where that matters: see [`Self::by_agent`].
    #[must_use]
    pub fn agent(&self) -> Option<usize> {
        match self {
            Self::Arrivals(arrivals) => Some(arrivals.agent),
            Self::Generator(generator) => Some(generator.agent),
            Self::Agent(entry) => Some(entry.agent),
            Self::Ledger(LedgerEntry::Operation(operation)) => Some(operation.agent),
            Self::Event(_) | Self::Interval(_) | Self::Phase(_) | Self::Ledger(_) => None,
        }
    }
}

impl From<Event> for Entry {
    fn from(event: Event) -> Self {
        Self::Event(event)
    }
}
