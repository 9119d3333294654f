//! Faults lie inside the load, and leave a baseline to compare with.

use crate::{
    mistakes::{Code, Collector, Mistake, Span},
    resolved::Fault,
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

/// Where a fault's own times stand.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FaultSpans {
    /// `at`.
    pub(crate) at: Span,
    /// `for`.
    pub(crate) duration: Span,
}

/// Checks a fault against the load's times.
pub(crate) fn check(fault: &Fault, spans: FaultSpans, load: LoadTimes, mistakes: &mut Collector<'_>) {
    let (at, until, end) = (Text(fault.at), Text(fault.until()), Text(load.end));
    let earliest = load.warm_up + BASELINE_MIN;
    if fault.at >= load.end {
        let message = format!("the fault is injected at {at}, the load ends at {end}");
        let mistake = Mistake::new(Code::Timing, spans.at, message).also(load.span, format!("the load ends at {end}"));
        mistakes.add(mistake.hint("an earlier `at`, or a longer load"));
    } else if fault.until() > load.end {
        let message = format!("the fault lasts until {until}, the load ends at {end}");
        let mistake =
            Mistake::new(Code::Timing, spans.duration, message).also(load.span, format!("the load ends at {end}"));
        mistakes.add(mistake.hint("recovery shows only under load: a shorter fault, or a longer load"));
    }
    if fault.at < load.warm_up {
        let message = format!("the fault is injected at {at}, inside the warm-up of {}", Text(load.warm_up));
        mistakes.add(Mistake::new(Code::Timing, spans.at, message).hint(format!("at: {} or later", Text(earliest))));
    } else if fault.at < earliest {
        let left = Text(fault.at - load.warm_up);
        let message = format!("a baseline of {left} is too short to compare with");
        let hint = format!("the warm-up ends at {}: at: {} or later", Text(load.warm_up), Text(earliest));
        mistakes.add(Mistake::new(Code::Timing, spans.at, message).hint(hint));
    }
}
