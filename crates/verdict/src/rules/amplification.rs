//! Retry amplification: "attempts ÷ client intents, per region, over time" (`definitions.md`; at most three attempts and a budget of
//! 10 % in the SRE book). Seen from the client: attempts sent ÷ requests meant, per population, in each part of the run and in the
//! worst ten seconds. Ten seconds take twenty requests.

use crate::{
    evidence::{Evidence, start_of},
    findings::{Amplification, Operations, PhaseName, Span},
    rules::experience::share,
};

const WINDOW: u64 = 10;
const REQUESTS_MIN: u64 = 20;

/// Attempts per request of every population.
pub(crate) fn amplification(evidence: &Evidence<'_>) -> Vec<Amplification> {
    (0..evidence.plan.populations.len()).map(|population| of(evidence, population)).collect()
}

fn of(evidence: &Evidence<'_>, population: usize) -> Amplification {
    let in_phase = |phase: PhaseName| {
        let attempts = evidence.requests.attempts.get(&(population, Operations::All, phase)).copied().unwrap_or(0);
        share(attempts, evidence.requests.counts(population, |_, of| of == phase).requests())
    };
    let worst = worst(evidence, population);
    Amplification {
        population,
        baseline: in_phase(PhaseName::Baseline),
        fault: in_phase(PhaseName::Fault),
        after: in_phase(PhaseName::After),
        worst: worst.map(|(_, attempts)| attempts),
        worst_span: worst.map(|(from, _)| Span { from: start_of(from), to: start_of(from + WINDOW) }),
    }
}

/// The second with which the worst ten begin, of equals the first, and their attempts per request.
fn worst(evidence: &Evidence<'_>, population: usize) -> Option<(u64, f64)> {
    let seconds = evidence.timeline.measured_seconds();
    let of = |second: u64| evidence.requests.attempts_of.get(&(population, second)).copied().unwrap_or_default();
    let windows = seconds.clone().filter(|second| second + WINDOW <= seconds.end).filter_map(|second| {
        let sum = (second..second + WINDOW).map(of).fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
        (sum.1 >= REQUESTS_MIN).then(|| share(sum.0, sum.1)).flatten().map(|attempts| (second, attempts))
    });
    windows.reduce(|worst, one| if one.1 > worst.1 { one } else { worst })
}
