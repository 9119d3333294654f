//! Failback: "return traffic to the original", scored like the failover (`definitions.md`).
//!
//! ⑦ is the first success through the home again, ⑧ the first tenth from which on, over a whole window of
//! `trust.recovered_window`, at least 99 % of the answers come from the home *and* the success share holds: a home that
//! answers one request in ten has nobody back. The failback time runs from the *proof* of the removal (⑥) to ⑧: before it
//! nobody is obliged to return. A population that returned before the proof took zero.
//!
//! A return is *cold* from ⑦ on, while reads at home are slower than the baseline tolerates there, or requests fail (S13 of
//! `science.md`: caches are empty, and everybody asks at once).
//!
//! Only populations whose home was a target can leave it by the fault. One that never had half of its answers elsewhere
//! and never failed stayed at home, and has nothing to return from; one that only failed has.

use super::{
    shift,
    tolerance::{self, Good, Stretch},
};
use crate::{
    evidence::{Allowance, CutBy, Evidence, Outage, instant},
    findings::{Failback, Length, Mark, MarkKind, Operations, Recovery},
    words,
};
use std::time::Duration;
use units::RunTime;

/// The failback of every population whose home was a target, in order of populations.
pub(crate) fn failbacks(evidence: &Evidence<'_>, outage: usize, recoveries: &[Recovery]) -> Vec<Failback> {
    let targets = evidence.targets(outage);
    let is_hit = |population: &usize| evidence.homes[*population].is_some_and(|home| targets.contains(&home));
    let has_failed = |population| recoveries.iter().any(|one| one.population == population && one.impact.is_some());
    (0..evidence.plan.populations.len())
        .filter(is_hit)
        .filter_map(|population| failback(evidence, outage, population, has_failed(population)))
        .collect()
}

fn failback(evidence: &Evidence<'_>, outage: usize, population: usize, has_failed: bool) -> Option<Failback> {
    let times = &evidence.timeline.outages[outage];
    let began = times.began()?;
    let (until, cut_by) = next_injection(evidence, outage);
    let mending = times.mending();
    let healed = instant(&times.healed);
    let moved = shift::has_moved(evidence, population, began, healed.unwrap_or(until));
    let blank = Failback {
        population,
        moved,
        first_home: None,
        failed_back: None,
        time: None,
        at_least: None,
        cold: None,
        cold_at_least: None,
        cold_text: "not measured: it never came home".to_owned(),
        failed: 0,
        text: String::new(),
    };
    if !moved && !has_failed {
        let text = "it never left its home".to_owned();
        let (time, cold_text) = (Some(Length::default()), text.clone());
        return Some(Failback { time, cold: time, cold_text, text, ..blank });
    }
    let Some(mending) = mending else {
        return Some(Failback { text: "the fault was not mended before the end".to_owned(), ..blank });
    };
    let first_home = first_home(evidence, population, mending, until);
    let failed_back = failed_back(evidence, population, mending, until);
    let tenths = evidence.requests.tenths;
    let to = failed_back.map_or(evidence.end_tenth(), |at| tenths.index(at));
    let failed = evidence.stream(population, Operations::All).counts(tenths.index(mending)..to).failed;
    let Cold { time: cold, at_least: cold_at_least, text: cold_text } =
        cold(evidence, population, first_home, (until, cut_by));
    let (time, at_least, text) = told(healed, failed_back, (until, cut_by), first_home);
    Some(Failback { first_home, failed_back, time, at_least, cold, cold_at_least, cold_text, failed, text, ..blank })
}

fn told(
    healed: Option<RunTime>,
    failed_back: Option<RunTime>,
    (until, cut_by): (RunTime, CutBy),
    first_home: Option<RunTime>,
) -> (Option<Length>, Option<Length>, String) {
    let Some(healed) = healed else {
        return (None, None, "the fault's removal was not proven, so its return has no beginning".to_owned());
    };
    if let Some(at) = failed_back {
        let time = Length::between(healed, at);
        return (Some(time), None, format!("home again {} after the fault was gone", words::duration(time.0)));
    }
    let waited = Length::between(healed, until);
    let how = if first_home.is_some() { "only partly home again" } else { "not home again" };
    let (waited_text, cut_by) = (words::duration(waited.0), cut_by.words());
    (None, Some(waited), format!("{how} {waited_text} after the fault was gone, when {cut_by}"))
}

/// How long a return was cold.
struct Cold {
    time: Option<Length>,
    /// Where the time itself is unknown.
    at_least: Option<Length>,
    text: String,
}

impl Cold {
    fn unknown(text: String) -> Self {
        Self { time: None, at_least: None, text }
    }
}

