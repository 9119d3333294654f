//! Blast radius: "share of users/regions/ops outside the declared target whose SLIs changed against the control window"
//! (`definitions.md`). Here: populations whose home was not a target, their success share while faults were in effect
//! against the baseline.
//!
//! It takes two answers, *different* and *same enough*; the absence of a significant difference is not sameness
//! (`science.md` §6). With the 90 % interval of the change: wholly inside ±0.5 points is unaffected (two one-sided tests
//! at 5 %), else wholly below zero is affected, else there is not enough data.
//!
//! The interval is normal, each side adjusted by one success and one failure (Agresti and Caffo), which keeps it honest
//! where a side has no failure at all. Seconds of one run resemble their neighbours, so that the binomial variance is too
//! small: the variance between blocks is taken where it is larger. Blocks are ten seconds long, five where one side would
//! have fewer than three of them; with fewer than three of those there is not enough data.

use super::{experience::response, percentile::percentile};
use crate::{
    evidence::Evidence,
    findings::{Conclusion, Neighbour, Operations, PhaseName},
    words,
};

/// The change that still counts as none.
const MARGIN: f64 = 0.005;
/// 95 % quantile of the normal distribution: two-sided 90 %.
const Z: f64 = 1.645;
const BLOCKS_SECONDS: [usize; 2] = [10, 5];
const BLOCKS_MIN: usize = 3;

/// A success share with its variance.
#[derive(Debug, Clone, Copy)]
struct Estimate {
    /// As counted.
    share: f64,
    /// Adjusted by one success and one failure.
    adjusted: f64,
    variance: f64,
    blocks: usize,
}

/// Populations whose home was no target of any fault, in order of populations; none without a fault.
pub(crate) fn neighbours(evidence: &Evidence<'_>) -> Vec<Neighbour> {
    if evidence.timeline.fault_windows().next().is_none() {
        return Vec::new();
    }
    let targets: Vec<usize> = (0..evidence.plan.faults.len()).flat_map(|fault| evidence.targets(fault)).collect();
    let is_neighbour = |population: &usize| evidence.homes[*population].is_some_and(|home| !targets.contains(&home));
    (0..evidence.plan.populations.len()).filter(is_neighbour).map(|population| one(evidence, population)).collect()
}

fn one(evidence: &Evidence<'_>, population: usize) -> Neighbour {
    let sides = |seconds| {
        let of = |phase| estimate(evidence, population, phase, seconds);
        (of(PhaseName::Baseline), of(PhaseName::Fault))
    };
    let (before, during) = sides(BLOCKS_SECONDS[0]);
    let enough = |(before, during): &(Estimate, Estimate)| before.blocks.min(during.blocks) >= BLOCKS_MIN;
    let change = BLOCKS_SECONDS.into_iter().find_map(|seconds| {
        let (before, during) = sides(seconds);
        before.zip(during).filter(enough).map(|(before, during)| change(before, during))
    });
    let conclusion = change.map_or(Conclusion::NotEnoughData, conclude);
    let text = match (conclusion, before, during) {
        (Conclusion::NotEnoughData, _, Some(during)) if during.share >= 1.0 => {
            "no request failed, but there are too few to rule out a change".to_owned()
        }
        (Conclusion::NotEnoughData, ..) => "not enough data to tell".to_owned(),
        (Conclusion::Unaffected, ..) => format!("unaffected: less than {} points changed", MARGIN * 100.0),
        (Conclusion::Affected, Some(before), Some(during)) => {
            format!("affected: success fell from {} to {}", words::share(before.share), words::share(during.share))
        }
        (Conclusion::Affected, ..) => unreachable!("a change takes both sides"),
    };
    let p99 = |phase| percentile(&response(evidence, population, Operations::All, phase), 99.0);
    Neighbour {
        population,
        before: before.map(|one| one.share),
        during: during.map(|one| one.share),
        change_low: change.map(|(low, _)| low),
        change_high: change.map(|(_, high)| high),
        margin: MARGIN,
        conclusion,
        response_p99_before: p99(PhaseName::Baseline),
        response_p99_during: p99(PhaseName::Fault),
        text,
    }
}

/// The 90 % interval of during − before.
fn change(before: Estimate, during: Estimate) -> (f64, f64) {
    let (middle, half) = (during.adjusted - before.adjusted, Z * (before.variance + during.variance).sqrt());
    (middle - half, middle + half)
}

