//! A run told in a few lines, as a recording: what users met, what happened, what became of the probe writes.
//!
//! Times are seconds since the load began, as plans write them. The load begins two seconds into the run, so that the two
//! clocks can't be mixed up unnoticed.
//!
//! ```text
//!  T+0      2           12   12.3    15.1 15.2      16.3        24     24.8      27            40
//!   | warm-up | baseline |  active | detected rerouted | recovered | healing healed | failed back | end
//! ```

mod operations;
mod plan;
mod probes;
mod twice;

pub(crate) use operations::operations;
pub(crate) use plan::{fault, plan, share};
pub(crate) use probes::{Answer, Probe};
pub(crate) use twice::twice;

use ::plan::resolved::ResolvedPlan;
use record::{
    ArrivalCounts, Entry, Event, EventKind, GeneratorSecond, Histogram, Interval, LedgerEntry, LedgerOperation,
    Manifest, Outcome, Recording,
};
use std::{
    collections::BTreeMap,
    time::{Duration, UNIX_EPOCH},
};
use units::RunTime;

pub(crate) const EUROPE: usize = 0;
pub(crate) const AMERICA: usize = 1;
/// Regions have the indices of the populations whose home they are.
pub(crate) const EU: Option<usize> = Some(0);
pub(crate) const US: Option<usize> = Some(1);
pub(crate) const READ: usize = 0;
pub(crate) const WRITE: usize = 1;
/// Requests per tenth of a second of one population.
pub(crate) const READS: u32 = 2;
pub(crate) const WRITES: u32 = 1;

/// What users of one population met with one step, per tenth of a second.
#[derive(Debug, Clone)]
pub(crate) struct Stretch {
    pub(crate) population: usize,
    pub(crate) step: usize,
    pub(crate) from: f64,
    pub(crate) to: f64,
    pub(crate) per_tenth: u32,
    pub(crate) outcome: Outcome,
    pub(crate) served_by: Option<usize>,
    pub(crate) latency_ms: u64,
    pub(crate) attempts: u32,
}

/// A run.
#[derive(Debug, Clone)]
pub(crate) struct Story {
    pub(crate) plan: ResolvedPlan,
    pub(crate) traffic: Vec<Stretch>,
    pub(crate) events: Vec<Event>,
    pub(crate) probes: Vec<Probe>,
    /// What the ledger's sessions did.
    pub(crate) operations: Vec<LedgerOperation>,
    pub(crate) send_lag: Duration,
    /// Arrivals that were intended, by second of the load and population.
    pub(crate) intended: fn(u64, usize) -> u64,
    /// Arrivals dropped in each second.
    pub(crate) dropped: u64,
    pub(crate) ends: bool,
}

/// An instant of the run.
pub(crate) fn at(seconds: f64) -> RunTime {
    RunTime::from_micros(((seconds + 2.0) * 1e6).round() as u64)
}

impl Story {
    /// Failover in 4.2 s, failback in 2.2 s, nothing lost: every promise is kept.
    pub(crate) fn good() -> Self {
        let mut story = Self {
            plan: plan(),
            traffic: Vec::new(),
            events: events(),
            probes: probes::good(),
            operations: Vec::new(),
            send_lag: Duration::from_micros(200),
            intended: |_, _| 30,
            dropped: 0,
            ends: true,
        };
        story.serve(AMERICA, 0.0, 40.0, US);
        story.serve(EUROPE, 0.0, 12.1, EU);
        story.fail(EUROPE, 12.1, 16.3, Outcome::Timeout);
        story.serve(EUROPE, 16.3, 27.0, US);
        story.serve(EUROPE, 27.0, 40.0, EU);
        story
    }

    /// The same run without the fault.
    pub(crate) fn without_fault() -> Self {
        let mut story = Self::good();
        story.plan.faults.clear();
        story.plan.objectives.retain(|objective| !matches!(objective.name.as_str(), "recovery" | "failback"));
        story.traffic.clear();
        story.serve(AMERICA, 0.0, 40.0, US);
        story.serve(EUROPE, 0.0, 40.0, EU);
        story.events.retain(|event| {
            use EventKind::{
                BaselineStarted, FinalReadsEnded, FinalReadsStarted, LoadEnded, LoadStarted, QuietStarted,
            };
            matches!(
                event.kind,
                BaselineStarted | FinalReadsEnded | FinalReadsStarted | LoadEnded | LoadStarted | QuietStarted
            )
        });
        story.probes.retain(|probe| probe.intended < 12.0 || probe.population == AMERICA);
        story
    }

