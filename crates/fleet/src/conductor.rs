//! The loop that carries a plan out.
//!
//! Zero of the run's clock is the making of the recording; the load starts later, once the target is up and every agent is ready.
//! After the load: wait for outstanding requests, heal what is still broken, be quiet, make the final reads, have everything
//! handed over, close the recording.
//!
//! What faults do to users' links is laid over the controller's own network, where it is proven; each change is told to the agents
//! at once, whose networks follow.

use crate::{
    control::{Answer, Ask, Asked, Desk, MistakeSaid},
    controller::{
        Admitted, Agents, AssembleError, Common, FINAL_READS_MAX, Failed, Found, HandedOver, Recruit, assemble,
    },
    door::Door,
    holds::Holds,
    message::{OverlayOfLink, Phase},
    recorder::{Recorder, Stored},
    schedule::{self, Action},
    stop_guard::Watch,
    with_sources,
};
use fault::{Environment, Keeper, called};
use load::FinalReads;
use plan::resolved::{AgentLoss, ResolvedPlan};
use record::{Entry, Event, EventKind, Writer};
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::{mpsc, watch},
    time::{Instant, Interval, MissedTickBehavior, interval, sleep, sleep_until},
};
use units::{RunTime, duration::Text};

/// Between the word to begin and the first arrival: the word travels, and threads come up in it.
const LEAD: Duration = Duration::from_millis(300);
/// The same for each agent: many processes on one machine come up one after the other.
const LEAD_PER_AGENT: Duration = Duration::from_millis(30);
const TICK: Duration = Duration::from_millis(250);
const RENEW_EVERY: Duration = Duration::from_millis(250);
/// Healing all faults may take this long, besides their proofs.
const HEAL_MAX: Duration = Duration::from_secs(60);
/// An agent whose load is over says so within this, besides the time of its requests.
const OVER_MAX: Duration = Duration::from_secs(60);
/// Agents hand over what is left within this, and end.
const HAND_OVER_MAX: Duration = Duration::from_secs(60);
/// Agents that have nothing more to do end within this.
const END_MAX: Duration = Duration::from_secs(10);
/// Events of faults and of the target that may wait.
pub const EVENTS_MAX: usize = 1_024;

/// How urgently a run is to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum StopLevel {
    /// It isn't.
    Run,
    /// Stop the load, heal, judge what there is.
    Stop,
}

/// What a run needs.
pub struct RunSetup {
    /// What to carry out.
    pub plan: Arc<ResolvedPlan>,
    /// The agents that generate the load; see [`crate::local`].
    pub agents: Vec<Recruit>,
    /// What faults act on; agents follow what they do to its network.
    pub environment: Environment,
    /// Where it is recorded.
    pub writer: Writer,
    /// Zero of the run's clock.
    pub run_start: Instant,
    /// Where events of the target come from (the lab, its steering).
    pub target_events: mpsc::Receiver<Event>,
    /// Raised to end the run early.
    pub stop: watch::Receiver<StopLevel>,
    /// Agents that join while the run goes on; those that run have nobody to send them are left alone.
    pub newcomers: mpsc::Receiver<Recruit>,
    /// What is asked of the run while it goes on.
    pub asks: mpsc::Receiver<Asked>,
}

