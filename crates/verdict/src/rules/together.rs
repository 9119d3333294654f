//! All populations together. Histograms are merged, so a population counts by its share of the requests; a percentile of
//! percentiles would count each the same, and be the percentile of nothing.

use super::{
    experience::{PARTS, response},
    percentile::percentile,
};
use crate::{
    evidence::{Evidence, operations_of},
    findings::{Experience, Operations, PhaseName, Together},
};
use plan::resolved::OperationClass;
use record::Histogram;

/// Every class that the plan has, in every phase that happened: `all`, `read`, `write`, each from baseline to whole.
pub(crate) fn together(evidence: &Evidence<'_>, experience: &[Experience]) -> Vec<Together> {
    let mut kinds = vec![Operations::All];
    let classes = [OperationClass::Read, OperationClass::Write];
    kinds.extend(classes.into_iter().filter(|class| evidence.has_class(*class)).map(operations_of));
    let phases = PARTS.into_iter().chain([PhaseName::Whole]);
    let all = kinds.iter().flat_map(|operations| phases.clone().map(move |phase| (*operations, phase)));
    all.filter_map(|(operations, phase)| one(evidence, experience, operations, phase)).collect()
}

/// `None`: the phase did not happen.
fn one(
    evidence: &Evidence<'_>,
    experience: &[Experience],
    operations: Operations,
    phase: PhaseName,
) -> Option<Together> {
    let of_kind = experience.iter().filter(|one| one.operations == operations);
    let parts: Vec<_> = of_kind.flat_map(|one| &one.phases).filter(|one| one.phase == phase).collect();
    if parts.is_empty() {
        return None;
    }
    let mut merged = Histogram::new();
    for population in 0..evidence.plan.populations.len() {
        merged.merge(&response(evidence, population, operations, phase));
    }
    Some(Together {
        operations,
        phase,
        requests: parts.iter().map(|part| part.requests).sum(),
        ok: parts.iter().map(|part| part.ok).sum(),
        failed: parts.iter().map(|part| part.failed).sum(),
        response_p50: percentile(&merged, 50.0),
        response_p99: percentile(&merged, 99.0),
    })
}
