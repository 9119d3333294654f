//! What an entry may refer to: populations, regions and steps of the plan, and instants of a run that can have happened.
//!
//! A whole line can still be wrong, from a writer's defect or another plan's run. Whoever reads a recording may take every
//! index for a valid one.

use crate::{AgentEntry, AgentNews, Entry, Event, EventKind, LedgerEntry, Reader};
use plan::resolved::ResolvedPlan;
use units::Part;

/// No run is longer: 31 days.
const SECONDS_MAX: u64 = 31 * 24 * 3_600;
/// No fleet is larger.
const AGENTS_MAX: usize = 10_000;

/// What the plan has.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    populations: usize,
    regions: usize,
    steps: usize,
}

impl Bounds {
    pub(crate) fn of(plan: &ResolvedPlan) -> Self {
        Self {
            populations: plan.populations.len(),
            regions: plan.regions.len(),
            steps: plan.journeys.iter().map(|journey| journey.steps.len()).sum(),
        }
    }

    /// Whether everything that the entry refers to exists.
    ///
    /// # Errors
    /// What doesn't.
    pub(crate) fn check(&self, entry: &Entry) -> Result<(), String> {
        match entry {
            Entry::Event(event) => self.event(event),
            Entry::Interval(interval) => {
                second(interval.second)?;
                self.population(interval.population)?;
                self.region(interval.served_by)?;
                below("step", interval.step, self.steps)
            }
            Entry::Phase(phase) => {
                second(phase.second)?;
                self.population(phase.population)?;
                self.region(phase.region)
            }
            Entry::Arrivals(arrivals) => {
                second(arrivals.second)?;
                below("agent", arrivals.agent, AGENTS_MAX)?;
                self.population(arrivals.population)
            }
            Entry::Generator(generator) => {
                second(generator.second)?;
                below("agent", generator.agent, AGENTS_MAX)
            }
            Entry::Agent(entry) => self.agent(entry),
            Entry::Ledger(LedgerEntry::Write(write)) => {
                second(write.done.second())?;
                self.population(write.population)?;
                self.region(write.served_by)
            }
            Entry::Ledger(LedgerEntry::Read(read)) => {
                second(read.done.second())?;
                self.region(read.served_by)?;
                self.reader(read.reader)
            }
            Entry::Ledger(LedgerEntry::Operation(operation)) => {
                second(operation.done.second())?;
                below("agent", operation.agent, AGENTS_MAX)?;
                self.region(operation.served_by)?;
                self.reader(operation.by)
            }
        }
    }

    fn event(&self, event: &Event) -> Result<(), String> {
        second(event.at.second())?;
        match event.kind {
            EventKind::SteeringChanged { population, from, to } => {
                self.population(population)?;
                self.region(from)?;
                self.region(to)
            }
            EventKind::ServedByStarted { population, region } => {
                self.population(population)?;
                self.region(Some(region))
            }
            _ => Ok(()),
        }
    }

    fn agent(&self, entry: &AgentEntry) -> Result<(), String> {
        second(entry.at.second())?;
        below("agent", entry.agent, AGENTS_MAX)?;
        match &entry.news {
            AgentNews::Complete { second: last, .. } => second(*last),
            AgentNews::Missing { to, .. } => second(*to),
            AgentNews::TakenOver { second: from, by } => {
                second(*from)?;
                by.iter().try_for_each(|agent| below("agent", *agent, AGENTS_MAX))
            }
            AgentNews::Joined(joined) => self.shares(&joined.shares),
            AgentNews::Shares { second: from, shares } => {
                second(*from)?;
                self.shares(shares)
            }
            _ => Ok(()),
        }
    }

    fn reader(&self, reader: Reader) -> Result<(), String> {
        match reader {
            Reader::Region(index) => self.region(Some(index)),
            Reader::Population(index) => self.population(index),
        }
    }

    fn shares(&self, shares: &[Option<Part>]) -> Result<(), String> {
        if shares.len() == self.populations {
            return Ok(());
        }
        Err(format!("shares of {} populations where there are {}", shares.len(), self.populations))
    }

    fn population(&self, index: usize) -> Result<(), String> {
        below("population", index, self.populations)
    }

    fn region(&self, index: Option<usize>) -> Result<(), String> {
        index.map_or(Ok(()), |index| below("region", index, self.regions))
    }
}

fn second(second: u64) -> Result<(), String> {
    if second <= SECONDS_MAX {
        return Ok(());
    }
    Err(format!("second {second} is beyond the longest run of {SECONDS_MAX} s"))
}

fn below(what: &str, index: usize, count: usize) -> Result<(), String> {
    if index < count { Ok(()) } else { Err(format!("{what} {index} of {count} does not exist")) }
}
