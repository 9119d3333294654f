//! One thread's recorder: what its users did, added up per second and sent as entries.
//!
//! Nothing is kept per request. A request is filed under the second in which it was *intended*, when it is done; so a second's
//! entries may come in several pieces (deltas), which add up. At each second's end everything filed so far is sent. When the
//! output is full, what could not be sent stays and goes on adding up: a slow disk costs resolution in the live view, never memory
//! and never a count.
//!
//! Threads share nothing here but [`Shared`]: a few words that are touched when steering changes or a few times a second.

mod arrivals;
mod clock;
mod intervals;
mod shared;

pub(crate) use arrivals::Fate;
pub(crate) use clock::Clock;
pub(crate) use shared::Shared;

use crate::{client::Report, resolve::Learnt, running::Briefing, world::World};
use arrivals::ArrivalTable;
use intervals::IntervalTable;
use record::{Entry, Event, EventKind, Histogram, Phase};
use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::mpsc::{self, error::TrySendError};
use units::{PopulationName, RegionName, RunTime};

/// Events that wait for a full output; more are dropped, oldest first.
const EVENTS_MAX: usize = 1_024;
/// A region that served nothing of a population for so long has begun to serve it when it does.
const SERVED_GAP: Duration = Duration::from_secs(2);
/// How often a thread tells the others that a region serves.
const SERVED_PUBLISHED: Duration = Duration::from_millis(200);
/// A population's own moves are announced no more often than this.
const MOVES_APART: Duration = Duration::from_secs(1);

/// One thread's recorder.
pub(crate) struct Recorder {
    clock: Clock,
    thread: usize,
    /// The thread's number among all of this process.
    row: usize,
    output: mpsc::Sender<Entry>,
    shared: Arc<Shared>,
    names: Names,
    intervals: RefCell<IntervalTable>,
    arrivals: RefCell<ArrivalTable>,
    events: RefCell<VecDeque<Event>>,
    places: RefCell<Places>,
    /// Since the last second's end.
    lag: RefCell<Histogram>,
    pub(crate) totals: Totals,
}

/// What a thread has counted since its start.
#[derive(Debug, Default)]
pub(crate) struct Totals {
    pub(crate) intended: Cell<u64>,
    pub(crate) started: Cell<u64>,
    pub(crate) dropped: Cell<u64>,
    pub(crate) unsent: Cell<u64>,
    pub(crate) done: Cell<u64>,
    pub(crate) failed: Cell<u64>,
}

/// Names for the texts of events.
#[derive(Debug, Clone, Default)]
pub(crate) struct Names {
    pub(crate) populations: Vec<PopulationName>,
    pub(crate) regions: Vec<RegionName>,
}

/// What this thread knows of where its populations go.
struct Places {
    /// By population: the region of the resolver's last answer.
    answered: Vec<Option<usize>>,
    /// By population and region: the last success, and when the others were told of one.
    served: Vec<Served>,
    regions: usize,
}

#[derive(Debug, Clone, Copy, Default)]
struct Served {
    last: Option<RunTime>,
    published: Option<RunTime>,
}

/// A request that is done, as it is filed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Filed<'a> {
    pub(crate) population: usize,
    pub(crate) step: usize,
    pub(crate) intended: Instant,
    pub(crate) report: &'a Report,
}

impl Recorder {
    /// The recorder of a thread; it knows the populations and regions that `names` has.
    pub(crate) fn new(briefing: &Briefing, thread: usize, names: Names) -> Self {
        let (populations, regions) = (names.populations.len(), names.regions.len());
        let taken_over = (!briefing.from.is_zero()).then(|| briefing.clock.at(briefing.begin()));
        let places = Places {
            answered: vec![None; populations],
            // Who goes on with users that somebody else had doesn't know where they went: their first success is no move.
            served: vec![Served { last: taken_over, published: None }; populations * regions],
            regions,
        };
        Self {
            clock: briefing.clock,
            thread,
            row: thread.saturating_add(briefing.threads_before),
            output: briefing.output.clone(),
            shared: Arc::clone(&briefing.shared),
            names,
            intervals: RefCell::default(),
            arrivals: RefCell::default(),
            events: RefCell::default(),
            places: RefCell::new(places),
            lag: RefCell::default(),
            totals: Totals::default(),
        }
    }

    pub(crate) fn clock(&self) -> Clock {
        self.clock
    }

    /// Files a request that is done.
    pub(crate) fn request(&self, filed: &Filed<'_>) {
        let report = filed.report;
        let intended = self.clock.at(filed.intended);
        self.intervals.borrow_mut().request(intended, filed);
        self.totals.done.set(self.totals.done.get() + 1);
        if !report.outcome.is_ok() {
            self.totals.failed.set(self.totals.failed.get() + 1);
        } else if let Some(region) = report.served_by {
            self.served(filed.population, region, self.clock.at(report.done));
        }
    }

    /// Counts what became of an arrival that was intended then.
    pub(crate) fn arrival(&self, population: usize, intended: Instant, fate: Fate) {
        let second = self.clock.at(intended).second();
        self.arrivals.borrow_mut().count(second, population, self.row, fate);
        let totals = &self.totals;
        let total = match fate {
            Fate::Intended => &totals.intended,
            Fate::Started => &totals.started,
            Fate::Dropped => &totals.dropped,
            Fate::Unsent => &totals.unsent,
        };
        total.set(total.get() + 1);
    }

    /// Records how late an arrival's first request was sent by the generator's own fault.
    pub(crate) fn send_lag(&self, population: usize, intended: Instant, lag: Duration) {
        let second = self.clock.at(intended).second();
        self.arrivals.borrow_mut().row(second, population, self.row).send_lag.record(lag);
        self.lag.borrow_mut().record(lag);
    }

