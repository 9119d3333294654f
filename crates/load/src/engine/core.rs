//! What the users of one thread share: the client, the recorder, and a lane per population.

use super::lane::{Free, Lane, Placed, Seat, Start};
use crate::{
    arrivals::Schedule,
    client::{Client, SlotId},
    recorder::{Fate, Recorder, Shared},
};
use plan::resolved::{LoadModel, Pacing};
use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    rc::Rc,
    sync::Arc,
    time::{Duration, Instant},
};
use units::{Part, Seed};

/// What the users of one thread share.
pub(crate) struct Core {
    pub(crate) client: Rc<Client>,
    pub(crate) recorder: Rc<Recorder>,
    pub(crate) model: LoadModel,
    pub(crate) pacing: Pacing,
    /// Plan time 0.
    pub(crate) load_start: Instant,
    /// When the plan's load ends.
    load_end: Instant,
    pub(super) populations: Vec<Population>,
    pub(super) stage: Cell<Stage>,
    shared: Arc<Shared>,
    start_within: Duration,
    /// When the next arrival is due; `None`: there is no further one.
    next_due: Cell<Option<Instant>>,
    /// Which of the load's shapes its schedules have.
    followed: Cell<u64>,
}

/// How far the load is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Arrivals come.
    Offered,
    /// The last arrival has come; those that wait are served, journeys end with their step.
    Ending,
    /// Nothing new begins.
    Stopped,
}

/// A population's part of the thread.
pub(crate) struct Population {
    pub(super) seed: Seed,
    /// The thread's part of it.
    pub(super) part: Part,
    pub(super) lane: RefCell<Lane>,
    pub(super) in_flight: Cell<u64>,
    /// Users of the closed model that are there.
    pub(super) present: Cell<u64>,
    schedule: RefCell<Option<Schedule>>,
    /// By seat: how it is woken.
    seats: RefCell<Vec<SlotId>>,
    /// What seats were given and have not begun. They begin in the order in which they were woken, so a search from the front
    /// ends at once; and there are few, while seats are many.
    assigned: RefCell<VecDeque<(Seat, Start)>>,
}

impl Population {
    pub(super) fn new(seed: Seed, part: Part, lane: Lane, schedule: Option<Schedule>) -> Self {
        Self {
            seed,
            part,
            lane: RefCell::new(lane),
            in_flight: Cell::new(0),
            present: Cell::new(0),
            schedule: RefCell::new(schedule),
            seats: RefCell::default(),
            assigned: RefCell::default(),
        }
    }

    fn is_busy(&self) -> bool {
        self.in_flight.get() > 0 || !self.assigned.borrow().is_empty() || self.lane.borrow().is_waited_for()
    }

    /// A user of the closed model comes.
    pub(super) fn enter(&self) {
        self.present.set(self.present.get() + 1);
    }

    /// A user of the closed model leaves.
    pub(super) fn leave(&self) {
        self.present.set(self.present.get() - 1);
    }

    /// Gives a seat something to do.
    fn assign(&self, seat: Seat, start: Start) -> SlotId {
        let mut assigned = self.assigned.borrow_mut();
        debug_assert!(assigned.iter().all(|(given, _)| *given != seat), "a seat is given one thing at a time");
        assigned.push_back((seat, start));
        self.seats.borrow()[seat.0 as usize]
    }

    /// Takes what a seat was given.
    pub(super) fn take_assigned(&self, seat: Seat) -> Option<Start> {
        let mut assigned = self.assigned.borrow_mut();
        let index = assigned.iter().position(|(given, _)| *given == seat)?;
        assigned.remove(index).map(|(_, start)| start)
    }

    /// Takes back what nobody has begun.
    fn give_up(&self) -> Option<Start> {
        let given = self.assigned.borrow_mut().pop_front();
        given.map(|(_, start)| start).or_else(|| self.lane.borrow_mut().give_up())
    }
}

impl Core {
    pub(super) fn new(
        client: Rc<Client>,
        load: &plan::resolved::Load,
        load_start: Instant,
        shared: Arc<Shared>,
        populations: Vec<Population>,
    ) -> Self {
        let core = Self {
            recorder: Rc::clone(&client.recorder),
            client,
            model: load.model,
            pacing: load.pacing,
            load_start,
            load_end: load_start + load.duration(),
            populations,
            stage: Cell::new(Stage::Offered),
            shared,
            start_within: load.start_within,
            next_due: Cell::new(None),
            followed: Cell::new(0),
        };
        core.find_next_due();
        core
    }

