//! T_impact: "first product impact", "first client op outside SLO" (`definitions.md`): the first failed request after a
//! fault's injection that the baseline's own failures don't explain.
//!
//! Resolution is a tenth of a second, the one in which the request was *intended*: ±0.1 s. The search begins with the
//! injection's command, not with the proof of its effect, since the effect is there before it is proven.
//!
//! The baseline's level: its failures ÷ its requests, without its last stretch, in which requests were still under way when
//! the fault came (as long as a request can take, `request_time_max`, but at most a third of the baseline): those failures
//! are the fault's. With no failure in the baseline, the first failed request is the impact. Else the second that begins
//! with it must hold more than λ + 3·√λ + 1 of them, λ being what the baseline would give: a chance of well under one in a
//! thousand.

use crate::evidence::{Evidence, Stream};
use std::ops::Range;

/// What a stream was like in the baseline.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Level {
    /// Failures ÷ requests; zero without requests.
    pub(crate) failing: f64,
    /// Requests per tenth of a second; zero without a baseline.
    pub(crate) rate: f64,
    pub(crate) requests: u64,
}

/// The level of a stream in the baseline.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
pub(crate) fn baseline_level(evidence: &Evidence<'_>, stream: &Stream) -> Level {
    let Some(baseline) = evidence.timeline.baseline else {
        return Level { failing: 0.0, rate: 0.0, requests: 0 };
    };
    let under_way = evidence.plan.request_time_max().min(baseline.length().0 / 3);
    let to = if evidence.timeline.outages.iter().any(|times| times.began().is_some()) {
        baseline.to - under_way
    } else {
        baseline.to
    };
    let tenths = evidence.requests.tenths;
    let range = tenths.index(baseline.from)..tenths.index(to);
    let counts = stream.counts(range.clone());
    let failing = counts.success().map_or(0.0, |success| 1.0 - success);
    Level { failing, rate: counts.requests() as f64 / range.len().max(1) as f64, requests: counts.requests() }
}

/// The first tenth of `range` with a failed request that the baseline doesn't explain.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
pub(crate) fn first_impact(stream: &Stream, level: Level, range: Range<usize>) -> Option<usize> {
    let end = range.end;
    range.into_iter().find(|tenth| {
        if stream.failed_in(*tenth) == 0 {
            return false;
        }
        let second = stream.counts(*tenth..(*tenth + 10).min(end));
        let expected = level.failing * second.requests() as f64;
        expected == 0.0 || second.failed as f64 > expected + 3.0 * expected.sqrt() + 1.0
    })
}
