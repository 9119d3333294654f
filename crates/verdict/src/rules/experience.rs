//! What users experienced, per population and class, before, during and after the faults.
//!
//! Availability = ok ÷ requests that were made. "Open-loop arrival so that silence counts" (`definitions.md`): requests are
//! filed under the second in which the plan intended them, whatever the service did. Arrivals that the *generator* dropped
//! or never sent are left out: no user of the service met them. They are the measurement's hole, count against
//! `trust.unsent_max`, and make the verdict inconclusive when there are too many.
//!
//! Response times are of successes only, from merged histograms: a fast refusal is no fast answer.
//!
//! Worst windows are those with the least success share among windows of five requests or more; of equals the first.

use super::{percentile::percentile, recovery::down};
use crate::{
    evidence::{Evidence, operations_of},
    findings::{
        Experience, ExperiencePhase, FaultFinding, Length, Operations, PhaseName, Recovery, ServedShare, Span,
        SuccessWindow,
    },
};
use record::Histogram;
use std::time::Duration;

/// Requests that a window takes before it can be the worst.
const WINDOW_REQUESTS_MIN: u64 = 5;

pub(crate) const PARTS: [PhaseName; 3] = [PhaseName::Baseline, PhaseName::Fault, PhaseName::After];

/// The experience of every population with every class that the plan has.
pub(crate) fn experience(evidence: &Evidence<'_>, faults: &[FaultFinding]) -> Vec<Experience> {
    let classes = [plan::resolved::OperationClass::Read, plan::resolved::OperationClass::Write];
    let mut kinds = vec![Operations::All];
    kinds.extend(classes.into_iter().filter(|class| evidence.has_class(*class)).map(operations_of));
    (0..evidence.plan.populations.len())
        .flat_map(|population| kinds.iter().map(move |operations| (population, *operations)))
        .map(|(population, operations)| one(evidence, faults, population, operations))
        .collect()
}

fn one(evidence: &Evidence<'_>, faults: &[FaultFinding], population: usize, operations: Operations) -> Experience {
    let seconds: Vec<u64> = evidence.timeline.measured_seconds().collect();
    let mut phases: Vec<ExperiencePhase> =
        PARTS.into_iter().filter_map(|name| phase(evidence, population, operations, name, &seconds)).collect();
    if !phases.is_empty() {
        phases.extend(phase(evidence, population, operations, PhaseName::Whole, &seconds));
    }
    let tenths = evidence.requests.tenths;
    let measured = tenths.index(evidence.timeline.measured_from)..evidence.end_tenth();
    let affected = affected(faults, population, operations);
    Experience {
        population,
        operations,
        phases,
        worst_second: worst(evidence, population, operations, &seconds, 1),
        worst_ten_seconds: worst(evidence, population, operations, &seconds, 10),
        affected: affected
            .iter()
            .copied()
            .reduce(|all, one| Span { from: all.from.min(one.from), to: all.to.max(one.to) }),
        affected_for: Span::covered(affected),
        down: down(evidence.stream(population, operations), measured),
    }
}

fn phase(
    evidence: &Evidence<'_>,
    population: usize,
    operations: Operations,
    name: PhaseName,
    seconds: &[u64],
) -> Option<ExperiencePhase> {
    let belongs = |second: &&u64| {
        let phase = evidence.timeline.phase_of(**second);
        phase.is_some() && (name == PhaseName::Whole || phase == Some(name))
    };
    let stream = evidence.stream(population, operations);
    let tenths = evidence.requests.tenths;
    let ranges: Vec<_> =
        seconds.iter().filter(belongs).filter_map(|second| tenths.of_second(*second).map(|at| at..at + 10)).collect();
    if ranges.is_empty() {
        return None;
    }
    let (mut ok, mut failed) = (0, 0);
    let mut served: std::collections::BTreeMap<Option<usize>, u64> = std::collections::BTreeMap::new();
    for range in &ranges {
        let counts = stream.counts(range.clone());
        (ok, failed) = (ok + counts.ok, failed + counts.failed);
        for (region, count) in stream.served(range) {
            *served.entry(region).or_default() += count;
        }
    }
    let response = response(evidence, population, operations, name);
    Some(ExperiencePhase {
        phase: name,
        length: Length(Duration::from_secs(ranges.len() as u64)),
        requests: ok + failed,
        ok,
        failed,
        availability: share(ok, ok + failed),
        attempts: attempts(evidence, population, operations, name),
        response_p50: percentile(&response, 50.0),
        response_p99: percentile(&response, 99.0),
        served_by: served_shares(served, ok),
    })
}

/// Response times of a population's successes in a phase.
pub(crate) fn response(
    evidence: &Evidence<'_>,
    population: usize,
    operations: Operations,
    name: PhaseName,
) -> Histogram {
    evidence.requests.response(population, |step, phase| {
        let class = operations_of(evidence.requests.class_of(step));
        (operations == Operations::All || operations == class) && (name == PhaseName::Whole || name == phase)
    })
}

fn attempts(evidence: &Evidence<'_>, population: usize, operations: Operations, name: PhaseName) -> u64 {
    let of = |phase| evidence.requests.attempts.get(&(population, operations, phase)).copied().unwrap_or(0);
    if name == PhaseName::Whole { PARTS.into_iter().map(of).sum() } else { of(name) }
}

fn served_shares(served: std::collections::BTreeMap<Option<usize>, u64>, ok: u64) -> Vec<ServedShare> {
    let mut shares: Vec<ServedShare> = served
        .into_iter()
        .map(|(region, count)| ServedShare { region, ok: count, share: share(count, ok).unwrap_or(0.0) })
        .collect();
    shares.sort_by_key(|one| std::cmp::Reverse(one.ok));
    shares
}

fn worst(
    evidence: &Evidence<'_>,
    population: usize,
    operations: Operations,
    seconds: &[u64],
    length: u64,
) -> Option<SuccessWindow> {
    let stream = evidence.stream(population, operations);
    let tenths = evidence.requests.tenths;
    let last = *seconds.last()?;
    let windows = seconds.iter().filter(|second| **second + length <= last + 1).filter_map(|second| {
        let at = tenths.of_second(*second)?;
        let tenths_long = usize::try_from(length * 10).ok()?;
        let counts = stream.counts(at..at + tenths_long);
        let enough = counts.requests() >= WINDOW_REQUESTS_MIN;
        let from = tenths.time(at);
        let span = Span { from, to: from + Duration::from_secs(length) };
        enough.then(|| SuccessWindow {
            span,
            requests: counts.requests(),
            ok: counts.ok,
            share: counts.success().unwrap_or(0.0),
        })
    });
    windows.min_by(|one, other| one.share.total_cmp(&other.share))
}

/// From the impact to the recovery (or as far as is known), of each outage and class.
fn affected(faults: &[FaultFinding], population: usize, operations: Operations) -> Vec<Span> {
    let is_meant = |class: &str| match operations {
        Operations::All => true,
        Operations::Read => class == "read",
        Operations::Write => class == "write",
    };
    let its = faults.iter().flat_map(|fault| &fault.recovery).filter(|one| one.population == population);
    let span = |one: &Recovery| {
        let from = one.impact?;
        Some(Span { from, to: one.recovered.unwrap_or_else(|| from + one.at_least.unwrap_or_default().0) })
    };
    its.filter(|one| is_meant(&one.class)).filter_map(span).collect()
}

/// part ÷ whole; `None` without a whole.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
pub(crate) fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}
