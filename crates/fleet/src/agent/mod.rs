//! An agent: generates its share of the load and hands over what happened, over any link.
//!
//! ```text
//!   link ──▶ assignment ──▶ prepared load ──▶ driver ──▶ load threads
//!     ▲                                                     │ entries
//!     └── batches ◀── spool (disk) ◀── batcher ◀────────────┘
//! ```
//!
//! **Without a controller.** Whoever can't hear the controller can't be told to stop. So an agent that hears nothing for the plan's
//! `controller_loss_after` stops its load, takes away what faults lie over its links (their lease runs out earlier anyhow), keeps
//! its spool, and waits [`RESUME_MAX`] for a controller that goes on. When the link itself has *ended* (a pipe whose other side is
//! gone), nobody can come back over it: the agent ends at once and leaves nothing behind.
//!
//! **A full spool** stops the load as well: what can't be kept is never silently dropped, the seconds are named as missing.

mod assigned;
mod batcher;
mod driver;
mod hello;
mod known;
mod loads;
pub mod spool;

pub use hello::AgentOptions;
pub use known::{Clocks, KnownClock, KnownClocks};

use crate::{
    link::AgentEnd,
    merge::WAITING_MAX,
    message::{
        Assignment, ClockFormat, FORMAT, FromAgent, MissingSeconds, Moved, Phase, Refusal, State, Tell, ToAgent, Way,
    },
    with_sources,
};
use batcher::Batcher;
use load::{HEARD_WITHIN, Parts};
use loads::Loads;
use plan::resolved::ResolvedPlan;
use record::Entry;
use spool::{Spool, SpoolError};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    sync::{mpsc, watch},
    time::{MissedTickBehavior, interval, timeout},
};
use wan::Network;

/// How long a Hello waits for its answer before it is said again.
const HELLO_EVERY: Duration = Duration::from_secs(1);
const TICK: Duration = Duration::from_millis(50);
/// A state is sent at least this often.
pub const STATE_EVERY: Duration = Duration::from_millis(500);
/// A batch that is not stored by then is sent again.
const RESEND_AFTER: Duration = Duration::from_secs(5);
/// How long an agent without a controller waits for one.
pub const RESUME_MAX: Duration = Duration::from_hours(1);
/// Entries that may wait for the agent; the load sums up what doesn't fit.
const ENTRIES_MAX: usize = 65_536;
/// Why nobody generated what it was to go on with.
const STOPPED: &str = "the run was stopped before it heard of a share that it was to go on with";
/// How long threads that were told to end may take to hand over what is left.
const HAND_OVER_MAX: Duration = Duration::from_secs(15);

/// Why an agent ended before its time.
#[derive(Debug, thiserror::Error)]
pub enum AgentError {
    /// The controller doesn't want it.
    #[error("the controller refuses: {0}")]
    Refused(String),
    /// It can't do what it was assigned.
    #[error("{0}")]
    Unfit(String),
    /// Nobody is at the other end any more.
    #[error("the controller is gone")]
    ControllerGone,
    /// It was told to leave; what it had to tell is stored.
    #[error("it was told to leave, and has handed over what it had")]
    Left,
}

/// Carries an agent out, from its Hello to its end.
///
/// # Errors
/// See [`AgentError`]. Whatever happens, its load is stopped when this returns.
pub async fn run(mut link: AgentEnd, options: AgentOptions) -> Result<(), AgentError> {
    let assignment = greet(&mut link, &options).await?;
    let made = Agent::new(&assignment, &options);
    let mut agent = match made {
        Ok(agent) => agent,
        Err(reason) => {
            let refusal = FromAgent::Refused(Refusal { reason: reason.clone() });
            // A link that has ended says no more than this error.
            let _ = link.outgoing.send(crate::link::Incoming::Message(refusal)).await;
            return Err(AgentError::Unfit(reason));
        }
    };
    let ended = agent.serve(&mut link).await;
    agent.network.heal_all();
    if ended.is_ok() {
        agent.spool.close();
    } else {
        // Nobody can ask for it any more: a spool that outlives its run would only fill the disk.
        let _ = std::fs::remove_dir_all(&options.spool_folder);
    }
    ended
}

