//! The instants of a run, and to which part of it a second belongs.
//!
//! ```text
//!  run start   load started   + warm-up        injected        healed         injected  healed     load ended
//!     |-------------|-------------|---------------|---------------|---------------|--------|------------|
//!                      (no phase)      baseline         fault            after      fault     after
//! ```
//!
//! A fault is in effect from its injection's command (its effect may be there before the proof is) to the proof of its
//! removal; without that proof until the end. A second belongs to a phase only as a whole: one that a fault touches belongs
//! to the fault, one that the warm-up touches to nothing.
//!
//! A fault that comes more than once is an [`Outage`] each time, provided that users can recover in between: a whole recovery
//! window must fit. Turns that follow each other closer than that are one outage, a flapping one.

use crate::findings::{PhaseName, Span};
use plan::resolved::{Fault, ResolvedPlan};
use record::{AgentNews, Entry, Event, EventKind, LedgerEntry};
use std::time::Duration;
use units::{FaultName, RunTime};

/// What ends the time in which an outage can be over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CutBy {
    LoadEnd,
    NextFault,
}

impl CutBy {
    /// `the load ended`, `the next fault came`.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::LoadEnd => "the load ended",
            Self::NextFault => "the next fault came",
        }
    }
}

/// The instants of a run.
#[derive(Debug, Clone)]
pub(crate) struct Timeline {
    pub(crate) load_started: Option<RunTime>,
    pub(crate) load_ended: Option<RunTime>,
    /// The last thing that was recorded.
    pub(crate) end: RunTime,
    /// The end of the warm-up.
    pub(crate) measured_from: RunTime,
    /// The end of the load, or of what was recorded of it.
    pub(crate) measured_until: RunTime,
    pub(crate) baseline: Option<Span>,
    pub(crate) aborted: Option<RunTime>,
    /// When the stop guard ended the run, and what was exceeded.
    pub(crate) stop_guard: Option<(RunTime, String)>,
    pub(crate) final_reads_ended: bool,
    /// While somebody held the load, and how that was asked.
    pub(crate) holds: Vec<(Span, String)>,
    /// What the plan's faults break, in the order in which it wants them.
    pub(crate) outages: Vec<Outage>,
}

/// One of the times that a fault of the plan comes, with what was recorded of it; all of them where no recovery fits between.
#[derive(Debug, Clone, Default)]
pub(crate) struct Outage {
    /// Index of the fault in the plan.
    pub(crate) fault: usize,
    /// Which of the fault's outages, from 0.
    pub(crate) number: u32,
    /// How many outages the fault is.
    pub(crate) of: u32,
    pub(crate) injecting: Option<(RunTime, String)>,
    pub(crate) active: Option<(RunTime, String)>,
    /// Why the effect is not proven, where something was recorded of that.
    pub(crate) doubt: Option<String>,
    /// Why the proof of its effect counts no more: somebody who should have met it has not confirmed it.
    pub(crate) withdrawn: Option<String>,
    pub(crate) healing: Option<(RunTime, String)>,
    /// Why its mending began, as whoever keeps it said; empty where that was not said.
    pub(crate) healing_why: String,
    pub(crate) healed: Option<(RunTime, String)>,
    /// Why the removal is not proven, where something was recorded of that.
    pub(crate) removal_doubt: Option<String>,
}

/// How many outages a fault is: one each time, unless a recovery doesn't fit between two of them.
fn outages_of(fault: &Fault, recovery_window: Duration) -> u32 {
    let between = fault.repeat.every.saturating_sub(fault.duration);
    if between < recovery_window { 1 } else { fault.repeat.times }
}

impl Outage {
    /// The outages of a fault. What is recorded from one injection to the next belongs to one of them.
    fn of(index: usize, fault: &Fault, recovery_window: Duration, events: &[&Event]) -> Vec<Self> {
        let of = outages_of(fault, recovery_window).max(1);
        let mut outages: Vec<Self> =
            (0..of).map(|number| Self { fault: index, number, of, ..Self::default() }).collect();
        let mut current = 0;
        for event in events.iter().filter(|event| fault_of(&event.kind) == Some(&fault.name)) {
            let is_next = matches!(event.kind, EventKind::FaultInjecting(_)) && outages[current].injecting.is_some();
            if is_next && current + 1 < outages.len() {
                current += 1;
            }
            outages[current].take(event);
        }
        outages
    }