/// What the observer is told.
#[derive(Debug)]
pub enum Observation<'a> {
    /// Something was recorded.
    Entry(&'a Entry),
    /// Time passes.
    Tick(RunTime),
    /// The final reads go on.
    FinalReads(FinalReads),
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunEnd {
    /// As planned.
    Complete,
    /// Stopped early.
    Aborted,
}

/// Why a run could not be carried out or recorded.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The load could not be started.
    #[error(transparent)]
    Fleet(#[from] AssembleError),
    /// A thread could not be made.
    #[error("a thread could not be started: {0}")]
    Thread(std::io::Error),
    /// The recording could not be written to its end.
    #[error("the recording is incomplete: {0}")]
    Recording(String),
}

/// Carries `setup.plan` out and records it; `observe` is called for everything that happens.
///
/// # Errors
/// See [`RunError`]. Whatever happens, faults are healed and the load is stopped before this returns.
pub async fn conduct(setup: RunSetup, observe: &mut dyn FnMut(Observation<'_>)) -> Result<RunEnd, RunError> {
    let RunSetup { plan, agents: recruits, environment, writer, run_start, target_events, mut stop, newcomers, asks } =
        setup;
    let farthest = recruits.iter().map(|recruit| recruit.link.distance.notice()).max().unwrap_or_default();
    let others = u32::try_from(recruits.len() - recruits.len().min(1)).unwrap_or(u32::MAX);
    let lead = LEAD + LEAD_PER_AGENT * others + farthest;
    let common = Common { plan: Arc::clone(&plan), run_start: run_start.into_std(), stamp: load::stamp() };
    let stopped = async {
        // Whoever can raise it may be gone: then nobody does any more.
        if stop.wait_for(|level| *level >= StopLevel::Stop).await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    let agents = assemble(recruits, &common, stopped).await?;
    let load_start = Instant::now() + lead;
    let network = environment.network.clone();
    let (from_faults, fault_entries) = mpsc::channel(EVENTS_MAX);
    let keeper = Keeper::start(&plan, environment, run_start, &from_faults).map_err(RunError::Thread)?;
    let recorder = Recorder::start(writer).map_err(RunError::Thread)?;
    let mut tick = interval(TICK);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut conductor = Conductor {
        guard: Watch::of(&plan),
        holds: Holds::of(&plan, farthest),
        desk: Desk::new(Arc::clone(&plan), true),
        asks,
        plan,
        run_start,
        load_start,
        stored: recorder.stored(),
        recorder,
        sources: Sources { fault_entries, target_events },
        agents,
        door: Door::new(newcomers, common),
        changes: network.watch(),
        network,
        stop,
        trouble: None,
        closing: false,
        reading: false,
        said: Said::default(),
        tick,
        renewed: Instant::now(),
        observe,
    };
    conductor.begin();
    let end = conductor.carry_out(&keeper).await;
    conductor.close(keeper, end).await
}

/// Where entries come from besides the agents.
struct Sources {
    fault_entries: mpsc::Receiver<Entry>,
    target_events: mpsc::Receiver<Event>,
}

impl Sources {
    /// The next entry from anywhere; never ends.
    async fn next(&mut self) -> Entry {
        tokio::select! {
            Some(entry) = self.fault_entries.recv() => entry,
            Some(event) = self.target_events.recv() => event.into(),
            else => std::future::pending().await,
        }
    }

    /// What is there already.
    fn rest(&mut self) -> Vec<Entry> {
        let faults = std::iter::from_fn(|| self.fault_entries.try_recv().ok());
        let target = std::iter::from_fn(|| self.target_events.try_recv().ok()).map(Entry::from);
        faults.chain(target).collect()
    }
}

/// What is said once.
#[derive(Debug, Default)]
struct Said {
    spread: bool,
    lost: usize,
    trouble: usize,
}

/// Everything but the faults: what is polled while the conductor waits for those, or for time to pass.
struct Conductor<'a> {
    plan: Arc<ResolvedPlan>,
    run_start: Instant,
    load_start: Instant,
    stored: watch::Receiver<Stored>,
    recorder: Recorder,
    sources: Sources,
    agents: Agents,
    door: Door,
    changes: watch::Receiver<u64>,
    network: wan::Network,
    stop: watch::Receiver<StopLevel>,
    trouble: Option<String>,
    guard: Option<Watch>,
    desk: Desk,
    holds: Holds,
    asks: mpsc::Receiver<Asked>,
    /// Ending is under way: nothing cuts it short any more.
    closing: bool,
    /// The final reads are being made.
    reading: bool,
    said: Said,
    tick: Interval,
    renewed: Instant,
    observe: &'a mut dyn FnMut(Observation<'_>),
}

impl Conductor<'_> {
    /// Says who takes part, and tells all when it begins.
    fn begin(&mut self) {
        for entry in self.agents.joined(self.now()) {
            take(&self.recorder, self.observe, entry);
        }
        self.agents.begin(self.load_start.saturating_duration_since(self.run_start));
    }

    async fn carry_out(&mut self, keeper: &Keeper) -> RunEnd {
        match self.phases(keeper).await {
            Flow::Continue(()) => RunEnd::Complete,
            Flow::Break(()) => {
                let why = self.trouble.clone().unwrap_or_else(|| "stopped by a signal".to_owned());
                self.event(EventKind::Aborted, why);
                RunEnd::Aborted
            }
        }
    }

    /// Everything the plan wants, in order. Breaks when the run is to stop.
    async fn phases(&mut self, keeper: &Keeper) -> Flow {
        self.alongside(keeper, sleep_until(self.load_start)).await?;
        let text = format!("load starts, seed {}", self.plan.seed);
        // Not when this was written: the plan's times count from it.
        let start = RunTime::from(self.load_start.saturating_duration_since(self.run_start));
        self.event_at(start, EventKind::LoadStarted, text);
        self.guard.iter_mut().for_each(|guard| guard.begin(start));
        for (at, action) in schedule::actions(&self.plan) {
            self.alongside(keeper, sleep_until(self.load_start + at.since_start())).await?;
            match action {
                Action::StartBaseline => {
                    self.event(EventKind::BaselineStarted, "warm-up over, baseline begins".to_owned());
                }
                Action::Prepare(fault) => keeper.prepare(fault),
                Action::Inject(fault) => keeper.inject(fault),
                Action::Heal(fault) => keeper.heal(fault),
            }
        }
        self.alongside(keeper, sleep_until(self.load_start + self.plan.load_duration())).await?;
        // There is nothing left to stop: what is left is to see what became of it.
        self.guard = None;
        self.event(EventKind::LoadEnded, "load ends, outstanding requests are awaited".to_owned());
        self.await_load(keeper).await?;
        self.heal_all(keeper).await?;
        self.read_finally(keeper).await
    }

    async fn await_load(&mut self, keeper: &Keeper) -> Flow {
        let within = self.plan.load.start_within + self.plan.request_time_max() + OVER_MAX;
        if !self.until(keeper, within, |agents| agents.all(Phase::Over)).await? {
            self.trouble = Some(format!("the load did not end within {}", Text(within)));
            return Flow::Break(());
        }
        Flow::Continue(())
    }

    /// Quiet, then the final reads of the ledger.
    async fn read_finally(&mut self, keeper: &Keeper) -> Flow {
        let Some(quiet) = self.plan.ledger.as_ref().map(|ledger| ledger.quiet) else { return Flow::Continue(()) };
        self.event(EventKind::QuietStarted, format!("quiet for {}", Text(quiet)));
        self.alongside(keeper, sleep(quiet)).await?;
        self.event(EventKind::FinalReadsStarted, "final reads of every probe write".to_owned());
        self.agents.final_reads();
        self.reading = true;
        let read = self.until(keeper, FINAL_READS_MAX, |agents| agents.all(Phase::Read)).await?;
        self.reading = false;
        let (kind, text) = self.agents.reads_end(read);
        self.event(kind, text);
        Flow::Continue(())
    }

    /// Heals, drains and closes, on every way out.
    async fn close(mut self, keeper: Keeper, end: RunEnd) -> Result<RunEnd, RunError> {
        self.closing = true;
        self.agents.stop();
        // `closing` is set, so nothing breaks these; what is not reached in time is given up below.
        let _ = self.heal_all(&keeper).await;
        let over = self.plan.request_time_max() + OVER_MAX;
        let _ = self.until(&keeper, over, |agents| agents.all(Phase::Over)).await;
        self.agents.close();
        let _ = self.until(&keeper, HAND_OVER_MAX, Agents::all_drained).await;
        let unfinished = self.agents.give_up("it did not hand over what is left in time", self.now());
        self.found(unfinished);
        let _ = self.until(&keeper, END_MAX, Agents::all_ended).await;
        // Their last words may prove something.
        self.tick(&keeper);
        // Waits for its thread, whose steps are bounded.
        let ending = tokio::task::spawn_blocking(move || drop(keeper));
        self.drain(ending).await;
        self.event(EventKind::RunEnded, "run ended".to_owned());
        self.agents.clean_up();
        self.recorder.finish().map_err(|error| RunError::Recording(with_sources(&error)))?;
        Ok(end)
    }

    /// Records what still comes until that is over.
    async fn drain(&mut self, mut ending: tokio::task::JoinHandle<()>) {
        loop {
            tokio::select! {
                // A panic of the keeper has been reported by its own thread.
                _ = &mut ending => break,
                entry = self.sources.next() => take(&self.recorder, self.observe, entry),
            }
        }
        for entry in self.sources.rest() {
            take(&self.recorder, self.observe, entry);
        }
    }

    /// Heals everything and waits until it is healed; every step of healing is bounded.
    async fn heal_all(&mut self, keeper: &Keeper) -> Flow {
        keeper.heal_all();
        let longest = self.desk.verify_within_max();
        self.alongside(keeper, keeper.healed(longest + HEAL_MAX)).await.map_continue(drop)
    }

    /// Lets things happen until `work` is done; breaks when the run is to stop.
    async fn alongside<T>(&mut self, keeper: &Keeper, work: impl Future<Output = T>) -> Flow<T> {
        let mut work = std::pin::pin!(work);
        loop {
            self.go_on()?;
            tokio::select! {
                biased;
                done = &mut work => return Flow::Continue(done),
                () = self.step(keeper) => {}
            }
        }
    }

    /// Lets things happen until the agents are so far, or `within` is over; answers whether they are. Breaks when the run is to
    /// stop.
    async fn until(&mut self, keeper: &Keeper, within: Duration, done: impl Fn(&Agents) -> bool) -> Flow<bool> {
        let deadline = Instant::now() + within;
        loop {
            self.go_on()?;
            if done(&self.agents) {
                return Flow::Continue(true);
            }
            tokio::select! {
                () = sleep_until(deadline) => return Flow::Continue(false),
                () = self.step(keeper) => {}
            }
        }
    }

    fn go_on(&self) -> Flow {
        let stopped = *self.stop.borrow() >= StopLevel::Stop || self.trouble.is_some();
        if stopped && !self.closing { Flow::Break(()) } else { Flow::Continue(()) }
    }

    /// One thing that happens. Can be cancelled.
    async fn step(&mut self, keeper: &Keeper) {
        let agents = self.agents.count();
        tokio::select! {
            _ = self.tick.tick() => self.tick(keeper),
            Ok(()) = self.stop.changed() => {}
            Ok(()) = self.stored.changed() => {
                let stored = self.stored.borrow_and_update().clone();
                self.agents.stored(&stored);
            }
            Ok(()) = self.changes.changed() => self.forward_overlays(),
            entry = self.sources.next() => {
                if let Entry::Event(event) = &entry {
                    self.desk.take(event);
                }
                take(&self.recorder, self.observe, entry);
            }
            Some(Asked { ask, reply }) = self.asks.recv() => {
                let answer = self.answer(ask, keeper);
                // Whoever asked may be gone.
                let _ = reply.send(answer);
            }
            (agent, incoming) = self.agents.next() => {
                let found = self.agents.take(agent, incoming, self.now());
                self.found(found);
                self.look();
            }
            admitted = self.door.next(agents) => self.welcome(admitted),
        }
    }

    fn tick(&mut self, keeper: &Keeper) {
        if self.renewed.elapsed() >= RENEW_EVERY {
            keeper.renew();
            self.renewed = Instant::now();
        }
        let due = self.desk.due(self.since_load());
        due.into_iter().for_each(|fault| keeper.heal(fault));
        if self.trouble.is_none() {
            self.trouble = self.recorder.trouble();
        }
        let found = self.agents.tick(Instant::now().into_std(), self.now());
        self.found(found);
        self.look();
        self.hand_over();
        let now = self.now();
        self.end_if_exceeded(now);
        (self.observe)(Observation::Tick(now));
        if let Some(reads) = self.agents.reads().filter(|_| self.reading) {
            (self.observe)(Observation::FinalReads(reads));
        }
    }

    /// What somebody asks of the run.
    fn answer(&mut self, ask: Ask, keeper: &Keeper) -> Answer {
        match ask {
            Ask::Inject { fault } => self.inject(&fault, keeper),
            Ask::Heal { fault } => match self.desk.to_heal(fault.as_ref()) {
                Ok(faults) => {
                    let what = fault.map_or_else(|| "all faults".to_owned(), |fault| format!("`{fault}`"));
                    self.event(EventKind::Note, format!("{what} to be healed at once, as was asked"));
                    faults.into_iter().for_each(|fault| keeper.heal_as_asked(fault));
                    Answer::Done
                }
                Err(why) => Answer::Refused { why },
            },
            Ask::Faults => Answer::Faults { faults: self.desk.standing(self.since_load()) },
            Ask::Note { text } => {
                self.event(EventKind::Note, text);
                Answer::Done
            }
            Ask::Hold { how } => self.hold(&how),
            Ask::EndHold { how } => self.end_hold(&how),
            Ask::Stop { why } => {
                self.trouble = self.trouble.take().or(Some(format!("stopped, as was asked: {why}")));
                Answer::Done
            }
        }
    }

    /// Breaks what is not in the plan, and says so before.
    fn inject(&mut self, text: &str, keeper: &Keeper) -> Answer {
        let (now, begins, ends) = (Instant::now(), self.load_start, self.load_start + self.plan.load_duration());
        if self.closing || self.trouble.is_some() || now < begins || now >= ends {
            let why = if now < begins { "the load has not begun" } else { "the load is over" };
            return Answer::Refused { why: format!("{why}: nobody would meet the fault") };
        }
        match self.desk.give(text, self.since_load()) {
            Ok((index, fault)) => {
                let text = format!("{} is given, for {}", called(&fault), Text(fault.lasts()));
                self.event(EventKind::FaultGiven(Box::new(fault.clone())), text);
                let kept = keeper.keep(&fault, &self.plan);
                assert_eq!(kept, index, "the desk and the keeper know the same faults");
                keeper.inject(kept);
                Answer::Given { fault: fault.name }
            }
            Err(mistakes) => Answer::Mistakes { mistakes: MistakeSaid::all(&mistakes) },
        }
    }

    /// Keeps the load at the rate that it has.
    fn hold(&mut self, how: &str) -> Answer {
        let held = self.can_change_load().and_then(|()| self.holds.hold(self.since_load()));
        let (from, rate) = match held {
            Ok(held) => held,
            Err(why) => return Answer::Refused { why },
        };
        self.tell_holds(from);
        let text = format!(
            "the load is held at {rate:.1} a second from T+{:.1} s on, as was asked {how}; the plan's own time stands still",
            from.as_secs_f64()
        );
        self.event(EventKind::LoadHeld { from: self.at_load(from), how: how.to_owned() }, text);
        Answer::Done
    }

    /// Lets the load go on with its plan.
    fn end_hold(&mut self, how: &str) -> Answer {
        let to = match self.can_change_load().and_then(|()| self.holds.end(self.since_load())) {
            Ok(to) => to,
            Err(why) => return Answer::Refused { why },
        };
        self.tell_holds(to);
        let text = format!("the load goes on with its plan from T+{:.1} s on, as was asked {how}", to.as_secs_f64());
        self.event(EventKind::HoldEnded { from: self.at_load(to) }, text);
        Answer::Done
    }

    fn can_change_load(&self) -> Result<(), String> {
        if self.closing || self.trouble.is_some() {
            return Err("the run is ending".to_owned());
        }
        let has_begun = Instant::now() >= self.load_start;
        if has_begun { Ok(()) } else { Err("the load has not begun".to_owned()) }
    }

    fn tell_holds(&mut self, from: Duration) {
        self.agents.hold(self.holds.all(), (self.load_start + from).into_std());
    }

    /// That time of the load on the run's clock.
    fn at_load(&self, time: Duration) -> RunTime {
        RunTime::from((self.load_start + time).saturating_duration_since(self.run_start))
    }

    fn since_load(&self) -> Duration {
        Instant::now().saturating_duration_since(self.load_start)
    }

    /// What the agents' news mean for the run.
    fn look(&mut self) {
        if let (false, Some((agents, spread))) = (self.said.spread, self.agents.spread()) {
            self.said.spread = true;
            let spread = spread.as_secs_f64() * 1_000.0;
            self.event(EventKind::Note, format!("{agents} agents began within {spread:.1} ms of each other"));
        }
        for lost in self.agents.lost().split_off(self.said.lost) {
            self.said.lost += 1;
            self.mourn(lost);
        }
        if let (None, Some(unfit)) = (&self.trouble, self.agents.unfit()) {
            self.trouble = Some(unfit);
        }
        for trouble in self.agents.troubles().split_off(self.said.trouble) {
            self.said.trouble += 1;
            self.mourn(trouble);
        }
    }

    /// Somebody is ready to join, or can't.
    fn welcome(&mut self, admitted: Result<Admitted, AssembleError>) {
        let is_over = Instant::now() >= self.load_start + self.plan.load_duration();
        let text = match admitted {
            // It is let go, as everybody is who comes when there is nothing left to do.
            Ok(admitted) if self.closing || self.trouble.is_some() || is_over => {
                format!("{} came too late to join", admitted.name())
            }
            Ok(admitted) if self.agents.has(admitted.name()) => {
                format!("{} can't join: an agent of that name was in the run", admitted.name())
            }
            Ok(admitted) => {
                let (found, text) = self.agents.join(admitted, self.now());
                self.found(found);
                text
            }
            Err(error) => format!("an agent that was there could not join: {}", with_sources(&error)),
        };
        self.event(EventKind::Note, text);
    }

    /// Shares move to those who joined, as soon as all have agreed.
    fn hand_over(&mut self) {
        let HandedOver { found, said, gone } = self.agents.hand_over(self.now());
        self.found(found);
        said.into_iter().for_each(|text| self.event(EventKind::Note, text));
        gone.into_iter().for_each(|failed| self.mourn(failed));
    }

    /// An agent can't go on: what the plan wants then.
    fn mourn(&mut self, failed: Failed) {
        let Failed { agent, text: what } = failed;
        if self.closing {
            self.event(EventKind::Note, what);
            return;
        }
        match self.plan.fleet.on_agent_loss {
            AgentLoss::TakeOver => match self.agents.take_over(agent, self.now()) {
                Ok((found, how)) => {
                    self.found(found);
                    self.event(EventKind::Note, format!("{what}; {how}"));
                }
                Err(why) => self.trouble = self.trouble.take().or(Some(format!("{what}; {why}"))),
            },
            AgentLoss::CarryOn if !self.agents.none_left() => {
                self.event(EventKind::Note, format!("{what}; the run goes on without its users"));
            }
            AgentLoss::CarryOn | AgentLoss::End => self.trouble = self.trouble.take().or(Some(what)),
        }
    }

    /// Ends the run when what must not be exceeded was.
    fn end_if_exceeded(&mut self, now: RunTime) {
        if self.closing || self.trouble.is_some() {
            return;
        }
        if let Some(exceeded) = self.guard.as_ref().and_then(|guard| guard.exceeded(now)) {
            self.event(EventKind::StopGuard, exceeded);
            self.trouble = Some("ended by the stop guard".to_owned());
        }
    }

    fn forward_overlays(&mut self) {
        let overlays = self.network.overlays();
        let of_users =
            overlays.into_iter().filter_map(|(fault, link, overlay)| OverlayOfLink::new(fault, link, overlay));
        self.agents.overlays(of_users.collect());
    }

    fn found(&mut self, found: Vec<Found>) {
        for found in found {
            match found {
                Found::Entry(entry) => {
                    self.watch(&entry);
                    take(&self.recorder, self.observe, entry);
                }
                Found::Line(entry, line) => {
                    self.watch(&entry);
                    (self.observe)(Observation::Entry(&entry));
                    self.recorder.record_line(entry, line);
                }
                Found::Mark(agent, batch) => self.recorder.mark(agent, batch),
            }
        }
    }

    /// The stop guard looks at what agents tell.
    fn watch(&mut self, entry: &Entry) {
        let now = self.now();
        self.guard.iter_mut().for_each(|guard| guard.take(entry, now));
    }

    fn event(&mut self, kind: EventKind, text: String) {
        self.event_at(self.now(), kind, text);
    }

    fn event_at(&mut self, at: RunTime, kind: EventKind, text: String) {
        let event = Event::new(at, kind, "landfall", text);
        take(&self.recorder, self.observe, event.into());
    }

    fn now(&self) -> RunTime {
        RunTime::from(Instant::now().saturating_duration_since(self.run_start))
    }
}

type Flow<T = ()> = std::ops::ControlFlow<(), T>;

fn take(recorder: &Recorder, observe: &mut dyn FnMut(Observation<'_>), entry: Entry) {
    observe(Observation::Entry(&entry));
    recorder.record(entry);
}
