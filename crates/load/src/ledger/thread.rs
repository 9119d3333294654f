//! The prober's thread: writes and sessions while load is offered; when all of them are over it waits for the word to make the
//! final reads, which would be none if something was still written beside them.

use super::{
    FinalReads, final_reads,
    prober::{Prober, Seeds},
    sessions, writes,
};
use crate::{
    client::{Client, SWEEP},
    recorder::{Names, Recorder},
    running::Briefing,
};
use std::{
    io,
    rc::Rc,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    runtime::{Builder, LocalOptions},
    sync::{mpsc, oneshot, watch},
};

/// What requests may take beyond their time.
const GRACE: Duration = Duration::from_secs(1);

/// What the prober's thread has to do.
pub(crate) struct Assignment {
    pub(crate) briefing: Briefing,
    pub(crate) tls: Arc<rustls::ClientConfig>,
    pub(crate) commands: mpsc::Receiver<Command>,
    /// Told when all writes and all sessions are over.
    pub(crate) written: oneshot::Sender<Result<(), String>>,
}

/// What the prober may be told.
#[derive(Debug)]
pub(crate) enum Command {
    /// Make the final reads.
    FinalReads {
        /// Told how far they are.
        progress: watch::Sender<FinalReads>,
        /// Told when they are complete.
        done: oneshot::Sender<FinalReads>,
    },
}

/// Probes until nobody can give commands any more.
///
/// # Errors
/// The runtime or the timer could not be made.
pub(crate) fn run(assignment: Assignment) -> io::Result<()> {
    let runtime = Builder::new_current_thread().enable_all().build_local(LocalOptions::default())?;
    runtime.block_on(probe(assignment))
}

async fn probe(mut assignment: Assignment) -> io::Result<()> {
    wan::timer::install()?;
    let Some(prober) = prober(&assignment).map(Rc::new) else { return Ok(()) };
    let Briefing { plan, shared, load_start, parts, from, .. } = &assignment.briefing;
    let sweeping = tokio::task::spawn_local(sweep(Rc::clone(&prober)));
    let mut beginning: Vec<_> = (0..plan.populations.len())
        .filter_map(|population| Some((population, parts.of(population)?.clone())))
        .map(|(population, part)| {
            let schedule = writes::schedule(plan, population, part).since(*from);
            let writing = writes::write_all(Rc::clone(&prober), population, schedule, *load_start, Arc::clone(shared));
            tokio::task::spawn_local(writing)
        })
        .collect();
    beginning.extend(sessions::begin(&prober, &assignment.briefing));
    for task in beginning {
        task.await.map_err(io::Error::other)?;
    }
    settle(&prober, plan.request_time_max() + GRACE).await;
    let alarm = &prober.client.alarm;
    let outcome = if alarm.is_raised() { Err(alarm.error().to_string()) } else { Ok(()) };
    // Nobody listens when the load was dropped.
    let _unheard = assignment.written.send(outcome);
    while let Some(Command::FinalReads { progress, done }) = assignment.commands.recv().await {
        prober.following.set(false);
        let complete = final_reads::make(&prober, &progress).await;
        sessions::final_reads(&prober).await;
        if prober.client.alarm.is_raised() {
            // Whoever waits for the reads sees its channel close.
            return Err(prober.client.alarm.error());
        }
        let _unheard = done.send(complete);
    }
    sweeping.abort();
    Ok(())
}

/// `None`: the plan has no ledger.
fn prober(assignment: &Assignment) -> Option<Prober> {
    let briefing = &assignment.briefing;
    // Probes are no users: their phases and moves are nobody's, so this recorder knows no population.
    let recorder = Rc::new(Recorder::new(briefing, usize::MAX, Names::default()));
    let (world, script) = (Arc::clone(&briefing.world), Arc::clone(&briefing.script));
    let client = Client::new(world, script, recorder, Arc::clone(&assignment.tls));
    let probes = briefing.plan.seed.derive("ledger probes");
    let seeds = Seeds { probes, callers: briefing.parts.own(probes.derive("callers")) };
    let ledger = briefing.plan.ledger.clone()?;
    Some(Prober::new(Rc::new(client), ledger, briefing.output.clone(), seeds))
}

/// Finds time-outs, for as long as the thread lives.
async fn sweep(prober: Rc<Prober>) {
    loop {
        tokio::time::sleep(SWEEP).await;
        prober.client.slots.sweep(Instant::now());
    }
}

/// Waits until all writes and sessions that were begun are over, at most so long.
async fn settle(prober: &Rc<Prober>, at_most: Duration) {
    let until = Instant::now() + at_most;
    while prober.writing.get() > 0 && Instant::now() < until {
        tokio::time::sleep(SWEEP).await;
    }
}