    fn take(&mut self, event: &Event) {
        let said = || (event.at, event.source.clone());
        match &event.kind {
            EventKind::FaultInjecting(_) => self.injecting = self.injecting.take().or_else(|| Some(said())),
            EventKind::FaultActive(_) => self.active = self.active.take().or_else(|| Some(said())),
            EventKind::FaultUnproven(_) if self.active.is_some() => self.withdrawn = Some(event.text.clone()),
            EventKind::FaultUnproven(_) | EventKind::FaultFailed(_) => self.doubt = Some(event.text.clone()),
            // Of a flapping one the last mending counts, for only that is for good.
            EventKind::FaultHealing(_) => {
                self.healing = Some(said());
                self.healing_why = event.text.split_once("healing: ").map_or("", |(_, why)| why).to_owned();
            }
            // The last proof counts: an earlier one was withdrawn.
            EventKind::FaultHealed(_) => {
                self.healed = Some(said());
                self.removal_doubt = None;
            }
            EventKind::FaultNotHealed(_) => {
                self.healed = None;
                self.removal_doubt = Some(event.text.clone());
            }
            _ => {}
        }
    }

    /// What it is called: the fault's name, with its number where the fault is several outages.
    pub(crate) fn name(&self, plan: &ResolvedPlan) -> String {
        let fault = &plan.faults[self.fault].name;
        if self.of > 1 { format!("{fault} ({} of {})", self.number + 1, self.of) } else { fault.to_string() }
    }

    /// When the plan wants it, after the load's start.
    pub(crate) fn planned(&self, plan: &ResolvedPlan) -> (Duration, Duration) {
        let fault = &plan.faults[self.fault];
        let from = fault.start(plan.seed) + fault.repeat.every * self.number;
        (from, from + if self.of > 1 { fault.duration } else { fault.lasts() })
    }

    /// When it began to have an effect at the earliest: the command, or the proof where only that is known.
    pub(crate) fn began(&self) -> Option<RunTime> {
        instant(&self.injecting).into_iter().chain(instant(&self.active)).min()
    }

    /// T_inject: when its effect is proven, else when the command was given.
    pub(crate) fn injected(&self) -> Option<RunTime> {
        instant(&self.active).or(instant(&self.injecting))
    }

    /// While it is in effect, `end` being the end of the run.
    pub(crate) fn window(&self, end: RunTime) -> Option<Span> {
        let from = self.began()?;
        let to = instant(&self.healed).unwrap_or(end);
        Some(Span { from, to: to.max(from) })
    }

    /// When its mending began, at the latest when it was mended.
    pub(crate) fn mending(&self) -> Option<RunTime> {
        instant(&self.healing).or(instant(&self.healed))
    }
}

/// The fault that an event is about.
fn fault_of(kind: &EventKind) -> Option<&FaultName> {
    match kind {
        EventKind::FaultInjecting(fault)
        | EventKind::FaultActive(fault)
        | EventKind::FaultUnproven(fault)
        | EventKind::FaultHealing(fault)
        | EventKind::FaultHealed(fault)
        | EventKind::FaultNotHealed(fault)
        | EventKind::FaultFailed(fault) => Some(fault),
        _ => None,
    }
}

/// While the load was held; at the latest it ends with the load.
fn holds(events: &[&Event], load_end: RunTime) -> Vec<(Span, String)> {
    let mut holds: Vec<(Span, String)> = Vec::new();
    for event in events {
        match &event.kind {
            EventKind::LoadHeld { from, how } => {
                holds.push((Span { from: *from, to: load_end.max(*from) }, how.clone()));
            }
            EventKind::HoldEnded { from } => {
                holds.last_mut().into_iter().for_each(|(span, _)| span.to = (*from).min(span.to));
            }
            _ => {}
        }
    }
    holds
}

/// The instant of a said one.
pub(crate) fn instant(said: &Option<(RunTime, String)>) -> Option<RunTime> {
    said.as_ref().map(|(at, _)| *at)
}

impl Timeline {
    pub(crate) fn of(plan: &ResolvedPlan, entries: &[Entry], events: &[&Event]) -> Self {
        Self::until_end(plan, entries.iter().map(end_of).max().unwrap_or_default(), events)
    }

