//! As many tests have labs at the same time as there are cores, however many threads there are for tests: labs are processes that
//! work, and times that are part of what Chirp promises (a write's deadline, a lease) are missed where too many of them do.

use std::cell::RefCell;
use std::num::NonZero;
use std::sync::{Arc, Condvar, Mutex, PoisonError, Weak};

static TAKEN: Mutex<usize> = Mutex::new(0);
static GIVEN_BACK: Condvar = Condvar::new();

thread_local! {
    /// The turn of the test that runs on this thread: its second lab needs no second turn.
    static OWN: RefCell<Weak<Turn>> = const { RefCell::new(Weak::new()) };
}

/// The right to have labs. Given back when the last lab of its test is gone.
pub(crate) struct Turn(());

impl Turn {
    /// This test's turn; waits until there is one.
    pub(crate) fn take() -> Arc<Self> {
        OWN.with_borrow_mut(|own| {
            own.upgrade().unwrap_or_else(|| {
                let turn = Arc::new(Self::wait());
                *own = Arc::downgrade(&turn);
                turn
            })
        })
    }

    fn wait() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
        let taken = TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
        *GIVEN_BACK.wait_while(taken, |taken| *taken >= cores).unwrap_or_else(PoisonError::into_inner) += 1;
        Self(())
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        *TAKEN.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        GIVEN_BACK.notify_one();
    }
}
