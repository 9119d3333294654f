//! At which of many values in a row did they change, if they did? E-divisive (Matteson and James, JASA 2014).
//!
//! ```text
//!   4.1 4.3 4.0 4.2 4.4 | 9.8 9.5 9.9 9.7 9.6        the cut at which both sides differ most
//!   9.5 4.3 9.8 4.2 4.0 | 9.9 4.4 9.7 4.1 9.6        shuffled: how often does one differ as much, at whichever cut?
//! ```
//!
//! How far two sides of m and n values differ is their energy distance, mn ÷ (m + n) · (2·mean|x − y| − mean|x − x′| − mean|y − y′|):
//! it takes no distribution, and sees a change of spread as well as one of level. The cut at which it is largest was chosen by the data, so
//! no table says how large is large: the values are shuffled, [`SHUFFLES`] times, and the largest of each shuffle stands
//! beside the one that was found. p is the share of orders, the one that was found among them, in which it is as large. What is
//! on either side of a change is looked at in the same way, until nothing changes any more.
//!
//! Where nothing changed, one is told in [`LEVEL`] of all series: by the shuffles, exactly. (Hunter, now Apache Otava, tests the cut
//! with Student's t instead, at p < 0.001, and alarms on 4 % of noise, for the t-test doesn't know that the cut was chosen.) The values
//! must be independent of each other when nothing changes: a slow drift is told as a change, which it is.

use units::Seed;

/// The share of series without a change in which one is told.
pub const LEVEL: f64 = 0.01;
/// Orders that the one found is held against. With it they are a thousand.
pub const SHUFFLES: u64 = 999;
/// Values of which there must be so many before anything is told. Of nine no order is as rare as [`LEVEL`]; of ten those of a step in the
/// middle hardly are (2 of 252), so that the shuffles decide; of twelve they are (2 of 924).
pub const VALUES_MIN: usize = 12;
/// Values on each side of a cut: one or two are an outlier.
pub const SIDE_MIN: usize = 3;

/// Where values changed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChangePoint {
    /// The first value that is different, from 0.
    pub at: usize,
    /// The share of orders in which something differs as much.
    pub p: f64,
}

/// The changes of a series, in order. Fewer than [`VALUES_MIN`] have none.
///
/// Time grows with the square of the length, some [`SHUFFLES`] times: hundreds of values, not thousands.
#[must_use]
pub fn change_points(values: &[f64], seed: Seed) -> Vec<ChangePoint> {
    let mut found = Vec::new();
    let mut open = vec![(0, values.len())];
    while let Some((from, to)) = open.pop() {
        let Some(change) = change(&values[from..to], seed.derive_number(from as u64).derive_number(to as u64)) else {
            continue;
        };
        let at = from + change.at;
        found.push(ChangePoint { at, ..change });
        open.extend([(from, at), (at, to)]);
    }
    found.sort_by_key(|change| change.at);
    found
}

/// The one change of a stretch, if it has any.
#[expect(clippy::cast_precision_loss, reason = "a number of shuffles is far below 2^53")]
fn change(values: &[f64], seed: Seed) -> Option<ChangePoint> {
    if values.len() < VALUES_MIN {
        return None;
    }
    let (at, largest) = best_cut(values)?;
    // One that is so near that rounding may have parted them is as large.
    let limit = largest * (1.0 - 1e-9);
    let mut as_large = 1_u64;
    let mut shuffled = values.to_vec();
    for number in 0..SHUFFLES {
        shuffle(&mut shuffled, seed.derive_number(number));
        as_large += u64::from(best_cut(&shuffled).is_some_and(|(_, other)| other >= limit));
        if as_large as f64 > LEVEL * (SHUFFLES + 1) as f64 {
            return None;
        }
    }
    Some(ChangePoint { at, p: as_large as f64 / (SHUFFLES + 1) as f64 })
}

/// The cut at which both sides differ most, and by how much; `None`: nothing differs at all.
#[expect(clippy::cast_precision_loss, reason = "a series is far below 2^53")]
fn best_cut(values: &[f64]) -> Option<(usize, f64)> {
    let distance = |one: usize, others: std::ops::Range<usize>| -> f64 {
        values[others].iter().map(|other| (values[one] - other).abs()).sum()
    };
    // Sums of the distances within each side and between them, as one value after the other moves from the right to the left.
    let (mut left, mut between) = (0.0, 0.0);
    let mut right: f64 = (0..values.len()).map(|one| distance(one, one + 1..values.len())).sum();
    let mut best: Option<(usize, f64)> = None;
    for cut in 1..values.len() {
        let moved = cut - 1;
        let (to_left, to_right) = (distance(moved, 0..moved), distance(moved, cut..values.len()));
        left += to_left;
        right -= to_right;
        between += to_right - to_left;
        let (m, n) = (cut as f64, (values.len() - cut) as f64);
        if cut < SIDE_MIN || values.len() - cut < SIDE_MIN {
            continue;
        }
        let within = 2.0 * left / (m * (m - 1.0)) + 2.0 * right / (n * (n - 1.0));
        let apart = m * n / (m + n) * (2.0 * between / (m * n) - within);
        if apart > 0.0 && best.is_none_or(|(_, most)| apart > most) {
            best = Some((cut, apart));
        }
    }
    best
}