    /// When the next arrival is due; `None`: there is no further one.
    pub(super) fn next_due(&self) -> Option<Instant> {
        self.next_due.get()
    }

    /// Goes on as the load is now, where somebody holds it or lets it go on.
    pub(super) fn follow(&self) {
        let Some(shape) = self.shared.shape_after(&self.followed) else { return };
        for population in &self.populations {
            population.schedule.borrow_mut().iter_mut().for_each(|schedule| schedule.follow(Arc::clone(&shape)));
        }
        self.find_next_due();
    }

    /// Hands every arrival that is due by `now` to its lane. Called by the pacer, and by every user who has just looked at the
    /// clock: under load that is more often than a timer would be.
    pub(super) fn release(self: &Rc<Self>, now: Instant) {
        if self.stage.get() != Stage::Offered || self.next_due.get().is_none_or(|due| now < due) {
            return;
        }
        for index in 0..self.populations.len() {
            while let Some(start) = self.due(index, now) {
                self.recorder.arrival(index, start.intended, Fate::Intended);
                if now - start.intended > self.start_within {
                    self.recorder.arrival(index, start.intended, Fate::Unsent);
                } else {
                    self.place(index, start);
                }
            }
        }
        self.find_next_due();
    }

    /// A seat has become free: what it does next.
    pub(super) fn free(self: &Rc<Self>, population: usize, seat: Seat, now: Instant) -> Free {
        self.release(now);
        self.expire(population, now);
        self.populations[population].lane.borrow_mut().free(seat)
    }

    /// Drops arrivals that have waited too long.
    pub(super) fn expire(&self, population: usize, now: Instant) {
        let mut lane = self.populations[population].lane.borrow_mut();
        while let Some(start) = lane.expired(now) {
            self.recorder.arrival(population, start.intended, Fate::Dropped);
        }
    }

    /// Gives up every arrival that nobody has begun: the load was stopped, or its time is over.
    pub(super) fn give_up(&self) {
        for (index, population) in self.populations.iter().enumerate() {
            while let Some(start) = population.give_up() {
                self.recorder.arrival(index, start.intended, Fate::Unsent);
            }
        }
    }

    /// Whether requests are under way, or arrivals have not begun.
    pub(super) fn is_busy(&self) -> bool {
        self.populations.iter().any(Population::is_busy)
    }

    /// A seat that was just made says how it is woken.
    pub(super) fn enrol(&self, population: usize, seat: Seat, slot: SlotId) {
        let mut seats = self.populations[population].seats.borrow_mut();
        debug_assert_eq!(seats.len(), seat.0 as usize, "seats are made in order");
        seats.push(slot);
    }

    fn place(self: &Rc<Self>, index: usize, start: Start) {
        let placed = self.populations[index].lane.borrow_mut().place(start);
        match placed {
            Placed::Idle(seat) => {
                let slot = self.populations[index].assign(seat, start);
                self.client.slots.wake(slot);
            }
            Placed::New(seat) => {
                super::seat::spawn(self, index, seat);
                self.populations[index].assign(seat, start);
            }
            Placed::Waits => {}
        }
    }

    fn due(&self, index: usize, now: Instant) -> Option<Start> {
        let mut schedule = self.populations[index].schedule.borrow_mut();
        let schedule = schedule.as_mut()?;
        let mut next = || schedule.next_if(|arrival| self.load_start + arrival.intended <= now);
        let arrival = std::iter::from_fn(&mut next)
            .find(|arrival| self.shared.given(index, arrival.number).is_none_or(|from| arrival.intended < from))?;
        Some(Start { number: arrival.number, intended: self.load_start + arrival.intended, released: now })
    }

    /// Whether a user who has only thought makes the request that is intended then: not once the load is over, by the plan or
    /// because somebody ended it. The stage alone follows a moment later.
    pub(super) fn goes_on(&self, intended: Instant) -> bool {
        self.stage.get() == Stage::Offered && intended < self.load_end
    }

    /// When a user of the closed model leaves for good, if somebody else goes on with it before `to`.
    pub(super) fn leaves(&self, population: usize, rank: u64, to: Instant) -> Instant {
        self.shared.given(population, rank).map_or(to, |from| to.min(self.load_start + from))
    }

    fn find_next_due(&self) {
        let next = |population: &Population| {
            population
                .schedule
                .borrow_mut()
                .as_mut()
                .and_then(Schedule::peek)
                .map(|next| self.load_start + next.intended)
        };
        self.next_due.set(self.populations.iter().filter_map(next).min());
    }
}