/// Says Hello until somebody answers.
async fn greet(link: &mut AgentEnd, options: &AgentOptions) -> Result<Box<Assignment>, AgentError> {
    loop {
        // A full queue is a slow controller: it has the earlier one.
        let _ = link.try_send(FromAgent::Hello(Box::new(options.hello())));
        match timeout(HELLO_EVERY, link.incoming.recv()).await {
            Ok(Some(ToAgent::Assign(assignment))) => return Ok(assignment),
            Ok(Some(ToAgent::Refuse(refusal))) => return Err(AgentError::Refused(refusal.reason)),
            Ok(Some(ToAgent::Tell(_))) | Err(_) => {}
            Ok(None) => return Err(AgentError::ControllerGone),
        }
    }
}

/// An agent with its assignment.
struct Agent {
    plan: Arc<ResolvedPlan>,
    network: Network,
    loads: Loads,
    entries: mpsc::Receiver<Entry>,
    batcher: Batcher,
    spool: Spool,
    told: Tell,
    state: State,
    said: Option<Instant>,
    heard: Instant,
    /// The last batch that was sent at least once, and when the oldest that isn't stored was.
    sent: u64,
    resend_at: Instant,
    overlays_until: Option<Instant>,
    /// When the threads were told to end.
    closing: Option<Instant>,
    /// How the run's clock is told, and what is known of it.
    clock: (ClockFormat, Option<Clocks>),
    leave: Option<watch::Receiver<bool>>,
}

impl Agent {
    fn new(assignment: &Assignment, options: &AgentOptions) -> Result<Self, String> {
        let Assignment { agent, clock, spool_bytes_max, .. } = assignment;
        let major = |format: &str| format.split_once('.').map(|(major, _)| major.to_owned());
        if major(&assignment.format) != major(FORMAT) {
            return Err(format!(
                "the controller speaks messages of version {}, this agent {FORMAT}",
                assignment.format
            ));
        }
        let plan = Arc::new(assigned::of_here(assignment));
        let network = Network::from_plan(&plan);
        let (output, entries) = mpsc::channel(ENTRIES_MAX);
        let (start_at, bound) = assigned::start(clock, options.clocks.as_ref())?;
        let loads = Loads::new(assignment, Arc::clone(&plan), network.clone(), output, start_at)?;
        let request_max = plan.request_time_max() + plan.load.start_within;
        let batcher = Batcher::new(*agent, loads.threads(), request_max);
        let spool = Spool::create(&options.spool_folder, &options.instance, Arc::clone(&plan), *spool_bytes_max)
            .map_err(|error| error.to_string())?;
        let now = Instant::now();
        Ok(Self {
            plan,
            network,
            loads,
            entries,
            batcher,
            spool,
            told: Tell::default(),
            state: State { clock_bound_us: bound.map(micros), ..State::default() },
            said: None,
            heard: now,
            sent: 0,
            resend_at: now + RESEND_AFTER,
            overlays_until: None,
            closing: None,
            clock: (clock.clone(), options.clocks.clone()),
            leave: options.leave.clone(),
        })
    }

    async fn serve(&mut self, link: &mut AgentEnd) -> Result<(), AgentError> {
        let mut tick = interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        // What can't be sent now is said again with the next Assign.
        let _ = link.try_send(FromAgent::Ready);
        loop {
            tokio::select! {
                biased;
                message = link.incoming.recv() => match message {
                    None => return Err(AgentError::ControllerGone),
                    Some(message) => self.hear(message, link)?,
                },
                Some(entry) = self.entries.recv() => {
                    self.batcher.take(entry, Instant::now());
                    self.take_all(Instant::now());
                }
                _ = tick.tick() => {}
            }
            let now = Instant::now();
            self.look(now);
            if self.batcher.is_due(now) {
                self.keep(None);
            }
            self.send(link, now);
            self.say(link, now);
            if self.is_done() {
                return Ok(());
            }
            if self.is_leaving() && self.state.phase >= Phase::Over && self.spool.is_empty() {
                return Err(AgentError::Left);
            }
            if now.duration_since(self.heard) >= RESUME_MAX {
                return Err(AgentError::ControllerGone);
            }
        }
    }

