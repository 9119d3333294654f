//! One user at a time: a task that takes arrivals, or, in the closed model, is its own source of journeys.
//!
//! A task is as large as the largest thing that it ever waits for, and most users think most of the time. So what a user knows lies in
//! [`User`], once, and not in the futures, each of which would keep a copy.

use super::{
    core::{Core, Stage},
    journey::User,
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
    tokio::task::spawn_local(serve(user, seat));
}

/// Ends only with the thread.
#[expect(clippy::manual_async_fn, reason = "an async function keeps its arguments twice, and this is each user's")]
fn serve(mut user: Box<User>, seat: Seat) -> impl Future<Output = ()> {
    async move {
        loop {
            let start = assigned(&mut user, seat).await;
            let mut journeys = begin(&mut user, start, Duration::ZERO);
            loop {
                walk_session(&mut user, journeys).await;
                let now = Instant::now();
                let Free::Serve(start) = user.core.free(user.population(), seat, now) else { break };
                let waited = now.saturating_duration_since(start.released);
                journeys = begin(&mut user, start, waited);
            }
        }
    }
}

/// The user becomes that arrival; says how many journeys it will walk.
fn begin(user: &mut User, start: Start, waited: Duration) -> u32 {
    let (core, population) = (Rc::clone(&user.core), user.population());
    core.recorder.arrival(population, start.intended, Fate::Started);
    if !waited.is_zero() {
        core.recorder.waited(population, start.intended, waited);
    }
    let mut draws = user.begin_session(start.number);
    user.intend(start.intended, waited);
    match core.model {
        LoadModel::PartlyOpen { journeys_mean } => journeys_in_session(journeys_mean, &mut draws),
        LoadModel::Open | LoadModel::Closed => 1,
    }
}

/// An arrival's whole session: one journey, or several in the partly open model.
async fn walk_session(user: &mut User, journeys: u32) {
    for journey in 1..=journeys {
        user.walk().await;
        if journey == journeys || user.core.stage.get() != Stage::Offered {
            return;
        }
        user.think(user.intended()).await;
        if !user.core.goes_on(user.intended()) {
            return;
        }
        user.next_journey();
    }
}

/// What an idle seat is given next.
fn assigned(user: &mut User, seat: Seat) -> impl Future<Output = Start> + use<'_> {
    poll_fn(move |context| match user.core.populations[user.population()].take_assigned(seat) {
        Some(start) => Poll::Ready(start),
        None => {
            user.poll_idle(context);
            Poll::Pending
        }
    })
}

/// A user of the closed model, of so many in the whole load: one journey after the other while it is there.
pub(super) fn stay(mut user: Box<User>, mut closed: Box<ClosedUser>, users: u64) -> impl Future<Output = ()> {
    closed.spans.reverse();
    let mut draws = user.begin_session(closed.number);
    async move {
        while let Some((from, to)) = closed.spans.pop() {
            let to = user.core.load_start + to;
            user.intend(user.core.load_start + from, Duration::ZERO);
            user.think(user.intended()).await;
            user.core.populations[closed.population].enter();
            while user.intended() < user.core.leaves(closed.population, closed.rank, to)
                && user.core.stage.get() == Stage::Offered
            {
                user.core.recorder.arrival(closed.population, user.intended(), Fate::Intended);
                user.core.recorder.arrival(closed.population, user.intended(), Fate::Started);
                user.begin_journey(closed.journeys_before, users, draws.number());
                let failed = user.walk().await;
                closed.journeys_before += 1;
                let next = user.intended();
                let next = failed.map_or(next, |failed| next.max(failed + PAUSE_AFTER_FAILURE));
                user.intend(next, Duration::ZERO);
                user.think(next.min(user.core.leaves(closed.population, closed.rank, to))).await;
            }
            user.core.populations[closed.population].leave();
            user.hang_up();
        }
    }
}

#[cfg(test)]
mod tests {
    //! What a user costs in memory. The rest of the engine is tested over sockets.

    use super::*;

    fn size_of_open<F: Future>(_: impl Fn(Box<User>, Seat) -> F) -> usize {
        size_of::<F>()
    }

    fn size_of_closed<F: Future>(_: impl Fn(Box<User>, Box<ClosedUser>, u64) -> F) -> usize {
        size_of::<F>()
    }

    /// A task lies in memory in steps of 128 bytes, 104 of which the runtime has.
    #[test]
    fn a_seat_is_small() {
        let (open, closed, user) = (size_of_open(serve), size_of_closed(stay), size_of::<User>());
        assert!(open <= 152 && closed <= 152, "a seat's task has {open} or {closed} bytes: box what is rare");
        assert!(user <= 216, "a user has {user} bytes");
    }
}
