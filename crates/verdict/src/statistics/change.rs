//! Two questions about a change: is it different, is it the same? The absence of a difference is not sameness.
//!
//! - *Different*: the two-sided p of no change at all, from the change, its standard error and Student's t.
//! - *Same*: two one-sided tests (Schuirmann 1987): the change is surely above −margin and surely below +margin, each at α. That
//!   is so exactly when its 1 − 2α interval lies within the margins: at α = 5 % the 90 % interval.
//! - Neither: there is not enough data, however large the difference looks.
//!
//! The degrees of freedom are those of the blocks that the standard error was made of: with three blocks nobody knows well how
//! much blocks differ, and t says so.

use super::distribution::{normal_quantile, student_below, student_quantile};

/// A change with what is known of it, in the unit of what changed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Change {
    /// after − before.
    pub estimate: f64,
    /// Its standard error.
    pub error: f64,
    /// Degrees of freedom of that error.
    pub degrees: f64,
}

/// A number of one side: its value, the squared standard error, and from how many blocks that is known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Side {
    /// The number.
    pub value: f64,
    /// Squared standard error.
    pub variance: f64,
    /// Blocks.
    pub blocks: usize,
}

impl Change {
    /// The change between two independent sides. Degrees of freedom by Welch and Satterthwaite.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
    pub fn between(before: Side, after: Side) -> Self {
        let degrees_of = |side: Side| side.blocks.saturating_sub(1).max(1) as f64;
        let variance = before.variance + after.variance;
        let weights = before.variance.powi(2) / degrees_of(before) + after.variance.powi(2) / degrees_of(after);
        let degrees = if weights > 0.0 { variance.powi(2) / weights } else { f64::INFINITY };
        Self { estimate: after.value - before.value, error: variance.sqrt(), degrees }
    }

    /// The interval that holds the true change with that confidence (0 to 1).
    #[must_use]
    pub fn interval(&self, confidence: f64) -> (f64, f64) {
        let half = student_quantile(0.5 + confidence / 2.0, self.degrees) * self.error;
        (self.estimate - half, self.estimate + half)
    }

    /// The probability of so large a change, to either side, if there were none.
    #[must_use]
    pub fn p_different(&self) -> f64 {
        (2.0 * self.below(-self.estimate.abs())).min(1.0)
    }

    /// The larger of the two one-sided probabilities that the true change lies outside of ±`margin`.
    #[must_use]
    pub fn p_same(&self, margin: f64) -> f64 {
        self.below(self.estimate - margin).max(self.below(-self.estimate - margin))
    }

    /// The share of the error's distribution below that value.
    fn below(&self, value: f64) -> f64 {
        match value.partial_cmp(&0.0) {
            // Without an error what is so is so.
            Some(std::cmp::Ordering::Less) if self.error <= 0.0 => 0.0,
            Some(std::cmp::Ordering::Greater) if self.error <= 0.0 => 1.0,
            _ if self.error <= 0.0 => 0.5,
            _ => student_below(value / self.error, self.degrees),
        }
    }
}

/// Requests per side that it takes to show that a failing share of `share` stayed within ±`margin` (both as fractions), at
/// significance `alpha` and with that power: n = 2p(1−p)(z₁₋α + z₁₋β⸝₂)² ÷ margin².
#[must_use]
#[expect(clippy::cast_sign_loss, reason = "none of the factors is negative")]
pub fn samples_for_sameness(share: f64, margin: f64, alpha: f64, power: f64) -> u64 {
    let z = normal_quantile(1.0 - alpha) + normal_quantile(f64::midpoint(1.0, power));
    (2.0 * share * (1.0 - share) * z.powi(2) / margin.powi(2)).ceil() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_answers_and_neither() {
        let change = |estimate: f64, error: f64| Change { estimate, error, degrees: 30.0 };
        let cases = [
            ("far away", change(5.0, 1.0), true, false),
            ("nothing, well known", change(0.0, 0.3), false, true),
            ("nothing, hardly known", change(0.0, 1.0), false, false),
            ("small, and surely not zero", change(0.4, 0.1), true, true),
            ("at the margin", change(1.0, 0.3), true, false),
            ("exactly nothing", change(0.0, 0.0), false, true),
            ("exactly something", change(2.0, 0.0), true, false),
        ];
        for (case, change, different, same) in cases {
            assert_eq!((change.p_different() < 0.05, change.p_same(1.0) < 0.05), (different, same), "{case}");
            let (low, high) = change.interval(0.9);
            assert_eq!(change.p_same(1.0) < 0.05, low > -1.0 && high < 1.0, "{case}: its 90 % interval says the same");
        }
    }

    #[test]
    fn a_change_to_either_side_counts() {
        // Of Student's t with one degree of freedom 1/2 − atan(t)/π lie above t, with two (1 − t ÷ √(2 + t²)) ÷ 2; with thirty
        // 2.5 % lie above 2.042, and of the normal distribution above 1.960: the books' tables.
        let cases = [
            (1.0, 1.0, 0.5),
            (3.0_f64.sqrt(), 1.0, 1.0 / 3.0),
            (1.0, 2.0, 1.0 - 1.0 / 3.0_f64.sqrt()),
            (2.0_f64.sqrt(), 2.0, 1.0 - 0.5_f64.sqrt()),
            (2.042_272, 30.0, 0.05),
            (1.959_964, 1e9, 0.05),
            (0.0, 30.0, 1.0),
        ];
        for (t, degrees, expected) in cases {
            for estimate in [3.0 * t, -3.0 * t] {
                let found = Change { estimate, error: 3.0, degrees }.p_different();
                assert!((found - expected).abs() < 1e-5, "t = {t}, {degrees} degrees: {found}, expected {expected}");
            }
        }
    }

    #[test]
    fn few_blocks_make_a_wide_interval() {
        let side = |blocks| Side { value: 0.0, variance: 0.5, blocks };
        let half = |blocks| Change::between(side(blocks), side(blocks)).interval(0.9).1;
        assert!((half(3) - 2.13).abs() < 0.01, "four degrees of freedom: {}", half(3));
        assert!((half(10_000) - 1.645).abs() < 0.01, "as good as normal: {}", half(10_000));
    }

    #[test]
    fn sameness_takes_as_many_requests_as_the_books_say() {
        assert_eq!(samples_for_sameness(0.001, 0.001, 0.05, 0.8), 17_111);
        assert_eq!(samples_for_sameness(0.001, 0.005, 0.05, 0.8), 685);
    }
}
