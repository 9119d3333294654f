//! Whether the values of one side tend to be larger than those of the other (Mann and Whitney 1947), with ties.
//!
//! U counts the pairs in which the second side's value is the larger, a tie as half a pair. Without a difference U is about
//! normal with mean nm/2 and variance nm/12 · ((N+1) − Σ(t³−t)/(N(N−1))), where t are the sizes of the groups of equal values
//! and N = n + m. Latencies have ties (they are counted in buckets), so the correction matters. Half a pair of continuity
//! correction keeps small samples honest.
//!
//! It takes independent values; seconds that resemble their neighbours are no such thing. Which of two regions is slower and
//! by how much is told by [`super::hodges_lehmann`].

use super::distribution::normal_below;

/// What the ranks say.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RankSum {
    /// Pairs in which the second side is larger; ties count half.
    pub u: f64,
    /// Share of pairs in which the second side is larger: 0.5 without a difference.
    pub superiority: f64,
    /// Standard deviations from what no difference would give.
    pub z: f64,
    /// Probability of so large a deviation, to either side, without a difference.
    pub p: f64,
}

/// The rank sum of two sides; `None` where one is empty.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
pub fn mann_whitney(first: &[f64], second: &[f64]) -> Option<RankSum> {
    if first.is_empty() || second.is_empty() {
        return None;
    }
    let mut all: Vec<(f64, bool)> = first.iter().map(|value| (*value, false)).collect();
    all.extend(second.iter().map(|value| (*value, true)));
    all.sort_by(|one, other| one.0.total_cmp(&other.0));
    let (n, m) = (first.len() as f64, second.len() as f64);
    let total = n + m;
    let (mut ranks, mut ties, mut before) = (0.0, 0.0, 0.0);
    for group in all.chunk_by(|one, other| one.0 == other.0) {
        let size = group.len() as f64;
        // Equal values share the mean of their ranks.
        let rank = before + (size + 1.0) / 2.0;
        ranks += rank * group.iter().filter(|(_, is_second)| *is_second).count() as f64;
        ties += size.powi(3) - size;
        before += size;
    }
    let u = ranks - m * (m + 1.0) / 2.0;
    let variance = n * m / 12.0 * (total + 1.0 - ties / (total * (total - 1.0)).max(1.0));
    let away = u - n * m / 2.0;
    let z = if variance > 0.0 { away.signum() * (away.abs() - 0.5).max(0.0) / variance.sqrt() } else { 0.0 };
    let p = (2.0 * normal_below(-z.abs())).min(1.0);
    Some(RankSum { u, superiority: u / (n * m), z, p })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests may panic")]
mod tests {
    use super::*;
    use crate::statistics::noise::Noise;

    #[test]
    fn pairs_are_counted_and_ties_count_half() {
        let cases: [(&[f64], &[f64], f64); 4] = [
            (&[1.0, 2.0], &[3.0, 4.0], 4.0),
            (&[3.0, 4.0], &[1.0, 2.0], 0.0),
            (&[1.0, 2.0, 2.0], &[2.0, 3.0], 5.0),
            (&[7.0, 7.0], &[7.0, 7.0, 7.0], 3.0),
        ];
        for (first, second, u) in cases {
            let pairs: f64 = first
                .iter()
                .flat_map(|x| second.iter().map(move |y| if y > x { 1.0 } else { f64::from(u8::from(y == x)) / 2.0 }))
                .sum();
            let found = mann_whitney(first, second).unwrap();
            assert_eq!((found.u, pairs), (u, u), "{first:?} {second:?}");
        }
        assert_eq!(mann_whitney(&[7.0, 7.0], &[7.0, 7.0]).unwrap().p, 1.0, "all the same is no difference");
        assert_eq!(mann_whitney(&[], &[1.0]), None);
    }

    #[test]
    fn deviations_are_those_of_the_formula() {
        type Case = (&'static str, &'static [f64], &'static [f64], f64, f64);
        // U − nm/2, less half a pair, ÷ √(nm/12 · ((N+1) − Σ(t³−t)/(N(N−1)))), by hand; p from a table of the normal distribution.
        let cases: [Case; 5] = [
            ("no ties: 4 − 2 of 4/12 · 5", &[1.0, 2.0], &[3.0, 4.0], 1.5 / (5.0_f64 / 3.0).sqrt(), 0.245_278),
            ("the other way round", &[3.0, 4.0], &[1.0, 2.0], -1.5 / (5.0_f64 / 3.0).sqrt(), 0.245_278),
            (
                "three alike: 5 − 3 of 6/12 · (6 − 24/20)",
                &[1.0, 2.0, 2.0],
                &[2.0, 3.0],
                1.5 / 2.4_f64.sqrt(),
                0.332_922,
            ),
            ("nothing: half a pair is more than 2 − 2", &[1.0, 4.0], &[2.0, 3.0], 0.0, 1.0),
            ("as little as half a pair: 2.5 − 2", &[1.0, 3.0], &[2.0, 3.0], 0.0, 1.0),
        ];
        for (case, first, second, z, p) in cases {
            let found = mann_whitney(first, second).unwrap();
            assert!(
                (found.z - z).abs() < 1e-9 && (found.p - p).abs() < 1e-5,
                "{case}: {found:?}, expected {z} and {p}"
            );
        }
    }

    #[test]
    fn the_same_twice_is_called_different_in_five_of_a_hundred_runs() {
        let mut noise = Noise::new(2);
        // Whole numbers, so that there are ties.
        let mut side = |shift: f64| -> Vec<f64> { (0..60).map(|_| (noise.normal() * 3.0 + shift).round()).collect() };
        let alarms = (0..1_000).filter(|_| mann_whitney(&side(0.0), &side(0.0)).unwrap().p < 0.05).count();
        assert!((30..=70).contains(&alarms), "{alarms} of 1,000");
        let found = (0..200).filter(|_| mann_whitney(&side(0.0), &side(3.0)).unwrap().p < 0.05).count();
        assert!(found > 195, "a shift of one standard deviation is found in {found} of 200");
    }
}
