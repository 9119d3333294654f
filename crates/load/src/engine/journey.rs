//! A user on its journey: step after step, each measured from when it was intended.

use super::core::{Core, Stage};
use crate::{
    arrivals::Draws,
    client::{Caller, Job, SlotId},
    recorder::Filed,
    script::{Scope, Step},
};
use std::{
    future::{Future, poll_fn},
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
    time::{Duration, Instant},
};
use units::Seed;

/// A user: somebody who makes requests, and what it knows.
pub(super) struct User {
    caller: Caller,
    scope: Scope,
    /// The population's.
    seed: Seed,
    /// Where it is. Here and not in the futures, which would each keep a copy.
    pub(super) session: Session,
}

/// Where a user is in its session.
#[derive(Debug, Clone, Copy)]
pub(super) struct Session {
    /// When the next request is intended; while one is under way, when that was.
    pub(super) intended: Instant,
    /// How long the arrival waited for a user; `None`: its first request is over.
    pub(super) waited: Option<Duration>,
    /// Journeys before this one.
    pub(super) iteration: u64,
    /// Which of its population's journeys this is, for the feeds.
    pub(super) ordinal: u64,
}

impl Session {
    /// The session's next journey, intended then. Its rows are drawn as if somebody else had come, far from all arrivals.
    pub(super) fn next(self, intended: Instant) -> Self {
        let ordinal = self.ordinal.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(self.iteration) >> 1;
        Self { intended, waited: None, iteration: self.iteration + 1, ordinal }
    }
}

impl User {
    /// A user of that population; `number` tells it from the population's others, on whichever thread or agent they are.
    pub(super) fn new(core: &Rc<Core>, population: usize, number: u64) -> Box<Self> {
        let seed = core.populations[population].seed;
        let caller = Caller::new(&core.client, population, None, seed.derive("seat").derive_number(number));
        let session = Session { intended: core.load_start, waited: None, iteration: 0, ordinal: number };
        Box::new(Self { caller, scope: Scope::new(population, number, Draws::new(seed)), seed, session })
    }

    /// Its number in its population.
    pub(super) fn number(&self) -> u64 {
        self.scope.user
    }

    pub(super) fn slot(&self) -> SlotId {
        self.caller.slot()
    }

    /// Becomes the user with that number; gives the draws that decide its session.
    pub(super) fn begin_session(&mut self, number: u64) -> Draws {
        let seed = self.seed.derive_number(number);
        self.scope.user = number;
        self.scope.draws = Draws::new(seed.derive_number(0));
        self.scope.uniques = 0;
        Draws::new(seed.derive_number(1))
    }

    /// Begins a journey with choices of its own, which depend on nothing that earlier journeys met.
    pub(super) fn begin_journey(&mut self, choices: u64) {
        self.scope.draws = Draws::new(Seed::new(choices));
    }

    /// Walks one journey from the session's intended time on, which is then when the user has thought about the last step. It ends
    /// with its last step, with the first that fails, or with the step at which the load ends. Says when a request failed.
    pub(super) async fn walk(&mut self, core: &Rc<Core>) -> Option<Instant> {
        let script = &core.client.script;
        let journey = script.journey(script.choose(&mut self.scope.draws));
        self.scope.iteration = self.session.iteration;
        self.scope.ordinal = self.session.ordinal;
        self.scope.begin(journey.variables());
        let mut index = 0;
        loop {
            let step = &journey.steps[index];
            // Boxed while it is under way: a task keeps room for the largest thing that it ever does, and most users think most
            // of the time.
            let (failed, done) = Box::pin(self.request(core, step)).await;
            let next = done + self.scope.draws.around(step.think.mean, step.think.jitter);
            self.session.intended = next;
            index += 1;
            if failed || index == journey.steps.len() || core.stage.get() != Stage::Offered {
                return failed.then_some(done);
            }
            self.think(core, next).await;
            if !core.goes_on(self.session.intended) {
                return None;
            }
        }
    }

    /// Makes a step's request and files it; says whether it failed, and when it was done.
    async fn request(&mut self, core: &Rc<Core>, step: &Step) -> (bool, Instant) {
        let population = self.scope.population;
        let in_flight = &core.populations[population].in_flight;
        in_flight.set(in_flight.get() + 1);
        let mut job = Job { call: &step.call, scope: &mut self.scope, ledger: None, further: None };
        let report = core.client.request(&mut self.caller, &mut job).await;
        in_flight.set(in_flight.get() - 1);
        let intended = self.session.intended;
        core.recorder.request(&Filed { population, step: step.index, intended, report: &report });
        if let Some(waited) = self.session.waited.take()
            && let Some(ready) = report.ready
        {
            let lag = ready.saturating_duration_since(intended).saturating_sub(waited);
            core.recorder.send_lag(population, intended, lag);
        }
        (!report.outcome.is_ok(), report.done)
    }

    /// Does nothing until then, but notices when its connection is closed. Not an async function, which would keep its arguments
    /// beside what is made of them: most users think most of the time.
    pub(super) fn think<'a>(&'a mut self, core: &'a Rc<Core>, until: Instant) -> impl Future<Output = ()> + use<'a> {
        let mut sleep = wan::timer::sleep_until(until.into());
        let mut begun = false;
        poll_fn(move |context| {
            if !std::mem::replace(&mut begun, true) {
                let now = Instant::now();
                if until <= now {
                    core.release(now);
                    return Poll::Ready(());
                }
            }
            if Pin::new(&mut sleep).poll(context).is_ready() {
                return Poll::Ready(());
            }
            self.caller.poll_idle(context);
            Poll::Pending
        })
    }

    pub(super) fn poll_idle(&mut self, context: &mut Context<'_>) {
        self.caller.poll_idle(context);
        self.caller.client().slots.enrol(self.caller.slot(), context);
    }

    pub(super) fn hang_up(&mut self) {
        self.caller.hang_up();
    }
}
