//! The loop that carries a plan out.
//!
//! Zero of the run's clock is the start of the load. Before it, events of the lab count as zero. After the load: wait for
//! outstanding requests, heal what is still broken, be quiet, make the final reads, close the recording.

use crate::{
    recorder::Recorder,
    schedule::{self, Action},
};
use fault::{Environment, Keeper};
use load::RunningLoad;
use plan::resolved::ResolvedPlan;
use record::{Entry, Event, EventKind, Writer};
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::{mpsc, watch},
    time::{Instant, MissedTickBehavior, interval, sleep_until},
};
use units::RunTime;

/// Between making the run's clock and the first arrival: threads come up in it.
const LEAD: Duration = Duration::from_millis(300);
const TICK: Duration = Duration::from_millis(250);
const RENEW_EVERY: Duration = Duration::from_secs(1);
/// Final reads of all writes may take this long.
const FINAL_READS_MAX: Duration = Duration::from_secs(120);

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
    /// Entries that come from elsewhere (the lab); [`Entry`]s carry the run's time, hence the function.
    pub others: mpsc::UnboundedReceiver<(Instant, EventKind, String, &'static str)>,
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
    /// What is going on, in words ("final reads 120 of 800").
    Progress(String),
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
    let start = Instant::now() + LEAD;
    let (entries, incoming) = mpsc::unbounded_channel();
    let keeper =
        Keeper::start(&setup.plan, setup.environment.clone(), start, entries.clone()).map_err(RunError::Thread)?;
    let load = load::start(
        Arc::clone(&setup.plan),
        load::Setup {
            addresses: setup.addresses,
            network: setup.environment.network.clone(),
            start_at: start.into_std(),
            output: entries.clone(),
        },
    )?;
    let recorder = Recorder::start(setup.writer).map_err(RunError::Thread)?;
    let mut conductor = Conductor {
        plan: setup.plan,
        start,
        keeper,
        load,
        recorder,
        incoming,
        others: setup.others,
        stop: setup.stop,
        trouble: None,
        closing: false,
        observe,
    };
    let end = conductor.carry_out().await;
    conductor.close(end, entries).await
}

struct Conductor<'a> {
    plan: Arc<ResolvedPlan>,
    start: Instant,
    keeper: Keeper,
    load: RunningLoad,
    recorder: Recorder,
    incoming: mpsc::UnboundedReceiver<Entry>,
    others: mpsc::UnboundedReceiver<(Instant, EventKind, String, &'static str)>,
    stop: watch::Receiver<StopLevel>,
    trouble: Option<String>,
    /// Ending is under way: nothing cuts it short any more.
    closing: bool,
    observe: &'a mut dyn FnMut(Observation<'_>),
}

