//! The loop that carries a plan out.
//!
//! Zero of the run's clock is the making of the recording; the load starts later, once the target is up. After the load: wait for
//! outstanding requests, heal what is still broken, be quiet, make the final reads, close the recording.

use crate::{
    recorder::Recorder,
    schedule::{self, Action},
    with_sources,
};
use fault::{Environment, Keeper};
use load::{FinalReads, RunningLoad};
use plan::resolved::ResolvedPlan;
use record::{Entry, Event, EventKind, Writer};
use std::{cell::Cell, rc::Rc, sync::Arc, time::Duration};
use tokio::{
    sync::{mpsc, watch},
    time::{Instant, MissedTickBehavior, interval, sleep, sleep_until, timeout},
};
use units::{RunTime, duration::Text};

/// Between starting the generator and the first arrival: threads come up in it.
const LEAD: Duration = Duration::from_millis(300);
const TICK: Duration = Duration::from_millis(250);
const RENEW_EVERY: Duration = Duration::from_secs(1);
/// Healing all faults may take this long, besides their proofs.
const HEAL_MAX: Duration = Duration::from_secs(60);
/// Final reads of all writes may take this long.
const FINAL_READS_MAX: Duration = Duration::from_secs(120);
/// Entries that may wait for the conductor; the load sums up what doesn't fit.
const ENTRIES_MAX: usize = 65_536;
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
    /// Where the target is.
    pub addresses: load::TargetAddresses,
    /// What faults act on; its network is the load's too.
    pub environment: Environment,
    /// Where it is recorded.
    pub writer: Writer,
    /// Zero of the run's clock.
    pub run_start: Instant,
    /// Where events of the target come from (the lab, its steering).
    pub target_events: mpsc::Receiver<Event>,
    /// Raised to end the run early.
    pub stop: watch::Receiver<StopLevel>,
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
    Load(#[from] load::LoadError),
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
    let RunSetup { plan, addresses, environment, writer, run_start, target_events, stop } = setup;
    let load_start = Instant::now() + LEAD;
    let network = environment.network.clone();
    let (from_faults, fault_entries) = mpsc::channel(EVENTS_MAX);
    let keeper = Keeper::start(&plan, environment, run_start, &from_faults).map_err(RunError::Thread)?;
    let (output, load_entries) = mpsc::channel(ENTRIES_MAX);
    let populations = plan.populations.len();
    let mut load = load::start(
        Arc::clone(&plan),
        load::Setup {
            addresses,
            network,
            start_at: run_start.into_std(),
            load_offset: load_start.saturating_duration_since(run_start),
            output,
            threads: None,
            parts: load::Parts::whole(populations),
            stamp: load::stamp(),
        },
    )?;
    let recorder = Recorder::start(writer).map_err(RunError::Thread)?;
    let sources = Sources { load_entries, fault_entries, target_events };
    let renewed = Instant::now();
    let mut conductor = Conductor {
        plan,
        run_start,
        load_start,
        recorder,
        sources,
        stop,
        trouble: None,
        closing: false,
        renewed,
        progress: Rc::default(),
        observe,
    };
    let end = conductor.carry_out(&mut load, &keeper).await;
    conductor.close(load, keeper, end).await
}

/// Where entries come from.
struct Sources {
    load_entries: mpsc::Receiver<Entry>,
    fault_entries: mpsc::Receiver<Entry>,
    target_events: mpsc::Receiver<Event>,
}

impl Sources {
    /// The next entry from anywhere; never ends.
    async fn next(&mut self) -> Entry {
        tokio::select! {
            Some(entry) = self.load_entries.recv() => entry,
            Some(entry) = self.fault_entries.recv() => entry,
            Some(event) = self.target_events.recv() => event.into(),
            else => std::future::pending().await,
        }
    }

    /// What is there already.
    fn rest(&mut self) -> Vec<Entry> {
        let load = std::iter::from_fn(|| self.load_entries.try_recv().ok());
        let faults = std::iter::from_fn(|| self.fault_entries.try_recv().ok());
        let target = std::iter::from_fn(|| self.target_events.try_recv().ok()).map(Entry::from);
        load.chain(faults).chain(target).collect()
    }
}

/// Everything but the load and the faults: what is polled while the conductor waits for one of those.
struct Conductor<'a> {
    plan: Arc<ResolvedPlan>,
    run_start: Instant,
    load_start: Instant,
    recorder: Recorder,
    sources: Sources,
    stop: watch::Receiver<StopLevel>,
    trouble: Option<String>,
    /// Ending is under way: nothing cuts it short any more.
    closing: bool,
    renewed: Instant,
    /// How far the final reads are, while they are made.
    progress: Rc<Cell<Option<FinalReads>>>,
    observe: &'a mut dyn FnMut(Observation<'_>),
}