    /// That of a run which is known up to `end`.
    pub(crate) fn until_end(plan: &ResolvedPlan, end: RunTime, events: &[&Event]) -> Self {
        let first = |wanted: &EventKind| events.iter().find(|event| event.kind == *wanted).map(|event| event.at);
        let load_started = first(&EventKind::LoadStarted);
        let load_ended = first(&EventKind::LoadEnded);
        let from_start = load_started.unwrap_or_default();
        let measured_from = first(&EventKind::BaselineStarted).unwrap_or(from_start + plan.warm_up);
        let planned_end = from_start + plan.load_duration();
        // Without its event the load ended with the recording, or as planned.
        let measured_until = load_ended.unwrap_or(planned_end).min(end).max(measured_from);
        let faults = plan.faults.iter().enumerate();
        let mut outages: Vec<Outage> =
            faults.flat_map(|(index, fault)| Outage::of(index, fault, plan.trust.recovered_window, events)).collect();
        outages.sort_by_key(|outage| outage.planned(plan));
        let first_injection = outages.iter().filter_map(Outage::began).min();
        let baseline_end = first_injection.unwrap_or(measured_until).min(measured_until);
        let baseline = load_started
            .filter(|_| measured_from < baseline_end)
            .map(|_| Span { from: measured_from, to: baseline_end });
        let final_reads_ended = first(&EventKind::FinalReadsEnded).is_some();
        let aborted = first(&EventKind::Aborted);
        let stop_guard = events.iter().find(|event| event.kind == EventKind::StopGuard);
        let stop_guard = stop_guard.map(|event| (event.at, event.text.clone()));
        Self {
            load_started,
            load_ended,
            end,
            measured_from,
            measured_until,
            baseline,
            aborted,
            stop_guard,
            final_reads_ended,
            holds: holds(events, measured_until),
            outages,
        }
    }

    /// The phase that a second of the run belongs to; `None` for warm-up and what is not measured.
    pub(crate) fn phase_of(&self, second: u64) -> Option<PhaseName> {
        let span = Span { from: start_of(second), to: start_of(second + 1) };
        if self.load_started.is_none() || span.from < self.measured_from || span.from >= self.measured_until {
            return None;
        }
        if self.fault_windows().any(|window| window.from < span.to && span.from < window.to) {
            return Some(PhaseName::Fault);
        }
        let faults_before = self.fault_windows().any(|window| window.from < span.from);
        Some(if faults_before { PhaseName::After } else { PhaseName::Baseline })
    }

    /// The seconds of the run that belong to a phase.
    pub(crate) fn measured_seconds(&self) -> std::ops::Range<u64> {
        let from = self.measured_from.as_micros().div_ceil(1_000_000);
        let to = self.measured_until.as_micros().div_ceil(1_000_000);
        from..to.max(from)
    }

    /// When each fault was in effect, each time that it came.
    pub(crate) fn fault_windows(&self) -> impl Iterator<Item = Span> + '_ {
        self.outages.iter().filter_map(|outage| outage.window(self.end.max(self.measured_until)))
    }

    /// Until when what users meet can be that outage's, and what ends it there: the next one that begins when it is over, or the
    /// load's end. Outages in effect at once share what users meet.
    pub(crate) fn until(&self, outage: usize) -> (RunTime, CutBy) {
        let end = (self.measured_until, CutBy::LoadEnd);
        let own = &self.outages[outage];
        let Some(over) = instant(&own.healed).or(instant(&own.healing)) else { return end };
        let next = self.outages.iter().filter_map(Outage::began).filter(|began| *began >= over).min();
        next.filter(|next| *next < end.0).map_or(end, |next| (next, CutBy::NextFault))
    }
}

/// The instant a second of the run begins.
pub(crate) fn start_of(second: u64) -> RunTime {
    RunTime::from(Duration::from_secs(second))
}

fn end_of(entry: &Entry) -> RunTime {
    match entry {
        Entry::Event(event) => event.at,
        Entry::Agent(entry) => match entry.news {
            AgentNews::Complete { second, .. } => start_of(second + 1).min(entry.at),
            _ => entry.at,
        },
        Entry::Interval(interval) => start_of(interval.second + 1),
        Entry::Phase(phase) => start_of(phase.second + 1),
        Entry::Arrivals(arrivals) => start_of(arrivals.second + 1),
        Entry::Generator(generator) => start_of(generator.second + 1),
        Entry::Ledger(LedgerEntry::Write(write)) => write.done,
        Entry::Ledger(LedgerEntry::Read(read)) => read.done,
        Entry::Ledger(LedgerEntry::Operation(operation)) => operation.done,
    }
}
