//! The finding of one outage, that is of one time that a fault comes: its proofs, its marks, its segments, and recovery and failback per population.
//!
//! The marks that are per population (impact, rerouted, shifted, recovered, first home, failed back) are those of the
//! *focus*: the population that took longest to recover, else the first whose home was a target. The worst is what the
//! promise is about, and one time line has room for one.

use super::{
    detection::{detection, detection_of},
    failback,
    metastable::stability,
    recovery::recovery,
    segments::segments,
    shift,
    steering::steering,
};
use crate::{
    evidence::{Evidence, Outage, instant},
    findings::{
        Failback, FaultFinding, Length, Mark, MarkKind, Proof, Recovery, RecoveryState, Span, Stability, StabilityState,
    },
    words,
};
use plan::{
    fault::{Proving, Repeat},
    resolved::{Fault, OperationClass},
};
use std::time::Duration;
use units::RunTime;

/// By so much an order to heal may come before its time by chance.
const EARLY: Duration = Duration::from_millis(500);

/// What a fault of the plan did.
pub(crate) fn fault(evidence: &Evidence<'_>, index: usize) -> FaultFinding {
    let times = &evidence.timeline.outages[index];
    let planned = &evidence.plan.faults[times.fault];
    let (planned_from, planned_until) = times.planned(evidence.plan);
    let recoveries = recoveries(evidence, index);
    let failbacks = failback::failbacks(evidence, index, &recoveries);
    let focus = focus(evidence, index, &recoveries);
    let marks = marks(evidence, index, focus, &recoveries, &failbacks);
    let load_started = evidence.timeline.load_started;
    let detected = marks.iter().find(|mark| mark.kind == MarkKind::Detected);
    let detection = detected.map(|mark| detection_of(evidence, index, mark));
    let stability = stability(evidence, index);
    FaultFinding {
        name: evidence.outage_name(index),
        fault: planned.name.to_string(),
        outage: times.number + 1,
        outages: times.of,
        kind: planned.kind.as_str().to_owned(),
        text: described(evidence, index),
        regions: evidence.targets(index),
        planned: load_started.map(|zero| Span { from: zero + planned_from, to: zero + planned_until }),
        effect: effect(times, planned.verify.effect),
        removal: removal(times, planned.verify.removal),
        segments: segments(&marks),
        focus,
        remarks: remarks(evidence, index, &recoveries, &marks, stability.as_ref()),
        detection: detection.unwrap_or_default(),
        steering: steering(evidence, index),
        stability,
        marks,
        recovery: recoveries,
        failback: failbacks,
    }
}

/// How each population's operations of each class came back.
pub(crate) fn recoveries(evidence: &Evidence<'_>, index: usize) -> Vec<Recovery> {
    let classes = [OperationClass::Read, OperationClass::Write];
    let each = (0..evidence.plan.populations.len()).flat_map(|population| classes.map(|class| (population, class)));
    each.filter_map(|(population, class)| recovery(evidence, index, population, class)).collect()
}

/// What breaks in an outage, in words.
fn described(evidence: &Evidence<'_>, index: usize) -> String {
    let times = &evidence.timeline.outages[index];
    let mut fault = evidence.plan.faults[times.fault].clone();
    if times.of > 1 {
        (fault.kind, fault.repeat) = (evidence.kind(index), Repeat::default());
    }
    describe(&fault)
}

/// What a fault breaks, in words.
pub(crate) fn describe(fault: &Fault) -> String {
    let mut text = fault.kind.words(&words::duration);
    if fault.repeat.times > 1 {
        let (times, every) = (fault.repeat.times, words::duration(fault.repeat.every));
        text = format!("{text}, {times} times every {every} for {}", words::duration(fault.duration));
        if fault.repeat.rolling {
            text.push_str(", one region after the other");
        }
    }
    if !fault.ramp.on.is_zero() || !fault.ramp.off.is_zero() {
        let (on, off) = (words::duration(fault.ramp.on), words::duration(fault.ramp.off));
        text = format!("{text}, rising over {on} and falling over {off}");
    }
    let spared = fault.exempt.populations.iter().map(ToString::to_string);
    let spared: Vec<String> = spared.chain(fault.exempt.regions.iter().map(ToString::to_string)).collect();
    if !spared.is_empty() {
        text = format!("{text}; {} are spared", words::list(&spared));
    }
    text
}

