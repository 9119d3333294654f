//! `landfall knee`: the largest load that still keeps the plan's objectives.
//!
//! Each step is an ordinary run of the plan with its load times a factor: the same path through the fleet, a recording and
//! reports of its own, the same judgement. Between steps an attached target rests until it is well again; a lab is booted anew.
//! After each step the files are written anew, so that whatever ends this leaves what was found so far.

mod progress;
mod rest;

use super::{
    check, in_one_line, judge, print_line,
    run::{Run, Stopped, default_folder, generators, watch_signals},
    say,
};
use crate::{
    agents::Generators,
    cli::{KneeArguments, Talk},
    exit::ExpectedError,
    hidden::runtime,
};
use fleet::{StopLevel, with_sources};
use knee::{Ask, Knee, Range, Search, Seen, Setting, Step, scale};
use plan::{Source, resolved::ResolvedPlan};
use progress::Progress;
use report::knee::WrittenKnee;
use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};
use tokio::sync::watch;
use verdict::Findings;

/// Looks for the knee.
pub(crate) fn knee(arguments: &KneeArguments, talk: Talk) -> Result<u8, ExpectedError> {
    let range = Range::new(arguments.from, arguments.to, arguments.ramp, arguments.precision.fraction());
    let range = range.map_err(|error| usage(&error, "see landfall knee --help"))?;
    let source = check::read(&arguments.plan)?;
    let plan = scale::basis(check::resolve(&source, arguments.seed)?, arguments.with_faults);
    let plan = plan.map_err(|error| usage(&error, "add an availability or a response_time to its objectives"))?;
    let folder = arguments.out.clone().unwrap_or_else(|| default_folder(&format!("knee-{}", plan.name)));
    super::compare::make_folder(&folder)?;
    let session = Session {
        setting: setting(&plan, arguments.with_faults),
        rest_max: arguments.rest_max,
        generators: generators(&arguments.generators)?,
        source,
        plan,
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

fn setting(plan: &ResolvedPlan, with_faults: bool) -> Setting {
    let started = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Setting {
        landfall: env!("CARGO_PKG_VERSION").to_owned(),
        started_unix_us: u64::try_from(started.as_micros()).unwrap_or(u64::MAX),
        plan: plan.name.clone(),
        plan_sha256: plan.plan_sha256.clone(),
        seed: plan.seed.to_string(),
        model: plan.load.model,
        peak: scale::peak(plan),
        with_faults,
        objectives: plan.objectives.iter().map(|objective| objective.name.clone()).collect(),
    }
}

/// What all steps share.
struct Session {
    setting: Setting,
    source: Source,
    plan: ResolvedPlan,
    folder: PathBuf,
    rest_max: Duration,
    generators: Generators,
    talk: Talk,
}

impl Session {
    async fn search(&self, range: Range) -> Result<(Knee, WrittenKnee), ExpectedError> {
        let (stop, stopped) = watch::channel(StopLevel::Run);
        watch_signals(stop)?;
        let mut progress = Progress::new(self.talk, self.plan.load_duration());
        progress.line(&self.introduction(range));
        let mut search = Search::new(range);
        let mut steps: Vec<Step> = Vec::new();
        let mut ended = None;
        while let Some(ask) = search.next() {
            match self.next_step(&steps, ask, &stopped, &mut progress).await {
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

    fn introduction(&self, range: Range) -> String {
        let load = |factor: f64| scale::words(self.setting.model, self.setting.peak * factor);
        format!(
            "looking for the knee of {} from {} (×{}) up to {} (×{}), to {}: at most {} steps of {}, in {}",
            self.setting.plan,
            load(range.from()),
            range.from(),
            load(range.to()),
            range.to(),
            verdict::words::share(range.precision()),
            range.steps_max(),
            verdict::words::duration(self.plan.load_duration()),
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
        let number = steps.len() + 1;
        let load = scale::words(self.setting.model, self.setting.peak * ask.factor);
        progress.begin(number, ask, &load);
        let name = format!("{number:02}-x{}{}", ask.factor, if ask.repeats { "-again" } else { "" });
        let ended = self.run(ask, &self.folder.join(&name), stopped, progress).await;
        let not_generated = |why: String| Step::not_generated(number, ask.factor, ask.repeats, load.clone(), why);
        match ended {
            // Wherever the run was: what it shows is cut short, and why it ended is known.
            _ if is_stopped() => Err(stopped_by_signal()),
            Ok(findings) => Ok(Step::of(number, ask.factor, ask.repeats, load, name, &findings)),
            // So much load can't be generated here; that is no error where less could.
            Err(ExpectedError::Resources(why)) if !steps.is_empty() => Ok(not_generated(why)),
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
        let plan = scale::scaled(&self.plan, ask.factor);
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
        let findings = judge::findings(folder)?;
        judge::write(folder, &findings)?;
        Ok(findings)
    }

    fn found(&self, search: &Search, steps: &[Step], stopped: Option<String>) -> Knee {
        Knee::new(self.setting.clone(), search, steps.to_vec(), stopped)
    }

    fn write(&self, knee: &Knee) -> Result<WrittenKnee, ExpectedError> {
        report::knee::write_all(&self.folder, knee).map_err(|error| ExpectedError::WriteFailed(with_sources(&error)))
    }
}

fn stopped_by_signal() -> ExpectedError {
    ExpectedError::Unavailable("stopped by a signal".to_owned(), "nothing is left running".to_owned())
}
