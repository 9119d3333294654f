//! Where a run is.

use super::{faults::Faults, templates};
use record::{Event, EventKind};
use std::{collections::BTreeMap, time::Duration};
use units::{FaultName, RunTime};

/// Where a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Phase {
    /// The target and the generators come up.
    #[default]
    Waiting,
    /// Load, not measured yet.
    WarmUp,
    /// Load, and nothing broken.
    Baseline,
    /// A fault is in effect.
    Fault,
    /// A fault is in effect, and the users are well again.
    Recovering,
    /// The fault is gone.
    Healed,
    /// Load has ended; outstanding requests, quiet and final reads.
    Settling,
    /// Everything is recorded.
    Done,
    /// Ended before its time.
    Aborted,
}

/// What the events say of where a run is.
#[derive(Debug, Clone, Default)]
pub(super) struct Course {
    pub(super) load_started: Option<RunTime>,
    pub(super) baseline_started: Option<RunTime>,
    pub(super) load_ended: Option<RunTime>,
    pub(super) aborted: Option<(RunTime, String)>,
    pub(super) is_over: bool,
    /// What is done after the load, in words.
    settling: &'static str,
    /// Faults in effect, and since when.
    in_effect: BTreeMap<FaultName, RunTime>,
    healed: Option<RunTime>,
    /// Since when somebody holds the load, and until when.
    held: Option<(RunTime, Option<RunTime>)>,
}

impl Course {
    pub(super) fn event(&mut self, event: &Event) {
        match &event.kind {
            EventKind::LoadStarted => self.load_started = Some(event.at),
            EventKind::BaselineStarted => self.baseline_started = Some(event.at),
            EventKind::FaultInjecting(fault) | EventKind::FaultActive(fault) => {
                self.in_effect.entry(fault.clone()).or_insert(event.at);
            }
            EventKind::FaultHealed(fault) | EventKind::FaultNotHealed(fault) => {
                self.healed = self.in_effect.remove(fault).map(|_| event.at).or(self.healed);
            }
            EventKind::LoadHeld { from, .. } => self.held = Some((*from, None)),
            EventKind::HoldEnded { from } => self.held = self.held.map(|(since, _)| (since, Some(*from))),
            EventKind::LoadEnded => (self.load_ended, self.settling) = (Some(event.at), "load over"),
            EventKind::QuietStarted => self.settling = "quiet",
            EventKind::FinalReadsStarted => self.settling = "final reads",
            EventKind::FinalReadsEnded => self.settling = "final reads done",
            EventKind::StopGuard => self.aborted = Some((event.at, event.text.clone())),
            EventKind::Aborted => {
                self.aborted.get_or_insert_with(|| (event.at, event.text.clone()));
            }
            EventKind::RunEnded => self.is_over = true,
            _ => {}
        }
    }

    /// Where it is, `is_well` saying whether every population is served well, and `was_hit` whether any was hit by what is in effect.
    pub(super) fn phase(&self, is_well: bool, was_hit: bool) -> Phase {
        match () {
            () if self.aborted.is_some() => Phase::Aborted,
            () if self.is_over => Phase::Done,
            () if self.load_ended.is_some() => Phase::Settling,
            () if self.load_started.is_none() => Phase::Waiting,
            () if !self.in_effect.is_empty() && is_well && was_hit => Phase::Recovering,
            () if !self.in_effect.is_empty() => Phase::Fault,
            () if self.healed.is_some() => Phase::Healed,
            () if self.baseline_started.is_none() => Phase::WarmUp,
            () => Phase::Baseline,
        }
    }

    /// When the fault in effect that came last began.
    pub(super) fn fault_since(&self) -> Option<RunTime> {
        self.in_effect.values().copied().max()
    }

    /// Whether somebody holds the load then.
    pub(super) fn is_held(&self, now: RunTime) -> bool {
        let is_held = self.held.is_some_and(|(from, to)| from <= now && to.is_none_or(|to| now < to));
        is_held && self.load_ended.is_none() && self.aborted.is_none()
    }

    /// For the head: `fault lose-europe 0:11 of 0:22`, `fault in 0:50, load held`.
    pub(super) fn text(&self, phase: Phase, now: RunTime, faults: &Faults) -> String {
        let text = self.phase_text(phase, now, faults);
        if self.is_held(now) { format!("{text}, load held") } else { text }
    }

    fn phase_text(&self, phase: Phase, now: RunTime, faults: &Faults) -> String {
        match phase {
            Phase::Waiting => "waiting for load".to_owned(),
            Phase::WarmUp => "warm-up".to_owned(),
            Phase::Baseline => {
                self.next(now, faults).map_or_else(|| "baseline".to_owned(), |(_, left)| templates::fault_in(left))
            }
            Phase::Fault | Phase::Recovering => self.fault_text(now, faults),
            Phase::Healed => match self.next(now, faults) {
                Some((_, left)) => format!("healed, {}", templates::fault_in(left)),
                None => "healed".to_owned(),
            },
            Phase::Settling => self.settling.to_owned(),
            Phase::Done => "over".to_owned(),
            Phase::Aborted if self.is_over => "aborted".to_owned(),
            Phase::Aborted => "stopping: healing".to_owned(),
        }
    }

    fn fault_text(&self, now: RunTime, faults: &Faults) -> String {
        let last = self.in_effect.iter().max_by_key(|(_, since)| **since);
        let Some((name, since)) = last else { return String::new() };
        let planned = faults.plan().faults.iter().find(|fault| fault.name == *name);
        let length = planned.map(|fault| fault.duration);
        let also = self.in_effect.len() - 1;
        templates::fault_now(name.as_str(), now.saturating_since(*since), length, also)
    }

    /// The next fault of the plan, and how long until then.
    pub(super) fn next<'a>(&self, now: RunTime, faults: &'a Faults) -> Option<(&'a str, Duration)> {
        let zero = self.load_started?;
        let plan = faults.plan();
        let turns = plan.faults.iter().flat_map(|fault| {
            let start = zero + fault.start(plan.seed);
            (0..fault.repeat.times).map(move |turn| (start + fault.repeat.every * turn, fault.name.as_str()))
        });
        let next = turns.filter(|(at, _)| *at > now).min()?;
        Some((next.1, next.0.saturating_since(now)))
    }
}
