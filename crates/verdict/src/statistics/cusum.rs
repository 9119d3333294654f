//! When did it start? The cumulative sum (Page 1954): S = max(0, S + z − k), an alarm at S > h.
//!
//! z is the value in standard deviations of the baseline, k half of the shift that is looked for, and h how patient it is. With
//! k = 0.5 it alarms by chance every 336 values at h = 4, every 930 at h = 5, and sees a shift of one standard deviation after
//! 8.4 and 10.4 values.

/// A one-sided cumulative sum.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cusum {
    slack: f64,
    threshold: f64,
    sum: f64,
}

impl Cusum {
    /// One with slack k and threshold h, both in standard deviations.
    #[must_use]
    pub fn new(slack: f64, threshold: f64) -> Self {
        Self { slack, threshold, sum: 0.0 }
    }

    /// Takes the next value, in standard deviations; whether it alarms.
    pub fn take(&mut self, z: f64) -> bool {
        self.sum = (self.sum + z - self.slack).max(0.0);
        self.sum > self.threshold
    }
}

/// The index of the first alarm.
#[must_use]
pub fn first_alarm(values: impl IntoIterator<Item = f64>, slack: f64, threshold: f64) -> Option<usize> {
    let mut cusum = Cusum::new(slack, threshold);
    values.into_iter().position(|z| cusum.take(z))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests may panic")]
mod tests {
    use super::*;
    use crate::statistics::noise::Noise;

    /// Mean values until an alarm, of `runs` runs whose values are shifted by `shift` standard deviations.
    fn run_length(threshold: f64, shift: f64, runs: usize) -> f64 {
        let mut noise = Noise::new(7);
        let total: usize = (0..runs)
            .map(|_| first_alarm(std::iter::repeat_with(|| noise.normal() + shift), 0.5, threshold).unwrap() + 1)
            .sum();
        total as f64 / runs as f64
    }

    #[test]
    fn run_lengths_are_those_of_the_textbook() {
        let cases = [
            (4.0, 0.0, 9_000, 336.0, 11.0),
            (5.0, 0.0, 3_000, 930.0, 50.0),
            (4.0, 1.0, 4_000, 8.4, 0.3),
            (5.0, 1.0, 4_000, 10.4, 0.3),
            (4.0, 2.0, 4_000, 3.3, 0.1),
            (5.0, 2.0, 4_000, 4.0, 0.1),
        ];
        for (threshold, shift, runs, expected, tolerance) in cases {
            let found = run_length(threshold, shift, runs);
            assert!(
                (found - expected).abs() < tolerance,
                "h = {threshold}, shift {shift}: {found}, expected {expected}"
            );
        }
    }
}
