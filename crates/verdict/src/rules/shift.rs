//! How a population's traffic moves: ③ first success elsewhere, ④ "≥ 99 % of answered traffic elsewhere"
//! (`dashboards.md` §5.2), and the way back.
//!
//! "Answered" are successes whose server is known: a failure has no server that could be relied upon. Shares are taken
//! over two seconds, with at least three successes, since one answer proves no share.
//!
//! All of it counts from when a request was intended, as recovery does. The recording also has an event for the first answer from
//! elsewhere, with the instant of the answer: it lies behind the recovery that the same request proves, so it is told and not used.

use crate::evidence::{Evidence, Stream};
use crate::findings::{Length, Mark, MarkKind, Operations};
use std::{ops::Range, time::Duration};
use units::RunTime;

/// Tenths that a share is taken over.
const WINDOW: usize = 20;
/// Successes that a share takes.
const ANSWERS_MIN: u64 = 3;
/// What counts as all.
pub(crate) const NEARLY_ALL: f64 = 0.99;
/// Part served elsewhere in the baseline above which a first success elsewhere means nothing.
const ELSEWHERE_IN_BASELINE_MAX: f64 = 0.01;

/// ③: when the first request was intended that another region than the population's home answered with success, from `from` on.
pub(crate) fn first_rerouted(evidence: &Evidence<'_>, population: usize, from: RunTime, until: RunTime) -> Mark {
    let kind = MarkKind::Rerouted;
    let Some(home) = evidence.homes[population] else {
        return Mark::unknown(kind, "the population has no home in the baseline");
    };
    let stream = evidence.stream(population, Operations::All);
    if elsewhere_in_baseline(evidence, stream, home) > ELSEWHERE_IN_BASELINE_MAX {
        return Mark::unknown(kind, "others served this population before the fault, too");
    }
    let range = tenths(evidence, from, until);
    let found = range.into_iter().find(|tenth| moved(stream, home, *tenth..*tenth + 1).elsewhere > 0);
    match found {
        Some(tenth) => Mark::known(kind, evidence.time_of(tenth).max(from), Duration::from_millis(100), "load"),
        None => Mark::unknown(kind, "no success was served elsewhere"),
    }
}

/// ④: the first two seconds in which nearly all answers came from elsewhere.
pub(crate) fn shifted(evidence: &Evidence<'_>, population: usize, from: RunTime, until: RunTime) -> Mark {
    let kind = MarkKind::Shifted;
    let Some(home) = evidence.homes[population] else {
        return Mark::unknown(kind, "the population has no home in the baseline");
    };
    let stream = evidence.stream(population, Operations::All);
    let range = tenths(evidence, from, until);
    let end = range.end;
    let found = range.into_iter().find(|tenth| {
        let at_once = moved(stream, home, *tenth..*tenth + 1);
        at_once.elsewhere > 0 && moved(stream, home, *tenth..(*tenth + WINDOW).min(end)).share_elsewhere() >= NEARLY_ALL
    });
    match found {
        Some(tenth) => Mark::known(kind, evidence.time_of(tenth).max(from), Duration::from_millis(100), "load"),
        None => Mark::unknown(kind, "never were 99 % of the answers from elsewhere"),
    }
}

/// Whether, in any two seconds of that time, half of the answers came from elsewhere.
pub(crate) fn has_moved(evidence: &Evidence<'_>, population: usize, from: RunTime, until: RunTime) -> bool {
    let Some(home) = evidence.homes[population] else { return false };
    let stream = evidence.stream(population, Operations::All);
    let range = tenths(evidence, from, until);
    range.clone().any(|tenth| moved(stream, home, tenth..(tenth + WINDOW).min(range.end)).share_elsewhere() >= 0.5)
}

/// Who answered.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Moved {
    pub(crate) home: u64,
    pub(crate) elsewhere: u64,
}

impl Moved {
    /// Zero without enough answers.
    pub(crate) fn share_elsewhere(self) -> f64 {
        self.share(self.elsewhere)
    }

    /// Zero without enough answers.
    pub(crate) fn share_home(self) -> f64 {
        self.share(self.home)
    }

    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
    fn share(self, part: u64) -> f64 {
        let answers = self.home + self.elsewhere;
        if answers < ANSWERS_MIN { 0.0 } else { part as f64 / answers as f64 }
    }
}

/// Who answered in those tenths.
pub(crate) fn moved(stream: &Stream, home: usize, range: Range<usize>) -> Moved {
    let mut moved = Moved::default();
    for (region, count) in stream.served(&range) {
        match region {
            Some(region) if region == home => moved.home += count,
            Some(_) => moved.elsewhere += count,
            None => {}
        }
    }
    moved
}

fn elsewhere_in_baseline(evidence: &Evidence<'_>, stream: &Stream, home: usize) -> f64 {
    let Some(baseline) = evidence.timeline.baseline else { return 1.0 };
    moved(stream, home, tenths(evidence, baseline.from, baseline.to)).share_elsewhere()
}

fn tenths(evidence: &Evidence<'_>, from: RunTime, until: RunTime) -> Range<usize> {
    let tenths = evidence.requests.tenths;
    tenths.index(from)..tenths.index(until).min(evidence.end_tenth())
}

impl Mark {
    /// A mark that was measured.
    pub(crate) fn known(kind: MarkKind, at: RunTime, error: Duration, source: &str) -> Self {
        Self { kind, at: Some(at), error: Some(Length(error)), source: Some(source.to_owned()), not_measured: None }
    }

    /// A mark that was not, and why.
    pub(crate) fn unknown(kind: MarkKind, why: &str) -> Self {
        Self { kind, at: None, error: None, source: None, not_measured: Some(why.to_owned()) }
    }
}
