//! `landfall compare`: the same users, load, seed and loss over every deployment, and what that costs each.
//!
//! One deployment after the other, for they share the machine. After each the reports are written anew, so that whatever
//! ends this leaves a comparison of what there is, marked as partial. A deployment that could not be measured stays in the
//! table, with the reason.

mod collisions;
mod discarded;
mod one;
mod progress;
mod traffic;

use super::check;
use crate::{
    cli::{CompareArguments, EngineWord, Talk},
    exit::ExpectedError,
    hidden::runtime,
    signals::watch_signals,
    talk::{print_line, say},
};
use compare::{
    Candidate, Comparison, PriceList, Row, Run, Setting,
    candidates::{CANDIDATES, LOST_REGION},
    run::Machines,
};
use fleet::{StopLevel, with_sources};
use plan::{
    Source,
    resolved::{ResolvedPlan, SteeringKind, Target},
};
use progress::Progress;
use report::comparison::{self, WrittenComparison};
use std::{
    path::{Path, PathBuf},
    time::SystemTime,
};
use tokio::sync::watch;

/// Compares deployments.
pub(crate) fn compare(arguments: &CompareArguments, talk: Talk) -> Result<u8, ExpectedError> {
    let chosen = chosen(&arguments.only, arguments.engine)?;
    if arguments.list {
        for candidate in chosen {
            print_line(&format!("{:<30} {}", candidate.id, candidate.name()));
        }
        return Ok(0);
    }
    let prices = prices(arguments.prices.as_deref())?;
    let folder = arguments.out.clone().unwrap_or_else(default_folder);
    make_folder(&folder)?;
    say(&format!("comparing {} deployments in {}", chosen.len(), folder.display()));
    let deployments = chosen.into_iter().map(|candidate| deployment(candidate, arguments.seed));
    let deployments = deployments.collect::<Result<Vec<_>, _>>()?;
    let session = Session { setting: setting(&deployments), prices, folder, talk };
    let (comparison, written) = runtime()?.block_on(session.run_all(&deployments))?;
    say(report::comparison::terminal(&comparison, Some(&written), &crate::live::style(talk)).trim_end());
    if talk.json {
        print_line(comparison::json(&comparison).trim_end());
    }
    Ok(report::exit_code(comparison.verdict()))
}

/// A candidate with its plan.
struct Deployment {
    candidate: Candidate,
    source: Source,
    plan: ResolvedPlan,
}

/// What all runs of a comparison share.
struct Session {
    setting: Setting,
    prices: PriceList,
    folder: PathBuf,
    talk: Talk,
}

impl Session {
    async fn run_all(&self, deployments: &[Deployment]) -> Result<(Comparison, WrittenComparison), ExpectedError> {
        let (stop, stopped) = watch::channel(StopLevel::Run);
        watch_signals(stop)?;
        let mut progress = Progress::new(self.talk, deployments.len());
        let mut rows: Vec<Row> = Vec::new();
        for deployment in deployments {
            let candidate = &deployment.candidate;
            let run = if *stopped.borrow() == StopLevel::Run {
                progress.begin(candidate, &deployment.plan);
                let folder = self.folder.join(candidate.id);
                let run = one::run(deployment, &folder, stopped.clone(), &mut progress).await;
                run.unwrap_or_else(|why| Run::failed(&why, machines(&deployment.plan)))
            } else {
                Run::failed("not run: the comparison was stopped", machines(&deployment.plan))
            };
            let row = Row::of(candidate, &run, &self.prices);
            progress.end(&row);
            rows.push(row);
            if rows.len() < deployments.len() {
                let so_far = format!("{} of {} deployments have run", rows.len(), deployments.len());
                self.write(&self.compared(rows.clone(), Some(so_far)))?;
            }
        }
        progress.finish();
        let interrupted = (*stopped.borrow() != StopLevel::Run).then(|| "stopped before its end".to_owned());
        let comparison = self.compared(rows, interrupted);
        let written = self.write(&comparison)?;
        Ok((comparison, written))
    }

    fn compared(&self, rows: Vec<Row>, partial: Option<String>) -> Comparison {
        Comparison::new(self.setting.clone(), rows, self.prices.clone(), partial)
    }

    fn write(&self, comparison: &Comparison) -> Result<WrittenComparison, ExpectedError> {
        comparison::write_all(&self.folder, comparison)
            .map_err(|error| ExpectedError::WriteFailed(with_sources(&error)))
    }
}