impl Conductor<'_> {
    async fn carry_out(&mut self, load: &mut RunningLoad, keeper: &Keeper) -> RunEnd {
        match self.phases(load, keeper).await {
            Flow::Continue(()) => RunEnd::Complete,
            Flow::Break(()) => {
                let why = self.trouble.clone().unwrap_or_else(|| "stopped by a signal".to_owned());
                self.event(EventKind::Aborted, why);
                RunEnd::Aborted
            }
        }
    }

    /// Everything the plan wants, in order. Breaks when the run is to stop.
    async fn phases(&mut self, load: &mut RunningLoad, keeper: &Keeper) -> Flow {
        self.alongside(keeper, sleep_until(self.load_start)).await?;
        let text = format!("load starts, seed {}", self.plan.seed);
        self.event(EventKind::LoadStarted, text);
        for (at, action) in schedule::actions(&self.plan) {
            self.alongside(keeper, sleep_until(self.load_start + at.since_start())).await?;
            match action {
                Action::StartBaseline => {
                    self.event(EventKind::BaselineStarted, "warm-up over, baseline begins".to_owned());
                }
                Action::Inject(fault) => keeper.inject(fault),
                Action::Heal(fault) => keeper.heal(fault),
            }
        }
        self.alongside(keeper, sleep_until(self.load_start + self.plan.load_duration())).await?;
        self.event(EventKind::LoadEnded, "load ends, outstanding requests are awaited".to_owned());
        self.await_load(load, keeper).await?;
        self.heal_all(keeper).await?;
        self.read_finally(load, keeper).await
    }

    async fn await_load(&mut self, load: &mut RunningLoad, keeper: &Keeper) -> Flow {
        if let Err(error) = self.alongside(keeper, load.wait()).await? {
            self.trouble = Some(with_sources(&error));
            return Flow::Break(());
        }
        Flow::Continue(())
    }

    /// Quiet, then the final reads of the ledger.
    async fn read_finally(&mut self, load: &mut RunningLoad, keeper: &Keeper) -> Flow {
        let Some(quiet) = self.plan.ledger.as_ref().map(|ledger| ledger.quiet) else { return Flow::Continue(()) };
        self.event(EventKind::QuietStarted, format!("quiet for {}", Text(quiet)));
        self.alongside(keeper, sleep(quiet)).await?;
        self.event(EventKind::FinalReadsStarted, "final reads of every probe write".to_owned());
        let progress = Rc::clone(&self.progress);
        let reads = load.final_reads(move |state| progress.set(Some(state)));
        let read = self.alongside(keeper, timeout(FINAL_READS_MAX, reads)).await?;
        self.progress.set(None);
        match read {
            Ok(Ok(_)) => self.event(EventKind::FinalReadsEnded, "final reads complete".to_owned()),
            Ok(Err(error)) => self.event(EventKind::Note, format!("final reads failed: {}", with_sources(&error))),
            Err(_) => self.event(EventKind::Note, format!("final reads took longer than {}", Text(FINAL_READS_MAX))),
        }
        Flow::Continue(())
    }

    /// Heals, drains and closes, on every way out.
    async fn close(mut self, mut load: RunningLoad, keeper: Keeper, end: RunEnd) -> Result<RunEnd, RunError> {
        self.closing = true;
        load.stop();
        // `closing` is set, so nothing breaks these.
        let _ = self.heal_all(&keeper).await;
        let whole = matches!(self.alongside(&keeper, load.wait()).await, Flow::Continue(Ok(_)));
        // Each waits for its threads, which are done by now, or hang within their own bounds.
        let ending = tokio::task::spawn_blocking(move || drop((load, keeper)));
        let ended = self.drain(ending).await && whole;
        // A generator that died has left a hole: the recording then misses its end, and the verdict says so.
        if ended {
            self.event(EventKind::RunEnded, "run ended".to_owned());
        }
        let Self { recorder, trouble, .. } = self;
        recorder.finish().map_err(|error| RunError::Recording(trouble.unwrap_or_else(|| with_sources(&error))))?;
        Ok(end)
    }

    /// Records what still comes until that is over.
    async fn drain(&mut self, mut ending: tokio::task::JoinHandle<()>) -> bool {
        let joined = loop {
            tokio::select! {
                joined = &mut ending => break joined,
                entry = self.sources.next() => take(&self.recorder, self.observe, entry),
            }
        };
        for entry in self.sources.rest() {
            take(&self.recorder, self.observe, entry);
        }
        joined.is_ok()
    }

    /// Heals everything and waits until it is healed; every step of healing is bounded.
    async fn heal_all(&mut self, keeper: &Keeper) -> Flow {
        keeper.heal_all();
        let longest = self.plan.faults.iter().map(|fault| fault.verify_within).max().unwrap_or_default();
        self.alongside(keeper, keeper.healed(longest + HEAL_MAX)).await.map_continue(drop)
    }

    /// Lets things happen until `work` is done; breaks when the run is to stop.
    async fn alongside<T>(&mut self, keeper: &Keeper, work: impl Future<Output = T>) -> Flow<T> {
        let mut tick = interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut work = std::pin::pin!(work);
        loop {
            if !self.closing && (*self.stop.borrow() >= StopLevel::Stop || self.trouble.is_some()) {
                return Flow::Break(());
            }
            tokio::select! {
                biased;
                done = &mut work => return Flow::Continue(done),
                _ = tick.tick() => self.tick(keeper),
                Ok(()) = self.stop.changed() => {}
                entry = self.sources.next() => take(&self.recorder, self.observe, entry),
            }
        }
    }

    fn tick(&mut self, keeper: &Keeper) {
        if self.renewed.elapsed() >= RENEW_EVERY {
            keeper.renew();
            self.renewed = Instant::now();
        }
        if self.trouble.is_none() {
            self.trouble = self.recorder.trouble();
        }
        (self.observe)(Observation::Tick(run_time(Instant::now(), self.run_start)));
        if let Some(reads) = self.progress.get() {
            (self.observe)(Observation::FinalReads(reads));
        }
    }

    fn event(&mut self, kind: EventKind, text: String) {
        let event = Event::new(run_time(Instant::now(), self.run_start), kind, "landfall", text);
        take(&self.recorder, self.observe, event.into());
    }
}

type Flow<T = ()> = std::ops::ControlFlow<(), T>;

fn take(recorder: &Recorder, observe: &mut dyn FnMut(Observation<'_>), entry: Entry) {
    observe(Observation::Entry(&entry));
    recorder.record(entry);
}

fn run_time(at: Instant, run_start: Instant) -> RunTime {
    RunTime::from(at.saturating_duration_since(run_start))
}