    fn hear(&mut self, message: ToAgent, link: &AgentEnd) -> Result<(), AgentError> {
        self.heard = Instant::now();
        match message {
            // Its answer was lost.
            ToAgent::Assign(_) => {
                let _ = link.try_send(FromAgent::Ready);
            }
            ToAgent::Refuse(refusal) => return Err(AgentError::Refused(refusal.reason)),
            ToAgent::Tell(tell) if tell.number > self.told.number => self.obey(&tell, link),
            ToAgent::Tell(_) => {}
        }
        Ok(())
    }

    fn obey(&mut self, tell: &Tell, link: &AgentEnd) {
        let before = std::mem::replace(&mut self.told, tell.clone());
        if tell.held != before.held {
            self.loads.hold(tell.held.iter().map(|held| (*held).into()).collect());
        }
        if let (Some(begin), true) = (tell.begin_us, self.loads.is_prepared()) {
            self.begin(Duration::from_micros(begin));
        }
        if let Some(begin) = tell.begin_us.map(Duration::from_micros) {
            for moved in tell.moved.iter().skip(before.moved.len()) {
                match (tell.stop, moved.way) {
                    (false, _) => self.follow(moved, begin),
                    // Nobody has generated that meanwhile.
                    (true, Way::Here) => self.leave_out(moved, begin, STOPPED.to_owned()),
                    // It was not agreed to, so it stays.
                    (true, Way::Away) => {}
                }
            }
        }
        if tell.overlays != before.overlays || self.overlays_until.is_none() {
            let overlays: Vec<_> = tell.overlays.iter().map(Into::into).collect();
            self.network.follow(&overlays);
        }
        self.overlays_until = Some(self.heard + tell.lease());
        let news = |now: bool, before: bool| now && !before;
        if news(tell.stop, before.stop) {
            self.loads.stop();
        }
        if news(tell.final_reads, before.final_reads) {
            self.loads.final_reads();
        }
        if news(tell.close, before.close) {
            self.loads.close();
        }
        if tell.close && self.closing.is_none() {
            self.closing = Some(self.heard);
        }
        if tell.stored > before.stored {
            let stored = self.spool.stored(tell.stored);
            self.note(stored);
            self.resend_at = self.heard + RESEND_AFTER;
        }
        let sent = self.sent;
        for number in tell.missing.iter().take(WAITING_MAX).filter(|number| **number <= sent) {
            self.send_one(*number, link);
        }
        // The answer to news is news: who waits for it shouldn't wait for the next heartbeat.
        self.said = None;
    }

    fn begin(&mut self, offset: Duration) {
        match self.loads.begin(offset) {
            Ok(()) => self.enter(Phase::Running),
            Err(error) => self.trouble(with_sources(&error), 0),
        }
    }

    /// A share moves here or away; `begin` is when the load began.
    fn follow(&mut self, moved: &Moved, begin: Duration) {
        let from = Duration::from_micros(moved.from_us);
        let parts = assigned::parts(&moved.shares);
        let followed = parts.and_then(|parts| match moved.way {
            Way::Here => self.take_over(parts, from, begin),
            Way::Away => {
                self.give(&parts, from, begin);
                Ok(())
            }
        });
        if let Err(reason) = followed {
            self.leave_out(moved, begin, reason.clone());
            self.state.unfit.get_or_insert(reason);
        }
    }

    /// What moved is not generated from then on.
    fn leave_out(&mut self, moved: &Moved, begin: Duration, reason: String) {
        let from = Duration::from_micros(moved.from_us).as_secs();
        let to = (begin + self.plan.load_duration()).as_secs().max(from);
        self.miss(MissingSeconds { from, to, reason });
    }