/// The candidates that were asked for: those named, else all of that engine.
fn chosen(only: &[String], engine: Option<EngineWord>) -> Result<Vec<Candidate>, ExpectedError> {
    let unknown = only.iter().find(|id| Candidate::named(id).is_none());
    if let Some(id) = unknown {
        let known: Vec<&str> = CANDIDATES.iter().map(|candidate| candidate.id).collect();
        return Err(ExpectedError::Usage(
            format!("no deployment is called {id:?}"),
            format!("known: {}", known.join(", ")),
        ));
    }
    let is_wanted = |candidate: &Candidate| match (only.is_empty(), engine) {
        (false, _) => only.iter().any(|id| id == candidate.id),
        (true, Some(EngineWord::Postgres)) => true,
        (true, _) => candidate.engine == "embedded",
    };
    Ok(CANDIDATES.into_iter().filter(is_wanted).collect())
}

fn deployment(candidate: Candidate, seed: Option<u64>) -> Result<Deployment, ExpectedError> {
    let source = Source { name: format!("{}.yaml", candidate.id), text: candidate.plan() };
    let plan = check::resolve(&source, seed)?;
    Ok(Deployment { candidate, source, plan })
}

fn machines(plan: &ResolvedPlan) -> Machines {
    let regions = plan.regions.len() as u64;
    let Target::Chirp(chirp) = &plan.target else { return Machines { regions, edges: 0, databases: 0 } };
    let is = |holds: bool| if holds { regions } else { 0 };
    Machines {
        regions,
        edges: is(chirp.deployment.steering == SteeringKind::Balancer) * u64::from(chirp.deployment.edges),
        databases: is(chirp.deployment.engine == plan::resolved::Engine::Postgres),
    }
}

/// What was the same for all, as the plan with most regions tells it.
fn setting(deployments: &[Deployment]) -> Setting {
    let started = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let widest = deployments.iter().map(|deployment| &deployment.plan).max_by_key(|plan| plan.regions.len());
    let Some(plan) = widest else { unreachable!("at least one deployment was chosen") };
    let name = |index: usize| plan.regions[index].name.to_string();
    let loss = plan.faults.first().map(|fault| fault.duration).unwrap_or_default();
    Setting {
        landfall: env!("CARGO_PKG_VERSION").to_owned(),
        started_unix_us: u64::try_from(started.as_micros()).unwrap_or(u64::MAX),
        seed: plan.seed.to_string(),
        load: load(plan),
        populations: plan
            .populations
            .iter()
            .map(|one| format!("{} ({}, {}, {})", one.name, one.origin, one.access.name, one.share))
            .collect(),
        lost_region: LOST_REGION.to_owned(),
        loss_seconds: loss.as_secs_f64(),
        round_trips_ms: plan
            .peer_paths
            .iter()
            .map(|path| (name(path.from), name(path.to), path.path.round_trip.as_secs_f64() * 1_000.0))
            .collect(),
    }
}

/// The load in words.
fn load(plan: &ResolvedPlan) -> String {
    let duration = verdict::words::duration(plan.load_duration());
    match plan.load.stages.first() {
        Some(plan::resolved::Stage::Constant { rate, .. }) => format!("{rate} for {duration}, a third of it writes"),
        _ => format!("for {duration}"),
    }
}

fn prices(file: Option<&Path>) -> Result<PriceList, ExpectedError> {
    let Some(file) = file else { return Ok(PriceList::built_in()) };
    let failed = |reason: String| ExpectedError::unreadable(file, reason);
    let text = std::fs::read_to_string(file).map_err(|error| failed(error.to_string()))?;
    PriceList::read(&text).map_err(|error| failed(with_sources(&error)))
}

/// `runs/compare-TIME`, to the second, in UTC.
fn default_folder() -> PathBuf {
    Path::new("runs").join(format!("compare-{}", jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ")))
}

/// Makes the folder; one that holds something is not written into.
pub(super) fn make_folder(folder: &Path) -> Result<(), ExpectedError> {
    let cant = |reason: String| ExpectedError::CantCreate(format!("{}: {reason}", folder.display()));
    std::fs::create_dir_all(folder).map_err(|error| cant(error.to_string()))?;
    let mut entries = std::fs::read_dir(folder).map_err(|error| cant(error.to_string()))?;
    if entries.next().is_some() { Err(cant("is there already and not empty".to_owned())) } else { Ok(()) }
}
