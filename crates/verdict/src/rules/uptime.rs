//! Availability as users see it: the share of user-time in which users succeed, and its worst window per window length
//! ("Meaningful Availability", Hauer and others, NSDI 2020).
//!
//! ok ÷ requests is biased: whoever retries most counts most, and whoever gave up doesn't count at all. User-uptime counts
//! *time*: a user is up from a success until the next answer, and down from a failure on. A recording has no single users but
//! the requests of a population per tenth of a second, so that the users of a tenth are those whose requests were intended in
//! it: their success share is the part of that tenth's user-time that was up. Each tenth weighs the same, however many requests
//! it had; a tenth without requests carries on the one before it, for up to two seconds, and then nobody was there.
//!
//! With an open load this is close to the success share; with one that falls in an outage (closed, or users who give up) it is
//! not, and it is the honest one of the two. A window takes five requests.

use crate::{
    evidence::{Evidence, Stream},
    findings::{Length, Operations, Span, UptimeWindow, UserUptime},
};
use std::{ops::Range, time::Duration};

/// Lengths of windows, in seconds.
const LENGTHS: [u64; 8] = [1, 10, 30, 60, 300, 900, 3_600, 21_600];
/// How far the state of a tenth reaches over tenths without requests.
const STATE_LASTS: usize = 20;
/// Requests that a window takes.
const REQUESTS_MIN: f64 = 5.0;

/// User-time of tenths, added up: up, all, and the requests behind it.
pub(crate) struct UserTime {
    sums: Vec<(f64, f64, f64)>,
    from: usize,
}

/// Everybody, then each population.
pub(crate) fn uptime(evidence: &Evidence<'_>) -> Vec<UserUptime> {
    let populations = 0..evidence.plan.populations.len();
    let each: Vec<UserTime> = populations.clone().map(|population| of(evidence, population, Operations::All)).collect();
    let shares: Vec<f64> = evidence.plan.populations.iter().map(|one| one.share.fraction()).collect();
    let everybody = together(&each, &shares);
    let success = |range: Range<usize>| {
        let streams = range.map(|population| evidence.stream(population, Operations::All));
        let counts = streams.map(|stream| stream.counts(measured(evidence)));
        let (ok, all) = counts.fold((0, 0), |sum, counts| (sum.0 + counts.ok, sum.1 + counts.requests()));
        super::experience::share(ok, all)
    };
    let mut found = vec![told(evidence, None, &everybody, success(populations.clone()))];
    found
        .extend(populations.map(|population| {
            told(evidence, Some(population), &each[population], success(population..population + 1))
        }));
    found
}

/// The user-time of a population's requests over what is measured.
pub(crate) fn of(evidence: &Evidence<'_>, population: usize, operations: Operations) -> UserTime {
    UserTime::of(evidence.stream(population, operations), measured(evidence))
}

/// The tenths that are measured.
pub(crate) fn measured(evidence: &Evidence<'_>) -> Range<usize> {
    let from = evidence.requests.tenths.index(evidence.timeline.measured_from);
    from..evidence.end_tenth().max(from)
}

fn told(evidence: &Evidence<'_>, population: Option<usize>, time: &UserTime, success: Option<f64>) -> UserUptime {
    let lengths = LENGTHS.into_iter().map(Duration::from_secs);
    let worst = lengths.filter_map(|length| time.worst(evidence, length));
    UserUptime { population, uptime: time.share(0..time.len()), success, worst: worst.collect() }
}

/// Everybody: each population's user-time with its share of the users.
fn together(each: &[UserTime], shares: &[f64]) -> UserTime {
    let length = each.first().map_or(1, |one| one.sums.len());
    let sums = (0..length).map(|tenth| {
        each.iter().zip(shares).fold((0.0, 0.0, 0.0), |sum, (one, share)| {
            let (up, all, requests) = one.sums[tenth];
            (sum.0 + up * share, sum.1 + all * share, sum.2 + requests)
        })
    });
    UserTime { sums: sums.collect(), from: each.first().map_or(0, |one| one.from) }
}

impl UserTime {
    fn of(stream: &Stream, range: Range<usize>) -> Self {
        let from = range.start;
        let mut sums = vec![(0.0, 0.0, 0.0)];
        let mut state: Option<(f64, usize)> = None;
        for tenth in range {
            let counts = stream.counts(tenth..tenth + 1);
            state = match (counts.success(), state) {
                (Some(success), _) => Some((success, 0)),
                (None, Some((success, age))) if age < STATE_LASTS => Some((success, age + 1)),
                (None, _) => None,
            };
            let (up, all, requests) = sums[sums.len() - 1];
            let (more_up, more) = state.map_or((0.0, 0.0), |(success, _)| (success, 1.0));
            #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
            sums.push((up + more_up, all + more, requests + counts.requests() as f64));
        }
        Self { sums, from }
    }

    fn len(&self) -> usize {
        self.sums.len() - 1
    }

    /// up ÷ all of those tenths, from the first that is measured; `None` with too few requests.
    fn share(&self, range: Range<usize>) -> Option<f64> {
        let (from, to) = (self.sums[range.start], self.sums[range.end]);
        let (all, requests) = (to.1 - from.1, to.2 - from.2);
        (all > 0.0 && requests >= REQUESTS_MIN).then(|| ((to.0 - from.0) / all).clamp(0.0, 1.0))
    }

    /// The worst window of that length, of equals the first; `None` where none fits or none has enough requests.
    pub(crate) fn worst(&self, evidence: &Evidence<'_>, length: Duration) -> Option<UptimeWindow> {
        let tenths = usize::try_from(length.as_millis() / 100).ok()?;
        let last = self.len().checked_sub(tenths)?;
        let windows = (0..=last).filter_map(|tenth| Some((tenth, self.share(tenth..tenth + tenths)?)));
        let (tenth, uptime) = windows.min_by(|one, other| one.1.total_cmp(&other.1))?;
        let from = evidence.time_of(self.from + tenth);
        Some(UptimeWindow { length: Length(length), span: Span { from, to: from + length }, uptime })
    }
}