/// Fisher and Yates.
fn shuffle(values: &mut [f64], seed: Seed) {
    for last in (1..values.len()).rev() {
        let drawn = u128::from(seed.derive_number(last as u64).value());
        // The upper half of the product spreads 64 bits evenly over the places.
        values.swap(last, ((drawn * (last as u128 + 1)) >> 64) as usize);
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests may panic")]
mod tests {
    use super::*;
    use crate::statistics::noise::Noise;

    fn found(values: &[f64]) -> Vec<usize> {
        change_points(values, Seed::new(5)).into_iter().map(|change| change.at).collect()
    }

    #[test]
    fn a_step_of_three_deviations_is_found_where_it_is() {
        let mut noise = Noise::new(13);
        // science.md: one step of 3 σ in 200 values, found within ±1 in 97 % of the runs; of 300 that is 291, with three standard
        // deviations of 1 point below.
        let near = (0..300).filter(|_| {
            let values: Vec<f64> = (0..200).map(|at| noise.normal() + if at < 100 { 0.0 } else { 3.0 }).collect();
            best_cut(&values).unwrap().0.abs_diff(100) <= 1
        });
        let near = near.count();
        assert!(near >= 282, "{near} of 300");
        // And so large a step is told of twenty runs.
        let told = (0..50).filter(|_| {
            let values: Vec<f64> = (0..20).map(|at| noise.normal() + if at < 10 { 0.0 } else { 3.0 }).collect();
            found(&values).first().is_some_and(|at| at.abs_diff(10) <= 1)
        });
        let told = told.count();
        assert!(told >= 45, "{told} of 50");
    }

    #[test]
    fn noise_is_called_a_change_as_often_as_is_said() {
        let mut noise = Noise::new(14);
        let alarms = (0..600).filter(|_| {
            // A long tail, as times have.
            let values: Vec<f64> = (0..20).map(|_| noise.normal().exp()).collect();
            !found(&values).is_empty()
        });
        let alarms = alarms.count();
        // 6 of 600, with three standard deviations of 2.4.
        assert!(alarms <= 13, "{alarms} of 600");
    }

    #[test]
    fn several_changes_are_found_and_few_or_equal_values_have_none() {
        let level = |of: f64, count: usize| (0..count).map(move |at| of + 0.1 * (at % 3) as f64).collect::<Vec<f64>>();
        assert_eq!(found(&[level(4.0, 12), level(9.0, 12), level(5.0, 12)].concat()), [12, 24]);
        assert_eq!(found(&[level(4.0, 6), level(9.0, 6)].concat()), [6], "twelve are enough");
        assert!(found(&[level(4.0, 6), level(9.0, 5)].concat()).is_empty(), "eleven are not");
        assert!(found(&[4.0; 40]).is_empty(), "what is the same has not changed");
        assert!(found(&[level(4.0, 19), vec![90.0]].concat()).is_empty(), "one is an outlier");
        assert!(found(&[]).is_empty());
    }

    #[test]
    fn the_cut_is_that_of_the_definition() {
        let mut noise = Noise::new(15);
        for _ in 0..50 {
            let values: Vec<f64> = (0..14).map(|_| (noise.normal() * 4.0).round()).collect();
            let mean = |one: &[f64], other: &[f64], pairs: f64| {
                one.iter().flat_map(|x| other.iter().map(move |y| (x - y).abs())).sum::<f64>() / pairs
            };
            let by_definition = (SIDE_MIN..=values.len() - SIDE_MIN).map(|cut| {
                let (x, y) = values.split_at(cut);
                let (m, n) = (x.len() as f64, y.len() as f64);
                let within = mean(x, x, m * (m - 1.0)) + mean(y, y, n * (n - 1.0));
                m * n / (m + n) * (2.0 * mean(x, y, m * n) - within)
            });
            let most = by_definition.fold(0.0, f64::max);
            let found = best_cut(&values).map_or(0.0, |(_, apart)| apart);
            assert!((found - most).abs() < 1e-9, "{values:?}: {found}, expected {most}");
        }
    }
}
