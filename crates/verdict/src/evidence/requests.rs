//! Everything that the intervals and arrivals add up to.

use super::{Counts, Stream, Tenths, Timeline};
use crate::findings::{Operations, PhaseName};
use plan::resolved::{OperationClass, ResolvedPlan};
use record::{ArrivalCounts, Entry, GeneratorSecond, Histogram, Interval, Outcome};
use std::{collections::BTreeMap, time::Duration};

/// Intervals and arrivals in order.
#[derive(Debug)]
pub(crate) struct Requests {
    pub(crate) tenths: Tenths,
    /// Per population: all, read, write.
    streams: Vec<[Stream; 3]>,
    /// Response times of successes, by population, step and phase (baseline, fault or after).
    response: BTreeMap<(usize, usize, PhaseName), Histogram>,
    /// Attempts and requests, by population, class and phase.
    pub(crate) attempts: BTreeMap<(usize, Operations, PhaseName), u64>,
    /// Succeeded and failed requests, by population, step and phase.
    pub(crate) counted: BTreeMap<(usize, usize, PhaseName), Counts>,
    /// Attempts per second over all populations, with their requests.
    pub(crate) attempts_per_second: BTreeMap<u64, (u64, u64)>,
    /// Attempts with their requests, by population and second.
    pub(crate) attempts_of: BTreeMap<(usize, u64), (u64, u64)>,
    /// Failed requests by kind.
    pub(crate) errors: BTreeMap<ErrorKey, Failures>,
    /// Arrivals by second and population, agents and threads added up.
    pub(crate) arrivals: BTreeMap<(u64, usize), ArrivalCounts>,
    pub(crate) generator: Vec<GeneratorSecond>,
    /// By agent.
    pub(crate) send_lag: BTreeMap<usize, Histogram>,
    /// Requests of seconds in which none can have been intended: not counted.
    pub(crate) out_of_time: u64,
    classes: Vec<OperationClass>,
}

/// A kind of failed request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ErrorKey {
    pub(crate) outcome: Outcome,
    pub(crate) population: usize,
    pub(crate) served_by: Option<usize>,
}

/// Failed requests of one kind.
#[derive(Debug, Clone, Default)]
pub(crate) struct Failures {
    pub(crate) count: u64,
    pub(crate) first_second: u64,
    pub(crate) last_second: u64,
    pub(crate) by_step: BTreeMap<usize, u64>,
    pub(crate) by_second: BTreeMap<u64, u64>,
}

impl Requests {
    pub(crate) fn count(plan: &ResolvedPlan, entries: &[Entry], timeline: &Timeline) -> Self {
        let mut requests = Self::none(plan, extent(plan, entries, timeline));
        for entry in entries {
            match entry {
                Entry::Interval(interval) => requests.add(interval, timeline),
                Entry::Arrivals(arrivals) => requests.add_arrivals(arrivals),
                Entry::Generator(generator) => requests.generator.push(generator.clone()),
                Entry::Event(_) | Entry::Phase(_) | Entry::Ledger(_) | Entry::Agent(_) => {}
            }
        }
        requests
    }

    /// Not one yet.
    pub(crate) fn none(plan: &ResolvedPlan, tenths: Tenths) -> Self {
        let steps = plan.journeys.iter().flat_map(|journey| &journey.steps);
        let new_streams = || [Stream::new(tenths), Stream::new(tenths), Stream::new(tenths)];
        Self {
            tenths,
            streams: plan.populations.iter().map(|_| new_streams()).collect(),
            response: BTreeMap::new(),
            attempts: BTreeMap::new(),
            counted: BTreeMap::new(),
            attempts_per_second: BTreeMap::new(),
            attempts_of: BTreeMap::new(),
            errors: BTreeMap::new(),
            arrivals: BTreeMap::new(),
            generator: Vec::new(),
            send_lag: BTreeMap::new(),
            out_of_time: 0,
            classes: steps.map(|step| step.class).collect(),
        }
    }

    /// The requests of a population.
    pub(crate) fn stream(&self, population: usize, operations: Operations) -> &Stream {
        &self.streams[population][slot(operations)]
    }

    /// Response times of successes, merged over whatever `wanted` (step, phase) holds for.
    pub(crate) fn response(&self, population: usize, wanted: impl Fn(usize, PhaseName) -> bool) -> Histogram {
        let mut merged = Histogram::new();
        let of_population =
            self.response.range((population, 0, PhaseName::Baseline)..(population + 1, 0, PhaseName::Baseline));
        for ((_, step, phase), histogram) in of_population {
            if wanted(*step, *phase) {
                merged.merge(histogram);
            }
        }
        merged
    }

    /// Succeeded and failed requests of whatever `wanted` (step, phase) holds for.
    pub(crate) fn counts(&self, population: usize, wanted: impl Fn(usize, PhaseName) -> bool) -> Counts {
        let of_population =
            self.counted.range((population, 0, PhaseName::Baseline)..(population + 1, 0, PhaseName::Baseline));
        let those = of_population.filter(|((_, step, phase), _)| wanted(*step, *phase));
        those.fold(Counts::default(), |sum, (_, one)| Counts { ok: sum.ok + one.ok, failed: sum.failed + one.failed })
    }

