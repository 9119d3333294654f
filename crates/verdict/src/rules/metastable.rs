//! Metastable failure: "trigger + sustaining effect: the bad state stays after the trigger is gone" (`definitions.md`,
//! after Bronson et al. 2021), most often kept alive by retries.
//!
//! The rule of `science.md` §5: the fault's removal was proven at least 30 s and five request time-outs ago, the load is
//! no more than the baseline's, and yet goodput is below 90 % of the baseline's, with more than 1.2 attempts per request.
//! It takes an open load: users who wait for their answers take the load away themselves.
//!
//! Goodput and load are those of the time from then on to the load's end, over all populations. Less than ten seconds of
//! it say nothing.

use super::load::attempts_per_request;
use crate::{
    evidence::{Evidence, instant},
    findings::{Length, Operations, Span},
    words,
};
use std::time::Duration;

const CALM_MIN: Duration = Duration::from_secs(30);
const CALM_TIMEOUTS: u32 = 5;
const GOODPUT_MIN: f64 = 0.9;
const LOAD_MAX: f64 = 1.05;
const ATTEMPTS_MAX: f64 = 1.2;
const OBSERVED_MIN: Duration = Duration::from_secs(10);

/// What to say of a fault whose bad state outlived it; `None` where it didn't, or where it can't be told.
pub(crate) fn metastable(evidence: &Evidence<'_>, fault: usize) -> Option<String> {
    let healed = instant(&evidence.timeline.faults[fault].healed)?;
    let calm = CALM_MIN.max(evidence.plan.request_time_max() * CALM_TIMEOUTS);
    let after = Span { from: healed + calm, to: evidence.timeline.measured_until };
    let baseline = evidence.timeline.baseline?;
    // A later fault is a cause of its own.
    let disturbed = evidence.timeline.fault_windows().any(|window| window.to > after.from && window.from < after.to);
    if disturbed || after.length() < Length(OBSERVED_MIN) {
        return None;
    }
    let (goodput_before, load_before) = rates(evidence, baseline)?;
    let (goodput, load) = rates(evidence, after)?;
    let attempts = attempts_per_request(evidence, after)?;
    let is_metastable =
        goodput < goodput_before * GOODPUT_MIN && load <= load_before * LOAD_MAX && attempts > ATTEMPTS_MAX;
    is_metastable.then(|| {
        format!(
            "metastable: {} after the fault was gone only {} of the baseline's goodput is there under the same load, with \
             {attempts:.1} attempts per request",
            words::duration(calm),
            words::share(goodput / goodput_before)
        )
    })
}

/// Successes and requests per second of that time.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
fn rates(evidence: &Evidence<'_>, span: Span) -> Option<(f64, f64)> {
    let tenths = evidence.requests.tenths;
    let range = tenths.index(span.from)..tenths.index(span.to);
    let seconds = range.len() as f64 / 10.0;
    let each = (0..evidence.plan.populations.len()).map(|index| evidence.stream(index, Operations::All));
    let (ok, requests) = each
        .map(|stream| stream.counts(range.clone()))
        .fold((0, 0), |sum, counts| (sum.0 + counts.ok, sum.1 + counts.requests()));
    (requests > 0).then(|| (ok as f64 / seconds, requests as f64 / seconds))
}
