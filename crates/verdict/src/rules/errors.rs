//! Failed requests by how they ended, for whom and through whom, warm-up included: an error of the warm-up is an error too.

use crate::{
    evidence::{Evidence, start_of},
    findings::{ErrorGroup, Span},
};

/// The groups, most frequent first; of equals in order of outcome and population.
pub(crate) fn errors(evidence: &Evidence<'_>) -> Vec<ErrorGroup> {
    let steps: Vec<_> = evidence.plan.journeys.iter().flat_map(|journey| &journey.steps).collect();
    let mut groups: Vec<ErrorGroup> = evidence
        .requests
        .errors
        .iter()
        .map(|(key, failures)| {
            let mut by_step: Vec<_> = failures.by_step.iter().collect();
            by_step.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
            ErrorGroup {
                outcome: key.outcome.as_str().to_owned(),
                population: key.population,
                served_by: key.served_by,
                count: failures.count,
                span: Span { from: start_of(failures.first_second), to: start_of(failures.last_second + 1) },
                steps: by_step.into_iter().map(|(step, _)| steps[*step].name.to_string()).collect(),
            }
        })
        .collect();
    groups.sort_by_key(|group| std::cmp::Reverse(group.count));
    groups
}
