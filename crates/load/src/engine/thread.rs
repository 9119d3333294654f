//! One load thread from its first to its last moment.

use super::{
    core::{Core, Population},
    end::Ending,
    journey::User,
    lane::Lane,
    pacer, seat,
};
use crate::{
    arrivals::{Parts, Schedule, Users},
    client::{Client, SWEEP},
    health::ThreadHealth,
    recorder::Recorder,
    running::Briefing,
};
use plan::resolved::LoadModel;
use record::{Event, EventKind};
use std::{
    io,
    rc::Rc,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::runtime::{Builder, LocalOptions};
use units::Part;

/// Tasks between two looks at the sockets and timers: tokio's 61 tasks of some 15 µs each would be a millisecond of lag.
const EVENT_INTERVAL: u32 = 13;
/// How long a thread tries to hand over what is left when the output is full.
const HAND_OVER_MAX: Duration = Duration::from_secs(10);

/// What one thread has to do.
pub(crate) struct Assignment {
    pub(crate) briefing: Briefing,
    pub(crate) health: Arc<ThreadHealth>,
    pub(crate) tls: Arc<rustls::ClientConfig>,
    /// What of the whole load is the thread's.
    pub(crate) parts: Parts,
    /// Its number among the threads of this process.
    pub(crate) thread: usize,
}

/// Generates the thread's part of the load; returns when it is over.
///
/// # Errors
/// The runtime or the timer could not be made.
pub(crate) fn run(assignment: Assignment) -> io::Result<()> {
    let runtime = Builder::new_current_thread()
        .enable_all()
        .event_interval(EVENT_INTERVAL)
        .build_local(LocalOptions::default())?;
    runtime.block_on(generate(assignment))
}

async fn generate(assignment: Assignment) -> io::Result<()> {
    wan::timer::install()?;
    assignment.health.begin();
    let core = core(&assignment);
    let Briefing { plan, shared, clock, load_start, .. } = &assignment.briefing;
    let (load, begin) = (&plan.load, assignment.briefing.begin());
    wan::timer::sleep_until(begin.into()).await;
    assignment.health.generating(begin.elapsed());
    if matches!(load.model, LoadModel::Closed) {
        spawn_users(&core, &assignment);
    } else {
        tokio::task::spawn_local(pacer::pace(Rc::clone(&core)));
    }
    let mut ending = Ending::new(*load_start + load.duration(), load.start_within, plan.request_time_max());
    let mut second = clock.at(Instant::now()).second();
    loop {
        tokio::time::sleep(SWEEP).await;
        let now = Instant::now();
        core.client.slots.sweep(now);
        let this_second = clock.at(now).second();
        if this_second > second {
            flush(&core, this_second - 1);
            second = this_second;
        }
        core.recorder.send_events();
        publish(&core, &assignment.health);
        if core.client.alarm.is_raised() {
            hand_over(&core).await;
            return Err(core.client.alarm.error());
        }
        if let Some(left) = ending.advance(&core, shared.is_stopped(), now) {
            if left.requests > 0 {
                let text = format!("{} requests did not end in time and are not recorded", left.requests);
                let at = clock.at(now);
                core.recorder.event(Event::new(at, EventKind::Note, "generator", text));
            }
            break;
        }
    }
    flush(&core, second);
    publish(&core, &assignment.health);
    hand_over(&core).await;
    Ok(())
}

fn core(assignment: &Assignment) -> Rc<Core> {
    let Briefing { plan, world, script, shape, shared, load_start, .. } = &assignment.briefing;
    let recorder = Rc::new(Recorder::new(&assignment.briefing, assignment.thread, assignment.briefing.names.clone()));
    let client = Client::new(Arc::clone(world), Arc::clone(script), recorder, Arc::clone(&assignment.tls));
    let populations = plan.populations.iter().enumerate().map(|(index, population)| {
        let part = assignment.parts.of(index);
        let schedule = part.filter(|_| !matches!(plan.load.model, LoadModel::Closed)).map(|part| {
            let seed = plan.seed.derive(population.name.as_str());
            let shape = Arc::clone(shape);
            Schedule::new(shape, population.share, plan.load.arrivals, seed, part.clone())
                .since(assignment.briefing.from)
        });
        let users_max = assignment.parts.users(index, plan.load.connections.users_max);
        let lane = Lane::new(users_max, plan.load.start_within);
        Population::new(script.user_seed(index), part.cloned().unwrap_or(Part::WHOLE), lane, schedule)
    });
    let populations = populations.collect();
    Rc::new(Core::new(Rc::new(client), &plan.load, *load_start, Arc::clone(shared), populations))
}

fn spawn_users(core: &Rc<Core>, assignment: &Assignment) {
    let Briefing { plan, shape, .. } = &assignment.briefing;
    let shares: Vec<_> = plan.populations.iter().map(|population| population.share).collect();
    let users = (shape.peak() + 0.5).floor().max(1.0) as u64;
    for closed in Users::new(shape, &shares, &assignment.parts).since(assignment.briefing.from) {
        let user = User::new(core, closed.population, closed.number);
        tokio::task::spawn_local(seat::stay(user, Box::new(closed), users));
    }
}

fn flush(core: &Rc<Core>, second: u64) {
    let state = core.populations.iter().map(|population| {
        let seats = u64::from(population.lane.borrow().seats());
        (population.in_flight.get(), seats + population.present.get())
    });
    core.recorder.flush(second, state);
}

fn publish(core: &Rc<Core>, health: &ThreadHealth) {
    let in_flight = core.populations.iter().map(|population| population.in_flight.get()).sum();
    let users = core.populations.iter().map(|p| u64::from(p.lane.borrow().seats()) + p.present.get()).sum();
    health.publish(&core.recorder.totals, &core.client.counts, in_flight, users);
}

/// What is filed must not be lost because the output is full at the last moment.
async fn hand_over(core: &Rc<Core>) {
    let until = Instant::now() + HAND_OVER_MAX;
    while !core.recorder.send() && Instant::now() < until {
        tokio::time::sleep(SWEEP).await;
    }
}
