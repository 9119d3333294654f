//! `landfall knee`: the largest load that still keeps the plan's objectives. `landfall headroom`: the largest that keeps them
//! although any one region is lost.
//!
//! Each step is an ordinary run of the plan with its load times a factor: the same path through the fleet, a recording and
//! reports of its own, the same judgement. Between steps an attached target rests until it is well again; a lab is booted anew.
//! After each step the files are written anew, so that whatever ends this leaves what was found so far.

mod progress;
mod rest;

use super::{
    check,
    judge::Judged,
    run::{default_folder, generators},
};
use crate::{
    agents::Generators,
    cli::{HeadroomArguments, KneeArguments, SearchArguments, Talk},
    exit::ExpectedError,
    hidden::runtime,
    run::{Run, Stopped},
    signals::watch_signals,
    talk::{in_one_line, print_line, say},
};
use fleet::{StopLevel, with_sources};
use knee::{
    Ask, Faults, Knee, Made, Range, Search, Seen, Setting, Step, losses,
    scale::{self, ScaleError},
};
use plan::{Source, resolved::ResolvedPlan};
use progress::Progress;
use report::knee::WrittenKnee;
use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};
use tokio::sync::watch;
use units::Share;
use verdict::Findings;

/// A knee is looked for from a load that any service bears …
const KNEE_FROM: f64 = 0.25;
/// … and so closely.
const KNEE_PRECISION: f64 = 0.1;
/// Whether the plan's own load survives a loss is the first question …
const HEADROOM_FROM: f64 = 1.0;
/// … and an answer to a quarter is worth the runs that it takes, one for each region.
const HEADROOM_PRECISION: f64 = 0.25;

/// Looks for the knee.
pub(crate) fn knee(arguments: &KneeArguments, talk: Talk) -> Result<u8, ExpectedError> {
    let range = range(&arguments.search, KNEE_FROM, KNEE_PRECISION)?;
    let source = check::read(&arguments.search.plan)?;
    let plan = scale::basis(check::resolve(&source, arguments.search.seed)?, arguments.with_faults);
    let faults = if arguments.with_faults { Faults::AsPlanned } else { Faults::None };
    search(&arguments.search, range, source, faults, vec![plan.map_err(|error| cannot_search(&error))?], talk)
}

/// Looks for the headroom.
pub(crate) fn headroom(arguments: &HeadroomArguments, talk: Talk) -> Result<u8, ExpectedError> {
    let range = range(&arguments.search, HEADROOM_FROM, HEADROOM_PRECISION)?;
    let source = check::read(&arguments.search.plan)?;
    let plan = scale::basis(check::resolve(&source, arguments.search.seed)?, true);
    let losses = plan.and_then(|plan| losses(&plan)).map_err(|error| cannot_search(&error))?;
    let (regions, plans) = losses.into_iter().map(|loss| (loss.region, loss.plan)).unzip();
    search(&arguments.search, range, source, Faults::EachRegion(regions), plans, talk)
}

fn range(arguments: &SearchArguments, from: f64, precision: f64) -> Result<Range, ExpectedError> {
    let precision = arguments.precision.map_or(precision, Share::fraction);
    let range = Range::new(arguments.from.unwrap_or(from), arguments.to, arguments.ramp, precision);
    range.map_err(|error| usage(&error, "see its --help"))
}

fn cannot_search(error: &ScaleError) -> ExpectedError {
    let help = match error {
        ScaleError::NothingPromised => "add an availability or a response_time to its objectives",
        ScaleError::NothingLost => {
            "add a region-loss, a region-isolated or a region-paused to its faults, or commands that each name their region"
        }
        ScaleError::TooMuch { .. } => "lower --to",
    };
    usage(error, help)
}

/// Searches with these variants of a plan, of which there is one for each region that is lost, or one.
fn search(
    arguments: &SearchArguments,
    range: Range,
    source: Source,
    faults: Faults,
    plans: Vec<ResolvedPlan>,
    talk: Talk,
) -> Result<u8, ExpectedError> {
    let default = || default_folder(&format!("{}-{}", faults.sought(), plans[0].name));
    let folder = arguments.out.clone().unwrap_or_else(default);
    super::compare::make_folder(&folder)?;
    let session = Session {
        setting: setting(&plans[0], faults),
        rest_max: arguments.rest_max,
        generators: generators(&arguments.generators)?,
        source,
        plans,
        folder,
        talk,
    };
    let (knee, written) = runtime()?.block_on(session.search(range))?;
    say(report::knee::terminal(&knee, Some(&written), &crate::live::style(talk)).trim_end());
    if talk.json {
        print_line(report::knee::json(&knee).trim_end());
    }
    Ok(report::exit_code(knee.verdict))
}

fn usage(error: &dyn std::error::Error, help: &str) -> ExpectedError {
    ExpectedError::Usage(with_sources(error), help.to_owned())
}

fn setting(plan: &ResolvedPlan, faults: Faults) -> Setting {
    let started = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Setting {
        landfall: env!("CARGO_PKG_VERSION").to_owned(),
        started_unix_us: u64::try_from(started.as_micros()).unwrap_or(u64::MAX),
        plan: plan.name.clone(),
        plan_sha256: plan.plan_sha256.clone(),
        seed: plan.seed.to_string(),
        model: plan.load.model,
        peak: scale::peak(plan),
        faults,
        objectives: plan.objectives.iter().map(|objective| objective.name.clone()).collect(),
    }
}

