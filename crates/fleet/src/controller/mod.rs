//! The controller's side of a fleet: agents over their links, from their Hello to their end.
//!
//! ```text
//!   links ──▶ Recruits ── all ready ──▶ Agents ──▶ entries, in order and once, for the recording
//!                                         ▲  └──▶ Tell to each agent: at once when it changes, and as a heartbeat
//!                       stored, overlays, begin, stop …
//! ```
//!
//! An agent is **lost** when its link has ended before it was done, or nothing was heard of it for [`SILENCE_MARGIN`] longer than it
//! generates load without hearing of the controller: a link that is cut for less costs nothing but time. What it had stored stays, and
//! when it is heard again, what it has kept is taken after all, each batch once: late data restates which seconds are known. But its share
//! stays with those who took it over, and from their first second on nothing of it is taken from who was lost.

mod assemble;
mod bound;
mod complete;
mod join;
mod member;
mod moves;
mod resumed;
mod take_over;
mod unconfirmed;

pub(crate) use assemble::{Admitted, Common, admit, assemble};
pub use assemble::{AssembleError, Recruit};
pub(crate) use join::HandedOver;
pub(crate) use member::Found;

use crate::{
    link::Incoming,
    message::{HoldFormat, OverlayOfLink, Phase, State, Tell},
    recorder::Stored,
};
use join::Handover;
use load::FinalReads;
use member::Member;
use moves::Moves;
use plan::resolved::ResolvedPlan;
use record::{AgentEntry, AgentNews, Entry, Event, EventKind};
use std::{
    collections::BTreeSet,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::mpsc;
use unconfirmed::Changes;
use units::{FaultName, RunTime, duration::Text};

/// An agent that says nothing for the plan's `controller_loss_after` and so much more is lost: by then it has stopped its load. It
/// speaks twice a second.
const SILENCE_MARGIN: Duration = Duration::from_secs(10);
/// How often an agent is told what is wanted when nothing changes.
const TELL_EVERY: Duration = Duration::from_millis(500);
/// An agent acts on what a fault does to its users' paths within this, or that is not proven.
const CONFIRMED_WITHIN: Duration = Duration::from_secs(3);
/// Final reads of all writes may take this long.
pub(crate) const FINAL_READS_MAX: Duration = Duration::from_secs(120);
/// Overlays of an agent that can't hear are gone after this.
const OVERLAY_LEASE: Duration = Duration::from_secs(10);

/// The agents of a run.
pub(crate) struct Agents {
    members: Vec<Member>,
    incoming: mpsc::Receiver<(usize, Incoming)>,
    plan: Arc<ResolvedPlan>,
    wanted: Wanted,
    told: Instant,
    moves: Moves,
    /// Where what comes from agents goes.
    sender: mpsc::Sender<(usize, Incoming)>,
    /// What was to be given to who joined, and not all have agreed yet.
    handovers: Vec<Handover>,
}

/// An agent that can't go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failed {
    /// Which.
    pub(crate) agent: usize,
    /// Which and why, for people.
    pub(crate) text: String,
}

/// What is wanted of all agents.
#[derive(Debug, Clone, Default)]
struct Wanted {
    begin_us: Option<u64>,
    stop: bool,
    final_reads: bool,
    close: bool,
    overlays: Vec<OverlayOfLink>,
    held: Vec<HoldFormat>,
}

impl Agents {
    /// What comes next from any agent; never ends while there are agents. Can be cancelled.
    pub(crate) async fn next(&mut self) -> (usize, Incoming) {
        match self.incoming.recv().await {
            Some(incoming) => incoming,
            None => std::future::pending().await,
        }
    }

    /// Takes what came from an agent; gives what there is to record.
    pub(crate) fn take(&mut self, index: usize, incoming: Incoming, at: RunTime) -> Vec<Found> {
        let found = self.members[index].take(incoming, &self.plan, &mut self.moves, at);
        self.release();
        found
    }

    /// Time passes: who is silent is lost, who waits for a word is told.
    pub(crate) fn tick(&mut self, now: Instant, at: RunTime) -> Vec<Found> {
        let longest = self.plan.fleet.controller_loss_after + SILENCE_MARGIN;
        let mut found: Vec<Found> =
            self.members.iter_mut().filter_map(|member| member.silence(now, at, longest)).collect();
        found.extend(self.late_to_hold(now, at).into_iter().map(|event| Found::Entry(event.into())));
        found.extend(self.unconfirmed(now, at).into_iter().map(|event| Found::Entry(event.into())));
        if now.duration_since(self.told) >= TELL_EVERY {
            self.tell();
        }
        found
    }