    /// Users of a population are served well.
    pub(crate) fn serve(&mut self, population: usize, from: f64, to: f64, region: Option<usize>) {
        for (step, per_tenth) in [(READ, READS), (WRITE, WRITES)] {
            let outcome = Outcome::Ok;
            let latency_ms = if region == Some(population) { 40 } else { 130 };
            let stretch =
                Stretch { population, step, from, to, per_tenth, outcome, served_by: region, latency_ms, attempts: 1 };
            self.traffic.push(stretch);
        }
    }

    /// Users of a population fail.
    pub(crate) fn fail(&mut self, population: usize, from: f64, to: f64, outcome: Outcome) {
        for (step, per_tenth) in [(READ, READS), (WRITE, WRITES)] {
            let (served_by, latency_ms, attempts) = (None, 2_000, 3);
            self.traffic.push(Stretch {
                population,
                step,
                from,
                to,
                per_tenth,
                outcome,
                served_by,
                latency_ms,
                attempts,
            });
        }
    }

    /// What users of a population met is told anew.
    pub(crate) fn forget(&mut self, population: usize) {
        self.traffic.retain(|stretch| stretch.population != population);
    }

    /// One failed read.
    pub(crate) fn stray(&mut self, population: usize, when: f64) {
        let (from, to, outcome) = (when, when + 0.1, Outcome::Reset);
        let (served_by, latency_ms, attempts) = (None, 50, 1);
        self.traffic.push(Stretch {
            population,
            step: READ,
            from,
            to,
            per_tenth: 1,
            outcome,
            served_by,
            latency_ms,
            attempts,
        });
    }

    pub(crate) fn event(&mut self, when: f64, kind: EventKind) {
        self.events.push(Event::new(at(when), kind, "test", ""));
    }

    pub(crate) fn without_event(&mut self, is_unwanted: impl Fn(&EventKind) -> bool) {
        self.events.retain(|event| !is_unwanted(&event.kind));
    }

    /// The entries in the order in which a run records them.
    pub(crate) fn entries(&self) -> Vec<Entry> {
        let mut timed: Vec<(RunTime, Entry)> = Vec::new();
        timed.extend(self.events.iter().cloned().map(|event| (event.at, Entry::Event(event))));
        let second = |entry: Entry, second: u64| (RunTime::from(Duration::from_secs(second + 1)), entry);
        timed.extend(self.intervals().into_iter().map(|interval| {
            let of = interval.second;
            second(Entry::Interval(interval), of)
        }));
        timed.extend(self.arrivals().into_iter().map(|arrivals| {
            let of = arrivals.second;
            second(Entry::Arrivals(arrivals), of)
        }));
        timed.extend(self.generator().map(|generator| {
            let of = generator.second;
            second(Entry::Generator(generator), of)
        }));
        timed.extend(self.probes.iter().enumerate().flat_map(|(number, probe)| probe.entries(number as u64)));
        let operations = self.operations.iter().cloned();
        timed.extend(operations.map(|one| (one.done, Entry::Ledger(LedgerEntry::Operation(one)))));
        timed.sort_by_key(|(when, _)| *when);
        let mut entries: Vec<Entry> = timed.into_iter().map(|(_, entry)| entry).collect();
        if self.ends {
            entries.push(Event::new(at(50.0), EventKind::RunEnded, "landfall", "run ended").into());
        }
        entries
    }

    pub(crate) fn recording(&self) -> Recording {
        Recording::in_memory(manifest(), self.plan.clone(), self.entries())
    }

    pub(crate) fn judged(&self) -> verdict::Findings {
        verdict::judge(&self.recording())
    }

