//! Data loss in numbers: "RPO measured = T_inject − T*, where T* is the latest time such that every write acknowledged
//! before it survives; plus count and list of lost acked writes; plus holes (lost write older than a surviving one)"
//! (`definitions.md`).
//!
//! Each write is measured against one fault, each time that it comes: the last one injected before its acknowledgement, but the next one when that
//! fault was gone already; else the first of all.
//!
//! A write lost *before* an injection makes T*; a write acknowledged *after* it and lost (by the side that was cut off, or
//! by the return) has no age before the fault: it counts, and is told apart by region and period.
//!
//! Only acknowledged writes count, and only those all readers definitely answered without (see `fate`).

use crate::{
    evidence::{Evidence, instant},
    findings::{Length, LossGroup, LossPeriod, MeasuredLoss, ProbeWrite, Span},
    words,
};
use record::LedgerWrite;
use std::collections::BTreeMap;
use units::RunTime;

/// A write as it is listed.
pub(crate) fn probe_write(evidence: &Evidence<'_>, write: &LedgerWrite) -> ProbeWrite {
    let fault = measured_against(evidence, write.done);
    ProbeWrite {
        number: write.number,
        value: write.value.clone(),
        id: write.id.clone(),
        population: write.population,
        acknowledged: write.done,
        served_by: write.served_by,
        fault: fault.map(|(index, _)| evidence.outage_name(index)),
        after_injection_us: fault.and_then(|(_, injected)| {
            let (done, injected) = (i64::try_from(write.done.as_micros()), i64::try_from(injected.as_micros()));
            Some(done.ok()? - injected.ok()?)
        }),
    }
}

/// The fault that a write is measured against, with its T_inject.
fn measured_against(evidence: &Evidence<'_>, acknowledged: RunTime) -> Option<(usize, RunTime)> {
    let faults = || {
        let outages = evidence.timeline.outages.iter().enumerate();
        outages.filter_map(|(index, times)| times.injected().map(|at| (index, at)))
    };
    let next = faults().filter(|(_, at)| *at > acknowledged).min_by_key(|(_, at)| *at);
    let last = faults().filter(|(_, at)| *at <= acknowledged).max_by_key(|(_, at)| *at);
    let is_over = |index: usize| instant(&evidence.timeline.outages[index].healed).is_some_and(|at| at <= acknowledged);
    match (last, next) {
        (Some((index, _)), Some(next)) if is_over(index) => Some(next),
        (last, next) => last.or(next),
    }
}

/// Measured loss per fault that was injected, in order of the plan.
///
/// `unproven` are writes that nobody saw in the end and somebody gave no definite answer on: they may be lost as well.
pub(crate) fn measured(evidence: &Evidence<'_>, lost: &[&LedgerWrite], unproven: &[&LedgerWrite]) -> Vec<MeasuredLoss> {
    let outages = evidence.timeline.outages.iter().enumerate();
    let injected = outages.filter_map(|(index, times)| times.injected().map(|at| (index, at)));
    injected
        .map(|(index, at)| {
            let own =
                |write: &LedgerWrite| measured_against(evidence, write.done).is_some_and(|(fault, _)| fault == index);
            let (before, after): (Vec<&LedgerWrite>, Vec<&LedgerWrite>) =
                lost.iter().copied().filter(|write| own(write)).partition(|write| write.done < at);
            let earliest = before.iter().map(|write| write.done).min();
            let loss = Length(earliest.map_or(std::time::Duration::ZERO, |earliest| at.saturating_since(earliest)));
            let (lost_before, lost_after) = (before.len() as u64, after.len() as u64);
            let unproven_before = unproven.iter().filter(|write| own(write) && write.done < at).count() as u64;
            MeasuredLoss {
                fault: evidence.outage_name(index),
                loss,
                lost_before,
                lost_after,
                unproven_before,
                text: told(loss, lost_before, lost_after, unproven_before),
            }
        })
        .collect()
}

fn told(loss: Length, before: u64, after: u64, unproven: u64) -> String {
    let begin = match (before, unproven) {
        (0, 0) => "every write acknowledged before it survived".to_owned(),
        (0, _) => format!("not measured: {} acknowledged before it unproven", words::counted(unproven, "write")),
        _ => format!(
            "{} lost that {} acknowledged up to {} before it",
            words::counted(before, "write"),
            if before == 1 { "was" } else { "were" },
            words::duration(loss.0)
        ),
    };
    match after {
        0 => begin,
        _ => format!("{begin}; {} acknowledged after it lost", words::counted(after, "write")),
    }
}

/// Lost writes by who acknowledged them and when, in that order.
pub(crate) fn groups(evidence: &Evidence<'_>, lost: &[&LedgerWrite]) -> Vec<LossGroup> {
    let mut groups: BTreeMap<(Option<usize>, LossPeriod), Vec<RunTime>> = BTreeMap::new();
    for write in lost {
        groups.entry((write.served_by, period(evidence, write.done))).or_default().push(write.done);
    }
    let zero = evidence.timeline.load_started.unwrap_or_default();
    let clock = |at: RunTime| words::load_clock(at, zero);
    groups
        .into_iter()
        .map(|((served_by, period), times)| {
            let (first, last) = (times.iter().min().copied(), times.iter().max().copied());
            let (first, last) = (first.unwrap_or_default(), last.unwrap_or_default());
            let count = times.len() as u64;
            let when = if count == 1 {
                format!("at {}", clock(first))
            } else {
                format!("between {} and {}", clock(first), clock(last))
            };
            let who = evidence.region_name(served_by);
            let text = format!("{} acknowledged by {who} {when}", words::counted(count, "write"));
            LossGroup { served_by, period, count, text }
        })
        .collect()
}

fn period(evidence: &Evidence<'_>, at: RunTime) -> LossPeriod {
    let injected = |window: &Span| window.from <= at;
    if evidence.timeline.fault_windows().any(|window| window.contains(at)) {
        LossPeriod::DuringFault
    } else if evidence.timeline.fault_windows().any(|window| injected(&window)) {
        LossPeriod::AfterFault
    } else {
        LossPeriod::BeforeFault
    }
}

/// Lost writes that were acknowledged before a surviving one by the same region, both on the same side of every injection:
/// what replaced the region's data did not merely end early.
pub(crate) fn holes(evidence: &Evidence<'_>, lost: &[&LedgerWrite], surviving: &[&LedgerWrite]) -> u64 {
    let mut injections: Vec<RunTime> = evidence.timeline.outages.iter().filter_map(|times| times.injected()).collect();
    injections.sort_unstable();
    let key = |write: &LedgerWrite| (write.served_by, injections.partition_point(|at| *at <= write.done));
    let mut latest: BTreeMap<(Option<usize>, usize), RunTime> = BTreeMap::new();
    for write in surviving {
        let at = latest.entry(key(write)).or_default();
        *at = (*at).max(write.done);
    }
    lost.iter().filter(|write| latest.get(&key(write)).is_some_and(|survivor| write.done < *survivor)).count() as u64
}