fn conclude((low, high): (f64, f64)) -> Conclusion {
    if -MARGIN < low && high < MARGIN {
        Conclusion::Unaffected
    } else if high < 0.0 {
        Conclusion::Affected
    } else {
        Conclusion::NotEnoughData
    }
}

fn estimate(evidence: &Evidence<'_>, population: usize, phase: PhaseName, block_seconds: usize) -> Option<Estimate> {
    let stream = evidence.stream(population, Operations::All);
    let tenths = evidence.requests.tenths;
    let seconds: Vec<usize> = evidence
        .timeline
        .measured_seconds()
        .filter(|second| evidence.timeline.phase_of(*second) == Some(phase))
        .filter_map(|second| tenths.of_second(second))
        .collect();
    let blocks: Vec<(u64, u64)> = seconds
        .chunks(block_seconds)
        .map(|block| {
            let counts = block.iter().map(|at| stream.counts(*at..*at + 10));
            counts.fold((0, 0), |sum, counts| (sum.0 + counts.ok, sum.1 + counts.requests()))
        })
        .filter(|(_, requests)| *requests > 0)
        .collect();
    of_blocks(&blocks)
}

/// The estimate from successes and requests per block.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
fn of_blocks(blocks: &[(u64, u64)]) -> Option<Estimate> {
    let (ok, requests) = blocks.iter().fold((0, 0), |sum, block| (sum.0 + block.0, sum.1 + block.1));
    let share = super::experience::share(ok, requests)?;
    let n = requests as f64;
    let adjusted = (ok as f64 + 1.0) / (n + 2.0);
    let binomial = adjusted * (1.0 - adjusted) / (n + 2.0);
    Some(Estimate { share, adjusted, variance: binomial.max(between_blocks(blocks, share, n)), blocks: blocks.len() })
}

/// Variance of a ratio of sums, from how the blocks differ.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
fn between_blocks(blocks: &[(u64, u64)], share: f64, n: f64) -> f64 {
    let k = blocks.len() as f64;
    if blocks.len() < 2 {
        return 0.0;
    }
    let squares: f64 = blocks.iter().map(|(ok, requests)| (*ok as f64 - share * *requests as f64).powi(2)).sum();
    k / (k - 1.0) * squares / (n * n)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Blocks of 300 requests, each of which fails with a probability of its own around `mean`.
    fn blocks(random: &mut units::Seed, count: usize, mean: f64, spread: f64) -> Vec<(u64, u64)> {
        let mut draw = || {
            *random = random.derive_number(1);
            random.value() as f64 / u64::MAX as f64
        };
        (0..count)
            .map(|_| {
                let failing = mean + spread * (draw() - 0.5);
                ((0..300).filter(|_| draw() >= failing).count() as u64, 300)
            })
            .collect()
    }

    /// How many of 400 comparisons say that a population is affected, and unaffected.
    fn conclusions(before: f64, during: f64, spread: f64) -> (usize, usize) {
        let mut random = units::Seed::new(1);
        let found: Vec<Conclusion> = (0..400)
            .map(|_| {
                let one = of_blocks(&blocks(&mut random, 12, before, spread)).expect("requests");
                let other = of_blocks(&blocks(&mut random, 12, during, spread)).expect("requests");
                conclude(change(one, other))
            })
            .collect();
        let count = |wanted| found.iter().filter(|one| **one == wanted).count();
        (count(Conclusion::Affected), count(Conclusion::Unaffected))
    }

    #[test]
    fn the_same_twice_is_seldom_called_affected() {
        for (failing, spread) in [(0.0, 0.0), (0.001, 0.0), (0.02, 0.0), (0.02, 0.03)] {
            let (affected, _) = conclusions(failing, failing, spread);
            // 5 % of 400 with three standard deviations.
            assert!(affected <= 33, "{affected} of 400 false alarms at {failing} ± {spread}");
        }
    }

    #[test]
    fn a_change_of_the_margin_is_seldom_called_none() {
        let (_, unaffected) = conclusions(0.001, 0.001 + MARGIN, 0.0);
        assert!(unaffected <= 33, "{unaffected} of 400 misses");
        let (_, unaffected) = conclusions(0.001, 0.001, 0.0);
        assert!(unaffected > 390, "{unaffected} of 400 found the same");
        let (affected, _) = conclusions(0.001, 0.02, 0.0);
        assert!(affected > 390, "{affected} of 400 found affected");
    }
}