impl Conductor<'_> {
    async fn carry_out(&mut self) -> RunEnd {
        self.event(EventKind::LoadStarted, format!("load starts, seed {}", self.plan.seed));
        for (at, action) in schedule::actions(&Arc::clone(&self.plan)) {
            if self.until(self.start + at.since_start()).await.is_break() {
                return self.abort().await;
            }
            match action {
                Action::StartBaseline => {
                    self.event(EventKind::BaselineStarted, "warm-up over, baseline begins".to_owned())
                }
                Action::Inject(fault) => self.keeper.inject(fault),
                Action::Heal(fault) => self.keeper.heal(fault),
            }
        }
        if self.until(self.start + self.plan.load_duration()).await.is_break() {
            return self.abort().await;
        }
        self.event(EventKind::LoadEnded, "load ends; outstanding requests are awaited".to_owned());
        self.load.stop_arrivals();
        let outstanding = Instant::now() + self.plan.request_time_max();
        if self.until_or(outstanding, |this| this.load.is_idle() && !this.keeper.any_broken()).await.is_break() {
            return self.abort().await;
        }
        self.keeper.heal_all();
        if self.read_finally().await.is_break() { self.abort().await } else { RunEnd::Complete }
    }

    /// Quiet, then the final reads of the ledger.
    async fn read_finally(&mut self) -> Flow {
        let Some(quiet) = self.plan.ledger.as_ref().map(|ledger| ledger.quiet) else { return Flow::Continue(()) };
        let text = format!("quiet for {}", units::duration::Text(quiet));
        self.event(EventKind::QuietStarted, text);
        self.until(Instant::now() + quiet).await?;
        self.event(EventKind::FinalReadsStarted, "final reads of every probe write".to_owned());
        self.load.start_final_reads();
        self.until_or(Instant::now() + FINAL_READS_MAX, |this| this.load.final_reads_done()).await?;
        if self.load.final_reads_done() {
            self.event(EventKind::FinalReadsEnded, "final reads complete".to_owned());
        }
        Flow::Continue(())
    }

    async fn abort(&mut self) -> RunEnd {
        let why = self.trouble.clone().unwrap_or_else(|| "stopped by the person at the keyboard".to_owned());
        self.event(EventKind::Aborted, why);
        self.load.stop_arrivals();
        self.keeper.heal_all();
        RunEnd::Aborted
    }

    /// Heals, drains and closes, on every way out.
    async fn close(mut self, end: RunEnd, entries: mpsc::UnboundedSender<Entry>) -> Result<RunEnd, RunError> {
        self.keeper.heal_all();
        let healing = self.plan.faults.iter().map(|fault| fault.verify_within).max().unwrap_or_default();
        let deadline = Instant::now() + healing + Duration::from_secs(60);
        self.closing = true;
        let _ = self.until_or(deadline, |this| !this.keeper.any_broken()).await;
        let Conductor { keeper, load, recorder, mut incoming, mut others, observe, start, trouble, .. } = self;
        let joined = tokio::task::spawn_blocking(move || {
            load.join();
            drop(keeper);
        });
        // A panic in there has been reported by its own thread; the recording misses its end then.
        let clean = joined.await.is_ok();
        drop(entries);
        while let Ok((at, kind, text, source)) = others.try_recv() {
            let event = Event::new(run_time(at, start), kind, source, text);
            incoming_entry(&recorder, observe, event.into());
        }
        while let Ok(entry) = incoming.try_recv() {
            incoming_entry(&recorder, observe, entry);
        }
        if clean {
            let ended = Event::new(run_time(Instant::now(), start), EventKind::RunEnded, "landfall", "run ended");
            incoming_entry(&recorder, observe, ended.into());
        }
        recorder.finish().map_err(|error| RunError::Recording(trouble.unwrap_or_else(|| error.to_string())))?;
        Ok(end)
    }

    async fn until(&mut self, deadline: Instant) -> Flow {
        self.until_or(deadline, |_| false).await
    }

    /// Lets things happen until `deadline` or until `done`; breaks when the run is to stop.
    async fn until_or(&mut self, deadline: Instant, done: impl Fn(&Self) -> bool) -> Flow {
        let mut tick = interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut renewed = Instant::now();
        self.keeper.renew();
        loop {
            if !self.closing && (*self.stop.borrow() >= StopLevel::Stop || self.trouble.is_some()) {
                return Flow::Break(());
            }
            if done(self) {
                return Flow::Continue(());
            }
            tokio::select! {
                Some(entry) = self.incoming.recv() => incoming_entry(&self.recorder, self.observe, entry),
                Some((at, kind, text, source)) = self.others.recv() => {
                    let event = Event::new(run_time(at, self.start), kind, source, text);
                    incoming_entry(&self.recorder, self.observe, event.into());
                }
                _ = tick.tick() => {
                    if renewed.elapsed() >= RENEW_EVERY {
                        self.keeper.renew();
                        renewed = Instant::now();
                    }
                    self.trouble = self.trouble.take().or_else(|| self.recorder.trouble());
                    (self.observe)(Observation::Tick(run_time(Instant::now(), self.start)));
                    if let Some((read, of)) = self.load.final_reads_progress() {
                        (self.observe)(Observation::Progress(format!("final reads {read} of {of}")));
                    }
                }
                () = sleep_until(deadline) => return Flow::Continue(()),
                Ok(()) = self.stop.changed() => {}
            }
        }
    }

    fn event(&mut self, kind: EventKind, text: String) {
        let event = Event::new(run_time(Instant::now(), self.start), kind, "landfall", text);
        incoming_entry(&self.recorder, self.observe, event.into());
    }
}

type Flow = std::ops::ControlFlow<()>;

fn incoming_entry(recorder: &Recorder, observe: &mut dyn FnMut(Observation<'_>), entry: Entry) {
    observe(Observation::Entry(&entry));
    recorder.record(entry);
}

fn run_time(at: Instant, start: Instant) -> RunTime {
    RunTime::from(at.saturating_duration_since(start))
}
