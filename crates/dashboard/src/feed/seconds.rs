//! The seconds of the whole run.

use super::{latency::Bins, plan::failures, staleness::Probes};
use crate::wire::Seconds;
use record::{ArrivalCounts, Interval, Phase, PhaseInterval};
use std::collections::BTreeMap;

/// Seconds that are kept one by one.
const WHOLE: u64 = 3_600;
/// How many older ones are added up.
pub(super) const FOLDED: u64 = 15;
/// Seconds of which the tenths are kept.
const WITH_TENTHS: u64 = 120;

/// All seconds of all populations.
#[derive(Debug, Clone)]
pub(super) struct WholeRun {
    populations: usize,
    seconds: BTreeMap<u64, Vec<Cell>>,
    /// By their first second.
    folded: BTreeMap<u64, Vec<Cell>>,
}

/// One population in one second, or in several added up.
#[derive(Debug, Clone, Default)]
struct Cell {
    due: u64,
    sent: u64,
    /// By how they failed; empty: none did.
    failed: Vec<u64>,
    /// Successes by region.
    served: Vec<(Option<usize>, u64)>,
    latency: Bins,
    failed_latency: Bins,
    /// Connections by the region they led to.
    connected: Vec<(Option<usize>, u64)>,
    in_flight: u64,
    /// While the second is young.
    tenths: Option<Box<Tenths>>,
}

/// Requests by tenth of the intended second.
#[derive(Debug, Clone, Default)]
struct Tenths {
    served: Vec<(Option<usize>, [u32; 10])>,
    failed: [u32; 10],
}

impl WholeRun {
    pub(super) fn of(populations: usize) -> Self {
        Self { populations, seconds: BTreeMap::new(), folded: BTreeMap::new() }
    }

    pub(super) fn interval(&mut self, interval: &Interval) {
        let cell = self.cell(interval.second, interval.population);
        let count = interval.count();
        if count == 0 {
            return;
        }
        let tenths = cell.tenths.get_or_insert_default();
        if interval.outcome.is_ok() {
            *slot(&mut cell.served, interval.served_by) += count;
            cell.latency.add(&interval.response);
            add(slot(&mut tenths.served, interval.served_by), &interval.tenths);
        } else {
            let kind = failures().position(|outcome| outcome == interval.outcome).unwrap_or(0);
            cell.failed.resize(failures().count(), 0);
            cell.failed[kind] += count;
            cell.failed_latency.add(&interval.response);
            add(&mut tenths.failed, &interval.tenths);
        }
    }

    pub(super) fn arrivals(&mut self, counts: &ArrivalCounts) {
        let cell = self.cell(counts.second, counts.population);
        cell.due += counts.intended;
        cell.sent += counts.started;
        cell.in_flight += counts.in_flight;
    }

    /// The second that it is about; `None`: nothing is told of it.
    pub(super) fn phase(&mut self, phase: &PhaseInterval) -> Option<u64> {
        let is_told = phase.phase == Phase::Connect && !phase.duration.is_empty();
        is_told.then(|| {
            *slot(&mut self.cell(phase.second, phase.population).connected, phase.region) += phase.duration.len();
            phase.second
        })
    }

    fn cell(&mut self, second: u64, population: usize) -> &mut Cell {
        // What comes an hour late is added to those that are added up.
        let is_old = self.folded.last_key_value().is_some_and(|(last, _)| second < last + FOLDED);
        let (map, key) =
            if is_old { (&mut self.folded, second / FOLDED * FOLDED) } else { (&mut self.seconds, second) };
        &mut map.entry(key).or_insert_with(|| vec![Cell::default(); self.populations])[population]
    }

    /// The first second of which anything is known.
    pub(super) fn first(&self) -> Option<u64> {
        self.folded.first_key_value().or(self.seconds.first_key_value()).map(|(second, _)| *second)
    }

    /// The first second behind all of which anything is known.
    pub(super) fn end(&self) -> u64 {
        self.seconds.last_key_value().map_or(0, |(second, _)| second + 1)
    }

    /// A second; `None`: nothing is known of it.
    pub(super) fn second(&self, second: u64, probes: &Probes) -> Option<Seconds> {
        let cells = self.seconds.get(&second);
        let staleness = probes.between(second, second + 1);
        if cells.is_none() && staleness.is_empty() {
            return None;
        }
        let mut told = Seconds { second, step: 1, staleness, ..Seconds::default() };
        let known = cells.into_iter().flatten().enumerate().filter(|(_, cell)| cell.is_known());
        known.for_each(|(population, cell)| cell.tell(population, &mut told));
        Some(told)
    }

    /// From one second to another (exclusive), `step` added up in each; older ones as they are kept.
    pub(super) fn series(&self, from: u64, to: u64, step: u32, probes: &Probes) -> Vec<Seconds> {
        let step = u64::from(step.max(1));
        let folded = self.folded.range(from / FOLDED * FOLDED..to.max(from));
        let mut all: Vec<Seconds> =
            folded.map(|(first, cells)| added(*first, FOLDED, std::iter::once(cells), probes)).collect();
        let mut groups: BTreeMap<u64, Vec<&Vec<Cell>>> = BTreeMap::new();
        for (second, cells) in self.seconds.range(from..to.max(from)) {
            groups.entry(second / step * step).or_default().push(cells);
        }
        all.extend(groups.into_iter().map(|(first, cells)| added(first, step, cells.into_iter(), probes)));
        all
    }

