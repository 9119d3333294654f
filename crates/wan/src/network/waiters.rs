//! Who wants to hear of a link's next change.
//!
//! A stream registers once, when it first waits, and keeps its place until it is dropped: the lock is taken per connection
//! and per change, never per message.

use std::{
    sync::{Mutex, MutexGuard},
    task::Waker,
};

#[derive(Debug, Default)]
pub(crate) struct Waiters(Mutex<Table>);

#[derive(Debug, Default)]
struct Table {
    places: Vec<Option<Waker>>,
    free: Vec<u32>,
}

impl Waiters {
    /// A place for this waker.
    pub(crate) fn enter(&self, waker: Waker) -> u32 {
        let mut table = self.table();
        if let Some(place) = table.free.pop() {
            table.places[place as usize] = Some(waker);
            return place;
        }
        table.places.push(Some(waker));
        u32::try_from(table.places.len() - 1).expect("four thousand million streams don't fit into memory")
    }

    /// Another waker for a place.
    pub(crate) fn replace(&self, place: u32, waker: Waker) {
        let outdated = self.table().places[place as usize].replace(waker);
        drop(outdated);
    }

    /// Gives a place back.
    pub(crate) fn leave(&self, place: u32) {
        let mut table = self.table();
        let outdated = table.places[place as usize].take();
        table.free.push(place);
        drop(table);
        drop(outdated);
    }

    /// Wakes everybody; all keep their places.
    pub(crate) fn wake_all(&self) {
        let wakers: Vec<Waker> = self.table().places.iter().flatten().cloned().collect();
        for waker in wakers {
            waker.wake();
        }
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.0.lock().expect("nothing panics while it holds the list of waiters")
    }
}
