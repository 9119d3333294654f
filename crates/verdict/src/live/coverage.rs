//! How far what a generator did is known while a run goes on: by the verdict's own account of its agents, of the seconds of load so far.

use crate::{evidence::Coverage, words};
use std::ops::Range;

/// How far what a generator did is known by now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CoverageNow {
    /// The seconds of the run that it has to tell of by now.
    pub seconds: Range<u64>,
    /// Those that are not known, in order of time and apart.
    pub missing: Vec<MissingSeconds>,
    /// The share that is known: `100 %`, `98.3 %, 7 seconds missing`.
    pub text: String,
}

/// Seconds of a generator that are not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingSeconds {
    /// The seconds of the run.
    pub seconds: Range<u64>,
    /// Why, in words.
    pub why: String,
}

/// That of one generator, of those seconds of load; `None`: nobody keeps account of it. What is not known from
/// `awaited` on may still be told.
pub(super) fn coverage(known: &Coverage, agent: usize, load: Range<u64>, awaited: Option<u64>) -> Option<CoverageNow> {
    let seconds = known.agents.get(&agent)?.due(load);
    let mut gaps: Vec<_> = known.gaps(seconds.clone()).into_iter().filter(|gap| gap.agent == agent).collect();
    gaps.sort_by_key(|gap| (gap.from, gap.to));
    let mut missing: Vec<MissingSeconds> = Vec::new();
    for gap in gaps {
        let from = gap.from.max(missing.last().map_or(0, |last| last.seconds.end));
        let is_awaited = awaited.is_some_and(|from| gap.from >= from);
        let why = if is_awaited { "not told yet".to_owned() } else { gap.reason };
        if from <= gap.to {
            missing.push(MissingSeconds { seconds: from..gap.to + 1, why });
        }
    }
    let unknown: u64 = missing.iter().map(|one| one.seconds.end - one.seconds.start).sum();
    let text = match super::state::share(seconds.end - seconds.start - unknown, seconds.end - seconds.start) {
        None => "nothing due yet".to_owned(),
        Some(_) if unknown == 0 => words::share(1.0),
        Some(share) => format!("{}, {} missing", words::share(share), words::counted(unknown, "second")),
    };
    Some(CoverageNow { seconds, missing, text })
}

#[cfg(test)]
#[path = "coverage_tests.rs"]
mod tests;
