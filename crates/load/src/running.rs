//! A load under way: started, watched, stopped, awaited.

use crate::{
    LoadError, Setup,
    arrivals::Shape,
    client::tls_configuration,
    engine::{self, Assignment},
    health::{LiveCounts, ThreadHealth, Watched, Watcher},
    limits::{Available, Needs},
    recorder::{Clock, Names, Shared},
    script::Script,
    world::World,
};
use plan::resolved::ResolvedPlan;
use std::{
    num::NonZero,
    panic::{self, AssertUnwindSafe},
    sync::Arc,
    thread,
    time::SystemTime,
};
use tokio::sync::oneshot;

/// A load under way. Dropping it stops the load without waiting for it.
#[derive(Debug)]
pub struct RunningLoad {
    shared: Arc<Shared>,
    health: Vec<Arc<ThreadHealth>>,
    threads: Vec<Running>,
    _watcher: Watcher,
}

#[derive(Debug)]
struct Running {
    name: String,
    ended: Option<oneshot::Receiver<Result<(), String>>>,
}

/// Starts the load that a plan describes. Returns at once; the first request is sent when the setup says.
///
/// # Errors
/// What the plan needs and this machine hasn't; addresses that don't fit the plan; a thread that could not be started.
pub fn start(plan: Arc<ResolvedPlan>, setup: Setup) -> Result<RunningLoad, LoadError> {
    let threads = threads(&plan, &setup);
    Needs::of(&plan, &setup.addresses, setup.part, threads).check(&Available::raise())?;
    let world = Arc::new(World::new(&plan, &setup)?);
    let script = Arc::new(Script::new(Arc::clone(&plan), &world.authorities(), stamp())?);
    let shape = Arc::new(Shape::new(&plan.load.stages));
    let shared = Arc::new(Shared::new(plan.populations.len(), plan.regions.len(), threads));
    let health: Vec<Arc<ThreadHealth>> = (0..threads).map(|_| Arc::default()).collect();
    let clock = Clock::new(setup.start_at);
    let names = Names {
        populations: plan.populations.iter().map(|population| population.name.clone()).collect(),
        regions: plan.regions.iter().map(|region| region.name.clone()).collect(),
    };
    let mut load = RunningLoad {
        shared: Arc::clone(&shared),
        health: health.clone(),
        threads: Vec::with_capacity(threads),
        _watcher: watch(&plan, &setup, clock, &shared, &health)?,
    };
    for (thread, part) in setup.part.split(threads).enumerate() {
        let assignment = Assignment {
            plan: Arc::clone(&plan),
            world: Arc::clone(&world),
            script: Arc::clone(&script),
            shape: Arc::clone(&shape),
            shared: Arc::clone(&shared),
            health: Arc::clone(&health[thread]),
            tls: tls_configuration(&world.trust)?,
            output: setup.output.clone(),
            names: names.clone(),
            clock,
            load_start: setup.start_at + setup.load_offset,
            part,
            thread,
            threads,
        };
        load.threads.push(spawn(format!("load-{thread}"), assignment)?);
    }
    Ok(load)
}

impl RunningLoad {
    /// Ends the load early: no further arrival is sent, requests under way are awaited. [`Self::wait`] says when it is over.
    pub fn stop(&self) {
        self.shared.stop();
    }

    /// What has happened so far, at most some ten milliseconds old.
    #[must_use]
    pub fn snapshot(&self) -> LiveCounts {
        LiveCounts::sum(self.health.iter().map(|thread| &**thread))
    }

    /// Returns when the load is over: all arrivals have come, all requests are done, and everything is recorded. Can be
    /// cancelled and called again.
    ///
    /// # Errors
    /// A thread died: the recording has a hole.
    pub async fn wait(&mut self) -> Result<LiveCounts, LoadError> {
        let mut died = None;
        for thread in &mut self.threads {
            let Some(ended) = &mut thread.ended else { continue };
            let outcome = ended.await.unwrap_or_else(|_| Err("it vanished".to_owned()));
            thread.ended = None;
            if let Err(reason) = outcome {
                died = Some(LoadError::Died { thread: thread.name.clone(), reason });
            }
        }
        died.map_or_else(|| Ok(self.snapshot()), Err)
    }
}

impl Drop for RunningLoad {
    fn drop(&mut self) {
        self.stop();
    }
}

/// As many threads as the setup or the plan says, else one per core; but not more than there are users, for each thread must
/// have one to give its arrivals to.
fn threads(plan: &ResolvedPlan, setup: &Setup) -> usize {
    let cores = || thread::available_parallelism().map_or(1, NonZero::get);
    let wanted = setup.threads.or(plan.load.threads).unwrap_or_else(cores);
    wanted.clamp(1, plan.load.connections.users_max.max(1) as usize)
}

/// Tells this run's unique values from those of another run against the same target: milliseconds since 1970, in base 36.
fn stamp() -> String {
    let mut millis = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_millis());
    let mut digits = Vec::new();
    while millis > 0 {
        digits.push(b"0123456789abcdefghijklmnopqrstuvwxyz"[(millis % 36) as usize]);
        millis /= 36;
    }
    digits.iter().rev().map(|digit| char::from(*digit)).collect()
}

fn watch(
    plan: &ResolvedPlan,
    setup: &Setup,
    clock: Clock,
    shared: &Arc<Shared>,
    health: &[Arc<ThreadHealth>],
) -> Result<Watcher, LoadError> {
    let watched = Watched {
        clock,
        threads: health.to_vec(),
        shared: Arc::clone(shared),
        output: setup.output.clone(),
        lag_p99_max: plan.trust.send_lag_p99_max,
    };
    Watcher::start(watched).map_err(|source| LoadError::Thread { thread: "load-watcher".to_owned(), source })
}

fn spawn(name: String, assignment: Assignment) -> Result<Running, LoadError> {
    let (end, ended) = oneshot::channel();
    let work = move || {
        let outcome = panic::catch_unwind(AssertUnwindSafe(|| engine::run(assignment)));
        let outcome = match outcome {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(error.to_string()),
            Err(panic) => Err(said(&*panic)),
        };
        // Nobody listens when the load was dropped.
        let _unheard = end.send(outcome);
    };
    let spawned = thread::Builder::new().name(name.clone()).spawn(work);
    spawned.map_err(|source| LoadError::Thread { thread: name.clone(), source })?;
    Ok(Running { name, ended: Some(ended) })
}

fn said(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("a panic without words").to_owned()
}
