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

use crate::findings::{PhaseName, Span};
use plan::resolved::ResolvedPlan;
use record::{AgentNews, Entry, Event, EventKind, LedgerEntry};
use std::time::Duration;
use units::{FaultName, RunTime};

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
    /// Per fault of the plan, in its order.
    pub(crate) faults: Vec<FaultTimes>,
}

/// What was recorded of a fault.
#[derive(Debug, Clone, Default)]
pub(crate) struct FaultTimes {
    pub(crate) injecting: Option<(RunTime, String)>,
    pub(crate) active: Option<(RunTime, String)>,
    /// Why the effect is not proven, where something was recorded of that.
    pub(crate) doubt: Option<String>,
    /// Why the proof of its effect counts no more: somebody who should have met it has not confirmed it.
    pub(crate) withdrawn: Option<String>,
    pub(crate) healing: Option<(RunTime, String)>,
    pub(crate) healed: Option<(RunTime, String)>,
    /// Why the removal is not proven, where something was recorded of that.
    pub(crate) removal_doubt: Option<String>,
}

impl FaultTimes {
    fn of(name: &FaultName, events: &[&Event]) -> Self {
        let mut times = Self::default();
        for event in events {
            let said = || (event.at, event.source.clone());
            match &event.kind {
                EventKind::FaultInjecting(fault) if fault == name => {
                    times.injecting = times.injecting.take().or_else(|| Some(said()));
                }
                EventKind::FaultActive(fault) if fault == name => {
                    times.active = times.active.take().or_else(|| Some(said()));
                }
                EventKind::FaultUnproven(fault) if fault == name && times.active.is_some() => {
                    times.withdrawn = Some(event.text.clone());
                }
                EventKind::FaultUnproven(fault) | EventKind::FaultFailed(fault) if fault == name => {
                    times.doubt = Some(event.text.clone());
                }
                EventKind::FaultHealing(fault) if fault == name => {
                    times.healing = times.healing.take().or_else(|| Some(said()));
                }
                // The last proof counts: an earlier one was withdrawn.
                EventKind::FaultHealed(fault) if fault == name => {
                    times.healed = Some(said());
                    times.removal_doubt = None;
                }
                EventKind::FaultNotHealed(fault) if fault == name => {
                    times.healed = None;
                    times.removal_doubt = Some(event.text.clone());
                }
                _ => {}
            }
        }
        times
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

/// The instant of a said one.
pub(crate) fn instant(said: &Option<(RunTime, String)>) -> Option<RunTime> {
    said.as_ref().map(|(at, _)| *at)
}

impl Timeline {
    pub(crate) fn of(plan: &ResolvedPlan, entries: &[Entry], events: &[&Event]) -> Self {
        let first = |wanted: &EventKind| events.iter().find(|event| event.kind == *wanted).map(|event| event.at);
        let end = entries.iter().map(end_of).max().unwrap_or_default();
        let load_started = first(&EventKind::LoadStarted);
        let load_ended = first(&EventKind::LoadEnded);
        let from_start = load_started.unwrap_or_default();
        let measured_from = first(&EventKind::BaselineStarted).unwrap_or(from_start + plan.warm_up);
        let planned_end = from_start + plan.load_duration();
        // Without its event the load ended with the recording, or as planned.
        let measured_until = load_ended.unwrap_or(planned_end).min(end).max(measured_from);
        let faults: Vec<_> = plan.faults.iter().map(|fault| FaultTimes::of(&fault.name, events)).collect();
        let first_injection = faults.iter().filter_map(FaultTimes::began).min();
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
            faults,
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

    /// When each fault was in effect.
    pub(crate) fn fault_windows(&self) -> impl Iterator<Item = Span> + '_ {
        self.faults.iter().filter_map(|times| times.window(self.end.max(self.measured_until)))
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
