//! Metastable failure: "trigger + sustaining effect: the bad state stays after the trigger is gone" (`definitions.md`,
//! after Bronson et al. 2021), most often kept alive by retries.
//!
//! The rule of `science.md` §5: the fault's removal was proven at least 30 s and five request time-outs ago, the load is no more
//! than the baseline's, and yet goodput is below 90 % of the baseline's, with more than 1.2 attempts per request or a queue of
//! twice as many requests under way. A service that is bad then but comes back by itself under the same load only had a backlog:
//! it is stable, and slow. One that comes back only when the plan lets the load fall below 95 % of the baseline's was metastable,
//! and the load at which it came back is told (the hysteresis).
//!
//! Good and bad are told over ten seconds: successes ÷ requests against the baseline's. It takes an open load: users who wait for
//! their answers take the load away themselves.

use crate::{
    evidence::{Evidence, instant},
    findings::{Length, Operations, Span, Stability, StabilityState},
    words,
};
use std::time::Duration;

const CALM_MIN: Duration = Duration::from_secs(30);
const CALM_TIMEOUTS: u32 = 5;
const GOODPUT_MIN: f64 = 0.9;
/// Of the baseline's load: more is a cause of its own.
const LOAD_MAX: f64 = 1.05;
/// Of the baseline's load: below it, the load has fallen.
const LOAD_FALLEN: f64 = 0.95;
const ATTEMPTS_MAX: f64 = 1.2;
const UNDER_WAY_MAX: f64 = 2.0;
/// Seconds that good and bad are told over.
const WINDOW: u64 = 10;

/// What all users together met in some seconds.
#[derive(Debug, Clone, Copy, Default)]
struct Met {
    ok: u64,
    requests: u64,
    attempts: u64,
    under_way: u64,
    seconds: u64,
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
impl Met {
    fn success(self) -> f64 {
        if self.requests == 0 { 0.0 } else { self.ok as f64 / self.requests as f64 }
    }

    fn rate(self) -> f64 {
        self.requests as f64 / self.seconds.max(1) as f64
    }

    fn attempts(self) -> f64 {
        if self.requests == 0 { 0.0 } else { self.attempts as f64 / self.requests as f64 }
    }

