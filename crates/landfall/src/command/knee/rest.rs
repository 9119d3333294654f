//! Rest between steps: an attached target that was overloaded is left alone until it is well again.
//!
//! For a moment nothing is sent; then a few requests, by the same path through the fleet as any other. The target is well when
//! they succeed as a recovered region's must (`trust.recovered_success_min`) and half of them are as quick as promised. This
//! is repeated until it is well, at most for as long as the search may rest.
//!
//! A lab is booted anew for each step and needs no rest.

use super::{Session, progress::Progress, stopped_by_signal};
use crate::{
    exit::ExpectedError,
    live::Follow,
    run::{Run, Stopped},
};
use fleet::{Observation, StopLevel};
use knee::scale;
use plan::resolved::{ObjectiveKind, ResolvedPlan, Stage, Target};
use record::{Entry, Histogram};
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::watch,
    time::{Instant, sleep},
};
use units::Rate;

/// Nothing is sent for this long.
const PAUSE: Duration = Duration::from_secs(1);
/// Then a few requests, for this long …
const LOOK: Duration = Duration::from_secs(3);
/// … and no more than this many a second.
const LOOK_RATE: f64 = 5.0;

/// Waits until the target is well again.
pub(super) async fn rest(
    session: &Session,
    stopped: &watch::Receiver<StopLevel>,
    progress: &mut Progress,
) -> Result<(), ExpectedError> {
    if matches!(session.plans[0].target, Target::Chirp(_)) {
        return Ok(());
    }
    progress.rest();
    let deadline = Instant::now() + session.rest_max;
    loop {
        sleep(PAUSE).await;
        let looked = look(session, stopped).await?;
        if *stopped.borrow() != StopLevel::Run {
            return Err(stopped_by_signal());
        }
        if looked.is_well(&session.plans[0]) {
            return Ok(());
        }
        if Instant::now() >= deadline {
            let within = verdict::words::duration(session.rest_max);
            let text = format!("the target did not get well within {within} after a step that did not hold");
            return Err(ExpectedError::Unavailable(text, "see --rest-max".to_owned()));
        }
    }
}

/// Sends a few requests.
async fn look(session: &Session, stopped: &watch::Receiver<StopLevel>) -> Result<Looked, ExpectedError> {
    let folder = session.folder.join("rest");
    let run = Run::create(&session.source, Arc::new(few(&session.plans[0])), &folder, session.generators.clone())?;
    let mut looked = Looked::default();
    let ended = run.conduct(stopped.clone(), &mut looked).await;
    // It is of no use any more; what can't be removed does no harm.
    let _ = std::fs::remove_dir_all(&folder);
    match ended {
        Ok(_) => Ok(looked),
        // A target that refuses connections is not well yet.
        Err(Stopped::Before(ExpectedError::Unavailable(..))) => Ok(Looked::default()),
        Err(Stopped::Before(error)) => Err(error),
        Err(Stopped::Recording(reason)) => Err(ExpectedError::WriteFailed(reason)),
    }
}

/// The plan with next to no load, and nothing else.
fn few(plan: &ResolvedPlan) -> ResolvedPlan {
    let rate = Rate::per_second(scale::peak(plan).min(LOOK_RATE)).expect("between zero and a rate");
    let mut few = plan.clone();
    few.load.stages = vec![Stage::Constant { rate, duration: LOOK }];
    few.warm_up = Duration::ZERO;
    few.faults.clear();
    few.objectives.clear();
    few.ledger = None;
    few.stop_guard = None;
    few
}

/// What became of the few.
#[derive(Default)]
struct Looked {
    ok: u64,
    failed: u64,
    response: Histogram,
}

impl Looked {
    fn is_well(&self, plan: &ResolvedPlan) -> bool {
        let success = plan.trust.recovered_success_min.fraction();
        let limits = plan.objectives.iter().filter_map(|objective| match objective.kind {
            ObjectiveKind::ResponseTime { max, .. } => Some(max),
            _ => None,
        });
        let quick = limits.max().is_none_or(|max| self.response.value_at(50.0).is_some_and(|p50| p50 <= max));
        #[expect(clippy::cast_precision_loss, reason = "a few requests")]
        let succeed = self.ok as f64 >= success * (self.ok + self.failed) as f64;
        self.ok > 0 && succeed && quick
    }
}

impl Follow for Looked {
    fn say(&mut self, _text: &str) {}

    fn observe(&mut self, observation: &Observation<'_>) {
        let Observation::Entry(Entry::Interval(interval)) = observation else { return };
        if interval.outcome.is_ok() {
            self.ok += interval.count();
            self.response.merge(&interval.response);
        } else {
            self.failed += interval.count();
        }
    }
}
