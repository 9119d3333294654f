//! T_detect: "first visible reaction: route change, alert, health flip" (`definitions.md`).
//!
//! The first of these after the injection's command and before the removal's proof: the service's own health or steering
//! declares a targeted region unhealthy, or a population's steering leads away from a targeted region, but not back to its home, as it
//! does when another fault is over. Both are the service's reactions, seen from outside; nothing is inferred from the users' failures.
//!
//! An attached target that shows neither has no detection mark, which is not the same as "not detected".
//!
//! *Missed* is gray failure (Huang and others, HotOS 2017): users of a population whose home is a target fail, more than half of
//! them for ten seconds in a row and more, and health and steering, of which something was seen in this run, say nothing while the
//! fault lasts. A *false alarm* is a region called unhealthy that no fault in effect was aimed at, after the warm-up and not within
//! ten seconds of a fault's removal, when what is returning may still be unwell.

use crate::{
    evidence::{Evidence, start_of},
    findings::{Detection, FalseAlarm, Length, Mark, MarkKind, Operations},
    words,
};
use plan::resolved::Target;
use record::EventKind;
use std::time::Duration;

/// Seconds in a row in which more than half fail.
const FAILING_SECONDS: u64 = 10;
const AFTER_REMOVAL: Duration = Duration::from_secs(10);

/// The detection mark of a fault.
pub(crate) fn detection(evidence: &Evidence<'_>, outage: usize) -> Mark {
    let times = &evidence.timeline.outages[outage];
    let targets = evidence.targets(outage);
    let window = times.window(evidence.timeline.end);
    let is_reaction = |kind: &EventKind| match kind {
        EventKind::HealthChanged { region, healthy: false } => {
            evidence.plan.region_index(region).is_some_and(|region| targets.contains(&region))
        }
        EventKind::SteeringChanged { population, from: Some(from), to } => {
            let goes_home = to.is_some() && evidence.homes.get(*population) == Some(to);
            targets.contains(from) && !goes_home && to.is_none_or(|to| !targets.contains(&to))
        }
        _ => false,
    };
    let reaction = window.and_then(|window| {
        evidence
            .events
            .iter()
            .find(|event| window.from <= event.at && event.at <= window.to && is_reaction(&event.kind))
    });
    match reaction {
        Some(event) => Mark {
            kind: MarkKind::Detected,
            at: Some(event.at),
            error: Some(Length::default()),
            source: Some(event.source.clone()),
            not_measured: None,
        },
        None => Mark::unknown(MarkKind::Detected, "no change of health or steering was seen"),
    }
}

/// Whether the service noticed a fault, the mark being its detection.
pub(crate) fn detection_of(evidence: &Evidence<'_>, outage: usize, mark: &Mark) -> Detection {
    let times = &evidence.timeline.outages[outage];
    let blank = |missed, text: &str| Detection { after: None, missed, text: text.to_owned() };
    let Some(from) = times.injected() else { return blank(None, "the fault was never injected") };
    if let Some(at) = mark.at {
        let after = Length::between(from, at);
        let text = format!("noticed {} after the fault", words::duration(after.0));
        return Detection { after: Some(after), missed: Some(false), text };
    }
    let is_watched = matches!(evidence.plan.target, Target::Chirp(_))
        || evidence
            .events
            .iter()
            .any(|event| matches!(event.kind, EventKind::HealthChanged { .. } | EventKind::SteeringChanged { .. }));
    if !is_watched {
        return blank(None, "nothing of the service's health or steering was seen in this run");
    }
    match failing_seconds(evidence, outage) {
        seconds if seconds >= FAILING_SECONDS => {
            let text = format!("missed: users failed for {seconds} s, and health and steering said nothing");
            Detection { after: None, missed: Some(true), text }
        }
        _ => blank(Some(false), "not noticed, and no users failed for long"),
    }
}

/// The most seconds in a row in which more than half of a population failed whose home is a target, while the fault lasted.
fn failing_seconds(evidence: &Evidence<'_>, outage: usize) -> u64 {
    let targets = evidence.targets(outage);
    let Some(window) = evidence.timeline.outages[outage].window(evidence.timeline.measured_until) else { return 0 };
    let tenths = evidence.requests.tenths;
    let of = |population: usize| {
        let stream = evidence.stream(population, Operations::All);
        let (mut longest, mut row) = (0, 0);
        for at in (window.from.second()..window.to.second()).filter_map(|second| tenths.of_second(second)) {
            let is_failing = stream.counts(at..at + 10).success().is_some_and(|success| success < 0.5);
            row = if is_failing { row + 1 } else { 0 };
            longest = longest.max(row);
        }
        longest
    };
    let hit = (0..evidence.plan.populations.len())
        .filter(|population| evidence.homes[*population].is_some_and(|home| targets.contains(&home)));
    hit.map(of).max().unwrap_or(0)
}

/// Regions that were called unhealthy for no fault's sake.
pub(crate) fn false_alarms(evidence: &Evidence<'_>) -> Vec<FalseAlarm> {
    let timeline = &evidence.timeline;
    let alarms = evidence.events.iter().filter_map(|event| match &event.kind {
        EventKind::HealthChanged { region, healthy: false } => Some((event, evidence.plan.region_index(region)?)),
        _ => None,
    });
    let is_false = |(event, region): &(&&record::Event, usize)| {
        let explains = |outage: usize| {
            let window = timeline.outages[outage].window(timeline.end);
            window.is_some_and(|window| window.from <= event.at && event.at <= window.to + AFTER_REMOVAL)
                && evidence.targets(outage).contains(region)
        };
        let measured = timeline.measured_from <= event.at && event.at < timeline.measured_until.max(start_of(0));
        measured && !(0..timeline.outages.len()).any(explains)
    };
    let told = |(event, region): (&&record::Event, usize)| FalseAlarm {
        at: event.at,
        region,
        text: format!(
            "{} was called unhealthy, and no fault was aimed at it: {}",
            evidence.region_name(Some(region)),
            event.text
        ),
    };
    alarms.filter(is_false).map(told).collect()
}