/// Whether the effect is proven.
fn effect(times: &Outage, wanted: Proving) -> Proof {
    if let Some(reason) = &times.withdrawn {
        return Proof::NotProven { reason: reason.clone() };
    }
    match (&times.active, &times.doubt, &times.injecting) {
        (Some((at, _)), ..) => taken_as(wanted, *at),
        (None, Some(doubt), _) => Proof::NotProven { reason: doubt.clone() },
        (None, None, Some(_)) => Proof::NotProven { reason: "no proof of its effect was recorded".to_owned() },
        (None, None, None) => Proof::NotProven { reason: "it was never injected".to_owned() },
    }
}

/// Whether the removal is proven.
fn removal(times: &Outage, wanted: Proving) -> Proof {
    match (&times.healed, &times.removal_doubt) {
        (Some((at, _)), _) => taken_as(wanted, *at),
        (None, Some(doubt)) => Proof::NotProven { reason: doubt.clone() },
        (None, None) if times.began().is_none() => Proof::NotProven { reason: "it was never injected".to_owned() },
        (None, None) => Proof::NotProven { reason: "no proof of its removal was recorded".to_owned() },
    }
}

/// What was recorded as so was proven, unless the plan took it for granted.
fn taken_as(wanted: Proving, at: RunTime) -> Proof {
    match wanted {
        Proving::Assume => Proof::Assumed { at },
        Proving::Prove | Proving::Skip => Proof::Proven { at },
    }
}

/// The population that took longest, at least by what is known; else the first whose home was a target.
fn focus(evidence: &Evidence<'_>, fault: usize, recoveries: &[Recovery]) -> Option<usize> {
    let targets = evidence.targets(fault);
    let affected = recoveries.iter().filter(|one| one.impact.is_some());
    let worst = affected.max_by_key(|one| (taken(one), std::cmp::Reverse(one.population)));
    worst
        .map(|one| one.population)
        .or_else(|| evidence.homes.iter().position(|home| home.is_some_and(|home| targets.contains(&home))))
}

/// How long it took, or has taken at least.
pub(crate) fn taken(recovery: &Recovery) -> Length {
    recovery.time.or(recovery.at_least).unwrap_or_default()
}

/// Every mark, those of that population where a mark is per population.
pub(crate) fn marks(
    evidence: &Evidence<'_>,
    index: usize,
    focus: Option<usize>,
    recoveries: &[Recovery],
    failbacks: &[Failback],
) -> Vec<Mark> {
    let times = &evidence.timeline.outages[index];
    let Some(began) = times.began() else {
        let never = |kind| Mark::unknown(kind, "the fault was never injected");
        return MarkKind::ALL.into_iter().map(never).collect();
    };
    let of_focus = |one: &&Recovery| Some(one.population) == focus;
    let worst = recoveries.iter().filter(of_focus).max_by_key(|one| taken(one));
    let impact = recoveries.iter().filter(of_focus).filter_map(|one| one.impact).min();
    let failback = failbacks.iter().find(|one| Some(one.population) == focus);
    let until = times.mending().unwrap_or(evidence.timeline.measured_until);
    let from = impact.unwrap_or(began);
    let nobody = "no population was affected";
    let per_focus = |kind, act: &dyn Fn(usize) -> Mark| focus.map_or_else(|| Mark::unknown(kind, nobody), act);
    let rerouted =
        per_focus(MarkKind::Rerouted, &|population| shift::first_rerouted(evidence, population, from, until));
    let shifted = per_focus(MarkKind::Shifted, &|population| shift::shifted(evidence, population, from, until));
    vec![
        said(MarkKind::Injecting, &times.injecting, Duration::ZERO),
        said(MarkKind::Active, &times.active, proof_error(times)),
        impact.map_or_else(
            || Mark::unknown(MarkKind::Impact, "no request failed beyond the baseline's level"),
            |at| Mark::known(MarkKind::Impact, at, Duration::from_millis(100), "load"),
        ),
        detection(evidence, index),
        rerouted,
        shifted,
        recovered(worst),
        said(MarkKind::Healing, &times.healing, Duration::ZERO),
        said(MarkKind::Healed, &times.healed, Duration::ZERO),
        failback::first_home_mark(failback),
        failback::failed_back_mark(failback),
    ]
}

