//! Recovery: "T_mitigated = start of first window of length H where SLIs hold for that region", and the achieved recovery
//! time = T_mitigated − T_impact, per region and operation class (`definitions.md`).
//!
//! ```text
//!   impact                     good again                 H seconds later
//!     |✕✕✕✕✕✕✕✕✕✕✕✕✕✕✕|✓✓✓|✕|✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓|
//!     |--------- recovery time ------|----------- H ---------|      a flap starts it again
//! ```
//!
//! A stream has recovered at the first tenth of a second which itself holds the success share, and from which on a whole
//! window of `trust.recovered_window` holds it. Both, since with the window alone a clean break of 4.2 s would count as
//! over while it lasts: 1 % of ten seconds may fail.
//!
//! - *A window without requests proves nothing.* It takes three requests, and a quarter of what the baseline had in a
//!   window of that length; else the search goes on.
//! - *An outage that comes back while the fault lasts is the same outage*: a dip in which a window falls below the success
//!   share again, beginning before mending began, moves the recovery behind it. Dips after that belong to the failback.
//! - *What was under way when the next fault came* is that fault's.
//! - *The window is cut by the load's end, or by the next fault*: undecided, for the service may have failed again. The time from impact to the
//!   point where it looked good is a lower bound, and enough to break a promise.
//! - *A baseline that itself fails to hold the success share* decides nothing.
//! - *Nobody affected*: no failed request beyond the baseline's level gives a recovery time of zero, unless half of them failed already:
//!   who was down before can't be seen to be hit. While the fault lasts there must
//!   be a quarter of the baseline's requests, where those are eight or more: who is silent may be cut off.
//!
//! - *Succeeding slowly is not recovered, nor with what is long out of date*: response times must be inside of the baseline's
//!   tolerance as well, over a window of the same length, and so must the age of what reads lack, where the ledger has sessions
//!   ([`tolerance`]). What came last is told.
//!
//! Resolution: ±0.1 s, and ±1 s where response times or staleness came last.

use super::{
    impact::{Level, baseline_level, first_impact},
    tolerance::{self, Good, Stretch},
};
use crate::{
    evidence::{CutBy, Evidence, Stream, operations_of},
    findings::{Length, Recovery, RecoveryMeasure, RecoveryPart, RecoveryState},
    words,
};
use plan::resolved::OperationClass;
use std::time::Duration;
use units::RunTime;

/// Requests that a window takes at least.
const REQUESTS_MIN: u64 = 3;
/// Part of the baseline's requests that a window takes at least.
const BASELINE_PART: f64 = 0.25;
/// Requests that the baseline must have had in a time before fewer of them are silence.
const EXPECTED_MIN: f64 = 8.0;
/// Part of the baseline's requests that fail from which on their users were down before the fault came.
const DOWN_BEFORE: f64 = 0.5;
/// How far the state of a tenth reaches over tenths without requests.
const STATE_LASTS: usize = 20;

/// What counts as good, for one stream.
struct Measure<'a> {
    stream: &'a Stream,
    level: Level,
    /// Window length in tenths.
    window: usize,
    success_min: f64,
    /// The first tenth that isn't this outage's any more, and what ends it there.
    end: usize,
    cut_by: CutBy,
}

/// Where the search ended.
enum Found {
    /// At this tenth.
    Recovered(usize),
    /// It looked good from this tenth on, but the load ended inside of the window.
    Cut(usize),
    /// Too few requests in every window to tell; those after the impact.
    TooFew(u64),
    /// It was failing until the end.
    Failing,
}