    /// Goes on with what another agent generated.
    fn take_over(&mut self, parts: Parts, from: Duration, begin: Duration) -> Result<(), String> {
        let threads = self.loads.take_over(parts, from.saturating_sub(begin), begin)?;
        self.batcher.add_threads(threads, from.as_secs().checked_sub(1));
        Ok(())
    }

    /// Leaves to another what this agent generated. What was sent already can't be given any more: who hears of it too late gives it
    /// later, and says when.
    fn give(&mut self, parts: &Parts, from: Duration, begin: Duration) {
        let soonest = self.loads.start_at().elapsed() + HEARD_WITHIN;
        let soonest = Duration::from_secs(soonest.as_secs() + u64::from(soonest.subsec_nanos() > 0));
        let from = from.max(soonest);
        self.loads.give(parts, from.saturating_sub(begin));
        self.state.given.push(micros(from));
    }

    /// What time and the load bring.
    fn look(&mut self, now: Instant) {
        if self.overlays_until.is_some_and(|until| now >= until) {
            self.network.heal_all();
            self.overlays_until = None;
        }
        if self.is_leaving() && self.state.trouble.is_none() {
            self.stop("it was told to leave and stopped its load".to_owned());
        }
        if self.told.lost && self.state.trouble.is_none() {
            self.stop("the controller had counted it as lost".to_owned());
        }
        let silent = now.duration_since(self.heard);
        if silent >= self.plan.fleet.controller_loss_after && self.state.trouble.is_none() {
            let silent = units::duration::Text(self.plan.fleet.controller_loss_after);
            self.stop(format!("it heard nothing of the controller for {silent} and stopped its load"));
        }
        let Some(progress) = self.loads.progress() else {
            // Told to end before it began, or unable to: there is nothing to hand over.
            if self.closing.is_some() {
                self.enter(Phase::Ended);
            } else if self.told.final_reads {
                self.enter(Phase::Read);
            } else if self.told.stop || self.is_leaving() || self.loads.is_none() {
                self.enter(Phase::Over);
            }
            return;
        };
        self.state.late_us = progress.late.map(micros);
        self.state.reads = progress.reads.map(Into::into);
        if let Some(Err(reason)) = &progress.over {
            // A thread that died has taken what it had not handed over with it.
            self.trouble(reason.clone(), self.batcher.complete().map_or(0, |second| second + 1));
        }
        if let Some(Err(reason)) = &progress.read {
            self.state.reads_failed = Some(reason.clone());
        }
        if self.state.phase == Phase::Running && progress.over.is_some() {
            // Everything of the load lies in the queue by now.
            self.take_all(now);
            let is_whole = progress.over == Some(Ok(()));
            self.keep(is_whole.then(|| now.saturating_duration_since(self.loads.start_at()).as_secs()));
            self.enter(Phase::Over);
        }
        if self.state.phase == Phase::Over && progress.read.is_some() {
            self.take_all(now);
            self.keep(None);
            self.enter(Phase::Read);
        }
        let out_of_time = self.closing.is_some_and(|since| now.duration_since(since) >= HAND_OVER_MAX);
        if progress.closed && self.state.phase != Phase::Ended && (self.entries.is_closed() || out_of_time) {
            self.take_all(now);
            self.keep(None);
            self.enter(Phase::Ended);
        }
    }

    /// Goes on to a phase, and says so at once.
    fn enter(&mut self, phase: Phase) {
        if self.state.phase != phase {
            self.state.phase = phase;
            self.said = None;
        }
    }

    /// Stops the load, and says why.
    fn stop(&mut self, why: String) {
        self.loads.stop();
        self.trouble(why, self.loads.start_at().elapsed().as_secs().saturating_sub(1));
    }