/// What is said of a mending that began before the plan's end of the fault: by hand, by a lease that ran out, by the load's end.
fn healed_early(evidence: &Evidence<'_>, times: &Outage) -> Option<String> {
    let zero = evidence.timeline.load_started?;
    let (began, (_, planned)) = (instant(&times.healing)?, times.planned(evidence.plan));
    let early = (zero + planned).saturating_since(began);
    let why = &times.healing_why;
    let because = if why.is_empty() { String::new() } else { format!(": {why}") };
    (early > EARLY).then(|| {
        let at = words::load_clock(began, zero);
        format!("its mending began at {at}, {} before the plan's end of it{because}", words::duration(early))
    })
}

/// The effect came somewhere between the command and its proof.
fn proof_error(times: &Outage) -> Duration {
    let both = instant(&times.active).zip(instant(&times.injecting));
    both.map_or(Duration::ZERO, |(active, injecting)| active.saturating_since(injecting))
}

fn said(kind: MarkKind, said: &Option<(RunTime, String)>, error: Duration) -> Mark {
    match said {
        Some((at, source)) => Mark::known(kind, *at, error, source),
        None => Mark::unknown(kind, "not recorded"),
    }
}

fn recovered(worst: Option<&Recovery>) -> Mark {
    let kind = MarkKind::Recovered;
    match worst {
        Some(Recovery { recovered: Some(at), error, .. }) => {
            Mark::known(kind, *at, error.unwrap_or_default().0, "load")
        }
        Some(recovery) => Mark::unknown(kind, &recovery.text),
        None => Mark::unknown(kind, "no population was affected"),
    }
}

fn remarks(
    evidence: &Evidence<'_>,
    index: usize,
    recoveries: &[Recovery],
    marks: &[Mark],
    stability: Option<&Stability>,
) -> Vec<String> {
    let times = &evidence.timeline.outages[index];
    let mut remarks: Vec<String> = healed_early(evidence, times).into_iter().collect();
    let named = |one: &Recovery| format!("{} {}s", evidence.population_name(one.population), one.class);
    for one in recoveries.iter().filter(|one| one.relapses > 0) {
        let times = words::counted(one.relapses, "time");
        remarks.push(format!("{} failed again {times} while the fault lasted", named(one)));
    }
    if let Some((healed, _)) = &times.healed {
        let still = recoveries.iter().filter(|one| one.state == RecoveryState::NotRecovered);
        for one in still {
            let since = Length::between(*healed, evidence.timeline.until(index).0);
            remarks.push(format!("{} still failed {} after the fault was gone", named(one), words::duration(since.0)));
        }
    }
    let is_known = |kind| marks.iter().any(|mark| mark.kind == kind && mark.at.is_some());
    if is_known(MarkKind::Impact) && !is_known(MarkKind::Detected) {
        remarks.push("users failed, and nothing in the service's health or steering was seen to react".to_owned());
    }
    let metastable = stability.filter(|stability| stability.state == StabilityState::Metastable);
    remarks.extend(metastable.map(|stability| stability.text.clone()));
    if let (Some(doubt), Some(_)) = (&times.doubt, &times.active) {
        remarks.push(format!("its effect was proven, but: {doubt}"));
    }
    remarks
}
