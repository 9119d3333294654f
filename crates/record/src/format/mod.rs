//! The recording's own format: what the lines of its files hold, apart from the core types, so that those can change
//! without making old recordings unreadable.
//!
//! Every line has its number in the file (`seq`, from 0: a gap is a missing line), its number in the recording (`order`:
//! the files merge by it) and one member that says what it is. Unknown members are ignored.

mod agent;
mod event;
mod generator;
mod ledger;
mod request;

use crate::{Entry, LedgerEntry};
use agent::AgentFormat;
use event::EventFormat;
use generator::{ArrivalsFormat, GeneratorFormat};
use ledger::{OperationFormat, ReadFormat, WriteFormat};
use request::{IntervalFormat, PhaseFormat};
use serde::{Deserialize, Serialize};

/// A line of one of the files.
#[derive(Debug, Serialize, Deserialize)]
#[serde(try_from = "Members")]
pub(crate) struct Line {
    /// Number of the line in its file, from 0.
    pub(crate) seq: u64,
    /// Number of the entry in the recording, from 0; for a closing line the number of entries.
    pub(crate) order: u64,
    #[serde(flatten)]
    pub(crate) content: Content,
}

/// What a line holds.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Content {
    Event(EventFormat),
    Interval(IntervalFormat),
    Phase(PhaseFormat),
    Arrivals(ArrivalsFormat),
    Generator(GeneratorFormat),
    Write(WriteFormat),
    Read(ReadFormat),
    Operation(OperationFormat),
    Agent(AgentFormat),
    End(EndFormat),
}

/// The file is complete.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct EndFormat {
    /// Lines before this one.
    pub(crate) lines: u64,
}

/// A line as it is read: with whichever member it has. (An enum among a struct's members would be read twice.)
#[derive(Deserialize)]
struct Members {
    seq: u64,
    order: u64,
    event: Option<EventFormat>,
    interval: Option<IntervalFormat>,
    phase: Option<PhaseFormat>,
    arrivals: Option<ArrivalsFormat>,
    generator: Option<GeneratorFormat>,
    write: Option<WriteFormat>,
    read: Option<ReadFormat>,
    operation: Option<OperationFormat>,
    agent: Option<AgentFormat>,
    end: Option<EndFormat>,
}

impl TryFrom<Members> for Line {
    type Error = &'static str;

    fn try_from(members: Members) -> Result<Self, Self::Error> {
        let Members { seq, order, event, interval, phase, arrivals, generator, write, read, operation, agent, end } =
            members;
        let content = interval.map(Content::Interval).or(arrivals.map(Content::Arrivals)).or(phase.map(Content::Phase));
        let content = content.or(event.map(Content::Event)).or(generator.map(Content::Generator));
        let content = content.or(write.map(Content::Write)).or(read.map(Content::Read));
        let content = content.or(operation.map(Content::Operation));
        let content = content.or(agent.map(Content::Agent)).or(end.map(Content::End));
        content.map(|content| Self { seq, order, content }).ok_or("it holds nothing that is known")
    }
}

impl Content {
    /// The format of an entry.
    pub(crate) fn of(entry: &Entry) -> Self {
        match entry {
            Entry::Event(event) => Self::Event(event.into()),
            Entry::Interval(interval) => Self::Interval(interval.into()),
            Entry::Phase(phase) => Self::Phase(phase.into()),
            Entry::Arrivals(arrivals) => Self::Arrivals(arrivals.into()),
            Entry::Generator(generator) => Self::Generator(generator.into()),
            Entry::Ledger(LedgerEntry::Write(write)) => Self::Write(write.into()),
            Entry::Ledger(LedgerEntry::Read(read)) => Self::Read(read.into()),
            Entry::Ledger(LedgerEntry::Operation(operation)) => Self::Operation(operation.into()),
            Entry::Agent(agent) => Self::Agent(agent.into()),
        }
    }

    /// The entry, `None` for a closing line.
    ///
    /// # Errors
    /// What is wrong with a line that is whole but says something impossible.
    pub(crate) fn into_entry(self) -> Result<Option<Entry>, String> {
        Ok(Some(match self {
            Self::Event(event) => Entry::Event(event.into()),
            Self::Interval(interval) => Entry::Interval(interval.try_into()?),
            Self::Phase(phase) => Entry::Phase(phase.try_into()?),
            Self::Arrivals(arrivals) => Entry::Arrivals(arrivals.try_into()?),
            Self::Generator(generator) => Entry::Generator(generator.into()),
            Self::Write(write) => Entry::Ledger(LedgerEntry::Write(write.into())),
            Self::Read(read) => Entry::Ledger(LedgerEntry::Read(read.into())),
            Self::Operation(operation) => Entry::Ledger(LedgerEntry::Operation(operation.into())),
            Self::Agent(agent) => Entry::Agent(agent.try_into()?),
            Self::End(_) => return Ok(None),
        }))
    }
}
