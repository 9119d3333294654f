//! Load intended and load offered: "load not sent is a measurement" (`design.md` §4). Everything is over the whole run,
//! warm-up included, but for attempts per request, which compare the baseline with the time of the faults.
//!
//! Retry amplification is "server-side attempts ÷ client intents" (`definitions.md`), seen from the client: attempts sent ÷
//! requests meant. Its greatest second takes twenty requests.

use super::{experience::share, percentile::percentile};
use crate::{
    evidence::Evidence,
    findings::{LoadFinding, Operations, PhaseName, PopulationLoad},
};
use record::{ArrivalCounts, Histogram};
use std::collections::BTreeMap;

/// Requests that a second takes before its attempts per request mean something.
const SECOND_REQUESTS_MIN: u64 = 20;

/// Load intended and offered.
pub(crate) fn load(evidence: &Evidence<'_>) -> LoadFinding {
    let populations: Vec<PopulationLoad> =
        (0..evidence.plan.populations.len()).map(|population| of_population(evidence, population)).collect();
    let sum = |part: fn(&PopulationLoad) -> u64| populations.iter().map(part).sum::<u64>();
    let (intended, dropped, unsent) = (sum(|one| one.intended), sum(|one| one.dropped), sum(|one| one.unsent));
    let counts = (0..populations.len())
        .map(|population| evidence.stream(population, Operations::All).counts(0..evidence.requests.tenths.len()));
    let (ok, failed) = counts.fold((0, 0), |sum, counts| (sum.0 + counts.ok, sum.1 + counts.failed));
    let limit = evidence.plan.trust.send_lag_p99_max;
    let per_second = &evidence.requests.attempts_per_second;
    let (in_flight_max, users_max) = state_max(&evidence.requests.arrivals);
    LoadFinding {
        intended,
        started: sum(|one| one.started),
        dropped,
        unsent,
        late: evidence.requests.arrivals.values().map(|one| one.send_lag.count_above(limit)).sum(),
        unsent_share: share(dropped + unsent, intended),
        requests: ok + failed,
        ok,
        failed,
        attempts: per_second.values().map(|(attempts, _)| attempts).sum(),
        attempts_per_request_baseline: amplification(evidence, PhaseName::Baseline),
        attempts_per_request_fault: amplification(evidence, PhaseName::Fault),
        attempts_per_request_max: per_second
            .values()
            .filter(|(_, requests)| *requests >= SECOND_REQUESTS_MIN)
            .filter_map(|(attempts, requests)| share(*attempts, *requests))
            .max_by(f64::total_cmp),
        in_flight_max,
        users_max,
        populations,
    }
}

fn of_population(evidence: &Evidence<'_>, population: usize) -> PopulationLoad {
    let of = evidence.requests.arrivals.values().filter(|one| one.population == population);
    let mut sum = ArrivalCounts::default();
    let mut waited = Histogram::new();
    for one in of {
        sum.intended += one.intended;
        sum.started += one.started;
        sum.dropped += one.dropped;
        sum.unsent += one.unsent;
        waited.merge(&one.waited);
    }
    PopulationLoad {
        population,
        intended: sum.intended,
        started: sum.started,
        dropped: sum.dropped,
        unsent: sum.unsent,
        waited_p99: percentile(&waited, 99.0),
    }
}

/// Attempts per request of all populations in a phase.
fn amplification(evidence: &Evidence<'_>, phase: PhaseName) -> Option<f64> {
    let tenths = evidence.requests.tenths;
    let mut attempts = 0;
    let mut requests = 0;
    for population in 0..evidence.plan.populations.len() {
        attempts += evidence.requests.attempts.get(&(population, Operations::All, phase)).copied().unwrap_or(0);
        let stream = evidence.stream(population, Operations::All);
        let seconds = evidence.timeline.measured_seconds();
        let of_phase = seconds.filter(|second| evidence.timeline.phase_of(*second) == Some(phase));
        requests += of_phase
            .filter_map(|second| tenths.of_second(second))
            .map(|at| stream.counts(at..at + 10).requests())
            .sum::<u64>();
    }
    share(attempts, requests)
}

/// The most requests under way and the most users, over all populations at the end of one second.
fn state_max(arrivals: &BTreeMap<(u64, usize), ArrivalCounts>) -> (u64, u64) {
    let mut by_second: BTreeMap<u64, (u64, u64)> = BTreeMap::new();
    for one in arrivals.values() {
        let sum = by_second.entry(one.second).or_default();
        *sum = (sum.0 + one.in_flight, sum.1 + one.users);
    }
    let most = |part: fn(&(u64, u64)) -> u64| by_second.values().map(part).max().unwrap_or(0);
    (most(|sum| sum.0), most(|sum| sum.1))
}
