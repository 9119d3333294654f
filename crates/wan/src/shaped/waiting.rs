//! Who waits for a stream: a reader, a writer, both in one task or in two, and their place among the link's waiters.
//!
//! One task is the usual case and costs a comparison. Two tasks (a split stream) make a waker that wakes both, so that
//! whoever polled last can't leave the other asleep.

use crate::network::Shared;
use std::{
    sync::Arc,
    task::{Context, Wake, Waker},
};

#[derive(Debug, Default)]
pub(super) struct Waiting {
    reader: Side,
    writer: Side,
    place: Option<Place>,
}

/// A side's waker is kept after its wait is over, since the next wait is mostly the same task's.
#[derive(Debug, Default)]
struct Side {
    waker: Option<Waker>,
    waits: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Reader,
    Writer,
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
        self.side(role).waits = false;
    }

    /// This side waits, also for the link's next change.
    pub(super) fn wait(&mut self, role: Role, context: &Context<'_>, shared: &Shared) {
        let fresh = self.side(role).wait(context.waker());
        match self.place {
            Some(place) if place.role == role && !fresh => {}
            Some(place) if place.role == role || !self.other(role).covers(context.waker()) => {
                shared.waiters.replace(place.number, context.waker().clone());
                self.place = Some(Place { role, ..place });
            }
            Some(_) => {}
            None => self.place = Some(Place { number: shared.waiters.enter(context.waker().clone()), role }),
        }
    }

    /// A waker that wakes this task and also the other side, if that waits in another task. `None`: this task's own does.
    pub(super) fn both(&mut self, role: Role, context: &Context<'_>) -> Option<Waker> {
        let other = self.other(role);
        let waker = other.waker.as_ref().filter(|waker| other.waits && !waker.will_wake(context.waker()))?;
        Some(Waker::from(Arc::new(Both(context.waker().clone(), waker.clone()))))
    }

    /// Something changed that a waiting side has to look at.
    pub(super) fn wake(&mut self, role: Role) {
        let side = self.side(role);
        if side.waits
            && let Some(waker) = &side.waker
        {
            waker.wake_by_ref();
        }
    }

    /// The stream is gone.
    pub(super) fn leave(&mut self, shared: &Shared) {
        if let Some(place) = self.place.take() {
            shared.waiters.leave(place.number);
        }
    }

    fn side(&mut self, role: Role) -> &mut Side {
        match role {
            Role::Reader => &mut self.reader,
            Role::Writer => &mut self.writer,
        }
    }

    fn other(&self, role: Role) -> &Side {
        match role {
            Role::Reader => &self.writer,
            Role::Writer => &self.reader,
        }
    }
}

impl Side {
    /// Says whether the waker is another than before.
    fn wait(&mut self, waker: &Waker) -> bool {
        self.waits = true;
        match &mut self.waker {
            Some(current) if current.will_wake(waker) => false,
            current => {
                *current = Some(waker.clone());
                true
            }
        }
    }

    /// This side waits, or its waker is the same task's: whoever is woken looks after both.
    fn covers(&self, waker: &Waker) -> bool {
        self.waits || self.waker.as_ref().is_some_and(|current| current.will_wake(waker))
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
