//! `landfall run`: the whole story, from a plan to an exit code.

use super::{
    agent::access,
    check,
    judge::{self, Judged},
    say,
};
use crate::{
    agents::Generators,
    cli::{GeneratorArguments, PageArguments, RunArguments, Talk},
    exit::{Code, ExpectedError},
    hidden::runtime,
    live::{Both, Follow, Live},
    page,
    target::{self, Place},
};
use fleet::{
    AssembleError, Observation, RunEnd, RunError, RunSetup, StopLevel,
    control::{self, Asked},
    with_sources,
};
use plan::{
    Source,
    resolved::{LinkCuts, ResolvedPlan, Target},
};
use record::{Manifest, WriteError, Writer};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::SystemTime,
};
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::{mpsc, watch},
    time::Instant,
};

/// Carries a plan out.
pub(crate) fn run(arguments: &RunArguments, talk: Talk) -> Result<u8, ExpectedError> {
    let source = check::read(&arguments.plan)?;
    let generators = generators(&arguments.generators)?;
    let (out, page) = (arguments.out.as_deref(), arguments.page.clone());
    let wishes = Wishes { seed: arguments.seed, out, generators, page };
    carry_out(&source, &wishes, talk)
}

/// Who is to generate the load.
pub(super) fn generators(arguments: &GeneratorArguments) -> Result<Generators, ExpectedError> {
    match &arguments.fleet {
        Some(fleet) => Ok(Generators::Fleet(access(fleet, &arguments.identity)?)),
        None => Ok(Generators::Local(arguments.agents)),
    }
}

/// Whether these can reach the plan's target at all.
fn can_reach(generators: &Generators, plan: &ResolvedPlan) -> Result<(), ExpectedError> {
    let is_inside = matches!(&plan.target, Target::Chirp(chirp) if chirp.cuts == LinkCuts::Kernel);
    match generators {
        Generators::Fleet(_) if is_inside => Err(ExpectedError::Usage(
            "no agent of a fleet can reach a lab in a network namespace (`target.chirp.cuts: kernel`)".to_owned(),
            "leave --fleet out: the agents of this machine are inside".to_owned(),
        )),
        _ => Ok(()),
    }
}

/// What is wanted beside the plan.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wishes<'a> {
    /// Another seed than the plan's.
    pub(crate) seed: Option<u64>,
    /// Where the run directory goes.
    pub(crate) out: Option<&'a Path>,
    /// Who generates the load.
    pub(crate) generators: Generators,
    /// How it is shown in a browser.
    pub(crate) page: PageArguments,
}

/// Carries a plan's text out: check, run, record, judge, report.
pub(crate) fn carry_out(source: &Source, wishes: &Wishes<'_>, talk: Talk) -> Result<u8, ExpectedError> {
    let plan = Arc::new(check::resolve(source, wishes.seed)?);
    can_reach(&wishes.generators, &plan)?;
    let folder = wishes.out.map_or_else(|| default_folder(&plan.name), Path::to_owned);
    // An address that can't be had is told before anything is made.
    let place = page::place(&wishes.page)?;
    let run = Run::create(source, Arc::clone(&plan), &folder, wishes.generators.clone())?;
    let mut live = Live::new(Arc::clone(&plan), talk, run.started_unix_us);
    live.say(&format!("run directory {}", folder.display()));
    let mut page = place.map(|place| place.show(&folder, &plan, run.times(), &mut live)).transpose()?;
    let conducted = runtime()?.block_on(async {
        let (stop, stopped) = watch::channel(StopLevel::Run);
        watch_signals(stop)?;
        match &mut page {
            Some(page) => {
                page.pass_on(run.asks());
                run.conduct(stopped, &mut Both(&mut live, page)).await
            }
            None => run.conduct(stopped, &mut live).await,
        }
    });
    live.finish();
    let end = match conducted {
        Err(Stopped::Before(error)) => return Err(error),
        Err(Stopped::Recording(reason)) => Some(reason),
        Ok(RunEnd::Complete | RunEnd::Aborted) => None,
    };
    let judged = Judged::of(&folder)?;
    let written = judged.write(&folder);
    let code = judge::conclude(&judged.findings, written.as_ref().ok(), talk);
    if let Some(page) = page {
        page.stay(&judged.findings, &wishes.page)?;
    }
    match end {
        Some(reason) => Err(ExpectedError::WriteFailed(reason)),
        None => written.map(|_| code),
    }
}

/// Why a run has no regular end.
pub(super) enum Stopped {
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
pub(super) struct Run {
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
    pub(super) fn create(
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
    fn times(&self) -> (std::time::Instant, u64) {
        (self.run_start.into_std(), self.started_unix_us)
    }

    /// Where it can be asked for something while it goes on.
    fn asks(&self) -> mpsc::Sender<Asked> {
        self.asks.clone()
    }

    /// Brings the target up, generates the load, breaks and heals, records, and takes the target down.
    pub(super) async fn conduct(
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

/// The first Ctrl-C (or SIGTERM) ends the run in order, the second at once: faults held by other processes heal by
/// themselves, children end when their input closes.
pub(super) fn watch_signals(stop: watch::Sender<StopLevel>) -> Result<(), ExpectedError> {
    watch_signals_with(move |signals| {
        if signals > 1 {
            say("stopped at once; what the run broke is healed by the processes that hold it");
            crate::keys::give_back();
            std::process::exit(Code::Interrupted as i32);
        }
        stop.send_replace(StopLevel::Stop);
    })
}

/// Calls `take` with the number of each Ctrl-C and SIGTERM, from 1.
pub(crate) fn watch_signals_with(mut take: impl FnMut(usize) + Send + 'static) -> Result<(), ExpectedError> {
    let failed = |error| ExpectedError::Resources(format!("signals can't be watched: {error}"));
    let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
    tokio::spawn(async move {
        let mut signals = 0;
        loop {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            signals += 1;
            take(signals);
        }
    });
    Ok(())
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

/// `runs/NAME-TIME`, to the second, in UTC.
pub(super) fn default_folder(name: &str) -> PathBuf {
    let now = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ");
    Path::new("runs").join(format!("{name}-{now}"))
}

/// The folder a plan's relative paths hold in.
fn plan_folder(source: &Source) -> PathBuf {
    let parent = Path::new(&source.name).parent().filter(|parent| !parent.as_os_str().is_empty());
    parent.map_or_else(|| PathBuf::from("."), Path::to_owned)
}
