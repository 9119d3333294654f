//! The distributions that the others need: normal and Student's t.

use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

/// Above so many degrees of freedom Student's t is the normal distribution to four digits.
const DEGREES_MAX: f64 = 5_000.0;

/// The value below which a share `p` of the standard normal distribution lies; 0 < p < 1.
pub(super) fn normal_quantile(p: f64) -> f64 {
    Normal::standard().inverse_cdf(p)
}

/// The share of the standard normal distribution that lies below `z`.
pub(super) fn normal_below(z: f64) -> f64 {
    Normal::standard().cdf(z)
}

/// The same as [`normal_quantile`] of Student's t.
pub(super) fn student_quantile(p: f64, degrees: f64) -> f64 {
    student(degrees).map_or_else(|| normal_quantile(p), |student| student.inverse_cdf(p))
}

/// The same as [`normal_below`] of Student's t.
pub(super) fn student_below(t: f64, degrees: f64) -> f64 {
    student(degrees).map_or_else(|| normal_below(t), |student| student.cdf(t))
}

/// `None`: as good as normal.
fn student(degrees: f64) -> Option<StudentsT> {
    (degrees < DEGREES_MAX)
        .then(|| StudentsT::new(0.0, 1.0, degrees.max(1.0)).expect("a scale of one and at least one degree of freedom"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_the_tables() {
        for (p, expected) in [(0.95, 1.6449), (0.975, 1.9600), (0.995, 2.5758)] {
            assert!((normal_quantile(p) - expected).abs() < 1e-4, "normal {p}");
            assert!((normal_below(expected) - p).abs() < 1e-4, "normal {expected}");
        }
        for (p, degrees, expected) in
            [(0.95, 2.0, 2.9200), (0.95, 5.0, 2.0150), (0.975, 10.0, 2.2281), (0.975, 1e9, 1.9600)]
        {
            assert!((student_quantile(p, degrees) - expected).abs() < 1e-3, "t {p} with {degrees}");
            assert!((student_below(expected, degrees) - p).abs() < 1e-4, "t {expected} with {degrees}");
        }
    }
}