/// What all steps share.
struct Session {
    setting: Setting,
    source: Source,
    /// The variants of the plan; at least one.
    plans: Vec<ResolvedPlan>,
    folder: PathBuf,
    rest_max: Duration,
    generators: Generators,
    talk: Talk,
}

impl Session {
    async fn search(&self, range: Range) -> Result<(Knee, WrittenKnee), ExpectedError> {
        let (stop, stopped) = watch::channel(StopLevel::Run);
        watch_signals(stop)?;
        let mut progress = Progress::new(self.talk, self.plans[0].load_duration());
        let mut search = Search::new(range, self.setting.faults.variants());
        progress.line(&self.introduction(&search));
        let mut steps: Vec<Step> = Vec::new();
        let mut ended = None;
        while let Some(ask) = search.next() {
            // Boxed: it is as large as a whole run.
            match Box::pin(self.next_step(&steps, ask, &stopped, &mut progress)).await {
                Ok(step) => {
                    search.take(step.seen);
                    progress.end(&step);
                    steps.push(step);
                    self.write(&self.found(&search, &steps, Some("the search goes on".to_owned())))?;
                }
                Err(error) if steps.is_empty() && *stopped.borrow() == StopLevel::Run => {
                    progress.finish();
                    return Err(error);
                }
                Err(error) => {
                    ended = Some(in_one_line(&error));
                    break;
                }
            }
        }
        progress.finish();
        let knee = self.found(&search, &steps, ended);
        let written = self.write(&knee)?;
        Ok((knee, written))
    }

    fn introduction(&self, search: &Search) -> String {
        let range = search.range();
        let load = |factor: f64| scale::words(self.setting.model, self.setting.peak * factor);
        format!(
            "looking for the {} of {} from {} (×{}) up to {} (×{}), to {}: at most {} steps of {}, in {}",
            self.setting.faults.sought(),
            self.setting.plan,
            load(range.from()),
            range.from(),
            load(range.to()),
            range.to(),
            verdict::words::share(range.precision()),
            search.steps_max(),
            verdict::words::duration(self.plans[0].load_duration()),
            self.folder.display()
        )
    }

    /// Rests where that is needed, then makes the step.
    async fn next_step(
        &self,
        steps: &[Step],
        ask: Ask,
        stopped: &watch::Receiver<StopLevel>,
        progress: &mut Progress,
    ) -> Result<Step, ExpectedError> {
        let is_stopped = || *stopped.borrow() != StopLevel::Run;
        if is_stopped() {
            return Err(stopped_by_signal());
        }
        if steps.last().is_some_and(|step| step.seen != Seen::Held) {
            rest::rest(self, stopped, progress).await?;
        }
        let lost = self.setting.faults.lost(ask.variant).cloned();
        let load = scale::words(self.setting.model, self.setting.peak * ask.factor);
        let made = Made { number: steps.len() + 1, factor: ask.factor, lost, repeats: ask.repeats, load };
        progress.begin(&made);
        let name = folder_name(&made);
        let ended = self.run(ask, &self.folder.join(&name), stopped, progress).await;
        match ended {
            // Wherever the run was: what it shows is cut short, and why it ended is known.
            _ if is_stopped() => Err(stopped_by_signal()),
            Ok(findings) => Ok(Step::of(made, name, &findings)),
            // So much load can't be generated here; that is no error where less could.
            Err(ExpectedError::Resources(why)) if !steps.is_empty() => Ok(Step::not_generated(made, why)),
            Err(error) => Err(error),
        }
    }

    /// A run of the plan with its load times a factor.
    async fn run(
        &self,
        ask: Ask,
        folder: &Path,
        stopped: &watch::Receiver<StopLevel>,
        progress: &mut Progress,
    ) -> Result<Findings, ExpectedError> {
        let plan = scale::scaled(&self.plans[ask.variant], ask.factor);
        let mut plan = plan.map_err(|error| ExpectedError::Resources(error.to_string()))?;
        if ask.repeats {
            plan.seed = plan.seed.derive("again");
        }
        let run = Run::create(&self.source, Arc::new(plan), folder, self.generators.clone())?;
        match run.conduct(stopped.clone(), progress).await {
            Ok(_) => {}
            Err(Stopped::Before(error)) => return Err(error),
            Err(Stopped::Recording(reason)) => return Err(ExpectedError::WriteFailed(reason)),
        }
        let findings = Judged::written(folder)?;
        Ok(findings)
    }

    fn found(&self, search: &Search, steps: &[Step], stopped: Option<String>) -> Knee {
        Knee::new(self.setting.clone(), search, steps.to_vec(), stopped)
    }

    fn write(&self, knee: &Knee) -> Result<WrittenKnee, ExpectedError> {
        report::knee::write_all(&self.folder, knee).map_err(|error| ExpectedError::WriteFailed(with_sources(&error)))
    }
}

/// `03-x2-without-eu-west-1`.
fn folder_name(made: &Made) -> String {
    let without = made.lost.as_ref().map(|region| format!("-without-{region}")).unwrap_or_default();
    format!("{:02}-x{}{without}{}", made.number, made.factor, if made.repeats { "-again" } else { "" })
}

fn stopped_by_signal() -> ExpectedError {
    ExpectedError::Unavailable("stopped by a signal".to_owned(), "nothing is left running".to_owned())
}
