//! By how much one side lies above the other (Hodges and Lehmann 1963), with its interval (Moses; Hollander and Wolfe §4.3).
//!
//! The estimate is the median of all pairwise differences. The interval lies between the k-th smallest and the k-th largest
//! of them, k = ⌊nm/2 − z·√(nm(n+m+1)/12)⌋: the differences that the rank sum of [`super::mann_whitney`] doesn't refuse.

use super::distribution::normal_quantile;

/// Values of a side that are paired; a longer side is thinned evenly in order of size, which keeps its distribution and
/// widens the interval.
const SIDE_MAX: usize = 1_000;

/// A shift with its interval, in the values' own unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shift {
    /// second − first.
    pub estimate: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
}

/// How far the second side lies above the first, with an interval of that confidence (0 to 1); `None` where the sides are too
/// small to bound it.
#[must_use]
#[expect(clippy::cast_precision_loss, clippy::cast_sign_loss, reason = "counts are far below 2^53, and checked")]
pub fn shift(first: &[f64], second: &[f64], confidence: f64) -> Option<Shift> {
    let (first, second) = (thinned(first), thinned(second));
    let mut differences: Vec<f64> = first.iter().flat_map(|one| second.iter().map(move |other| other - one)).collect();
    let (n, m) = (first.len() as f64, second.len() as f64);
    let spread = (n * m * (n + m + 1.0) / 12.0).sqrt();
    let k = n * m / 2.0 - normal_quantile(0.5 + confidence / 2.0) * spread;
    if k < 1.0 {
        return None;
    }
    let count = differences.len();
    let mut at = |index: usize| *differences.select_nth_unstable_by(index, f64::total_cmp).1;
    let k = k as usize;
    let estimate = f64::midpoint(at((count - 1) / 2), at(count / 2));
    Some(Shift { estimate, low: at(k - 1), high: at(count - k) })
}

fn thinned(values: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    if sorted.len() <= SIDE_MAX {
        return sorted;
    }
    let length = sorted.len();
    (0..SIDE_MAX).map(|index| sorted[(2 * index + 1) * length / (2 * SIDE_MAX)]).collect()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests may panic")]
mod tests {
    use super::*;
    use crate::statistics::noise::Noise;

    #[test]
    fn a_shift_is_found_and_its_interval_holds_it() {
        let mut noise = Noise::new(3);
        let mut held = 0;
        for _ in 0..400 {
            let first: Vec<f64> = (0..40).map(|_| noise.normal().exp()).collect();
            let second: Vec<f64> = (0..40).map(|_| noise.normal().exp() + 0.5).collect();
            let found = shift(&first, &second, 0.9).unwrap();
            assert!(found.low <= found.estimate && found.estimate <= found.high);
            held += u32::from(found.low <= 0.5 && 0.5 <= found.high);
        }
        // 90 % with three standard deviations of 1.5 points.
        assert!((342..=378).contains(&held), "{held} of 400");
    }

    #[test]
    fn few_values_bound_nothing_and_many_are_thinned() {
        assert_eq!(shift(&[1.0, 2.0], &[3.0, 4.0], 0.95), None);
        let many: Vec<f64> = (0..20_000).map(f64::from).collect();
        let more: Vec<f64> = many.iter().map(|value| value + 100.0).collect();
        let found = shift(&many, &more, 0.95).unwrap();
        assert!((found.estimate - 100.0).abs() < 1.0, "{found:?}");
        assert!(found.low < 100.0 && 100.0 < found.high);
    }
}
