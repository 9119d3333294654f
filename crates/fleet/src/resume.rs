//! Going on with a run whose controller was killed: the load is stopped, what the agents kept is fetched, and the recording is ended so
//! that it can be judged.
//!
//! ```text
//!   controller ── entries … ──✕ killed                  resume ── stop ─ read ─ fetch ─ end ──▶ judge
//!   agents     ── load ───────────── controller_loss_after ──┤ load stopped, spools kept, up to an hour
//!   leases     ── faults ─────── lease ──┤ healed
//! ```
//!
//! **What it doesn't do** is to finish the plan: between the kill and the resumption nobody renewed faults, nobody stopped at a guard,
//! and the processes that held the target's faults may be gone. What was measured in that time is measured under nobody knows which
//! faults. So the run counts as stopped when its controller was lost, and what follows is named.
//!
//! **The final reads** are made all the same: agents know of their writes for as long as they wait, and what a service has lost is as lost an
//! hour later. They begin when the leases of what was in effect have ended, and after the plan's quiet. Where Landfall had booted the
//! target, it ended with the controller, and there is nothing to read.
//!
//! **Exactly once.** The recording knows which batches it has ([`record::resume()`]); each agent is told that these are stored and sends
//! the rest.

use crate::{
    agent::RESUME_MAX,
    controller::{Agents, FINAL_READS_MAX, Found},
    link::ControllerEnd,
    message::Phase,
    recorder::Recorder,
    with_sources,
};
use plan::resolved::{ResolvedPlan, Target};
use record::{Entry, Event, EventKind, LedgerEntry, Recording};
use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};
use tokio::time::{MissedTickBehavior, interval};
use units::{FaultName, RunTime, duration::Text};

const TICK: Duration = Duration::from_millis(250);
/// Beside the time of its requests, an agent's load ends within this.
const OVER_MAX: Duration = Duration::from_secs(60);
/// Agents hand over what they kept within this: an hour of spools takes a while.
const HAND_OVER_MAX: Duration = Duration::from_secs(300);
/// Agents wait for an hour. A wall clock that says that more went by, or less than nothing, was set meanwhile.
const AWAY_MAX: Duration = RESUME_MAX.saturating_mul(2);
/// Faults were renewed so often at least.
const RENEWED_WITHIN: Duration = Duration::from_secs(2);
/// The word that they may go reaches them within this; a link that can't tell its end is not waited for longer.
const GO_MAX: Duration = Duration::from_secs(3);

/// What became of a run that was resumed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resumed {
    /// The last that its controller recorded.
    pub lost_at: RunTime,
    /// When somebody went on, by the wall clock of this machine.
    pub resumed_at: RunTime,
    /// Agents that handed over everything.
    pub drained: Vec<String>,
    /// Agents that did not, and why.
    pub lost: Vec<String>,
}