    /// What is not proven since somebody has not acted on it, and what is since everybody has after all.
    fn unconfirmed(&mut self, now: Instant, at: RunTime) -> Vec<Event> {
        let (agents, mut events, mut late) = (self.members.len(), Vec::new(), BTreeSet::new());
        for member in &mut self.members {
            let (doubts, confirmed) = member.unconfirmed(now, at, agents);
            events.extend(doubts);
            late.extend(confirmed);
        }
        let doubted =
            |fault: &FaultName| self.members.iter().any(|one| one.doubted.iter().any(|(_, all)| all.contains(fault)));
        late.retain(|fault| !doubted(fault));
        events.extend(late.iter().map(|fault| unconfirmed::confirmed(fault, at)));
        events
    }

    /// Begins so long after the zero of the run's clock.
    pub(crate) fn begin(&mut self, offset: Duration) {
        self.wanted.begin_us = Some(u64::try_from(offset.as_micros()).unwrap_or(u64::MAX));
        self.tell();
    }

    /// Stops the load.
    pub(crate) fn stop(&mut self) {
        self.wanted.stop = true;
        self.tell();
    }

    /// Has the final reads made.
    pub(crate) fn final_reads(&mut self) {
        self.wanted.final_reads = true;
        self.tell();
    }

    /// Has everything handed over.
    pub(crate) fn close(&mut self) {
        self.wanted.close = true;
        self.tell();
    }

    /// These overlays, and no others, lie over users' links.
    pub(crate) fn overlays(&mut self, overlays: Vec<OverlayOfLink>) {
        if overlays != self.wanted.overlays {
            let before = std::mem::replace(&mut self.wanted.overlays, overlays);
            let changes = Changes::between(&before, &self.wanted.overlays);
            self.tell();
            for member in &mut self.members {
                member.overlaid.push_back((member.told, self.told, changes.clone()));
            }
        }
    }

    /// These are all holds of the load so far; the last change of them is to be known to every agent at `from`.
    pub(crate) fn hold(&mut self, held: Vec<HoldFormat>, from: Instant) {
        self.wanted.held = held;
        self.tell();
        self.members.iter_mut().for_each(|member| member.held = Some((member.told, from)));
    }

    /// Who has not confirmed in time that the load is held or goes on, each said once.
    fn late_to_hold(&mut self, now: Instant, at: RunTime) -> Vec<Event> {
        let agents = self.members.len();
        let late = |member: &mut Member| {
            let (told, from) = member.held?;
            let is_heard = member.state.heard >= told;
            if !is_heard && now < from {
                return None;
            }
            member.held = None;
            let who = member.called(agents);
            let text =
                format!("{who} had not confirmed in time that the load is held or goes on: its share may follow later");
            (!is_heard && member.lost.is_none()).then(|| Event::new(at, EventKind::Note, "landfall", text))
        };
        self.members.iter_mut().filter_map(late).collect()
    }

    /// Which batches are on the recording's disk.
    pub(crate) fn stored(&mut self, stored: &Stored) {
        for member in &mut self.members {
            member.stored = stored.get(&member.index).copied().unwrap_or(member.stored);
        }
        self.release();
    }

    /// Whoever waits for nothing but the word that it may go is not kept waiting.
    fn release(&mut self) {
        let mut news = false;
        for member in self.members.iter_mut().filter(|member| !member.released) {
            member.released = member.drained && member.stored >= member.state.last_batch;
            news |= member.released;
        }
        if news {
            self.tell();
        }
    }

    /// Whether all agents that are left are that far.
    pub(crate) fn all(&self, phase: Phase) -> bool {
        self.left().all(|member| member.state.phase >= phase)
    }

    /// Whether everything that agents have to tell is recorded, or never will be.
    pub(crate) fn all_drained(&self) -> bool {
        !self.members.iter().any(Member::is_telling)
    }

    /// Whether all are lost.
    pub(crate) fn none_left(&self) -> bool {
        self.left().next().is_none()
    }

    /// Gives up those that have not ended.
    pub(crate) fn give_up(&mut self, why: &str, at: RunTime) -> Vec<Found> {
        let waiting = self.members.iter_mut().filter(|member| !member.drained);
        waiting.filter_map(|member| member.lose(why.to_owned(), at)).collect()
    }

    /// Whether everybody who has told everything has been told that it may go.
    pub(crate) fn all_released(&self) -> bool {
        self.members.iter().all(|member| member.released || !member.is_telling() && !member.drained)
    }

    /// Those who told everything, and those who were lost with the reason.
    pub(crate) fn ended(&self) -> (Vec<String>, Vec<String>) {
        let drained = self.members.iter().filter(|member| member.drained).map(|member| member.name.clone());
        let lost = self.lost().into_iter().filter(|failed| !self.members[failed.agent].drained);
        (drained.collect(), lost.map(|failed| failed.text).collect())
    }