/// The recovery of a population's operations of one class from a fault; `None` when the plan has no such operations or
/// the fault was never injected.
pub(crate) fn recovery(
    evidence: &Evidence<'_>,
    outage: usize,
    population: usize,
    class: OperationClass,
) -> Option<Recovery> {
    let times = &evidence.timeline.outages[outage];
    let began = times.began().filter(|_| evidence.has_class(class))?;
    let stream = evidence.stream(population, operations_of(class));
    let trust = &evidence.plan.trust;
    let tenths = evidence.requests.tenths;
    let (until, cut_by) = evidence.timeline.until(outage);
    let measure = Measure {
        stream,
        level: baseline_level(evidence, stream),
        window: usize::try_from(trust.recovered_window.as_millis() / 100).unwrap_or(usize::MAX).max(1),
        success_min: trust.recovered_success_min.fraction(),
        end: tenths.index(until).min(evidence.end_tenth()),
        cut_by,
    };
    let from = tenths.index(began);
    let blank = |state, text: String| blank(population, class, state, text);
    let after = stream.counts(from..measure.end);
    if after.requests() == 0 {
        return Some(blank(RecoveryState::Undecided, "no request was made after the injection".to_owned()));
    }
    let mending = times.mending().map_or(measure.end, |at| tenths.index(at));
    let own_end = tenths.index(own_until(evidence, began, (until, cut_by))).min(measure.end);
    let Some(impact) = first_impact(stream, measure.level, from..own_end) else {
        if let Some(requests) = measure.silence(from..mending.min(measure.end)) {
            let text = format!("too few requests to tell: {} while the fault lasted", words::count(requests));
            return Some(blank(RecoveryState::Undecided, text));
        }
        if measure.level.failing >= DOWN_BEFORE {
            let failing = words::share(measure.level.failing);
            let text =
                format!("{failing} of the baseline's requests failed already, so nobody can tell whom the fault hit");
            return Some(blank(RecoveryState::Undecided, text));
        }
        let text = match after.failed {
            0 => "no user was affected".to_owned(),
            failed => format!("{} failed, no more than in the baseline", words::counted(failed, "request")),
        };
        return Some(Recovery { time: Some(Length::default()), ..blank(RecoveryState::NotAffected, text) });
    };
    let (found, relapses) = measure.search(impact, mending);
    let told = measure.tell(impact, &found, evidence);
    // The tenth of the injection itself began before it.
    let impact_at = evidence.time_of(impact).max(began);
    let until = match found {
        Found::Recovered(tenth) => tenth,
        _ => measure.end,
    };
    let recovered = matches!(found, Found::Recovered(_)).then(|| evidence.time_of(until).max(impact_at));
    let succeeded = Recovery {
        time: recovered.map(|at| Length::between(impact_at, at)),
        error: recovered.map(|_| Length(Duration::from_millis(100))),
        at_least: told.at_least,
        impact: Some(impact_at),
        recovered,
        parts: vec![RecoveryPart { measure: RecoveryMeasure::Success, recovered, text: told.text.clone() }],
        last: recovered.map(|_| RecoveryMeasure::Success),
        relapses,
        down: down(stream, impact..until),
        failed: stream.counts(impact..until).failed,
        ..blank(told.state, told.text)
    };
    let stretch = Stretch { impact: impact_at, mending: evidence.time_of(mending), end: evidence.time_of(measure.end) };
    let parts = tolerance::parts(evidence, (population, operations_of(class)), &stretch);
    Some(parts.into_iter().fold(succeeded, |recovery, (good, part)| with_part(recovery, &good, &part, &stretch)))
}

/// Where impacts of an outage end: what was under way when the next fault came is that fault's (as long as a request can take, but
/// at most a third of the time).
fn own_until(evidence: &Evidence<'_>, began: RunTime, (until, cut_by): (RunTime, CutBy)) -> RunTime {
    match cut_by {
        CutBy::LoadEnd => until,
        CutBy::NextFault => until - evidence.plan.request_time_max().min(until.saturating_since(began) / 3),
    }
}

/// One of which nothing is known but what became of it.
fn blank(population: usize, class: OperationClass, state: RecoveryState, text: String) -> Recovery {
    Recovery {
        population,
        class: class.as_str().to_owned(),
        state,
        time: None,
        error: None,
        at_least: None,
        impact: None,
        recovered: None,
        parts: Vec::new(),
        last: None,
        relapses: 0,
        down: Length::default(),
        failed: 0,
        text,
    }
}

/// A recovery with a further part of it: the later of both. Who never succeeded again has none, whatever the part says.
fn with_part(mut recovery: Recovery, good: &Good, part: &RecoveryPart, stretch: &Stretch) -> Recovery {
    recovery.parts.push(part.clone());
    let Some(succeeded) = recovery.parts[0].recovered else { return recovery };
    let undone = |recovery: Recovery, state, at_least: RunTime| Recovery {
        state,
        time: None,
        error: None,
        at_least: Some(Length::between(stretch.impact, at_least.max(succeeded))).max(recovery.at_least),
        recovered: None,
        last: None,
        text: format!(
            "requests succeeded after {}, but {}",
            words::duration(Length::between(stretch.impact, succeeded).0),
            part.text
        ),
        ..recovery
    };
    let at = |second: &u64| tolerance::at(*second);
    match (good, recovery.state, recovery.recovered) {
        (Good::Never, RecoveryState::Recovered | RecoveryState::Undecided, _) => {
            undone(recovery, RecoveryState::NotRecovered, stretch.end)
        }
        (Good::Cut(second), RecoveryState::Recovered, _) => undone(recovery, RecoveryState::Undecided, at(second)),
        (Good::From(second), _, Some(before)) if at(second) > before => {
            let time = Length::between(stretch.impact, at(second));
            let text =
                format!("recovered after {}, {} last{}", words::duration(time.0), part.measure.label(), within(part));
            Recovery {
                time: Some(time),
                error: Some(Length(Duration::from_secs(1))),
                recovered: Some(at(second)),
                last: Some(part.measure),
                text,
                ..recovery
            }
        }
        _ => recovery,
    }
}

/// ` (99 % within 1.2 s)`.
fn within(part: &RecoveryPart) -> String {
    part.text.split_once(", ").map_or_else(String::new, |(_, limit)| format!(" ({limit})"))
}