    /// The tenths of a second of a population, by home or not; `None`: they are not kept any more, or nothing ended.
    pub(super) fn tenths(&self, second: u64, population: usize, home: Option<usize>) -> Option<[[u32; 10]; 3]> {
        let tenths = self.seconds.get(&second)?[population].tenths.as_ref()?;
        let mut told = [[0; 10]; 3];
        for (region, counts) in &tenths.served {
            let is_elsewhere = region.is_some() && *region != home;
            add(&mut told[usize::from(is_elsewhere)], counts);
        }
        told[2] = tenths.failed;
        Some(told)
    }

    /// Adds up what is old, also of what probes saw, and forgets old tenths.
    pub(super) fn fold(&mut self, probes: &mut Probes) {
        let end = self.end();
        for (_, cells) in self.seconds.range_mut(end.saturating_sub(WITH_TENTHS + 30)..end.saturating_sub(WITH_TENTHS))
        {
            cells.iter_mut().for_each(|cell| cell.tenths = None);
        }
        let young = end.saturating_sub(WHOLE) / FOLDED * FOLDED;
        if self.seconds.first_key_value().is_none_or(|(first, _)| *first + FOLDED > young) {
            return;
        }
        probes.fold(young);
        let kept = self.seconds.split_off(&young);
        for (second, cells) in std::mem::replace(&mut self.seconds, kept) {
            let sum = self.folded.entry(second / FOLDED * FOLDED).or_insert_with(|| vec![Cell::default(); cells.len()]);
            sum.iter_mut().zip(&cells).for_each(|(sum, cell)| sum.add(cell));
        }
    }
}

/// Several of them added up.
fn added<'a>(first: u64, step: u64, all: impl Iterator<Item = &'a Vec<Cell>>, probes: &Probes) -> Seconds {
    let mut sums: Vec<Cell> = Vec::new();
    for cells in all {
        sums.resize_with(cells.len(), Cell::default);
        sums.iter_mut().zip(cells).for_each(|(sum, cell)| sum.add(cell));
    }
    let step_of = u32::try_from(step).unwrap_or(u32::MAX);
    let staleness = probes.between(first, first + step);
    let mut told = Seconds { second: first, step: step_of, staleness, ..Seconds::default() };
    let known = sums.iter().enumerate().filter(|(_, cell)| cell.is_known());
    known.for_each(|(population, cell)| cell.tell(population, &mut told));
    told
}

impl Cell {
    fn is_known(&self) -> bool {
        self.due > 0 || self.sent > 0 || self.in_flight > 0 || !self.served.is_empty() || !self.failed.is_empty()
    }

    fn tell(&self, population: usize, told: &mut Seconds) {
        told.populations.push(population);
        told.due.push(self.due);
        told.sent.push(self.sent);
        told.ok.push(self.served.iter().map(|(_, count)| count).sum());
        told.failed.push(self.failed.clone());
        told.served.push(by_region(&self.served));
        told.latency.push(self.latency.to_row());
        told.failed_latency.push(self.failed_latency.to_row());
        told.connected.push(by_region(&self.connected));
        told.in_flight.push(self.in_flight);
    }

    /// Counts add up; what is under way is that of the later one.
    fn add(&mut self, later: &Self) {
        self.due += later.due;
        self.sent += later.sent;
        if !later.failed.is_empty() {
            self.failed.resize(later.failed.len(), 0);
            self.failed.iter_mut().zip(&later.failed).for_each(|(sum, count)| *sum += count);
        }
        later.served.iter().for_each(|(region, count)| *slot(&mut self.served, *region) += count);
        self.latency.merge(&later.latency);
        self.failed_latency.merge(&later.failed_latency);
        later.connected.iter().for_each(|(region, count)| *slot(&mut self.connected, *region) += count);
        self.in_flight = later.in_flight;
    }
}

/// As the wire has it.
fn by_region(counts: &[(Option<usize>, u64)]) -> Vec<(i64, u64)> {
    let region = |region: Option<usize>| region.map_or(-1, |region| i64::try_from(region).unwrap_or(-1));
    counts.iter().map(|(by, count)| (region(*by), *count)).collect()
}

/// The place of a region in a short list.
fn slot<T: Default>(list: &mut Vec<(Option<usize>, T)>, region: Option<usize>) -> &mut T {
    let at = list.iter().position(|(known, _)| *known == region).unwrap_or_else(|| {
        list.push((region, T::default()));
        list.len() - 1
    });
    &mut list[at].1
}

fn add(sums: &mut [u32; 10], counts: &[u32; 10]) {
    sums.iter_mut().zip(counts).for_each(|(sum, count)| *sum = sum.saturating_add(*count));
}