/// How long the return was cold: until a whole window of reads was as fast as in the baseline, and one of all requests held the
/// success share.
fn cold(
    evidence: &Evidence<'_>,
    population: usize,
    first_home: Option<RunTime>,
    (until, cut_by): (RunTime, CutBy),
) -> Cold {
    let Some(home) = first_home else { return Cold::unknown("not measured: it never came home".to_owned()) };
    let stretch = Stretch { impact: home, mending: home, end: until };
    let slow = evidence.slowness.of_stream((population, Operations::Read), Allowance::Home);
    let fast = tolerance::search(evidence, slow, &stretch);
    let whole = succeeding(evidence, population, home, until);
    let at_least = |at: RunTime| Some(Length::between(home, at));
    let cut_by = cut_by.words();
    match (fast, whole) {
        (Good::NotMeasured, _) => Cold::unknown("not measured: the baseline has too few reads for a p99".to_owned()),
        (Good::Never, _) => {
            Cold { time: None, at_least: at_least(until), text: format!("still slower than before when {cut_by}") }
        }
        (Good::From(second), Some(whole)) => {
            let fast = tolerance::at(second).max(home);
            let text = match fast.max(whole) {
                at if at == home => "as fast as before at once",
                at if at == fast => "then as fast as before",
                _ => "then with as few failures as before",
            };
            let time = Some(Length::between(home, fast.max(whole)));
            Cold { time, at_least: None, text: text.to_owned() }
        }
        (Good::From(_), None) if until.saturating_since(home) > evidence.plan.trust.recovered_window => Cold {
            time: None,
            at_least: at_least(until - evidence.plan.trust.recovered_window),
            text: format!("as fast as before, but still failing when {cut_by}"),
        },
        (Good::From(second) | Good::Cut(second), _) => Cold {
            time: None,
            at_least: at_least(tolerance::at(second)),
            text: format!("can't be told: {cut_by} before a whole window was seen"),
        },
    }
}

/// The first instant from which on a whole window holds the success share.
fn succeeding(evidence: &Evidence<'_>, population: usize, from: RunTime, until: RunTime) -> Option<RunTime> {
    let stream = evidence.stream(population, Operations::All);
    let (mut begins, window) = windows(evidence, from, until)?;
    let success_min = evidence.plan.trust.recovered_success_min.fraction();
    let success = |range: std::ops::Range<usize>| stream.counts(range).success();
    // A tenth that fails is none from which on it succeeds, whatever the window tolerates.
    let is_good = |tenth: &usize| {
        success(*tenth..*tenth + 1).is_none_or(|share| share >= success_min)
            && success(*tenth..*tenth + window).is_some_and(|share| share >= success_min)
    };
    begins.find(is_good).map(|tenth| evidence.time_of(tenth).max(from))
}

/// The tenths at which a whole recovery window can begin between two instants, and its length in tenths.
fn windows(evidence: &Evidence<'_>, from: RunTime, until: RunTime) -> Option<(std::ops::RangeInclusive<usize>, usize)> {
    let tenths = evidence.requests.tenths;
    let window = usize::try_from(evidence.plan.trust.recovered_window.as_millis() / 100).unwrap_or(usize::MAX).max(1);
    let last = tenths.index(until).min(evidence.end_tenth()).checked_sub(window)?;
    Some((tenths.index(from)..=last, window))
}

/// ⑦ for the focus population's time line.
pub(crate) fn first_home_mark(failback: Option<&Failback>) -> Mark {
    mark(MarkKind::FirstHome, failback, failback.and_then(|failback| failback.first_home))
}

/// ⑧ for the focus population's time line.
pub(crate) fn failed_back_mark(failback: Option<&Failback>) -> Mark {
    mark(MarkKind::FailedBack, failback, failback.and_then(|failback| failback.failed_back))
}

fn mark(kind: MarkKind, failback: Option<&Failback>, at: Option<RunTime>) -> Mark {
    match (at, failback) {
        (Some(at), _) => Mark::known(kind, at, Duration::from_millis(100), "load"),
        (None, Some(failback)) => Mark::unknown(kind, &failback.text),
        (None, None) => Mark::unknown(kind, "no population's home was hit"),
    }
}

fn first_home(evidence: &Evidence<'_>, population: usize, from: RunTime, until: RunTime) -> Option<RunTime> {
    let home = evidence.homes[population]?;
    let stream = evidence.stream(population, Operations::All);
    let tenths = evidence.requests.tenths;
    let mut range = tenths.index(from)..tenths.index(until).min(evidence.end_tenth());
    let found = range.find(|tenth| stream.served_by(home, *tenth..*tenth + 1) > 0);
    found.map(|tenth| evidence.time_of(tenth).max(from))
}

fn failed_back(evidence: &Evidence<'_>, population: usize, from: RunTime, until: RunTime) -> Option<RunTime> {
    let home = evidence.homes[population]?;
    let stream = evidence.stream(population, Operations::All);
    let (mut begins, window) = windows(evidence, from, until)?;
    let success_min = evidence.plan.trust.recovered_success_min.fraction();
    let is_home = |tenth: usize| {
        stream.served_by(home, tenth..tenth + 1) > 0
            && shift::moved(stream, home, tenth..tenth + window).share_home() >= shift::NEARLY_ALL
            && stream.counts(tenth..tenth + window).success().is_some_and(|success| success >= success_min)
    };
    begins.find(|tenth| is_home(*tenth)).map(|tenth| evidence.time_of(tenth).max(from))
}

/// The next outage's beginning, or the end of what is measured.
fn next_injection(evidence: &Evidence<'_>, outage: usize) -> (RunTime, CutBy) {
    let timeline = &evidence.timeline;
    let own = timeline.outages[outage].began();
    let began = timeline.outages.iter().filter_map(Outage::began);
    let next = began.filter(|at| own.is_some_and(|own| *at > own) && *at < timeline.measured_until).min();
    next.map_or((timeline.measured_until, CutBy::LoadEnd), |next| (next, CutBy::NextFault))
}