/// Time within `range` in which less than half of the requests succeeded: tenths that had requests, and those without
/// between them, up to two seconds.
pub(crate) fn down(stream: &Stream, range: std::ops::Range<usize>) -> Length {
    let mut tenths: u32 = 0;
    let mut pending = 0;
    let mut is_down = false;
    for tenth in range {
        match stream.counts(tenth..tenth + 1).success() {
            Some(success) => {
                let was_down = is_down;
                is_down = success < 0.5;
                tenths += u32::from(is_down) + if was_down && is_down { pending } else { 0 };
                pending = 0;
            }
            None if is_down && (pending as usize) < STATE_LASTS => pending += 1,
            None => (is_down, pending) = (false, 0),
        }
    }
    Length(Duration::from_millis(100) * tenths)
}

/// What a search means.
struct Told {
    state: RecoveryState,
    at_least: Option<Length>,
    text: String,
}

impl Measure<'_> {
    /// The recovery behind the last dip that begins before `mending`, and how often it had come back before.
    fn search(&self, impact: usize, mending: usize) -> (Found, u64) {
        if 1.0 - self.level.failing < self.success_min {
            return (Found::TooFew(0), 0);
        }
        let mut found = self.first_good(impact);
        let mut relapses = 0;
        while let Found::Recovered(tenth) = found {
            let dips = (tenth..mending.min(self.end)).find(|dip| {
                self.stream.failed_in(*dip) > 0
                    && self.is_enough(*dip)
                    && !self.holds(*dip..(*dip + self.window).min(self.end))
            });
            let Some(dip) = dips else { break };
            relapses += 1;
            // A dip lies behind the window that held, so this moves on.
            found = self.first_good(dip);
        }
        (found, relapses)
    }

    fn first_good(&self, impact: usize) -> Found {
        let whole = self.end.saturating_sub(self.window);
        let good = |tenth: &usize| self.holds(*tenth..*tenth + 1);
        let recovered = (impact..=whole)
            .find(|tenth| good(tenth) && self.holds(*tenth..*tenth + self.window) && self.is_enough(*tenth));
        if let Some(tenth) = recovered {
            return Found::Recovered(tenth);
        }
        let cut_from = impact.max(whole);
        if let Some(tenth) = (cut_from..self.end).find(|tenth| good(tenth) && self.holds(*tenth..self.end)) {
            return Found::Cut(tenth);
        }
        let tail = impact.max(whole)..self.end;
        let is_failing = self.stream.counts(tail.clone()).requests() >= self.requests_needed() && !self.holds(tail);
        let requests = self.stream.counts(impact..self.end).requests();
        if is_failing { Found::Failing } else { Found::TooFew(requests) }
    }

    /// How few requests there were in those tenths, where the baseline had so many in that time that this can't be chance.
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
    fn silence(&self, range: std::ops::Range<usize>) -> Option<u64> {
        let expected = self.level.rate * range.len() as f64;
        let requests = self.stream.counts(range).requests();
        (expected >= EXPECTED_MIN && (requests as f64) < expected * BASELINE_PART).then_some(requests)
    }

    /// Whether the success share of those tenths holds; not without requests.
    fn holds(&self, range: std::ops::Range<usize>) -> bool {
        self.stream.counts(range).success().is_some_and(|success| success >= self.success_min)
    }

    /// Whether the window from that tenth on has enough requests to say something.
    fn is_enough(&self, tenth: usize) -> bool {
        let range = tenth..(tenth + self.window).min(self.end);
        self.stream.counts(range).requests() >= self.requests_needed()
    }

    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        reason = "counts are far below 2^53 and not negative"
    )]
    fn requests_needed(&self) -> u64 {
        REQUESTS_MIN.max((self.level.rate * self.window as f64 * BASELINE_PART).ceil() as u64)
    }

    fn tell(&self, impact: usize, found: &Found, evidence: &Evidence<'_>) -> Told {
        let since = |tenth: usize| Length::between(evidence.time_of(impact), evidence.time_of(tenth));
        let window = words::duration(evidence.plan.trust.recovered_window);
        let share = words::share(self.success_min);
        match found {
            Found::Recovered(tenth) => Told {
                state: RecoveryState::Recovered,
                at_least: None,
                text: format!("recovered after {}", words::duration(since(*tenth).0)),
            },
            Found::Cut(tenth) => Told {
                state: RecoveryState::Undecided,
                at_least: Some(since(*tenth)),
                text: format!(
                    "it looked good after {}, but {} {} later, before {window} of success were seen",
                    words::duration(since(*tenth).0),
                    self.cut_by.words(),
                    words::duration(Length::between(evidence.time_of(*tenth), evidence.time_of(self.end)).0),
                ),
            },
            Found::TooFew(_) if 1.0 - self.level.failing < self.success_min => Told {
                state: RecoveryState::Undecided,
                at_least: None,
                text: format!(
                    "only {} succeeded in the baseline already, so {share} can't tell when it recovered",
                    words::share(1.0 - self.level.failing),
                ),
            },
            Found::TooFew(requests) => Told {
                state: RecoveryState::Undecided,
                at_least: None,
                text: format!("too few requests to tell: {} after the impact", words::count(*requests)),
            },
            Found::Failing => Told {
                state: RecoveryState::NotRecovered,
                at_least: Some(since(self.end)),
                text: format!(
                    "still below {share} when {}, {} after the impact",
                    self.cut_by.words(),
                    words::duration(since(self.end).0)
                ),
            },
        }
    }
}