/// Why a run can't be resumed.
#[derive(Debug, thiserror::Error)]
pub enum ResumeError {
    /// Its recording is not one to go on with.
    #[error(transparent)]
    Recording(#[from] record::ResumeError),
    /// What was fetched can't be written.
    #[error("the recording is incomplete: {0}")]
    Write(String),
    /// A thread could not be made.
    #[error("a thread could not be started: {0}")]
    Thread(std::io::Error),
}

/// Goes on with the recording in `folder` over links to its agents, which are known by their names; agents without a link count as
/// lost. `now` is the wall clock, from which the run's time is taken up. `say` is told what happens, as it is recorded.
///
/// # Errors
/// See [`ResumeError`].
pub async fn resume(
    folder: &Path,
    links: Vec<ControllerEnd>,
    now: SystemTime,
    say: &mut dyn FnMut(&str),
) -> Result<Resumed, ResumeError> {
    let (writer, recording) = record::resume(folder)?;
    let recorder = Recorder::start(writer).map_err(ResumeError::Thread)?;
    let plan = Arc::new(recording.plan.clone());
    let lost_at = recording.entries.iter().filter_map(written_at).max().unwrap_or_default();
    let since = recording.manifest.as_ref().and_then(|manifest| now.duration_since(manifest.started).ok());
    let resumed_at =
        since.map(RunTime::from).filter(|at| (lost_at..lost_at + AWAY_MAX).contains(at)).unwrap_or(lost_at);
    let (agents, unheard) = Agents::resumed(&recording.entries, &plan, links);
    let mut resuming = Resuming { plan, recorder, agents, resumed_at, began: Instant::now(), say };
    resuming.say_what_happened(&recording, lost_at);
    let doubts = resuming.agents.in_doubt(&recording.entries, resumed_at);
    resuming.found(doubts);
    for (index, name) in unheard {
        let found = resuming.agents.lose(index, &format!("nobody answers for {name}"), resumed_at);
        resuming.found(found);
    }
    let is_over = resuming.stop().await;
    if !has(&recording, |kind| *kind == EventKind::FinalReadsEnded) {
        resuming.read_finally(is_over, leases_end(&recording, lost_at)).await;
    }
    resuming.fetch().await;
    let (drained, lost) = resuming.agents.ended();
    resuming.finish()?;
    Ok(Resumed { lost_at, resumed_at, drained, lost })
}

struct Resuming<'a> {
    plan: Arc<ResolvedPlan>,
    recorder: Recorder,
    agents: Agents,
    resumed_at: RunTime,
    began: Instant,
    say: &'a mut dyn FnMut(&str),
}

impl Resuming<'_> {
    fn say_what_happened(&mut self, recording: &Recording, lost_at: RunTime) {
        let without = Text(round(self.resumed_at.saturating_since(lost_at)));
        let why = format!("the controller was lost; nobody steered the run for {without}");
        if !has(recording, |kind| *kind == EventKind::Aborted) {
            self.event(lost_at, EventKind::Aborted, why.clone());
        }
        self.event(self.resumed_at, EventKind::Note, format!("resumed: {why}"));
        for fault in in_effect(recording) {
            let text = format!(
                "{fault}: nobody saw its end: the controller was lost, and what held it healed it by its lease"
            );
            self.event(self.resumed_at, EventKind::FaultNotHealed(fault), text);
        }
    }

    /// Stops the load; answers whether it is over.
    async fn stop(&mut self) -> bool {
        self.agents.stop();
        let over = self.plan.request_time_max() + OVER_MAX;
        self.until(over, |agents| agents.all(Phase::Over)).await
    }

    /// Has the final reads of the ledger made if that can be; not before `healed`.
    async fn read_finally(&mut self, is_over: bool, healed: RunTime) {
        let Some(quiet) = self.plan.ledger.as_ref().map(|ledger| ledger.quiet) else { return };
        let leases = round(healed.saturating_since(self.now()));
        let why_not = if matches!(self.plan.target, Target::Chirp(_)) {
            Some("the controller had booted the target, which ended with it")
        } else if !is_over {
            Some("the load did not end in time")
        } else {
            let after =
                if leases.is_zero() { String::new() } else { format!(", after {} for leases to end", Text(leases)) };
            self.event(self.now(), EventKind::QuietStarted, format!("quiet for {}{after}", Text(quiet)));
            let is_lost = self.until(leases + quiet, Agents::none_left).await;
            is_lost.then_some("nobody is left who knows what was written")
        };
        if let Some(why_not) = why_not {
            self.event(self.now(), EventKind::Note, format!("no final reads: {why_not}"));
            return;
        }
        self.event(self.now(), EventKind::FinalReadsStarted, "final reads of every probe write".to_owned());
        self.agents.final_reads();
        let read = self.until(FINAL_READS_MAX, |agents| agents.all(Phase::Read)).await;
        let (kind, text) = self.agents.reads_end(read);
        self.event(self.now(), kind, text);
    }

    /// Has everything handed over that the agents kept.
    async fn fetch(&mut self) {
        self.agents.close();
        self.until(HAND_OVER_MAX, Agents::all_drained).await;
        let unfinished = self.agents.give_up("it did not hand over what is left in time", self.now());
        self.found(unfinished);
        self.until(HAND_OVER_MAX, Agents::all_released).await;
        self.until(GO_MAX, Agents::all_ended).await;
    }

    /// Goes on until that holds, at most so long; answers whether it does.
    async fn until(&mut self, at_most: Duration, holds: impl Fn(&Agents) -> bool) -> bool {
        let deadline = Instant::now() + at_most;
        let mut stored = self.recorder.stored();
        let mut tick = interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while !holds(&self.agents) && Instant::now() < deadline && self.recorder.trouble().is_none() {
            tokio::select! {
                (agent, incoming) = self.agents.next() => {
                    let found = self.agents.take(agent, incoming, self.now());
                    self.found(found);
                }
                Ok(()) = stored.changed() => {
                    let stored = stored.borrow_and_update().clone();
                    self.agents.stored(&stored);
                }
                _ = tick.tick() => {
                    let found = self.agents.tick(Instant::now(), self.now());
                    self.found(found);
                }
            }
        }
        holds(&self.agents)
    }

    fn finish(mut self) -> Result<(), ResumeError> {
        let now = self.now();
        self.event(now, EventKind::RunEnded, "run ended".to_owned());
        self.recorder.finish().map_err(|error| ResumeError::Write(with_sources(&error)))
    }

    fn found(&mut self, found: Vec<Found>) {
        for found in found {
            match found {
                Found::Entry(entry) => self.recorder.record(entry),
                Found::Line(entry, line) => self.recorder.record_line(entry, line),
                Found::Mark(agent, batch) => self.recorder.mark(agent, batch),
            }
        }
    }

    fn event(&mut self, at: RunTime, kind: EventKind, text: String) {
        (self.say)(&text);
        self.recorder.record(Event::new(at, kind, "landfall", text).into());
    }

    fn now(&self) -> RunTime {
        self.resumed_at + self.began.elapsed()
    }
}

