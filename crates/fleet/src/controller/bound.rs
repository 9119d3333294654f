//! By how much an agent's stamps can be off, said again when it has changed. Pure.

use crate::roster::BOUND_MAX;
use std::time::Duration;
use units::duration::Text;

/// A change by less is not worth a word.
const CHANGE_MIN: Duration = Duration::from_millis(5);

/// The bound that was said last.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bound {
    said: Duration,
}

impl Bound {
    pub(super) fn new(said: Duration) -> Self {
        Self { said }
    }

    /// What to say of a new bound, if anything: when it has doubled or halved, and when it became too wide to compare.
    pub(super) fn news(&mut self, bound: Duration, agent: &str) -> Option<String> {
        let apart = bound.abs_diff(self.said);
        let much = apart >= CHANGE_MIN && apart * 2 >= bound.max(self.said);
        let too_wide = bound > BOUND_MAX && self.said <= BOUND_MAX;
        if !much && !too_wide {
            return None;
        }
        self.said = bound;
        let (length, at_most) = (Text(millis(bound)), Text(BOUND_MAX));
        let worse = if bound > BOUND_MAX {
            format!(", more than {at_most}: its seconds lie beside others' only roughly")
        } else {
            String::new()
        };
        Some(format!("the stamps of {agent} can be off by {length} now{worse}"))
    }
}

/// Whole milliseconds, rounded up: a bound is never said to be smaller than it is.
fn millis(bound: Duration) -> Duration {
    Duration::from_millis(u64::try_from(bound.as_micros().div_ceil(1_000)).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_is_said_again_when_it_means_something_else() {
        let ms = Duration::from_millis;
        let mut bound = Bound::new(ms(10));
        assert_eq!(bound.news(ms(13), "a"), None);
        assert_eq!(bound.news(ms(20), "a").as_deref(), Some("the stamps of a can be off by 20ms now"));
        assert_eq!(bound.news(ms(21), "a"), None);
        assert_eq!(
            bound.news(Duration::from_micros(9_400), "a").as_deref(),
            Some("the stamps of a can be off by 10ms now")
        );
        let mut bound = Bound::new(ms(240));
        let wide = bound.news(ms(251), "a").unwrap_or_default();
        assert!(wide.ends_with("251ms now, more than 250ms: its seconds lie beside others' only roughly"), "{wide}");
        assert_eq!(bound.news(ms(260), "a"), None, "it was said");
        assert_eq!(Bound::new(ms(1)).news(ms(4), "a"), None, "next to nothing");
    }
}
