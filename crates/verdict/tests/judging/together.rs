//! All populations together are their histograms merged, never their percentiles averaged.

use crate::story::{AMERICA, EUROPE, Story, US};
use verdict::{
    Findings,
    findings::{Operations, PhaseName, Together},
};

fn whole(findings: &Findings, operations: Operations) -> &Together {
    let wanted = |one: &&Together| one.operations == operations && one.phase == PhaseName::Whole;
    findings.together.iter().find(wanted).unwrap()
}

#[test]
fn counts_are_those_of_all_populations() {
    let findings = Story::good().judged();
    for operations in [Operations::All, Operations::Read, Operations::Write] {
        let together = whole(&findings, operations);
        let parts = || {
            let all = findings.experience.iter().filter(|one| one.operations == operations);
            all.flat_map(|one| &one.phases).filter(|phase| phase.phase == PhaseName::Whole)
        };
        assert_eq!(together.requests, parts().map(|part| part.requests).sum::<u64>());
        assert_eq!(
            (together.ok, together.failed),
            (together.requests - together.failed, together.requests - together.ok)
        );
        let samples: u64 = parts().map(|part| part.response_p50.samples).sum();
        assert_eq!((together.response_p50.samples, together.response_p99.samples), (samples, samples));
    }
    let baseline = findings.together.iter().find(|one| one.phase == PhaseName::Baseline).unwrap();
    assert!(baseline.requests < whole(&findings, Operations::All).requests);
}

#[test]
fn a_population_counts_by_its_requests() {
    let mut story = Story::good();
    story.forget(EUROPE);
    story.serve(EUROPE, 4.0, 6.0, US);
    let findings = story.judged();
    let p50 = |population: usize| {
        let one = findings.experience.iter().find(|one| one.population == population).unwrap();
        one.phases.last().unwrap().response_p50.value
    };
    assert_ne!(p50(EUROPE), p50(AMERICA));
    assert_eq!(whole(&findings, Operations::All).response_p50.value, p50(AMERICA));
}
