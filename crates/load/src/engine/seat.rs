//! One user at a time: a task that takes arrivals, or, in the closed model, is its own source of journeys.

use super::{
    core::{Core, Stage},
    journey::{Session, User},
    lane::{Free, Seat, Start},
};
use crate::{
    arrivals::{ClosedUser, journeys_in_session},
    recorder::Fate,
};
use plan::resolved::LoadModel;
use std::{
    future::poll_fn,
    rc::Rc,
    task::Poll,
    time::{Duration, Instant},
};

/// A user of the closed model whose journey failed pauses at least for so long: a loop without think time over refused
/// connections would otherwise measure nothing but how fast connections are refused.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_millis(10);

/// Makes a seat, which takes what it is given.
pub(super) fn spawn(core: &Rc<Core>, population: usize, seat: Seat) {
    let user = User::new(core, population, u64::from(seat.0));
    core.enrol(population, seat, user.slot());
    tokio::task::spawn_local(serve(Rc::clone(core), user, population, seat));
}

/// Ends only with the thread.
async fn serve(core: Rc<Core>, mut user: User, population: usize, seat: Seat) {
    let mut next = (assigned(&core, &mut user, population, seat).await, Duration::ZERO);
    loop {
        let (start, waited) = next;
        walk_session(&core, &mut user, population, start, waited).await;
        let now = Instant::now();
        next = match core.free(population, seat, now) {
            Free::Serve(start) => (start, now.saturating_duration_since(start.released)),
            Free::Idle => (assigned(&core, &mut user, population, seat).await, Duration::ZERO),
        };
    }
}

/// An arrival's whole session: one journey, or several in the partly open model.
async fn walk_session(core: &Rc<Core>, user: &mut User, population: usize, start: Start, waited: Duration) {
    core.recorder.arrival(population, start.intended, Fate::Started);
    if !waited.is_zero() {
        core.recorder.waited(population, start.intended, waited);
    }
    let mut draws = user.begin_session(start.number);
    let journeys = match core.model {
        LoadModel::PartlyOpen { journeys_mean } => journeys_in_session(journeys_mean, &mut draws),
        LoadModel::Open | LoadModel::Closed => 1,
    };
    let mut session = Session { intended: start.intended, waited: Some(waited), iteration: 0, ordinal: start.number };
    for journey in 0..journeys {
        let walked = user.walk(core, &mut session).await;
        if journey + 1 == journeys || core.stage.get() != Stage::Offered {
            return;
        }
        user.think(core, walked.next).await;
        session = session.next(walked.next);
    }
}

/// What an idle seat is given next.
async fn assigned(core: &Rc<Core>, user: &mut User, population: usize, seat: Seat) -> Start {
    poll_fn(|context| match core.populations[population].take_assigned(seat) {
        Some(start) => Poll::Ready(start),
        None => {
            user.poll_idle(context);
            Poll::Pending
        }
    })
    .await
}

/// A user of the closed model: one journey after the other while it is there.
pub(super) async fn stay(core: Rc<Core>, mut user: User, population: usize, closed: ClosedUser, users: u64) {
    let present = &core.populations[population].present;
    let mut draws = user.begin_session(closed.number);
    let mut iteration = 0;
    for (from, to) in closed.spans {
        let (from, to) = (core.load_start + from, core.load_start + to);
        user.think(&core, from).await;
        present.set(present.get() + 1);
        let mut intended = from;
        while intended < to && core.stage.get() == Stage::Offered {
            core.recorder.arrival(population, intended, Fate::Intended);
            core.recorder.arrival(population, intended, Fate::Started);
            user.begin_journey(closed.number, draws.number());
            let ordinal = iteration * users + closed.number;
            let mut session = Session { intended, waited: Some(Duration::ZERO), iteration, ordinal };
            let walked = user.walk(&core, &mut session).await;
            let pause = if walked.failed { PAUSE_AFTER_FAILURE } else { Duration::ZERO };
            intended = walked.next.max(walked.done + pause);
            iteration += 1;
            user.think(&core, intended.min(to)).await;
        }
        present.set(present.get() - 1);
        user.hang_up();
    }
}
