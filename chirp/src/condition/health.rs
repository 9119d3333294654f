//! What a health check says that does not say what is.

use super::{Condition, Conditions};

/// What is said instead of the truth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lie {
    /// All is well.
    Green,
    /// It is not.
    Red,
}

impl Conditions {
    /// What the health check is to say now, if not the truth.
    pub(crate) fn health_lie(&self) -> Option<Lie> {
        if self.is(Condition::HealthGreen) {
            return Some(Lie::Green);
        }
        if self.strikes(Condition::HealthRed).is_some() || self.is_flapped() {
            return Some(Lie::Red);
        }
        None
    }

    /// Red in the first half of each period.
    fn is_flapped(&self) -> bool {
        let Some((super::Value::Time(period), elapsed)) = self.value(Condition::HealthFlapping) else { return false };
        2 * (elapsed.as_micros() % period.as_micros()) < period.as_micros()
    }
}
