//! One deployment: boot, load, loss, return, quiet; then collisions on purpose, while its lab is still up.

use super::{
    Deployment, collisions, discarded, machines,
    progress::Progress,
    traffic::{Sampler, between_regions},
};
use crate::{
    agents,
    command::judge::Judged,
    talk::in_one_line,
    target::{self, Place},
};
use compare::Run;
use fleet::{RunEnd, RunSetup, StopLevel, with_sources};
use record::{Manifest, Writer};
use std::{path::Path, sync::Arc, time::SystemTime};
use tokio::{
    sync::{mpsc, watch},
    time::Instant,
};

/// Carries a deployment's plan out; an error says why nothing could be measured.
pub(super) async fn run(
    deployment: &Deployment,
    folder: &Path,
    mut stopped: watch::Receiver<StopLevel>,
    progress: &mut Progress,
) -> Result<Run, String> {
    let plan = Arc::new(deployment.plan.clone());
    let manifest =
        Manifest { landfall_version: env!("CARGO_PKG_VERSION").to_owned(), started: SystemTime::now(), host: None };
    let run_start = Instant::now();
    let writer =
        Writer::create(folder, &manifest, &deployment.source.text, &plan).map_err(|error| with_sources(&error))?;
    let (events, target_events) = mpsc::channel(fleet::EVENTS_MAX);
    let place = Place { folder, plan_folder: Path::new("."), run_start };
    let mut tell = |text: &str| progress.phase(text);
    let up = tokio::select! {
        up = target::bring_up(&plan, &place, events, &mut tell) => up.map_err(|error| in_one_line(&error))?,
        _ = stopped.changed() => return Err("stopped while it was coming up".to_owned()),
    };
    let Some(lab) = up.lab else { return Err("no lab".to_owned()) };
    let agents = agents::local(&plan, &up.addresses, None, folder, &mut |text| progress.phase(text));
    let agents = match agents {
        Ok(agents) => agents,
        Err(error) => {
            lab.stop().await;
            return Err(in_one_line(&error));
        }
    };
    let sampler = Sampler::start(&lab, &plan, run_start);
    let setup = RunSetup {
        plan: Arc::clone(&plan),
        agents,
        environment: up.environment,
        writer,
        run_start,
        target_events,
        stop: stopped.clone(),
        newcomers: mpsc::channel(1).1,
        asks: mpsc::channel(1).1,
    };
    let end = fleet::conduct(setup, &mut |observation| progress.observe(&observation)).await;
    let samples = sampler.stop().await;
    let conflicts = match &end {
        Ok(RunEnd::Complete) if plan.regions.len() > 1 => {
            progress.phase("making updates collide");
            collisions::provoke(lab.config()).await
        }
        Ok(RunEnd::Complete) => Err("one region: nothing can collide".to_owned()),
        _ => Err("the run was stopped".to_owned()),
    };
    lab.stop().await;
    let discarded = discarded::count(&plan, &folder.join("lab/data"));
    // Databases of a run that is over are of no use; the logs stay. What can't be removed does no harm.
    let _ = std::fs::remove_dir_all(folder.join("lab/data"));
    let end = end.map_err(|error| with_sources(&error))?;
    let findings = Judged::written(folder).map_err(|error| in_one_line(&error))?;
    let traffic = samples.and_then(|samples| between_regions(&samples, findings.run.baseline, &plan));
    Ok(Run {
        findings: if end == RunEnd::Complete {
            Ok(Box::new(findings))
        } else {
            Err("stopped before its end".to_owned())
        },
        traffic,
        conflicts,
        discarded,
        folder: folder.file_name().map(|name| name.to_string_lossy().into_owned()),
        machines: machines(&plan),
    })
}
