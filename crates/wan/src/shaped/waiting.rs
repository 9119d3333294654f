//! Who waits for a stream: a reader, a writer, both in one task or in two, and their place among the link's waiters.
//!
//! One task is the usual case and costs a comparison. Two tasks (a split stream) make a waker that wakes both, so that
//! whoever polled last can't leave the other asleep.

use crate::network::Shared;
use std::{
    sync::Arc,
    task::{Context, Wake, Waker},
};

/// By [`Role`]: who waits. A waker is kept after its wait is over, since the next wait is mostly the same task's. Side by side and not
/// as two values, which would be larger: there is one per connection.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    wakers: [Option<Waker>; 2],
    waits: [bool; 2],
    place: Option<Place>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Reader,
    Writer,
}

impl Role {
    fn other(self) -> Self {
        match self {
            Self::Reader => Self::Writer,
            Self::Writer => Self::Reader,
        }
    }
}

/// Where the stream stands among the link's waiters, and whose waker is there.
#[derive(Debug, Clone, Copy)]
struct Place {
    number: u32,
    role: Role,
}

impl Waiting {
    /// This side waits no longer.
    pub(super) fn done(&mut self, role: Role) {
        self.waits[role as usize] = false;
    }

    /// This side waits, also for the link's next change.
    pub(super) fn wait(&mut self, role: Role, context: &Context<'_>, shared: &Shared) {
        let fresh = self.note(role, context.waker());
        match self.place {
            Some(place) if place.role == role && !fresh => {}
            Some(place) if place.role == role || !self.covers(role.other(), context.waker()) => {
                shared.waiters.replace(place.number, context.waker().clone());
                self.place = Some(Place { role, ..place });
            }
            Some(_) => {}
            None => self.place = Some(Place { number: shared.waiters.enter(context.waker().clone()), role }),
        }
    }

    /// A waker that wakes this task and also the other side, if that waits in another task. `None`: this task's own does.
    pub(super) fn both(&self, role: Role, context: &Context<'_>) -> Option<Waker> {
        let other = self.waiting(role.other()).filter(|waker| !waker.will_wake(context.waker()))?;
        Some(Waker::from(Arc::new(Both(context.waker().clone(), other.clone()))))
    }

    /// Something changed that a waiting side has to look at.
    pub(super) fn wake(&self, role: Role) {
        if let Some(waker) = self.waiting(role) {
            waker.wake_by_ref();
        }
    }

    /// The stream is gone.
    pub(super) fn leave(&mut self, shared: &Shared) {
        if let Some(place) = self.place.take() {
            shared.waiters.leave(place.number);
        }
    }

    /// The waker of a side that waits.
    fn waiting(&self, role: Role) -> Option<&Waker> {
        self.wakers[role as usize].as_ref().filter(|_| self.waits[role as usize])
    }

    /// Notes that this side waits; says whether the waker is another than before.
    fn note(&mut self, role: Role, waker: &Waker) -> bool {
        self.waits[role as usize] = true;
        match &mut self.wakers[role as usize] {
            Some(current) if current.will_wake(waker) => false,
            current => {
                *current = Some(waker.clone());
                true
            }
        }
    }

    /// That side waits, or its waker is the same task's: whoever is woken looks after both.
    fn covers(&self, role: Role, waker: &Waker) -> bool {
        let is_same = |current: &Waker| current.will_wake(waker);
        self.waits[role as usize] || self.wakers[role as usize].as_ref().is_some_and(is_same)
    }
}

struct Both(Waker, Waker);

impl Wake for Both {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.wake_by_ref();
        self.1.wake_by_ref();
    }
}
