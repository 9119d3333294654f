//! When what users who were hit get was back inside of the baseline's tolerance: "the first run inside the baseline's tolerance for
//! success, p99 and staleness" (`science.md` §6), the parts of the p99 and of staleness.
//!
//! As with success a whole window must hold it, and a window over the limit that begins before the mending moves it behind itself.
//! Histograms are kept by second, so the answer is a second's, ±1 s. Who was only slow and never failed was not hit: that is for the
//! promises on response times and for the blast radius to say.

use crate::{
    evidence::{Allowance, Evidence, Excess},
    findings::{Operations, RecoveryMeasure, RecoveryPart},
    words,
};
use std::time::Duration;
use units::RunTime;

/// When it was good for good, and what is known of that.
pub(crate) enum Good {
    /// From this second on.
    From(u64),
    /// It was still over the limit at the end.
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
pub(crate) fn search(evidence: &Evidence<'_>, excess: Option<&Excess>, stretch: &Stretch) -> Good {
    let Some(excess) = excess else { return Good::NotMeasured };
    let window = evidence.plan.trust.recovered_window.as_millis().div_ceil(1_000).max(1);
    let window = u64::try_from(window).unwrap_or(u64::MAX);
    let (from, end) = (stretch.impact.second(), stretch.end.second());
    let from_on = |second: u64| second..second.saturating_add(window).min(end);
    let is_bad = |second: u64| excess.is_too_much(from_on(second));
    let begins_bad = |second: &u64| excess.has_any(*second) && is_bad(*second);
    // Bad windows that begin behind the mending are the failback's, unless it never was good before.
    let relapses_until = stretch.mending.second().clamp(from, end);
    let last_bad = (from..relapses_until).rev().find(begins_bad);
    let begin = last_bad.map_or(from, |bad| bad + 1);
    // Silence proves nothing.
    let good = (begin..end).find(|second| !is_bad(*second) && excess.has_samples(from_on(*second)));
    let silent = (begin..end).find(|second| !is_bad(*second)).or((from >= end).then_some(from));
    match good {
        None => silent.map_or(Good::Never, Good::Cut),
        Some(second) if second.saturating_add(window) > end && second > from => Good::Cut(second),
        Some(second) => Good::From(second),
    }
}

/// What is measured so besides success, of a population's operations: when it was good, and what is told of it. Staleness is of
/// reads, where the plan's ledger has sessions.
pub(crate) fn parts(
    evidence: &Evidence<'_>,
    (population, operations): (usize, Operations),
    stretch: &Stretch,
) -> Vec<(Good, RecoveryPart)> {
    let has_sessions = evidence.plan.ledger.as_ref().is_some_and(|ledger| ledger.sessions.is_some());
    let slow = evidence.slowness.of_stream((population, operations), Allowance::Elsewhere);
    let mut measured = vec![(RecoveryMeasure::Response, slow)];
    if operations == Operations::Read && (has_sessions || !evidence.history.is_empty()) {
        measured.push((RecoveryMeasure::Staleness, evidence.freshness.of_population(population)));
    }
    let one = |(measure, excess): (RecoveryMeasure, Option<&Excess>)| {
        let good = search(evidence, excess, stretch);
        let part = part(measure, excess, &good);
        (good, part)
    };
    measured.into_iter().map(one).collect()
}

fn part(measure: RecoveryMeasure, excess: Option<&Excess>, good: &Good) -> RecoveryPart {
    let is_response = measure == RecoveryMeasure::Response;
    let within = excess.map_or_else(String::new, |excess| {
        let limit = words::duration(excess.limit());
        if is_response {
            format!(", 99 % within {limit}")
        } else {
            format!(", 95 % of reads lack nothing older than {limit}")
        }
    });
    let (recovered, text) = match good {
        Good::From(second) => (Some(at(*second)), format!("as in the baseline{within}")),
        Good::Never => {
            let what = if is_response { "too slow" } else { "too stale" };
            (None, format!("still {what} at the end{within}"))
        }
        Good::Cut(_) => (None, format!("the end came before a whole window was seen{within}")),
        Good::NotMeasured => {
            let what = if is_response { "samples for a p99" } else { "reads for a p95 of their age" };
            (None, format!("not measured: the baseline has too few {what}"))
        }
    };
    RecoveryPart { measure, recovered, text }
}

/// The instant that a second begins.
pub(crate) fn at(second: u64) -> RunTime {
    RunTime::from(Duration::from_secs(second))
}
