//! Notices that a task panicked. The runtime catches panics of tasks, so that without this a user would silently be missing,
//! and the recording have a hole that nobody knows of.

use std::{cell::Cell, rc::Rc};

/// Raised by any task of a thread that panics while it holds a [`Guard`].
#[derive(Debug, Clone, Default)]
pub(crate) struct Alarm(Rc<Cell<bool>>);

/// Held by a task for as long as it lives.
#[derive(Debug)]
pub(crate) struct Guard(Alarm);

impl Alarm {
    pub(crate) fn guard(&self) -> Guard {
        Guard(self.clone())
    }

    /// Raises it if this thread is panicking: for whoever is dropped with a task.
    pub(crate) fn look(&self) {
        if std::thread::panicking() {
            self.0.set(true);
        }
    }

    /// Whether a task panicked.
    pub(crate) fn is_raised(&self) -> bool {
        self.0.get()
    }

    /// What a thread says that can't go on.
    pub(crate) fn error(&self) -> std::io::Error {
        std::io::Error::other("one of its tasks panicked, see above")
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.look();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    #[test]
    fn only_a_panic_raises_it() {
        let alarm = Alarm::default();
        drop(alarm.guard());
        assert!(!alarm.is_raised());
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            let _guard = alarm.guard();
            std::panic::resume_unwind(Box::new("on purpose"));
        }));
        assert!(panicked.is_err() && alarm.is_raised());
    }
}
