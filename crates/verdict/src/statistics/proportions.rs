//! Whether requests fail more often than before: the one-sided test of two proportions, pooled (Fleiss, Statistical Methods
//! for Rates and Proportions, §3).
//!
//! z = (p₂ − p₁) ÷ √(p̄(1−p̄)(1/n₁ + 1/n₂)). It takes independent requests; in correlated seconds it alarms too often, and
//! [`super::bootstrap`] is the honest one. What it is good for is the size of a test: how many requests does it take?

use super::distribution::{normal_below, normal_quantile};

/// Failed requests and all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failures {
    /// Failed.
    pub failed: u64,
    /// All.
    pub requests: u64,
}

/// The probability of so many more failures after than before if nothing had changed; `None` without requests on a side.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
pub fn p_more(before: Failures, after: Failures) -> Option<f64> {
    if before.requests == 0 || after.requests == 0 {
        return None;
    }
    let (n1, n2) = (before.requests as f64, after.requests as f64);
    let share = |failures: Failures| failures.failed as f64 / failures.requests as f64;
    let pooled = (before.failed + after.failed) as f64 / (n1 + n2);
    let error = (pooled * (1.0 - pooled) * (1.0 / n1 + 1.0 / n2)).sqrt();
    let difference = share(after) - share(before);
    Some(if error > 0.0 { normal_below(-difference / error) } else { 0.5 })
}

/// Requests per side that it takes to see that a failing share rose from `before` to `after` (fractions), at significance
/// `alpha` and with that power.
#[must_use]
#[expect(clippy::cast_sign_loss, reason = "none of the factors is negative")]
pub fn samples_for_rise(before: f64, after: f64, alpha: f64, power: f64) -> u64 {
    let pooled = f64::midpoint(before, after);
    let under_none = normal_quantile(1.0 - alpha) * (2.0 * pooled * (1.0 - pooled)).sqrt();
    let under_rise = normal_quantile(power) * (before * (1.0 - before) + after * (1.0 - after)).sqrt();
    ((under_none + under_rise).powi(2) / (after - before).powi(2)).ceil() as u64
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests may panic")]
mod tests {
    use super::*;

    #[test]
    fn a_rise_takes_as_many_requests_as_the_books_say() {
        for (after, expected) in [(0.002, 18_520), (0.01, 835), (0.05, 128)] {
            let found = samples_for_rise(0.001, after, 0.05, 0.8);
            // science.md rounds the other way at the last request.
            assert!(found.abs_diff(expected) <= 1, "0.1 % to {after}: {found}, expected {expected}");
        }
    }

    #[test]
    fn more_failures_are_less_likely_by_chance() {
        let of = |failed, requests| Failures { failed, requests };
        let cases = [
            (of(10, 10_000), of(10, 10_000), 0.5),
            (of(10, 10_000), of(30, 10_000), 0.000_8),
            (of(30, 10_000), of(10, 10_000), 0.999_2),
            (of(0, 100), of(0, 100), 0.5),
        ];
        for (before, after, expected) in cases {
            let found = p_more(before, after).unwrap();
            assert!((found - expected).abs() < 0.000_2, "{before:?} {after:?}: {found}");
        }
        assert_eq!(p_more(of(0, 0), of(1, 2)), None);
    }
}
