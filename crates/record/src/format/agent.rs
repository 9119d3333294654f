//! What became of agents, as written (since 1.1; names, batches and what was taken over since 1.2; parts of
//! several slots and changes of shares since 1.3).

use crate::{AgentEntry, AgentJoined, AgentNews};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use units::{Part, RunTime};

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct AgentFormat {
    at_us: u64,
    agent: usize,
    what: NewsFormat,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
enum NewsFormat {
    Joined(JoinedFormat),
    Began { late_us: u64 },
    Complete { second: u64, batch: u64 },
    Missing { from: u64, to: u64, reason: String },
    Lost { reason: String },
    Drained,
    TakenOver { second: u64, by: Vec<usize> },
    Shares { second: u64, shares: Vec<Option<PartFormat>> },
    Batch { number: u64, through: u64, entries: u64 },
}

#[derive(Debug, Serialize, Deserialize)]
struct JoinedFormat {
    #[serde(default)]
    name: String,
    instance: String,
    place: Option<String>,
    version: String,
    host: String,
    clock_bound_us: u64,
    shares: Vec<Option<PartFormat>>,
    emulated: Vec<bool>,
}

/// Slots and how many there are.
#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum PartFormat {
    One(u64, u64),
    Several(Vec<u64>, u64),
}

impl From<&AgentEntry> for AgentFormat {
    fn from(entry: &AgentEntry) -> Self {
        Self { at_us: entry.at.as_micros(), agent: entry.agent, what: (&entry.news).into() }
    }
}

impl TryFrom<AgentFormat> for AgentEntry {
    type Error = String;

    fn try_from(format: AgentFormat) -> Result<Self, String> {
        Ok(Self { at: RunTime::from_micros(format.at_us), agent: format.agent, news: format.what.try_into()? })
    }
}

impl From<&AgentNews> for NewsFormat {
    fn from(news: &AgentNews) -> Self {
        match news.clone() {
            AgentNews::Joined(joined) => Self::Joined(JoinedFormat {
                name: joined.name,
                instance: joined.instance,
                place: joined.place,
                version: joined.version,
                host: joined.host,
                clock_bound_us: micros(joined.clock_bound),
                shares: written(&joined.shares),
                emulated: joined.emulated,
            }),
            AgentNews::Began { late } => Self::Began { late_us: micros(late) },
            AgentNews::Complete { second, batch } => Self::Complete { second, batch },
            AgentNews::Missing { from, to, reason } => Self::Missing { from, to, reason },
            AgentNews::Lost { reason } => Self::Lost { reason },
            AgentNews::Drained => Self::Drained,
            AgentNews::TakenOver { second, by } => Self::TakenOver { second, by },
            AgentNews::Shares { second, shares } => Self::Shares { second, shares: written(&shares) },
            AgentNews::Batch { number, through, entries } => Self::Batch { number, through, entries },
        }
    }
}

impl TryFrom<NewsFormat> for AgentNews {
    type Error = String;

    fn try_from(format: NewsFormat) -> Result<Self, String> {
        Ok(match format {
            NewsFormat::Joined(joined) => Self::Joined(Box::new(AgentJoined {
                name: joined.name,
                instance: joined.instance,
                place: joined.place,
                version: joined.version,
                host: joined.host,
                clock_bound: Duration::from_micros(joined.clock_bound_us),
                shares: read(joined.shares)?,
                emulated: joined.emulated,
            })),
            NewsFormat::Began { late_us } => Self::Began { late: Duration::from_micros(late_us) },
            NewsFormat::Complete { second, batch } => Self::Complete { second, batch },
            NewsFormat::Missing { from, to, reason } => Self::Missing { from, to, reason },
            NewsFormat::Lost { reason } => Self::Lost { reason },
            NewsFormat::Drained => Self::Drained,
            NewsFormat::TakenOver { second, by } => Self::TakenOver { second, by },
            NewsFormat::Shares { second, shares } => Self::Shares { second, shares: read(shares)? },
            NewsFormat::Batch { number, through, entries } => Self::Batch { number, through, entries },
        })
    }
}

fn written(shares: &[Option<Part>]) -> Vec<Option<PartFormat>> {
    let written = |part: &Part| match part.slots() {
        [index] => PartFormat::One(*index, part.of()),
        slots => PartFormat::Several(slots.to_vec(), part.of()),
    };
    shares.iter().map(|part| part.as_ref().map(written)).collect()
}

fn read(shares: Vec<Option<PartFormat>>) -> Result<Vec<Option<Part>>, String> {
    let read = |format: PartFormat| {
        let (slots, of) = match format {
            PartFormat::One(index, of) => (vec![index], of),
            PartFormat::Several(slots, of) => (slots, of),
        };
        Part::of_slots(slots, of).ok_or_else(|| "a share that is no part".to_owned())
    };
    shares.into_iter().map(|part| part.map(read).transpose()).collect()
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