    /// Says why it can't go on, and that its users are missing from that second on.
    fn trouble(&mut self, why: String, from: u64) {
        if self.state.trouble.is_some() {
            return;
        }
        if self.state.phase < Phase::Over
            && let Some(begin) = self.told.begin_us.map(Duration::from_micros)
        {
            let to = (begin + self.plan.load_duration()).as_secs().max(from);
            self.miss(MissingSeconds { from, to, reason: why.clone() });
        }
        self.state.trouble = Some(why);
        self.said = None;
    }

    /// Adds to the seconds that are missing; stretches that touch become one, so that the list stays short.
    fn miss(&mut self, one: MissingSeconds) {
        let missing = &mut self.state.missing;
        missing.push(one);
        missing.sort_by_key(|one| one.from);
        let mut merged: Vec<MissingSeconds> = Vec::with_capacity(missing.len());
        for one in missing.drain(..) {
            match merged.last_mut() {
                Some(last) if one.from <= last.to + 1 => last.to = last.to.max(one.to),
                _ => merged.push(one),
            }
        }
        *missing = merged;
    }

    fn take_all(&mut self, now: Instant) {
        while let Ok(entry) = self.entries.try_recv() {
            self.batcher.take(entry, now);
        }
    }

    /// Puts the next batch into the spool. `complete`: the load is over, and all of it is known.
    fn keep(&mut self, complete: Option<u64>) {
        if self.batcher.is_empty() && complete.is_none() {
            return;
        }
        let cut = self.batcher.cut();
        let complete = complete.or(cut.complete);
        match self.spool.push(&cut.lines, complete) {
            Ok(number) => self.state.last_batch = number,
            Err(error) => {
                let reason = error.to_string();
                if let Some((from, to)) = cut.seconds {
                    self.miss(MissingSeconds { from, to, reason: reason.clone() });
                }
                self.stop(format!("{reason}: its load is stopped"));
            }
        }
    }

    /// Sends what was never sent, and again what nobody has stored for long.
    fn send(&mut self, link: &AgentEnd, now: Instant) {
        if now >= self.resend_at {
            self.resend_at = now + RESEND_AFTER;
            if let Some(oldest) = self.spool.after(0).filter(|oldest| *oldest <= self.sent) {
                self.send_one(oldest, link);
            }
        }
        // No more on their way than the other side can keep waiting.
        while self.sent < self.told.stored + WAITING_MAX as u64
            && link.outgoing.capacity() > 1
            && let Some(number) = self.spool.after(self.sent)
        {
            if !self.send_one(number, link) {
                return;
            }
        }
    }

    fn send_one(&mut self, number: u64, link: &AgentEnd) -> bool {
        match self.spool.send(number) {
            Ok(Some(batch)) => {
                self.sent = self.sent.max(batch.through);
                link.try_send(FromAgent::Batch(batch))
            }
            Ok(None) => false,
            Err(error) => {
                self.note(Err(error));
                false
            }
        }
    }

    fn note(&mut self, outcome: Result<(), SpoolError>) {
        if let Err(error) = outcome {
            self.stop(error.to_string());
        }
    }

    fn say(&mut self, link: &AgentEnd, now: Instant) {
        if self.said.is_some_and(|said| now.duration_since(said) < STATE_EVERY) {
            return;
        }
        self.said = Some(now);
        let (format, clocks) = &self.clock;
        if let Some(bound) = assigned::bound(format, clocks.as_ref(), self.loads.start_at()) {
            self.state.clock_bound_us = Some(micros(bound));
        }
        self.state.number += 1;
        self.state.heard = self.told.number;
        self.state.spooled = self.spool.bytes();
        // One that finds no room is followed by another.
        let _ = link.try_send(FromAgent::State(Box::new(self.state.clone())));
    }

    fn is_leaving(&self) -> bool {
        self.leave.as_ref().is_some_and(|leave| *leave.borrow())
    }

    /// The controller knows that everything is told, and has it stored.
    fn is_done(&self) -> bool {
        self.state.phase == Phase::Ended && self.told.drained
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