    fn under_way(self) -> f64 {
        self.under_way as f64 / self.seconds.max(1) as f64
    }
}

/// What became of the service after a fault; `None` without its proven removal, or without a baseline.
pub(crate) fn stability(evidence: &Evidence<'_>, outage: usize) -> Option<Stability> {
    let healed = instant(&evidence.timeline.outages[outage].healed)?;
    let span = evidence.timeline.baseline?;
    let baseline = met(evidence, span.from.second() + 1..span.to.second());
    if baseline.requests == 0 {
        return None;
    }
    let calm = CALM_MIN.max(evidence.plan.request_time_max() * CALM_TIMEOUTS);
    let (until, cut_by) = evidence.timeline.until(outage);
    let after = Span { from: healed, to: until.max(healed) };
    let blank = |state, text: String| Stability {
        state,
        calm: Length(calm),
        good_after: None,
        goodput: None,
        load: None,
        attempts_per_request: None,
        recovery_load: None,
        text,
    };
    // A later fault is a cause of its own.
    let disturbed = evidence.timeline.fault_windows().any(|window| window.to > after.from && window.from < after.to);
    if disturbed {
        return Some(blank(StabilityState::Undecided, "another fault came before it could be told".to_owned()));
    }
    let needed = calm + Duration::from_secs(WINDOW);
    if after.length() < Length(needed) {
        let text = format!(
            "{} {} after the fault was gone, {} too early to tell",
            cut_by.words(),
            words::duration(after.length().0),
            words::duration(needed.saturating_sub(after.length().0))
        );
        return Some(blank(StabilityState::Undecided, text));
    }
    Some(told(evidence, baseline, after, blank(StabilityState::Stable, String::new())))
}

fn told(evidence: &Evidence<'_>, baseline: Met, after: Span, blank: Stability) -> Stability {
    let from = after.from.second() + 1;
    let to = after.to.second();
    let window = |second: u64| met(evidence, second..second + WINDOW);
    let is_good = |met: Met| met.success() >= GOODPUT_MIN * baseline.success();
    let last = window(to - WINDOW);
    // Good for good begins behind the last bad window's first second.
    let good_from = (from..=to - WINDOW).rev().find(|second| !is_good(window(*second))).map_or(from, |bad| bad + 1);
    let is_good_now = is_good(last);
    let good_after = is_good_now.then(|| Length(Duration::from_secs(good_from - from)));
    let at_calm = from + blank.calm.0.as_secs();
    let load = last.rate() / baseline.rate();
    let found = Stability {
        good_after,
        goodput: Some(last.success() / baseline.success().max(f64::MIN_POSITIVE)),
        load: Some(load),
        attempts_per_request: Some(last.attempts()),
        ..blank
    };
    let since = words::duration(found.calm.0);
    if let Some(good_after) = good_after.filter(|_| good_from <= at_calm) {
        let text = format!("good again {} after the fault was gone", words::duration(good_after.0));
        return Stability { text, ..found };
    }
    let bad = met(evidence, at_calm..if is_good_now { good_from.max(at_calm + 1) } else { to });
    if bad.rate() > baseline.rate() * LOAD_MAX {
        let text = format!("still bad {since} after the fault was gone, but under more load than before it");
        return Stability { state: StabilityState::Undecided, text, ..found };
    }
    if let Some(good_after) = good_after {
        let at = window(good_from);
        if at.rate() >= baseline.rate() * LOAD_FALLEN {
            let text =
                format!("good again by itself, but only {} after the fault was gone", words::duration(good_after.0));
            return Stability { text, ..found };
        }
        let text = format!(
            "metastable: good again only when the load had fallen from {:.0} to {:.0} requests/s",
            baseline.rate(),
            at.rate()
        );
        return Stability { state: StabilityState::Metastable, recovery_load: Some(at.rate()), text, ..found };
    }
    let goodput = words::share(bad.success() / baseline.success());
    let what = format!(
        "{since} after the fault was gone only {goodput} of the baseline's goodput is there under the same load"
    );
    let is_sustained = bad.attempts() > ATTEMPTS_MAX || bad.under_way() > UNDER_WAY_MAX * baseline.under_way().max(1.0);
    if is_sustained {
        let text = format!("metastable: {what}, with {:.1} attempts per request", bad.attempts());
        return Stability { state: StabilityState::Metastable, text, ..found };
    }
    Stability { state: StabilityState::StillBad, text: format!("still bad: {what}"), ..found }
}

/// What all users together met in those seconds of the run.
fn met(evidence: &Evidence<'_>, seconds: std::ops::Range<u64>) -> Met {
    let tenths = evidence.requests.tenths;
    let mut met = Met { seconds: seconds.end.saturating_sub(seconds.start), ..Met::default() };
    for population in 0..evidence.plan.populations.len() {
        let stream = evidence.stream(population, Operations::All);
        let ends =
            tenths.of_second(seconds.start).zip(seconds.end.checked_sub(1).and_then(|last| tenths.of_second(last)));
        if let Some((first, last)) = ends.filter(|(first, last)| first <= last) {
            let counts = stream.counts(first..last + 10);
            (met.ok, met.requests) = (met.ok + counts.ok, met.requests + counts.requests());
        }
        let arrivals = evidence.requests.arrivals.range((seconds.start, population)..(seconds.end, population));
        met.under_way += arrivals.filter(|((_, who), _)| *who == population).map(|(_, one)| one.in_flight).sum::<u64>();
    }
    let attempts = evidence.requests.attempts_per_second.range(seconds.start..seconds.end.max(seconds.start));
    met.attempts = attempts.map(|(_, (attempts, _))| attempts).sum();
    met
}