    /// The class of a step.
    pub(crate) fn class_of(&self, step: usize) -> OperationClass {
        self.classes[step]
    }

    /// Adds to the counts per tenth of a second, and to nothing else; `false`: it lies where no request can have been intended.
    pub(crate) fn count_in(&mut self, interval: &Interval) -> bool {
        let Some(at) = self.tenths.of_second(interval.second) else { return false };
        for operations in [Operations::All, super::operations_of(self.classes[interval.step])] {
            let stream = &mut self.streams[interval.population][slot(operations)];
            stream.add(at, &interval.tenths, interval.outcome.is_ok(), interval.served_by);
        }
        true
    }

    fn add(&mut self, interval: &Interval, timeline: &Timeline) {
        if !self.count_in(interval) {
            self.out_of_time += interval.count();
            return;
        }
        let is_ok = interval.outcome.is_ok();
        let class = super::operations_of(self.classes[interval.step]);
        let per_second = self.attempts_per_second.entry(interval.second).or_default();
        *per_second = (per_second.0 + interval.attempts, per_second.1 + interval.count());
        let of = self.attempts_of.entry((interval.population, interval.second)).or_default();
        *of = (of.0 + interval.attempts, of.1 + interval.count());
        if !is_ok {
            self.add_failures(interval);
        }
        let Some(phase) = timeline.phase_of(interval.second) else { return };
        for operations in [Operations::All, class] {
            *self.attempts.entry((interval.population, operations, phase)).or_default() += interval.attempts;
        }
        let counted = self.counted.entry((interval.population, interval.step, phase)).or_default();
        if is_ok {
            counted.ok += interval.count();
        } else {
            counted.failed += interval.count();
        }
        if is_ok {
            self.response.entry((interval.population, interval.step, phase)).or_default().merge(&interval.response);
        }
    }

    fn add_failures(&mut self, interval: &Interval) {
        let (outcome, population, served_by) = (interval.outcome, interval.population, interval.served_by);
        let count = interval.count();
        if count == 0 {
            return;
        }
        let failures = self
            .errors
            .entry(ErrorKey { outcome, population, served_by })
            .or_insert_with(|| Failures { first_second: interval.second, ..Failures::default() });
        failures.count += count;
        failures.first_second = failures.first_second.min(interval.second);
        failures.last_second = failures.last_second.max(interval.second);
        *failures.by_step.entry(interval.step).or_default() += count;
        *failures.by_second.entry(interval.second).or_default() += count;
    }

    fn add_arrivals(&mut self, arrivals: &ArrivalCounts) {
        self.send_lag.entry(arrivals.agent).or_default().merge(&arrivals.send_lag);
        let sum = self.arrivals.entry((arrivals.second, arrivals.population)).or_insert_with(|| ArrivalCounts {
            second: arrivals.second,
            population: arrivals.population,
            ..ArrivalCounts::default()
        });
        sum.intended += arrivals.intended;
        sum.started += arrivals.started;
        sum.dropped += arrivals.dropped;
        sum.unsent += arrivals.unsent;
        sum.in_flight += arrivals.in_flight;
        sum.users += arrivals.users;
        sum.send_lag.merge(&arrivals.send_lag);
        sum.waited.merge(&arrivals.waited);
    }
}

/// The tenths in which requests can have been intended: from the load's start to an hour after its planned end (users of a
/// closed or partly open load finish their walks), and never behind what was recorded.
///
/// The event of the load's start is recorded a moment after the start itself, which may lie in the second before.
fn extent(plan: &ResolvedPlan, entries: &[Entry], timeline: &Timeline) -> Tenths {
    const AFTER_LOAD_MAX: Duration = Duration::from_secs(3_600);
    const BEFORE_EVENT_MAX: u64 = 2;
    let started = timeline.load_started.unwrap_or_default();
    let earliest = started.second().saturating_sub(BEFORE_EVENT_MAX);
    let seconds = entries.iter().filter_map(|entry| match entry {
        Entry::Interval(interval) => Some(interval.second),
        Entry::Arrivals(arrivals) => Some(arrivals.second),
        _ => None,
    });
    let from = seconds.filter(|second| *second >= earliest).min().unwrap_or(started.second()).min(started.second());
    let to = (started + plan.load_duration() + AFTER_LOAD_MAX).min(timeline.end.max(started));
    let seconds = to.as_micros().div_ceil(1_000_000).saturating_sub(from);
    Tenths::new(from, usize::try_from(seconds).unwrap_or(usize::MAX / 10))
}

fn slot(operations: Operations) -> usize {
    match operations {
        Operations::All => 0,
        Operations::Read => 1,
        Operations::Write => 2,
    }
}
