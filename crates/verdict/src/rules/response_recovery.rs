//! When the response times of a population that was hit were back inside the baseline's tolerance: "the first run inside the
//! baseline's tolerance for success, p99 and staleness" (`science.md` §6), the part of the p99.
//!
//! As with success a whole window must hold it, and a slow window that begins before the mending moves it behind itself. Histograms
//! are kept by second, so the answer is a second's, ±1 s. Who was only slow and never failed was not hit: that is for the
//! promises on response times and for the blast radius to say.

use crate::{
    evidence::{Allowance, Evidence, SlowStream as Stream},
    findings::{RecoveryMeasure, RecoveryPart},
    words,
};
use std::time::Duration;
use units::RunTime;

/// When it was good for good, and what is known of that.
pub(crate) enum Good {
    /// From this second on.
    From(u64),
    /// It was still slow at the end.
    Never,
    /// The end came within the window, and it was good from this second on.
    Cut(u64),
    /// There is no limit to hold it against.
    NotMeasured,
}

/// Where a search begins and ends.
pub(crate) struct Stretch {
    pub(crate) impact: RunTime,
    pub(crate) mending: RunTime,
    pub(crate) end: RunTime,
}

/// The first second from which on a whole window is good.
pub(crate) fn search(evidence: &Evidence<'_>, stream: Stream, allowance: Allowance, stretch: &Stretch) -> Good {
    if evidence.slowness.limit(stream, allowance).is_none() {
        return Good::NotMeasured;
    }
    let window = evidence.plan.trust.recovered_window.as_millis().div_ceil(1_000).max(1);
    let window = u64::try_from(window).unwrap_or(u64::MAX);
    let (from, end) = (stretch.impact.second(), stretch.end.second());
    let is_slow = |second: u64| {
        let until = second.saturating_add(window).min(end);
        evidence.slowness.is_slow(stream, allowance, second..until)
    };
    let begins_slow = |second: &u64| evidence.slowness.has_slow(stream, allowance, *second) && is_slow(*second);
    // Slow windows that begin behind the mending are the failback's, unless it never was good before.
    let relapses_until = stretch.mending.second().clamp(from, end);
    let last_slow = (from..relapses_until).rev().find(begins_slow);
    let good = (last_slow.map_or(from, |slow| slow + 1)..end).find(|second| !is_slow(*second));
    match good {
        None if from >= end => Good::Cut(from),
        None => Good::Never,
        Some(second) if second.saturating_add(window) > end && second > from => Good::Cut(second),
        Some(second) => Good::From(second),
    }
}

/// What is told of it.
pub(crate) fn part(evidence: &Evidence<'_>, stream: Stream, good: &Good) -> RecoveryPart {
    let limit = evidence.slowness.limit(stream, Allowance::Elsewhere);
    let within = limit.map_or_else(String::new, |limit| format!(", 99 % within {}", words::duration(limit)));
    let (recovered, text) = match good {
        Good::From(second) => (Some(at(*second)), format!("as in the baseline{within}")),
        Good::Never => (None, format!("still too slow at the end{within}")),
        Good::Cut(_) => (None, format!("the end came before a whole window was seen{within}")),
        Good::NotMeasured => (None, "not measured: the baseline has too few samples for a p99".to_owned()),
    };
    RecoveryPart { measure: RecoveryMeasure::Response, recovered, text }
}

/// The instant that a second begins.
pub(crate) fn at(second: u64) -> RunTime {
    RunTime::from(Duration::from_secs(second))
}