    /// Records how long an arrival waited for a free user.
    pub(crate) fn waited(&self, population: usize, intended: Instant, waited: Duration) {
        let second = self.clock.at(intended).second();
        self.arrivals.borrow_mut().row(second, population, self.row).waited.record(waited);
    }

    /// Records a phase that succeeded. Those of probers are nobody's.
    pub(crate) fn phase(&self, standpoint: usize, region: Option<usize>, phase: Phase, began: Instant, took: Duration) {
        if standpoint < self.names.populations.len() {
            let second = self.clock.at(began).second();
            self.intervals.borrow_mut().phase(second, standpoint, region, phase, took);
        }
    }

    /// A question to a resolver was answered, or not.
    pub(crate) fn learnt(&self, world: &World, learnt: &Learnt) {
        let population = learnt.question.standpoint;
        let Ok(addresses) = &learnt.answer else { return };
        self.phase(population, None, Phase::Dns, learnt.began, learnt.took);
        let Some(first) = addresses.first().filter(|_| learnt.changed && world.routing.is_none()) else { return };
        let region = world.region_named(*first);
        let mut places = self.places.borrow_mut();
        let Some(answered) = places.answered.get_mut(population) else { return };
        let before = std::mem::replace(answered, region);
        drop(places);
        let at = self.clock.at(learnt.began + learnt.took);
        if region.is_some() && self.shared.announce(population, region, at, Duration::ZERO) && before.is_some() {
            self.steering(population, before, region, at, "the resolver now answers");
        }
    }

    /// A client that chooses its region by itself opened a connection there.
    pub(crate) fn entered(&self, population: usize, region: Option<usize>, now: Instant) {
        if population >= self.names.populations.len() || region.is_none() {
            return;
        }
        let at = self.clock.at(now);
        let before = self.shared.announced(population);
        if before != region && self.shared.announce(population, region, at, MOVES_APART) && before.is_some() {
            self.steering(population, before, region, at, "clients moved to");
        }
    }

    /// Queues an event.
    pub(crate) fn event(&self, event: Event) {
        let mut events = self.events.borrow_mut();
        if events.len() == EVENTS_MAX {
            events.pop_front();
        }
        events.push_back(event);
    }

    /// Sends everything filed so far, with the state at the end of `second`: requests under way and users, by population.
    pub(crate) fn flush(&self, second: u64, state: impl Iterator<Item = (u64, u64)>) {
        for (population, (in_flight, users)) in state.enumerate() {
            let mut arrivals = self.arrivals.borrow_mut();
            let row = arrivals.row(second, population, self.row);
            row.in_flight = in_flight;
            row.users = users;
        }
        self.shared.lag(self.thread, &mut self.lag.borrow_mut());
        self.send();
    }

    /// Sends the events that fit: whoever watches wants to know now. Whether all did.
    pub(crate) fn send_events(&self) -> bool {
        let mut sender = Sender { output: &self.output, full: false };
        let events = &mut *self.events.borrow_mut();
        while let Some(event) = events.pop_front() {
            if let Some(Entry::Event(event)) = sender.send(Entry::Event(event)) {
                events.push_front(event);
                return false;
            }
        }
        true
    }

    /// Sends what fits. Whether everything did.
    pub(crate) fn send(&self) -> bool {
        let mut sender = Sender { output: &self.output, full: !self.send_events() };
        self.arrivals.borrow_mut().drain(|row| sender.send(row));
        self.intervals.borrow_mut().drain(|entry| sender.send(entry));
        !sender.full
    }

    fn served(&self, population: usize, region: usize, at: RunTime) {
        let mut places = self.places.borrow_mut();
        let index = population * places.regions + region;
        let Some(served) = places.served.get_mut(index) else { return };
        let last = served.last.replace(at);
        let publish = served.published.is_none_or(|told| at.saturating_since(told) >= SERVED_PUBLISHED);
        if !publish {
            return;
        }
        served.published = Some(at);
        drop(places);
        let known = self.shared.serves(index, at).max(last);
        if known.is_none_or(|known| at.saturating_since(known) >= SERVED_GAP) {
            let text = format!("{} is served by {}", self.population(population), self.region(Some(region)));
            self.event(Event::new(at, EventKind::ServedByStarted { population, region }, "load", text));
        }
    }

    fn steering(&self, population: usize, from: Option<usize>, to: Option<usize>, at: RunTime, what: &str) {
        let (whom, before, now) = (self.population(population), self.region(from), self.region(to));
        let text = format!("{whom}: {what} {now} instead of {before}");
        self.event(Event::new(at, EventKind::SteeringChanged { population, from, to }, "load", text));
    }

    fn population(&self, index: usize) -> &str {
        self.names.populations.get(index).map_or("?", PopulationName::as_str)
    }

    fn region(&self, index: Option<usize>) -> &str {
        index.and_then(|index| self.names.regions.get(index)).map_or("an unknown region", RegionName::as_str)
    }
}

/// Sends until the output is full; from then on gives everything back.
struct Sender<'a> {
    output: &'a mpsc::Sender<Entry>,
    full: bool,
}

impl Sender<'_> {
    /// The entry, if it could not be sent. A closed output takes everything: nobody wants it any more.
    fn send(&mut self, entry: Entry) -> Option<Entry> {
        if self.full {
            return Some(entry);
        }
        match self.output.try_send(entry) {
            Ok(()) | Err(TrySendError::Closed(_)) => None,
            Err(TrySendError::Full(entry)) => {
                self.full = true;
                Some(entry)
            }
        }
    }
}

#[cfg(test)]
mod tests;
