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
use ledger::{ReadFormat, WriteFormat};
use request::{IntervalFormat, PhaseFormat};
use serde::{Deserialize, Serialize};

/// A line of one of the files.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Line {
    /// Number of the line in its file, from 0.
    pub(crate) seq: u64,
    /// Number of the entry in the recording, from 0; for a closing line the number of entries.
    pub(crate) order: u64,
    #[serde(flatten)]
    pub(crate) content: Content,
}

/// What a line holds.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Content {
    Event(EventFormat),
    Interval(IntervalFormat),
    Phase(PhaseFormat),
    Arrivals(ArrivalsFormat),
    Generator(GeneratorFormat),
    Write(WriteFormat),
    Read(ReadFormat),
    Agent(AgentFormat),
    /// The file is complete.
    End {
        /// Lines before this one.
        lines: u64,
    },
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
            Self::Agent(agent) => Entry::Agent(agent.into()),
            Self::End { .. } => return Ok(None),
        }))
    }
}
