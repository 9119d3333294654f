//! `landfall run`: the whole story, from a plan to an exit code.

use super::{
    check,
    judge::{self, Judged},
};
use crate::{
    agents::{Generators, access},
    cli::{GeneratorArguments, PageArguments, RunArguments, Talk},
    exit::ExpectedError,
    hidden::runtime,
    live::{Both, Follow as _, Live},
    page,
    run::{Run, Stopped},
    signals::watch_signals,
};
use fleet::{RunEnd, StopLevel};
use plan::{
    Source,
    resolved::{LinkCuts, ResolvedPlan, Target},
};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};
use tokio::sync::watch;

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
    let mut live = Live::new(Arc::clone(&plan), talk, run.times().1);
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

/// `runs/NAME-TIME`, to the second, in UTC.
pub(super) fn default_folder(name: &str) -> PathBuf {
    let now = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ");
    Path::new("runs").join(format!("{name}-{now}"))
}
