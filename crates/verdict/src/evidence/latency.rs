//! Response times of successes second by second, on a coarse grid: what it takes to see how much seconds differ.
//!
//! The grid's steps are 1 %: a change that matters is ten times as large, and whole histograms per second would be. What is
//! shown as a percentile is taken from the exact histograms.

use record::{Entry, Histogram};
use std::collections::BTreeMap;

/// One step of the grid.
const STEP: f64 = 1.01;

/// A step of the grid with how many response times lie in it.
pub(crate) type Cell = (u16, u32);

/// Response times by population and second.
#[derive(Debug, Default)]
pub(crate) struct Latencies(BTreeMap<usize, BTreeMap<u64, BTreeMap<u16, u32>>>);

impl Latencies {
    /// Those of the successes of some populations.
    pub(crate) fn of(entries: &[Entry], wanted: &[usize]) -> Self {
        let mut latencies = Self::default();
        for entry in entries {
            let Entry::Interval(interval) = entry else { continue };
            if interval.outcome.is_ok() && wanted.contains(&interval.population) {
                let population = latencies.0.entry(interval.population).or_default();
                add(population.entry(interval.second).or_default(), &interval.response);
            }
        }
        latencies
    }

    /// Those of one population in one second, in order of length.
    pub(crate) fn cells(&self, population: usize, second: u64) -> Vec<Cell> {
        let cells = self.0.get(&population).and_then(|seconds| seconds.get(&second));
        cells.into_iter().flatten().map(|(step, count)| (*step, *count)).collect()
    }
}

fn add(cells: &mut BTreeMap<u16, u32>, histogram: &Histogram) {
    for (latency, count) in histogram.buckets() {
        let cell = cells.entry(step_of(latency.as_secs_f64() * 1e6)).or_default();
        *cell = cell.saturating_add(u32::try_from(count).unwrap_or(u32::MAX));
    }
}

/// The step that holds so many microseconds.
#[expect(clippy::cast_sign_loss, reason = "lengths below a microsecond count as one")]
fn step_of(micros: f64) -> u16 {
    (micros.max(1.0).ln() / STEP.ln()).floor() as u16
}

/// The middle of a step in seconds.
pub(crate) fn seconds_of(step: u16) -> f64 {
    STEP.powf(f64::from(step) + 0.5) / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_within_half_a_per_cent_of_what_it_holds() {
        for micros in [1.0, 850.0, 40_000.0, 46_123.0, 2_000_000.0, 3_600_000_000.0] {
            let middle = seconds_of(step_of(micros)) * 1e6;
            assert!((middle / micros - 1.0).abs() < 0.006, "{micros} µs is told as {middle}");
        }
    }
}
