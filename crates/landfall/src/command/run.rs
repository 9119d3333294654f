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
    hold_key::Door,
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
    let mut live = Live::new(Arc::clone(&plan), talk, run.times().1).with_hold(Door::Here(run.asks()));
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
        Err(Stopped::Before(error)) => {
            discard(&folder);
            return Err(error);
        }
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

/// `runs/NAME-TIME`, to the second, in UTC; a second run of that second is `runs/NAME-TIME-2`.
pub(super) fn default_folder(name: &str) -> PathBuf {
    free_folder(Path::new("runs"), &format!("{name}-{}", jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ")))
}

fn free_folder(runs: &Path, name: &str) -> PathBuf {
    let others = (2..=u16::MAX).map(|number| runs.join(format!("{name}-{number}")));
    let mut folders = std::iter::once(runs.join(name)).chain(others);
    folders.find(|folder| !folder.exists()).unwrap_or_else(|| runs.join(name))
}

/// Removes the run directory of a run that never began. The logs of a lab that could not be booted say why: with them it stays.
fn discard(folder: &Path) {
    if !folder.join("lab").exists() {
        // What can't be removed does no harm.
        let _ = std::fs::remove_dir_all(folder);
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may panic")]

    use super::*;

    #[test]
    fn two_runs_of_one_second_have_a_folder_each() {
        let runs = tempfile::tempdir().unwrap();
        for expected in ["a-1", "a-1-2", "a-1-3"] {
            let folder = free_folder(runs.path(), "a-1");
            assert_eq!(folder, runs.path().join(expected));
            std::fs::create_dir(folder).unwrap();
        }
    }

    #[test]
    fn a_run_that_never_began_leaves_nothing_but_the_logs_of_its_lab() {
        let runs = tempfile::tempdir().unwrap();
        for (lab, stays) in [(false, false), (true, true)] {
            let folder = runs.path().join("run");
            std::fs::create_dir_all(if lab { folder.join("lab") } else { folder.clone() }).unwrap();
            std::fs::write(folder.join("run.json"), "{}").unwrap();
            discard(&folder);
            assert_eq!(folder.exists(), stays);
        }
    }
}
