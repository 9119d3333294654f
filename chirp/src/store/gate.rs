//! The gate in front of the commit: how a dead disk is played.
//!
//! A stalled disk is the nastiest storage failure, for nothing returns an error: commits wait, and so
//! does everyone who waits for them. Closing the gate does exactly that. Reads go on, as they do from
//! a page cache.

use std::sync::{Arc, Condvar, Mutex, PoisonError};

/// Opens and closes the way to the disk. Clones are the same gate.
#[derive(Clone, Debug, Default)]
pub(crate) struct StorageGate(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Clone, Copy, Debug, Default)]
struct State {
    stalled: bool,
    closing: bool,
}

impl StorageGate {
    /// Stalls the storage, or lets it go on.
    pub(crate) fn set_stalled(&self, stalled: bool) {
        self.change(|state| state.stalled = stalled);
    }

    /// Whether commits wait.
    pub(crate) fn is_stalled(&self) -> bool {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner).stalled
    }

    /// The region stops: nobody waits at the gate any more.
    pub(super) fn close(&self) {
        self.change(|state| state.closing = true);
    }

    /// Waits until the storage is not stalled. The wait ends at the latest when the region stops;
    /// answers whether the commit may go on.
    pub(super) fn pass(&self) -> bool {
        let state = self.0.state.lock().unwrap_or_else(PoisonError::into_inner);
        let blocked = |state: &mut State| state.stalled && !state.closing;
        let waited = self.0.changed.wait_while(state, blocked);
        !waited.unwrap_or_else(PoisonError::into_inner).stalled
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.0.state.lock().unwrap_or_else(PoisonError::into_inner));
        self.0.changed.notify_all();
    }
}
