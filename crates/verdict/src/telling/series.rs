//! Counts per second, for drawing. Percentiles of a second are taken from its merged histogram, and only where it has
//! enough samples.

use crate::{
    evidence::Evidence,
    findings::{FailedSeries, Operations, PopulationSeries, Series, ServedSeries},
};
use record::{Entry, Histogram, Interval};
use std::collections::BTreeMap;

/// The series of every population.
pub(crate) fn series(evidence: &Evidence<'_>) -> Series {
    let tenths = evidence.requests.tenths;
    let seconds = tenths.len() / 10;
    let mut of_population: Vec<Vec<&Interval>> = vec![Vec::new(); evidence.plan.populations.len()];
    for entry in &evidence.recording.entries {
        if let Entry::Interval(interval) = entry
            && interval.outcome.is_ok()
        {
            of_population[interval.population].push(interval);
        }
    }
    Series {
        from_second: tenths.first_second(),
        seconds,
        populations: of_population
            .into_iter()
            .enumerate()
            .map(|(population, successes)| one(evidence, population, successes, seconds))
            .collect(),
        fine: Vec::new(),
    }
}

fn one(evidence: &Evidence<'_>, population: usize, successes: Vec<&Interval>, seconds: usize) -> PopulationSeries {
    let first = evidence.requests.tenths.first_second();
    let stream = evidence.stream(population, Operations::All);
    let each = |count: &dyn Fn(usize) -> u64| (0..seconds).map(|second| count(second * 10)).collect::<Vec<u64>>();
    let home = evidence.homes[population];
    let arrivals = |part: fn(&record::ArrivalCounts) -> u64| {
        let of = |second: usize| evidence.requests.arrivals.get(&(first + second as u64, population));
        (0..seconds).map(|second| of(second).map_or(0, part)).collect::<Vec<u64>>()
    };
    let at_home = |at: usize| home.map_or(0, |home| stream.served_by(home, at..at + 10));
    let (p50_us, p99_us) = percentiles(successes, first, seconds);
    let has_arrivals = |second: usize| evidence.requests.arrivals.contains_key(&(first + second as u64, population));
    PopulationSeries {
        population,
        has_data: (0..seconds)
            .map(|second| has_arrivals(second) || stream.counts(second * 10..second * 10 + 10).requests() > 0)
            .collect(),
        intended: arrivals(|one| one.intended),
        ok_home: each(&at_home),
        ok_elsewhere: each(&|at| stream.counts(at..at + 10).ok - at_home(at)),
        failed: each(&|at| stream.counts(at..at + 10).failed),
        in_flight: arrivals(|one| one.in_flight),
        p50_us,
        p99_us,
        served: served(evidence, population, seconds),
        failed_by: failed_by(evidence, population, seconds),
    }
}

fn percentiles(mut successes: Vec<&Interval>, first: u64, seconds: usize) -> (Vec<Option<u64>>, Vec<Option<u64>>) {
    successes.sort_by_key(|interval| interval.second);
    let (mut p50, mut p99) = (vec![None; seconds], vec![None; seconds]);
    for group in successes.chunk_by(|one, other| one.second == other.second) {
        let index = group[0].second.checked_sub(first).and_then(|offset| usize::try_from(offset).ok());
        let Some(index) = index.filter(|index| *index < seconds) else { continue };
        let merged = Histogram::merged(group.iter().map(|interval| &interval.response));
        let micros =
            |percent| merged.percentile(percent).map(|value| u64::try_from(value.as_micros()).unwrap_or(u64::MAX));
        (p50[index], p99[index]) = (micros(50.0), micros(99.0));
    }
    (p50, p99)
}

fn served(evidence: &Evidence<'_>, population: usize, seconds: usize) -> Vec<ServedSeries> {
    let stream = evidence.stream(population, Operations::All);
    let regions = stream.served(&(0..seconds * 10)).into_iter().map(|(region, _)| region);
    regions
        .map(|region| {
            let count = |second: usize| {
                let served = stream.served(&(second * 10..second * 10 + 10));
                served.iter().find(|(other, _)| *other == region).map_or(0, |(_, count)| *count)
            };
            ServedSeries { region, ok: (0..seconds).map(count).collect() }
        })
        .collect()
}

fn failed_by(evidence: &Evidence<'_>, population: usize, seconds: usize) -> Vec<FailedSeries> {
    let first = evidence.requests.tenths.first_second();
    let mut series: BTreeMap<record::Outcome, Vec<u64>> = BTreeMap::new();
    for (key, failures) in evidence.requests.errors.iter().filter(|(key, _)| key.population == population) {
        let list = series.entry(key.outcome).or_insert_with(|| vec![0; seconds]);
        for (second, count) in &failures.by_second {
            let index = second.checked_sub(first).and_then(|offset| usize::try_from(offset).ok());
            if let Some(slot) = index.and_then(|index| list.get_mut(index)) {
                *slot += count;
            }
        }
    }
    let named = series.into_iter();
    named.map(|(outcome, failed)| FailedSeries { outcome: outcome.as_str().to_owned(), failed }).collect()
}
