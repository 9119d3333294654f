//! A run: its run directory is made, its target brought up, its load generated, its faults injected and healed, all of it recorded,
//! and its target taken down.

use crate::{
    agents::Generators,
    exit::ExpectedError,
    live::Follow,
    target::{self, Place},
};
use fleet::{
    AssembleError, Observation, RunEnd, RunError, RunSetup, StopLevel,
    control::{self, Asked},
    with_sources,
};
use plan::{Source, resolved::ResolvedPlan};
use record::{Manifest, WriteError, Writer};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::SystemTime,
};
use tokio::{
    sync::{mpsc, watch},
    time::Instant,
};

/// Why a run has no regular end.
pub(crate) enum Stopped {
    /// Nothing was recorded.
    Before(ExpectedError),
    /// What was recorded is incomplete; it is judged all the same.
    Recording(String),
}

impl From<ExpectedError> for Stopped {
    fn from(error: ExpectedError) -> Self {
        Self::Before(error)
    }
}

/// A run that is to be carried out; its run directory is there.
pub(crate) struct Run {
    plan: Arc<ResolvedPlan>,
    folder: PathBuf,
    plan_folder: PathBuf,
    run_start: Instant,
    started_unix_us: u64,
    writer: Writer,
    generators: Generators,
    asks: mpsc::Sender<Asked>,
    asked: mpsc::Receiver<Asked>,
}

impl Run {
    /// Makes the run directory of a plan that `source` resolved to, perhaps with another load.
    pub(crate) fn create(
        source: &Source,
        plan: Arc<ResolvedPlan>,
        folder: &Path,
        generators: Generators,
    ) -> Result<Self, ExpectedError> {
        let manifest =
            Manifest { landfall_version: env!("CARGO_PKG_VERSION").to_owned(), started: SystemTime::now(), host: None };
        let run_start = Instant::now();
        let writer = Writer::create(folder, &manifest, &source.text, &plan).map_err(cant_create)?;
        let (folder, plan_folder) = (folder.to_owned(), plan_folder(source));
        let (asks, asked) = mpsc::channel(control::ASKS_MAX);
        Ok(Self {
            plan,
            folder,
            plan_folder,
            run_start,
            started_unix_us: manifest.started_unix_micros(),
            writer,
            generators,
            asks,
            asked,
        })
    }

    /// Zero of its clock, and that in microseconds since 1970 UTC.
    pub(crate) fn times(&self) -> (std::time::Instant, u64) {
        (self.run_start.into_std(), self.started_unix_us)
    }

    /// Where it can be asked for something while it goes on.
    pub(crate) fn asks(&self) -> mpsc::Sender<Asked> {
        self.asks.clone()
    }

    /// Brings the target up, generates the load, breaks and heals, records, and takes the target down.
    pub(crate) async fn conduct(
        self,
        stopped: watch::Receiver<StopLevel>,
        follower: &mut dyn Follow,
    ) -> Result<RunEnd, Stopped> {
        let (events, target_events) = mpsc::channel(fleet::EVENTS_MAX);
        let place = Place { folder: &self.folder, plan_folder: &self.plan_folder, run_start: self.run_start };
        let mut gathering = self.generators.gather(&mut |text| follower.say(text)).await?;
        gathering.note(events.clone(), self.run_start);
        let mut interrupted = stopped.clone();
        let mut progress = |text: &str| follower.say(text);
        let up = tokio::select! {
            up = target::bring_up(&self.plan, &place, events, &mut progress) => up?,
            _ = interrupted.changed() => {
                return Err(stopped_while("the target was coming up").into());
            }
        };
        let mut say = |text: &str| follower.say(text);
        let recruited = gathering.recruit(&self.plan, &up.addresses, &self.folder, &mut say).await;
        let mut recruited = match recruited {
            Ok(recruited) => recruited,
            Err(error) => {
                if let Some(lab) = up.lab {
                    lab.stop().await;
                }
                return Err(error.into());
            }
        };
        let (sender, newcomers) = mpsc::channel(1);
        let listening = control::socket::listen(&self.folder, self.asks);
        if let Err(error) = &listening {
            follower.say(&format!("nothing can be asked of this run while it goes on: {error}"));
        }
        let setup = RunSetup {
            plan: Arc::clone(&self.plan),
            agents: std::mem::take(&mut recruited.recruits),
            environment: up.environment,
            writer: self.writer,
            run_start: self.run_start,
            target_events,
            stop: stopped,
            newcomers,
            asks: self.asked,
        };
        let mut observe = |observation: Observation<'_>| follower.observe(&observation);
        let end = tokio::select! {
            end = fleet::conduct(setup, &mut observe) => end,
            never = gathering.seek(&mut recruited, &self.plan, &up.addresses, sender) => match never {},
        };
        drop(listening);
        if let Some(enlistment) = recruited.enlistment {
            enlistment.close().await;
        }
        if let Some(lab) = up.lab {
            lab.stop().await;
            // Databases of a run that is over are of no use; the logs stay. What can't be removed does no harm.
            let _ = std::fs::remove_dir_all(self.folder.join("lab/data"));
        }
        end.map_err(|error| match error {
            RunError::Recording(reason) => Stopped::Recording(reason),
            RunError::Fleet(AssembleError::Stopped) => Stopped::Before(stopped_while("the agents were getting ready")),
            error @ (RunError::Fleet(_) | RunError::Thread(_)) => {
                Stopped::Before(ExpectedError::Resources(with_sources(&error)))
            }
        })
    }
}

/// Stopped before there was anything to measure.
fn stopped_while(what: &str) -> ExpectedError {
    let help = "nothing was measured, and nothing is left running".to_owned();
    ExpectedError::Unavailable(format!("stopped while {what}"), help)
}

fn cant_create(error: WriteError) -> ExpectedError {
    match error {
        WriteError::NotEmpty { directory } => ExpectedError::CantCreate(format!(
            "the run directory {} is there already and not empty",
            directory.display()
        )),
        error => ExpectedError::CantCreate(with_sources(&error)),
    }
}

/// The folder a plan's relative paths hold in.
fn plan_folder(source: &Source) -> PathBuf {
    let parent = Path::new(&source.name).parent().filter(|parent| !parent.as_os_str().is_empty());
    parent.map_or_else(|| PathBuf::from("."), Path::to_owned)
}
