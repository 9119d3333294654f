//! What is going to happen.

use super::latency::BINS_PER_OCTAVE;
use crate::wire::{FaultPlan, PlanNews, PopulationPlan, RegionPlan};
use plan::resolved::{Fault, ResolvedPlan};
use record::Outcome;
use std::time::Duration;
use units::RunTime;
use verdict::{
    live::{FINAL_DELAY, Limits, SILENCE_MAX},
    words,
};

/// How requests fail, in the order of a second's counts.
pub(super) fn failures() -> impl Iterator<Item = Outcome> {
    Outcome::ALL.into_iter().filter(|outcome| !outcome.is_ok())
}

/// The plan as the page has it.
pub(super) fn news(plan: &ResolvedPlan, limits: &Limits) -> PlanNews {
    let in_words = verdict::plan_in_words(plan);
    PlanNews {
        name: plan.name.clone(),
        sha256: plan.plan_sha256.clone(),
        seed: plan.seed.to_string(),
        load: in_words.load,
        load_us: micros(plan.load_duration()),
        warm_up_us: micros(plan.warm_up),
        final_delay_seconds: u32::try_from(FINAL_DELAY.as_secs()).unwrap_or(u32::MAX),
        // Whoever draws it says what it is.
        failed_means: in_words.failed_means.trim_start_matches("failed = ").to_owned(),
        success_min: limits.success_min,
        p99_max_us: limits.p99_max.map(micros),
        lag_p99_max_us: micros(plan.trust.send_lag_p99_max),
        unsent_max: plan.trust.unsent_max.fraction(),
        silence_max_us: micros(SILENCE_MAX),
        populations: plan.populations.iter().map(population).collect(),
        regions: plan
            .regions
            .iter()
            .map(|region| RegionPlan {
                name: region.name.to_string(),
                latitude: Some(region.latitude),
                longitude: Some(region.longitude),
            })
            .collect(),
        failures: failures().map(|outcome| outcome.as_str().to_owned()).collect(),
        faults: plan.faults.iter().map(|fault| fault_plan(plan, fault)).collect(),
        bins_per_octave: BINS_PER_OCTAVE,
    }
}

fn population(population: &plan::resolved::Population) -> PopulationPlan {
    PopulationPlan {
        name: population.name.to_string(),
        place: population.origin.to_string(),
        access: population.access.name.clone(),
        latitude: Some(population.latitude),
        longitude: Some(population.longitude),
        share: population.share.fraction(),
        home: population.nearest.first().copied(),
    }
}

fn fault_plan(plan: &ResolvedPlan, fault: &Fault) -> FaultPlan {
    let what = fault.kind.as_str();
    let regions: Vec<usize> = fault.kind.regions().into_iter().filter_map(|name| plan.region_index(name)).collect();
    let is_of_links = what == "partition" || what.starts_with("link-");
    let links = match regions[..] {
        [one, other] if is_of_links => vec![(one, other)],
        _ => Vec::new(),
    };
    let start = fault.start(plan.seed);
    FaultPlan {
        name: fault.name.to_string(),
        what: what.to_owned(),
        text: fault.kind.words(&words::duration),
        regions,
        links,
        at_us: (0..fault.repeat.times).map(|turn| micros(start + fault.repeat.every * turn)).collect(),
        for_us: Some(micros(fault.duration)),
    }
}

pub(super) fn micros(length: Duration) -> u64 {
    RunTime::from(length).as_micros()
}
