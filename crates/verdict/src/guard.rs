//! Each check on its own: one that panics leaves the rest, and makes the verdict inconclusive with its name.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs checks and remembers those that crashed.
#[derive(Debug, Default)]
pub(crate) struct Guard {
    /// "name: message".
    crashed: Vec<String>,
    /// A check that is to crash, so that a test can see what follows.
    #[cfg(test)]
    crash_on: Option<&'static str>,
}

impl Guard {
    /// One in which that check crashes.
    #[cfg(test)]
    pub(crate) fn crashing_on(check: &'static str) -> Self {
        Self { crash_on: Some(check), ..Self::default() }
    }

    /// What the check finds, or `otherwise` of its panic message.
    pub(crate) fn check<T>(&mut self, name: &str, otherwise: impl FnOnce(&str) -> T, check: impl FnOnce() -> T) -> T {
        #[cfg(test)]
        let crash = self.crash_on == Some(name);
        let run = || {
            #[cfg(test)]
            assert!(!crash, "crashed on purpose");
            check()
        };
        // What a panicking check may leave half done is its own value, which is dropped.
        match catch_unwind(AssertUnwindSafe(run)) {
            Ok(found) => found,
            Err(panic) => {
                let message = panic
                    .downcast_ref::<String>()
                    .cloned()
                    .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
                    .unwrap_or_else(|| "no message".to_owned());
                self.crashed.push(format!("{name}: {message}"));
                otherwise(&message)
            }
        }
    }

    /// The checks that crashed so far.
    pub(crate) fn crashed(&self) -> &[String] {
        &self.crashed
    }
}