    /// Whether all links have ended: nobody is left running.
    pub(crate) fn all_ended(&self) -> bool {
        self.members.iter().all(|member| member.over)
    }

    /// Removes what agents of this machine may have left: those that were killed can't.
    pub(crate) fn clean_up(&self) {
        self.members.iter().for_each(Member::clean_up);
    }

    /// Agents that were lost, with the reason, in the order in which they were.
    pub(crate) fn lost(&self) -> Vec<Failed> {
        self.failed(|member| {
            let (when, reason) = member.lost.as_ref()?;
            Some((*when, format!("{} is lost: {reason}", member.called(self.members.len()))))
        })
    }

    /// What agents say that they can't do, in the order in which they said so.
    pub(crate) fn troubles(&self) -> Vec<Failed> {
        self.failed(|member| {
            let (when, reason) = member.trouble.as_ref()?;
            let who = member.called(self.members.len());
            Some((*when, if self.members.len() == 1 { reason.clone() } else { format!("{who}: {reason}") }))
        })
    }

    fn failed(&self, how: impl Fn(&Member) -> Option<(Instant, String)>) -> Vec<Failed> {
        let failed = |member: &Member| how(member).map(|(when, text)| (when, Failed { agent: member.index, text }));
        let mut failed: Vec<(Instant, Failed)> = self.members.iter().filter_map(failed).collect();
        failed.sort_by_key(|(when, _)| *when);
        failed.into_iter().map(|(_, failed)| failed).collect()
    }

    /// Why what was lost is not generated, although somebody was told to.
    pub(crate) fn unfit(&self) -> Option<String> {
        let unfit = |member: &Member| {
            let reason = member.state.unfit.as_ref()?;
            Some(format!("{} can't take over what is lost: {reason}", member.called(self.members.len())))
        };
        self.left().find_map(unfit)
    }

    /// How the final reads ended, as it is recorded; `in_time`: all have made them.
    pub(crate) fn reads_end(&self, in_time: bool) -> (EventKind, String) {
        let failed = self.left().find_map(|member| member.state.reads_failed.clone());
        match (in_time, failed) {
            _ if self.none_left() => (EventKind::Note, "final reads failed: nobody is left who made them".to_owned()),
            (true, None) => (EventKind::FinalReadsEnded, "final reads complete".to_owned()),
            (true, Some(reason)) => (EventKind::Note, format!("final reads failed: {reason}")),
            (false, _) => (EventKind::Note, format!("final reads took longer than {}", Text(FINAL_READS_MAX))),
        }
    }

    /// How the final reads of all agents are together.
    pub(crate) fn reads(&self) -> Option<FinalReads> {
        let each = self.left().filter_map(|member| member.state.reads);
        each.map(FinalReads::from).reduce(|sum, one| FinalReads {
            pass: sum.pass.max(one.pass),
            passes: sum.passes.max(one.passes),
            done: sum.done + one.done,
            total: sum.total + one.total,
            unseen: sum.unseen + one.unseen,
        })
    }

    /// How many there are, and from the earliest to the latest real start, once all have begun; `None` before, and when there
    /// is only one.
    pub(crate) fn spread(&self) -> Option<(usize, Duration)> {
        let late: Option<Vec<Duration>> = self.left().map(|member| member.late).collect();
        let late = late.filter(|late| late.len() > 1)?;
        Some((late.len(), *late.iter().max()? - *late.iter().min()?))
    }

    /// Who takes part, as entries.
    pub(crate) fn joined(&self, at: RunTime) -> Vec<Entry> {
        let joined = |member: &Member| {
            Entry::Agent(AgentEntry {
                at,
                agent: member.index,
                news: AgentNews::Joined(Box::new(member.joined.clone())),
            })
        };
        self.members.iter().map(joined).collect()
    }

    /// Tells each agent everything that is wanted of it.
    fn tell(&mut self) {
        self.told = Instant::now();
        let Wanted { begin_us, stop, final_reads, close, overlays, held } = self.wanted.clone();
        for member in self.members.iter_mut().filter(|member| !member.over) {
            let lost = member.lost.is_some();
            member.told += 1;
            member.tell(Tell {
                number: member.told,
                stored: member.stored,
                missing: member.missing(),
                begin_us,
                stop,
                final_reads,
                close: close || lost,
                drained: member.released,
                moved: member.moved.clone(),
                held: held.clone(),
                lost,
                overlays: overlays.clone(),
                lease_ms: OVERLAY_LEASE.as_millis() as u64,
            });
        }
    }

    fn left(&self) -> impl Iterator<Item = &Member> {
        self.members.iter().filter(|member| member.lost.is_none())
    }
}

/// The later of two states of one agent.
fn later(before: &State, state: &State) -> bool {
    state.number > before.number
}

#[cfg(test)]
mod tests;
