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
    // Numbered over all threads and agents, so that no two users draw the same.
    let number = core.populations[population].part.number(u64::from(seat.0));
    let user = User::new(core, population, number);
    core.enrol(population, seat, user.slot());
    tokio::task::spawn_local(serve(Rc::clone(core), user, population, seat));
}

/// Ends only with the thread.
async fn serve(core: Rc<Core>, mut user: Box<User>, population: usize, seat: Seat) {
    loop {
        let start = assigned(&core, &mut user, population, seat).await;
        let mut journeys = begin(&core, &mut user, population, start, Duration::ZERO);
        loop {
            walk_session(&core, &mut user, journeys).await;
            let now = Instant::now();
            let Free::Serve(start) = core.free(population, seat, now) else { break };
            let waited = now.saturating_duration_since(start.released);
            journeys = begin(&core, &mut user, population, start, waited);
        }
    }
}

/// The user becomes that arrival; says how many journeys it will walk. Not asynchronous, so that no task has to keep the arrival.
fn begin(core: &Rc<Core>, user: &mut User, population: usize, start: Start, waited: Duration) -> u32 {
    core.recorder.arrival(population, start.intended, Fate::Started);
    if !waited.is_zero() {
        core.recorder.waited(population, start.intended, waited);
    }
    let mut draws = user.begin_session(start.number);
    user.session = Session { intended: start.intended, waited: Some(waited), iteration: 0, ordinal: start.number };
    match core.model {
        LoadModel::PartlyOpen { journeys_mean } => journeys_in_session(journeys_mean, &mut draws),
        LoadModel::Open | LoadModel::Closed => 1,
    }
}

/// An arrival's whole session: one journey, or several in the partly open model.
async fn walk_session(core: &Rc<Core>, user: &mut User, journeys: u32) {
    for journey in 1..=journeys {
        user.walk(core).await;
        if journey == journeys || core.stage.get() != Stage::Offered {
            return;
        }
        let next = user.session.intended;
        user.think(core, next).await;
        if !core.goes_on(next) {
            return;
        }
        user.session = user.session.next(next);
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

/// A user of the closed model: one journey after the other while it is there. Not an async function, which would keep its
/// arguments twice.
pub(super) fn stay(core: Rc<Core>, mut user: Box<User>, closed: ClosedUser, users: u64) -> impl Future<Output = ()> {
    let ClosedUser { number, population, rank, mut spans, journeys_before } = closed;
    spans.reverse();
    let mut draws = user.begin_session(number);
    user.session.iteration = journeys_before;
    async move {
        while let Some((from, to)) = spans.pop() {
            let to = core.load_start + to;
            user.think(&core, core.load_start + from).await;
            core.populations[population].enter();
            let mut intended = core.load_start + from;
            while intended < core.leaves(population, rank, to) && core.stage.get() == Stage::Offered {
                core.recorder.arrival(population, intended, Fate::Intended);
                core.recorder.arrival(population, intended, Fate::Started);
                user.begin_journey(draws.number());
                let number = user.number();
                let iteration = user.session.iteration;
                let ordinal = iteration * users + number;
                user.session = Session { intended, waited: Some(Duration::ZERO), iteration, ordinal };
                let failed = user.walk(&core).await;
                let next = user.session.intended;
                intended = failed.map_or(next, |failed| next.max(failed + PAUSE_AFTER_FAILURE));
                user.session.iteration += 1;
                user.think(&core, intended.min(core.leaves(population, rank, to))).await;
            }
            core.populations[population].leave();
            user.hang_up();
        }
    }
}

#[cfg(test)]
mod tests {
    //! What a user costs in memory. The rest of the engine is tested over sockets.

    use super::*;

    fn size_of_open<F: Future>(_: impl Fn(Rc<Core>, Box<User>, usize, Seat) -> F) -> usize {
        size_of::<F>()
    }

    fn size_of_closed<F: Future>(_: impl Fn(Rc<Core>, Box<User>, ClosedUser, u64) -> F) -> usize {
        size_of::<F>()
    }

    #[test]
    fn a_seat_is_small() {
        let (open, closed) = (size_of_open(serve), size_of_closed(stay));
        assert!(open <= 288 && closed <= 288, "a seat's task has {open} or {closed} bytes: box what is rare");
    }
}
