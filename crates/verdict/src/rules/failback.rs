//! Failback: "return traffic to the original", scored like the failover (`definitions.md`).
//!
//! ⑦ is the first success through the home again, ⑧ the first tenth from which on, over a whole window of
//! `trust.recovered_window`, at least 99 % of the answers come from the home *and* the success share holds: a home that
//! answers one request in ten has nobody back. The failback time runs from the *proof* of the removal (⑥) to ⑧: before it
//! nobody is obliged to return. A population that returned before the proof took zero.
//!
//! A return is *cold* while reads at home are slower than the baseline tolerates there (S13 of `science.md`: caches are empty, and
//! everybody asks at once).
//!
//! Only populations whose home was a target can leave it by the fault. One that never had half of its answers elsewhere
//! and never failed stayed at home, and has nothing to return from; one that only failed has.

use super::{
    response_recovery::{self, Good, Stretch},
    shift,
};
use crate::{
    evidence::{Allowance, CutBy, Evidence, Outage, instant},
    findings::{Failback, Length, Mark, MarkKind, Operations, Recovery},
    words,
};
use record::EventKind;
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
        cold_text: "not measured: it never came home".to_owned(),
        failed: 0,
        text: String::new(),
    };
    if !moved && !has_failed {
        let text = "it never left its home".to_owned();
        return Some(Failback { time: Some(Length::default()), text, ..blank });
    }
    let Some(mending) = mending else {
        return Some(Failback { text: "the fault was not mended before the end".to_owned(), ..blank });
    };
    let first_home = first_home(evidence, population, mending, until);
    // Requests are filed under the time they were meant for, and the first answer comes later.
    let failed_back = failed_back(evidence, population, mending, until).map(|at| at.max(first_home.unwrap_or(at)));
    let tenths = evidence.requests.tenths;
    let to = failed_back.map_or(evidence.end_tenth(), |at| tenths.index(at));
    let failed = evidence.stream(population, Operations::All).counts(tenths.index(mending)..to).failed;
    let (cold, cold_text) = cold(evidence, population, first_home, (until, cut_by));
    let (time, at_least, text) = told(healed, failed_back, (until, cut_by), first_home);
    Some(Failback { first_home, failed_back, time, at_least, cold, cold_text, failed, text, ..blank })
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

/// How long the return was cold: until a whole window of reads was as fast as in the baseline.
fn cold(
    evidence: &Evidence<'_>,
    population: usize,
    first_home: Option<RunTime>,
    (until, cut_by): (RunTime, CutBy),
) -> (Option<Length>, String) {
    let Some(home) = first_home else { return (None, "not measured: it never came home".to_owned()) };
    let stretch = Stretch { impact: home, mending: home, end: until };
    let found = response_recovery::search(evidence, (population, Operations::Read), Allowance::Home, &stretch);
    match found {
        Good::From(second) => {
            let cold = Length::between(home, response_recovery::at(second));
            let text = if cold.0.is_zero() { "as fast as before at once" } else { "then as fast as before" };
            (Some(cold), text.to_owned())
        }
        Good::Never => (None, format!("still slower than before when {}", cut_by.words())),
        Good::Cut(_) => (None, format!("can't be told: {} before a whole window was seen", cut_by.words())),
        Good::NotMeasured => (None, "not measured: the baseline has too few reads for a p99".to_owned()),
    }
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
    let is_return = |kind: &EventKind| matches!(kind, EventKind::ServedByStarted { population: who, region } if *who == population && *region == home);
    let event = evidence.events.iter().find(|event| from <= event.at && event.at <= until && is_return(&event.kind));
    event.map(|event| event.at).or_else(|| {
        let stream = evidence.stream(population, Operations::All);
        let tenths = evidence.requests.tenths;
        let mut range = tenths.index(from)..tenths.index(until).min(evidence.end_tenth());
        range
            .find(|tenth| stream.served_by(home, *tenth..*tenth + 1) > 0)
            .map(|tenth| evidence.time_of(tenth).max(from))
    })
}

fn failed_back(evidence: &Evidence<'_>, population: usize, from: RunTime, until: RunTime) -> Option<RunTime> {
    let home = evidence.homes[population]?;
    let stream = evidence.stream(population, Operations::All);
    let tenths = evidence.requests.tenths;
    let window = usize::try_from(evidence.plan.trust.recovered_window.as_millis() / 100).unwrap_or(usize::MAX).max(1);
    let end = tenths.index(until).min(evidence.end_tenth());
    let last = end.checked_sub(window)?;
    let success_min = evidence.plan.trust.recovered_success_min.fraction();
    let is_home = |tenth: usize| {
        stream.served_by(home, tenth..tenth + 1) > 0
            && shift::moved(stream, home, tenth..tenth + window).share_home() >= shift::NEARLY_ALL
            && stream.counts(tenth..tenth + window).success().is_some_and(|success| success >= success_min)
    };
    (tenths.index(from)..=last).find(|tenth| is_home(*tenth)).map(|tenth| evidence.time_of(tenth).max(from))
}

/// The next outage's beginning, or the end of what is measured.
fn next_injection(evidence: &Evidence<'_>, outage: usize) -> (RunTime, CutBy) {
    let timeline = &evidence.timeline;
    let own = timeline.outages[outage].began();
    let began = timeline.outages.iter().filter_map(Outage::began);
    let next = began.filter(|at| own.is_some_and(|own| *at > own) && *at < timeline.measured_until).min();
    next.map_or((timeline.measured_until, CutBy::LoadEnd), |next| (next, CutBy::NextFault))
}
