//! The loop that carries a plan out.
//!
//! Zero of the run's clock is the making of the recording; the load starts later, once the target is up and every agent is ready.
//! After the load: wait for outstanding requests, heal what is still broken, be quiet, make the final reads, have everything
//! handed over, close the recording.
//!
//! What faults do to users' links is laid over the controller's own network, where it is proven; each change is told to the agents
//! at once, whose networks follow.
//!
//! Map: here are what a run needs, the one owner of its state and the one loop in which things happen to it; `course` is what the plan
//! wants in order, `asked` what people want meanwhile, `news` what the agents tell.

mod asked;
mod course;
mod news;

use crate::{
    control::{Asked, Desk},
    controller::{Agents, AssembleError, Common, Recruit, assemble},
    door::Door,
    holds::Holds,
    message::OverlayOfLink,
    recorder::{Recorder, Stored},
    stop_guard::Watch,
};
use fault::{Environment, Keeper};
use load::FinalReads;
use plan::resolved::ResolvedPlan;
use record::{Entry, Event, EventKind, Writer};
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::{mpsc, watch},
    time::{Instant, Interval, MissedTickBehavior, interval, sleep_until},
};
use units::RunTime;

/// Between the word to begin and the first arrival: the word travels, and threads come up in it.
const LEAD: Duration = Duration::from_millis(300);
/// The same for each agent: many processes on one machine come up one after the other.
const LEAD_PER_AGENT: Duration = Duration::from_millis(30);
const TICK: Duration = Duration::from_millis(250);
const RENEW_EVERY: Duration = Duration::from_millis(250);
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

    fn since_load(&self) -> Duration {
        Instant::now().saturating_duration_since(self.load_start)
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
