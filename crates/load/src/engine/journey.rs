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
    pub(super) core: Rc<Core>,
    caller: Caller,
    scope: Scope,
    /// When the next request is intended; while one is under way, when that was.
    intended: Instant,
    /// How long the arrival waited for a user; `None`: its first request is over.
    waited: Option<Duration>,
}

impl User {
    /// A user of that population; `number` tells it from the population's others, on whichever thread or agent they are.
    pub(super) fn new(core: &Rc<Core>, population: usize, number: u64) -> Box<Self> {
        let seed = core.populations[population].seed;
        let caller = Caller::new(&core.client, population, None, seed.derive("seat").derive_number(number));
        let scope = Scope::new(population, number, Draws::new(seed));
        Box::new(Self { core: Rc::clone(core), caller, scope, intended: core.load_start, waited: None })
    }

    /// Index of its population.
    pub(super) fn population(&self) -> usize {
        self.scope.population
    }

    pub(super) fn slot(&self) -> SlotId {
        self.caller.slot()
    }

    /// When its next request is intended.
    pub(super) fn intended(&self) -> Instant {
        self.intended
    }

    /// Its next request is intended then, and the first of an arrival that waited so long for a user.
    pub(super) fn intend(&mut self, intended: Instant, waited: Duration) {
        self.intended = intended;
        self.waited = Some(waited);
    }

    /// Becomes the user with that number, before its first journey; gives the draws that decide its session.
    pub(super) fn begin_session(&mut self, number: u64) -> Draws {
        let seed = self.core.populations[self.population()].seed.derive_number(number);
        self.scope.user = number;
        self.scope.iteration = 0;
        self.scope.ordinal = number;
        self.scope.draws = Draws::new(seed.derive_number(0));
        self.scope.uniques = 0;
        Draws::new(seed.derive_number(1))
    }

    /// Begins journey number `iteration` of the closed model, of so many users in the whole load, with choices of its own, which
    /// depend on nothing that earlier journeys met.
    pub(super) fn begin_journey(&mut self, iteration: u64, users: u64, choices: u64) {
        self.scope.iteration = iteration;
        self.scope.ordinal = iteration * users + self.scope.user;
        self.scope.draws = Draws::new(Seed::new(choices));
    }

    /// Goes on to its session's next journey. Its rows are drawn as if somebody else had come, far from all arrivals.
    pub(super) fn next_journey(&mut self) {
        let Scope { ordinal, iteration, .. } = &mut self.scope;
        *ordinal = ordinal.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(*iteration) >> 1;
        *iteration += 1;
    }

    /// Walks one journey from the intended time on, which is then when the user has thought about the last step. It ends with its
    /// last step, with the first that fails, or with the step at which the load ends. Says when a request failed.
    pub(super) async fn walk(&mut self) -> Option<Instant> {
        let core = Rc::clone(&self.core);
        let script = &core.client.script;
        let journey = script.journey(script.choose(&mut self.scope.draws));
        self.scope.begin(journey.variables());
        let mut index = 0;
        loop {
            // Boxed while it is under way: it is much larger than thinking.
            let (failed, done) = Box::pin(self.request(&journey.steps[index])).await;
            let think = &journey.steps[index].think;
            self.intended = done + self.scope.draws.around(think.mean, think.jitter);
            index += 1;
            if failed || index == journey.steps.len() || core.stage.get() != Stage::Offered {
                return failed.then_some(done);
            }
            self.think(self.intended).await;
            if !core.goes_on(self.intended) {
                return None;
            }
        }
    }

    /// Makes a step's request and files it; says whether it failed, and when it was done.
    async fn request(&mut self, step: &Step) -> (bool, Instant) {
        let (core, population) = (Rc::clone(&self.core), self.population());
        let in_flight = &core.populations[population].in_flight;
        in_flight.set(in_flight.get() + 1);
        let mut job = Job { call: &step.call, scope: &mut self.scope, ledger: None, further: None };
        let report = core.client.request(&mut self.caller, &mut job).await;
        in_flight.set(in_flight.get() - 1);
        let intended = self.intended;
        core.recorder.request(&Filed { population, step: step.index, intended, report: &report });
        if let Some(waited) = self.waited.take()
            && let Some(ready) = report.ready
        {
            let lag = ready.saturating_duration_since(intended).saturating_sub(waited);
            core.recorder.send_lag(population, intended, lag);
        }
        (!report.outcome.is_ok(), report.done)
    }

    /// Does nothing until then, but notices when its connection is closed.
    pub(super) fn think(&mut self, until: Instant) -> impl Future<Output = ()> + use<'_> {
        let now = Instant::now();
        if until <= now {
            self.core.release(now);
        }
        let mut sleep = wan::timer::sleep_until(until.into());
        poll_fn(move |context| {
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
