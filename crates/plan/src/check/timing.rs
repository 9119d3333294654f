//! Faults lie inside the load, and leave a baseline to compare with.

use crate::{
    mistakes::{Code, Collector, Mistake, Span},
    read::Spanned,
};
use std::time::Duration;
use units::duration::Text;

/// A baseline shorter than this says nothing.
const BASELINE_MIN: Duration = Duration::from_secs(5);

/// The times of the load that faults must fit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LoadTimes {
    /// When the baseline may begin.
    pub(crate) warm_up: Duration,
    /// When the load ends.
    pub(crate) end: Duration,
    /// Where the load's times stand.
    pub(crate) span: Span,
}

/// Checks when a fault is injected and how long it lasts against the load's times.
pub(crate) fn check(
    at: &Spanned<Duration>,
    duration: &Spanned<Duration>,
    load: LoadTimes,
    mistakes: &mut Collector<'_>,
) {
    let until = at.value + duration.value;
    let (at_text, end) = (Text(at.value), Text(load.end));
    let earliest = load.warm_up + BASELINE_MIN;
    if at.value >= load.end {
        let message = format!("the fault is injected at {at_text}, the load ends at {end}");
        let mistake = Mistake::new(Code::Timing, at.span, message).also(load.span, format!("the load ends at {end}"));
        mistakes.add(mistake.hint("an earlier `at`, or a longer load"));
    } else if until > load.end {
        let message = format!("the fault lasts until {}, the load ends at {end}", Text(until));
        let mistake = Mistake::new(Code::Timing, duration.span, message);
        let mistake = mistake.also(load.span, format!("the load ends at {end}"));
        mistakes.add(mistake.hint("recovery shows only under load: a shorter fault, or a longer load"));
    }
    if at.value < load.warm_up {
        let message = format!("the fault is injected at {at_text}, inside the warm-up of {}", Text(load.warm_up));
        mistakes.add(Mistake::new(Code::Timing, at.span, message).hint(format!("at: {} or later", Text(earliest))));
    } else if at.value < earliest {
        let left = Text(at.value - load.warm_up);
        let message = format!("a baseline of {left} is too short to compare with");
        let hint = format!("the warm-up ends at {}: at: {} or later", Text(load.warm_up), Text(earliest));
        mistakes.add(Mistake::new(Code::Timing, at.span, message).hint(hint));
    }
}
