//! The recording, put in order once, so that each rule asks a question and not a file.
//!
//! [`Timeline`] has the instants, [`Requests`] the counts per tenth of a second and the merged histograms, [`Ledger`] the
//! probe writes with their reads. Everything is in ordered maps and vectors: the same recording gives the same evidence.

mod coverage;
mod excess;
mod freshness;
mod latency;
mod ledger;
mod places;
mod requests;
mod slowness;
mod stream;
mod timeline;

pub(crate) use coverage::{Coverage, Gap};
pub(crate) use excess::Excess;
pub(crate) use freshness::Freshness;
pub(crate) use latency::{Cell, Latencies, seconds_of};
pub(crate) use ledger::{Ledger, TracedWrite};
pub(crate) use places::Places;
pub(crate) use requests::Requests;
pub(crate) use slowness::{Allowance, Slowness};
pub(crate) use stream::{Counts, Stream, Tenths};
pub(crate) use timeline::{CutBy, Outage, Timeline, instant, start_of};

use crate::{findings::Operations, history::History};
use plan::{
    fault::FaultKind,
    resolved::{OperationClass, ResolvedPlan},
};
use record::{Entry, Event, LedgerEntry, Recording};
use std::sync::Arc;
use units::RunTime;

/// What is known of the run.
pub(crate) struct Evidence<'a> {
    pub(crate) recording: &'a Recording,
    pub(crate) plan: &'a ResolvedPlan,
    /// Events by time; those of one instant as recorded.
    pub(crate) events: Vec<&'a Event>,
    pub(crate) timeline: Timeline,
    pub(crate) requests: Arc<Requests>,
    /// Successes that took longer than the baseline tolerates.
    pub(crate) slowness: Slowness,
    /// Reads of sessions that showed an older state than the baseline tolerates. Empty until it is asked of what was gathered.
    pub(crate) freshness: Freshness,
    pub(crate) ledger: Ledger<'a>,
    /// What the ledger's sessions did.
    pub(crate) history: History<'a>,
    /// How far what the agents did is known.
    pub(crate) coverage: Coverage,
    /// Where users really were.
    pub(crate) places: Places,
    /// Home of each population, by index.
    pub(crate) homes: Vec<Option<usize>>,
}

impl<'a> Evidence<'a> {
    pub(crate) fn gather(recording: &'a Recording) -> Self {
        let plan = &recording.plan;
        let mut events: Vec<&Event> = recording
            .entries
            .iter()
            .filter_map(|entry| match entry {
                Entry::Event(event) => Some(event),
                _ => None,
            })
            .collect();
        events.sort_by_key(|event| event.at);
        let timeline = Timeline::of(plan, &recording.entries, &events);
        let requests = Requests::count(plan, &recording.entries, &timeline);
        let homes = (0..plan.populations.len())
            .map(|population| crate::rules::home::home(&requests, &timeline, population))
            .collect();
        let slowness = Slowness::of(&recording.entries, &requests, plan);
        Self {
            recording,
            plan,
            events,
            ledger: Ledger::trace(&recording.entries),
            history: History::of(recording.entries.iter().filter_map(|entry| match entry {
                Entry::Ledger(LedgerEntry::Operation(operation)) => Some(operation),
                _ => None,
            })),
            coverage: Coverage::of(&recording.entries),
            places: Places::of(&recording.entries),
            timeline,
            slowness,
            freshness: Freshness::default(),
            requests: Arc::new(requests),
            homes,
        }
    }

    /// What is known while a run goes on: its instants and the counts of requests. `recording` has the plan and no entries. Of response
    /// times, of the ledger and of agents nothing is in it.
    pub(crate) fn so_far(
        recording: &'a Recording,
        events: Vec<&'a Event>,
        timeline: Timeline,
        requests: Arc<Requests>,
        homes: Vec<Option<usize>>,
    ) -> Self {
        Self {
            recording,
            plan: &recording.plan,
            events,
            timeline,
            requests,
            slowness: Slowness::default(),
            freshness: Freshness::default(),
            ledger: Ledger::default(),
            history: History::default(),
            coverage: Coverage::default(),
            places: Places::default(),
            homes,
        }
    }

    pub(crate) fn region_name(&self, region: Option<usize>) -> String {
        region.map_or_else(|| "an unknown region".to_owned(), |index| self.plan.regions[index].name.to_string())
    }

    pub(crate) fn population_name(&self, population: usize) -> String {
        self.plan.populations[population].name.to_string()
    }

    /// What an outage is called.
    pub(crate) fn outage_name(&self, outage: usize) -> String {
        self.timeline.outages[outage].name(self.plan)
    }

    /// What breaks in an outage: one of the fault's regions where it rolls over them.
    pub(crate) fn kind(&self, outage: usize) -> FaultKind {
        let outage = &self.timeline.outages[outage];
        let fault = &self.plan.faults[outage.fault];
        let turn = fault.turns().nth(outage.number as usize).filter(|_| outage.of > 1);
        turn.map_or_else(|| fault.kind.clone(), |turn| turn.kind)
    }

    /// Indices of the regions an outage is aimed at.
    pub(crate) fn targets(&self, outage: usize) -> Vec<usize> {
        let kind = self.kind(outage);
        kind.regions().into_iter().filter_map(|name| self.plan.region_index(name)).collect()
    }

    /// Indices of the regions that an outage takes from users: who is at home there has a reason to be led elsewhere.
    pub(crate) fn taken_from_users(&self, outage: usize) -> Vec<usize> {
        let kind = self.kind(outage);
        kind.taken_from_users().into_iter().filter_map(|name| self.plan.region_index(name)).collect()
    }

    /// Whether the plan has operations of that class at all.
    pub(crate) fn has_class(&self, class: OperationClass) -> bool {
        self.plan.journeys.iter().flat_map(|journey| &journey.steps).any(|step| step.class == class)
    }

    /// The requests of a population.
    pub(crate) fn stream(&self, population: usize, operations: Operations) -> &Stream {
        self.requests.stream(population, operations)
    }

    /// The first tenth that isn't measured any more: the load's end.
    pub(crate) fn end_tenth(&self) -> usize {
        self.requests.tenths.index(self.timeline.measured_until).min(self.requests.tenths.len())
    }

    /// The instant at which a tenth begins.
    pub(crate) fn time_of(&self, tenth: usize) -> RunTime {
        self.requests.tenths.time(tenth)
    }
}

/// The operations of a class.
pub(crate) fn operations_of(class: OperationClass) -> Operations {
    match class {
        OperationClass::Read => Operations::Read,
        OperationClass::Write => Operations::Write,
    }
}