/// When an entry was written at the earliest; `None`: it says nothing of that.
fn written_at(entry: &Entry) -> Option<RunTime> {
    match entry {
        Entry::Event(event) => Some(event.at),
        Entry::Agent(entry) => Some(entry.at),
        Entry::Ledger(LedgerEntry::Write(write)) => Some(write.done),
        Entry::Ledger(LedgerEntry::Read(read)) => Some(read.done),
        Entry::Ledger(LedgerEntry::Operation(operation)) => Some(operation.done),
        Entry::Interval(_) | Entry::Phase(_) | Entry::Arrivals(_) | Entry::Generator(_) => None,
    }
}

fn has(recording: &Recording, wanted: impl Fn(&EventKind) -> bool) -> bool {
    recording.entries.iter().any(|entry| matches!(entry, Entry::Event(event) if wanted(&event.kind)))
}

/// Faults whose beginning is recorded and whose end is not.
fn in_effect(recording: &Recording) -> Vec<FaultName> {
    let names = recording.plan.faults.iter().map(|fault| fault.name.clone());
    let is_open = |fault: &FaultName| {
        let begun = |kind: &EventKind| matches!(kind, EventKind::FaultInjecting(name) if name == fault);
        let ended = |kind: &EventKind| matches!(kind, EventKind::FaultHealed(name) | EventKind::FaultNotHealed(name) if name == fault);
        // A fault may come more than once: what was said last counts.
        let said = recording.entries.iter().rev().filter_map(|entry| match entry {
            Entry::Event(event) => Some(&event.kind),
            _ => None,
        });
        said.into_iter().find(|kind| begun(kind) || ended(kind)).is_some_and(begun)
    };
    names.filter(is_open).collect()
}

/// When nothing of what was in effect is held by a lease any more.
fn leases_end(recording: &Recording, lost_at: RunTime) -> RunTime {
    let open = in_effect(recording);
    let faults = recording.plan.faults.iter().filter(|fault| open.contains(&fault.name));
    faults.map(|fault| lost_at + RENEWED_WITHIN + fault.lease).max().unwrap_or_default()
}

/// To the millisecond.
fn round(duration: Duration) -> Duration {
    Duration::from_millis(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX))
}
