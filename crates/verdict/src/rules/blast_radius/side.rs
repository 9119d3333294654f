//! The numbers of one side of a comparison (the baseline, or the time of the faults), and how far they may be off.

use crate::{
    evidence::{Cell, seconds_of},
    statistics::{
        bootstrap::{Blocks, deviation},
        change, order_statistics,
    },
};
use units::Seed;

/// Percentiles of the response time that are compared.
pub(super) const PERCENTILES: [f64; 3] = [50.0, 95.0, 99.0];
/// Numbers that are compared: the failing share and the percentiles.
pub(super) const NUMBERS: usize = 1 + PERCENTILES.len();

/// What users met in one second.
#[derive(Debug, Clone, Default)]
pub(super) struct Second {
    pub(super) failed: u64,
    pub(super) requests: u64,
    /// Response times of the successes.
    pub(super) cells: Vec<Cell>,
}

/// Seconds in order of time, added up so that any stretch of them is a difference.
#[derive(Debug)]
pub(super) struct Side {
    seconds: usize,
    /// Failed requests and all of them before each second.
    requests: Vec<(u64, u64)>,
    /// Steps of the grid that occur.
    steps: Vec<u16>,
    /// Response times per step before each second, one row after the other.
    counts: Vec<u32>,
}

impl Side {
    pub(super) fn of(seconds: &[Second]) -> Self {
        let mut steps: Vec<u16> = seconds.iter().flat_map(|second| &second.cells).map(|(step, _)| *step).collect();
        steps.sort_unstable();
        steps.dedup();
        let mut requests = vec![(0, 0)];
        let mut counts = vec![0; steps.len()];
        let mut row = counts.clone();
        for second in seconds {
            let (failed, all) = requests[requests.len() - 1];
            requests.push((failed + second.failed, all + second.requests));
            for (step, count) in &second.cells {
                let at = steps.binary_search(step).expect("every step was gathered");
                row[at] += count;
            }
            counts.extend_from_slice(&row);
        }
        Self { seconds: seconds.len(), requests, steps, counts }
    }

    /// Requests of all seconds.
    pub(super) fn requests(&self) -> u64 {
        self.requests[self.seconds].1
    }

    /// Successes of all seconds.
    pub(super) fn successes(&self) -> u64 {
        self.row(self.seconds).iter().map(|count| u64::from(*count)).sum()
    }

    /// Each number as counted; `None` without requests, or without a success.
    pub(super) fn counted(&self) -> [Option<f64>; NUMBERS] {
        let (failed, all) = self.requests[self.seconds];
        let numbers =
            self.measure((failed, all), self.row(self.seconds)).map(|number| (self.successes() > 0).then_some(number));
        std::array::from_fn(
            |index| if index == 0 { crate::rules::experience::share(failed, all) } else { numbers[index] },
        )
    }

    /// Each number with its variance; `None` where there are too few blocks to know how seconds differ.
    ///
    /// The bootstrap sees what the blocks show of themselves, and is widened by k/(k − 1) for k of them. Where a side has no
    /// failure at all, or hardly a sample behind its percentile, the blocks show nothing: a variance is at least the binomial
    /// one, of the share adjusted by one success and one failure (Agresti and Caffo 2000), and of the percentile's ranks.
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
    pub(super) fn numbers(&self, seed: Seed, draws: u64) -> Option<[change::Side; NUMBERS]> {
        let blocks = Blocks::of_seconds(seed, self.seconds)?;
        let mut drawn = vec![Vec::new(); NUMBERS];
        let mut sum = vec![0; self.steps.len()];
        for draw in 0..draws {
            let numbers = self.draw(&blocks, draw, &mut sum);
            drawn.iter_mut().zip(numbers).for_each(|(list, number)| list.push(number));
        }
        let whole = self.row(self.seconds);
        let values = self.measure(self.requests[self.seconds], whole);
        let floors = self.floors(whole, values[0]);
        let k = blocks.count() as f64;
        Some(std::array::from_fn(|index| change::Side {
            value: values[index],
            variance: (deviation(&drawn[index]).powi(2) * k / (k - 1.0)).max(floors[index]),
            blocks: blocks.count(),
        }))
    }

    fn draw(&self, blocks: &Blocks, draw: u64, sum: &mut [u32]) -> [f64; NUMBERS] {
        sum.fill(0);
        let mut requests = (0, 0);
        for range in blocks.draw(draw) {
            let (before, after) = (self.requests[range.start], self.requests[range.end]);
            requests = (requests.0 + after.0 - before.0, requests.1 + after.1 - before.1);
            let rows = self.row(range.start).iter().zip(self.row(range.end));
            sum.iter_mut().zip(rows).for_each(|(sum, (before, after))| *sum += after - before);
        }
        self.measure(requests, sum)
    }

    /// Response times per step before that second.
    fn row(&self, second: usize) -> &[u32] {
        &self.counts[second * self.steps.len()..(second + 1) * self.steps.len()]
    }

    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
    fn measure(&self, (failed, all): (u64, u64), counts: &[u32]) -> [f64; NUMBERS] {
        let failing = (failed as f64 + 1.0) / (all as f64 + 2.0);
        let samples = counts.iter().map(|count| u64::from(*count)).sum::<u64>() as f64;
        let mut numbers = [failing, 0.0, 0.0, 0.0];
        for (number, percent) in numbers[1..].iter_mut().zip(PERCENTILES) {
            *number = self.at_rank(counts, (percent / 100.0 * samples).ceil());
        }
        numbers
    }

    /// The response time of that rank, from 1; zero without one.
    fn at_rank(&self, counts: &[u32], rank: f64) -> f64 {
        let mut below = 0.0;
        let found = counts.iter().position(|count| {
            below += f64::from(*count);
            *count > 0 && below >= rank
        });
        found.map_or(0.0, |at| seconds_of(self.steps[at]))
    }

    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
    fn floors(&self, counts: &[u32], failing: f64) -> [f64; NUMBERS] {
        let samples = self.successes();
        let mut floors = [failing * (1.0 - failing) / (self.requests() as f64 + 2.0), 0.0, 0.0, 0.0];
        for (floor, percent) in floors[1..].iter_mut().zip(PERCENTILES) {
            let (low, high) = order_statistics::ranks(samples, percent);
            let width = self.at_rank(counts, high.min(samples) as f64) - self.at_rank(counts, low.max(1) as f64);
            // The interval is 2 × 1.96 standard errors wide.
            *floor = (width / 3.92).powi(2);
        }
        floors
    }
}
