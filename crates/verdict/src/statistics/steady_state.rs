//! Was it steady, and from when on? MSER-5 (White 1997, White and others 2000): the prefix whose removal makes the mean of the
//! rest best known is the transient.
//!
//! Values are averaged in batches of five; of the remaining n − d batches s²(d)/(n − d) is the squared standard error of their
//! mean, and the d that minimises it is cut. The last five batches are never tried as a rest of their own: a few equal values
//! at the end look better known than they are.
//!
//! *No steady state* is a legal answer (Barrett and others 2017): when more than half would have to go, or all that may be tried
//! (a minimum at the edge is none), what is left is not the run. Unless what would go is no different from what would stay (rank sum, 5 %): then the series is noise, and was steady
//! from the start. A series that is shorter than [`BATCHES_MIN`] batches can't be told either way.

use super::mann_whitney::mann_whitney;

/// Values in a batch.
const BATCH: usize = 5;
/// Batches that it takes at least.
pub const BATCHES_MIN: usize = 6;
/// Batches that are always left.
const REST: usize = 5;

/// Whether a series became steady.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SteadyState {
    /// From that value on, counted from 0.
    From(usize),
    /// More than half of it would have to go.
    Never,
    /// Too short to tell.
    TooShort,
}

/// From when on a series of values at equal distances is steady.
#[must_use]
pub fn steady_state(series: &[f64]) -> SteadyState {
    let batches: Vec<f64> = series.chunks_exact(BATCH).map(|batch| batch.iter().sum::<f64>() / BATCH as f64).collect();
    if batches.len() < BATCHES_MIN {
        return SteadyState::TooShort;
    }
    let best = (0..=batches.len() - REST)
        .map(|cut| (cut, squared_error(&batches[cut..])))
        .min_by(|one, other| one.1.total_cmp(&other.1));
    match best {
        Some((cut, _)) if cut * 2 > batches.len() || cut == batches.len() - REST => {
            let ranks = mann_whitney(&batches[..cut], &batches[cut..]);
            if ranks.is_some_and(|ranks| ranks.p < 0.05) { SteadyState::Never } else { SteadyState::From(0) }
        }
        Some((cut, _)) => SteadyState::From(cut * BATCH),
        None => SteadyState::TooShort,
    }
}

/// The squared standard error of the mean, as MSER has it: Σ(x − x̄)² ÷ n².
#[expect(clippy::cast_precision_loss, reason = "a series is far below 2^53")]
fn squared_error(batches: &[f64]) -> f64 {
    let n = batches.len() as f64;
    let mean = batches.iter().sum::<f64>() / n;
    batches.iter().map(|batch| (batch - mean).powi(2)).sum::<f64>() / (n * n)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::noise::Noise;

    #[test]
    fn a_cooling_start_is_cut_where_the_books_cut_it() {
        let mut noise = Noise::new(9);
        let mut cuts: Vec<usize> = (0..400)
            .filter_map(|_| {
                let series: Vec<f64> =
                    (0..600).map(|t| 100.0 + 80.0 * (-f64::from(t) / 30.0).exp() + 10.0 * noise.normal()).collect();
                match steady_state(&series) {
                    SteadyState::From(cut) => Some(cut),
                    _ => None,
                }
            })
            .collect();
        cuts.sort_unstable();
        assert!(cuts.len() > 390, "{} of 400 became steady", cuts.len());
        let at = |share: usize| cuts[cuts.len() * share / 100];
        // science.md: 83 s, from 65 s to 135 s.
        assert!(at(50).abs_diff(83) <= 8, "median {}", at(50));
        assert!(at(5).abs_diff(65) <= 10 && at(95).abs_diff(135) <= 25, "{} to {}", at(5), at(95));
    }

    #[test]
    fn noise_is_steady_and_a_slope_never_is() {
        let mut noise = Noise::new(10);
        for length in [30, 60, 120, 600] {
            let never = (0..300).filter(|_| {
                let series: Vec<f64> = (0..length).map(|_| noise.normal()).collect();
                steady_state(&series) == SteadyState::Never
            });
            let never = never.count();
            assert!(never <= 15, "noise of {length} s: {never} of 300 are called not steady");
        }
        let slope: Vec<f64> = (0..300).map(f64::from).collect();
        assert_eq!(steady_state(&slope), SteadyState::Never);
        let late: Vec<f64> = (0..100).map(|t| if t < 70 { 5.0 } else { 1.0 } + 0.01 * noise.normal()).collect();
        assert_eq!(steady_state(&late), SteadyState::Never, "only its last third is steady");
        assert_eq!(steady_state(&slope[..40]), SteadyState::Never, "a short one, too");
        assert_eq!(steady_state(&[1.0; 29]), SteadyState::TooShort);
        assert_eq!(steady_state(&[1.0; 30]), SteadyState::From(0), "what never changes was steady from the start");
    }
}