    fn intervals(&self) -> Vec<Interval> {
        let mut intervals: BTreeMap<_, Interval> = BTreeMap::new();
        for stretch in &self.traffic {
            let (from, to) = (at(stretch.from).as_micros() / 100_000, at(stretch.to).as_micros() / 100_000);
            for tenth in from..to {
                let second = tenth / 10;
                let key = (second, stretch.population, stretch.step, stretch.outcome, stretch.served_by);
                let interval = intervals.entry(key).or_insert_with(|| {
                    Interval::empty(second, stretch.population, stretch.served_by, stretch.step, stretch.outcome)
                });
                for request in 0..stretch.per_tenth {
                    let intended = RunTime::from_micros(tenth * 100_000 + u64::from(request % 3) * 30_000);
                    // A spread of latencies, the same in every run.
                    let latency = stretch.latency_ms * 1_000 + (tenth * 7 + u64::from(request)) % 13 * 500;
                    interval.add(intended, stretch.attempts, Duration::from_micros(latency));
                }
            }
        }
        intervals.into_values().collect()
    }

    fn arrivals(&self) -> Vec<ArrivalCounts> {
        let mut send_lag = Histogram::new();
        (0..30).for_each(|_| send_lag.record(self.send_lag));
        let seconds = 2..2 + self.plan.load_duration().as_secs();
        let each =
            seconds.flat_map(|second| (0..self.plan.populations.len()).map(move |population| (second, population)));
        each.map(|(second, population)| ArrivalCounts {
            agent: 0,
            second,
            population,
            thread: 0,
            intended: (self.intended)(second - 2, population),
            started: (self.intended)(second - 2, population).saturating_sub(self.dropped),
            dropped: self.dropped,
            unsent: 0,
            in_flight: 3,
            users: 20,
            send_lag: send_lag.clone(),
            waited: Histogram::new(),
        })
        .collect()
    }

    fn generator(&self) -> impl Iterator<Item = GeneratorSecond> {
        let seconds = 2..2 + self.plan.load_duration().as_secs();
        seconds.step_by(10).map(|second| GeneratorSecond {
            agent: 0,
            second,
            thread_cpu: vec![0.2],
            descriptors: 64,
            descriptors_max: 1_024,
            memory: 30_000_000,
        })
    }
}

pub(crate) fn manifest() -> Manifest {
    Manifest {
        landfall_version: "0.1.0".to_owned(),
        started: UNIX_EPOCH + Duration::from_secs(1_795_000_000),
        host: None,
    }
}

fn events() -> Vec<Event> {
    let fault = || "eu-dies".into();
    let list = [
        (0.0, EventKind::LoadStarted, "load", "load began"),
        (2.0, EventKind::BaselineStarted, "load", "warm-up ended"),
        (12.0, EventKind::FaultInjecting(fault()), "fault", "killing eu-west-1"),
        (12.3, EventKind::FaultActive(fault()), "fault", "eu-west-1 is dead"),
        (
            15.1,
            EventKind::HealthChanged { region: "eu-west-1".into(), healthy: false },
            "steering",
            "eu-west-1 unhealthy",
        ),
        (15.2, EventKind::SteeringChanged { population: EUROPE, from: EU, to: US }, "steering", "europe to us-east-1"),
        (15.4, EventKind::ServedByStarted { population: EUROPE, region: 1 }, "load", "europe served by us-east-1"),
        (24.0, EventKind::FaultHealing(fault()), "fault", "starting eu-west-1"),
        (24.8, EventKind::FaultHealed(fault()), "fault", "eu-west-1 serves"),
        (26.0, EventKind::HealthChanged { region: "eu-west-1".into(), healthy: true }, "steering", "eu-west-1 healthy"),
        (27.0, EventKind::ServedByStarted { population: EUROPE, region: 0 }, "load", "europe served by eu-west-1"),
        (40.0, EventKind::LoadEnded, "load", "load ended"),
        (42.0, EventKind::QuietStarted, "landfall", "quiet"),
        (45.0, EventKind::FinalReadsStarted, "landfall", "final reads"),
        (49.0, EventKind::FinalReadsEnded, "landfall", "final reads complete"),
    ];
    list.into_iter().map(|(when, kind, source, text)| Event::new(at(when), kind, source, text)).collect()
}
