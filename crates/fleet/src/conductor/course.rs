//! The course of a run: what the plan wants in order, and the way out that is taken in any case.

use super::{Conductor, Flow, RunEnd, RunError, take};
use crate::{
    controller::{Agents, FINAL_READS_MAX},
    message::Phase,
    schedule::{self, Action},
    with_sources,
};
use fault::Keeper;
use record::EventKind;
use std::time::Duration;
use tokio::time::{sleep, sleep_until};
use units::{RunTime, duration::Text};

/// Healing all faults may take this long, besides their proofs.
const HEAL_MAX: Duration = Duration::from_secs(60);
/// An agent whose load is over says so within this, besides the time of its requests.
const OVER_MAX: Duration = Duration::from_secs(60);
/// Agents hand over what is left within this, and end.
const HAND_OVER_MAX: Duration = Duration::from_secs(60);
/// Agents that have nothing more to do end within this.
const END_MAX: Duration = Duration::from_secs(10);

impl Conductor<'_> {
    pub(super) async fn carry_out(&mut self, keeper: &Keeper) -> RunEnd {
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
    pub(super) async fn close(mut self, keeper: Keeper, end: RunEnd) -> Result<RunEnd, RunError> {
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
}
