//! When would whoever is on call have been told? Multi-window, multi-burn-rate alerts (Google's SRE Workbook, ch. 5).
//!
//! The burn rate is the failing share ÷ (1 − target): at 1 the error budget of the month lasts exactly a month. An alert fires
//! when a long window *and* a short one, a twelfth of it, both burn at its factor: the long one so that it matters, the short
//! one so that it is still going on.
//!
//! A test is shorter than the windows of production, so that they are scaled by one factor, which has to be said wherever the
//! answer is shown.

use std::time::Duration;

/// An alert: a factor over a long window, and over a short one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Alert {
    /// The burn rate at which it fires.
    pub factor: f64,
    /// The long window in production.
    pub long: Duration,
    /// The short window in production.
    pub short: Duration,
    /// What the long window costs at that factor, of 30 days' budget.
    pub budget: f64,
    /// Whether somebody is woken.
    pub is_page: bool,
}

const HOUR: u64 = 3_600;

/// The workbook's alerts for a budget of 30 days.
pub const STANDARD: [Alert; 3] = [
    Alert {
        factor: 14.4,
        long: Duration::from_secs(HOUR),
        short: Duration::from_secs(HOUR / 12),
        budget: 0.02,
        is_page: true,
    },
    Alert {
        factor: 6.0,
        long: Duration::from_secs(6 * HOUR),
        short: Duration::from_secs(HOUR / 2),
        budget: 0.05,
        is_page: true,
    },
    Alert {
        factor: 1.0,
        long: Duration::from_secs(72 * HOUR),
        short: Duration::from_secs(6 * HOUR),
        budget: 0.1,
        is_page: false,
    },
];

impl Alert {
    /// How long a total outage lasts until this fires, for a target share of successes (0 to 1).
    #[must_use]
    pub fn after_total_outage(&self, target: f64) -> Duration {
        self.long.mul_f64((self.factor * (1.0 - target)).clamp(0.0, 1.0))
    }
}

/// Failed requests and all of them, of one second.
pub type Second = (u64, u64);

/// The second behind the first moment at which both windows burn at that factor, or `None`. Windows are in seconds; before the
/// series nothing had failed, as if the long window were filled with as many good requests per second as the series has.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
pub fn first_alarm(seconds: &[Second], target: f64, factor: f64, long: usize, short: usize) -> Option<usize> {
    let limit = factor * (1.0 - target);
    let mut sums = vec![(0_u64, 0_u64)];
    for (failed, all) in seconds {
        let last = sums[sums.len() - 1];
        sums.push((last.0 + failed, last.1 + all));
    }
    let usual = sums[seconds.len()].1 as f64 / seconds.len().max(1) as f64;
    let share = |end: usize, length: usize| {
        let from = end.saturating_sub(length);
        let (failed, all) = (sums[end].0 - sums[from].0, sums[end].1 - sums[from].1);
        let before = length.saturating_sub(end) as f64 * usual;
        let all = all as f64 + before;
        if all > 0.0 { failed as f64 / all } else { 0.0 }
    };
    (1..=seconds.len()).find(|end| share(*end, long.max(1)) >= limit && share(*end, short.max(1)) >= limit)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests may panic")]
mod tests {
    use super::*;

    #[test]
    fn a_total_outage_fires_when_the_workbook_says() {
        let found = STANDARD.map(|alert| alert.after_total_outage(0.999).as_secs_f64().round());
        assert_eq!(found, [52.0, 130.0, 259.0], "52 s, 2 m 10 s, 4 m 19 s");
        for alert in STANDARD {
            let share = alert.factor * alert.long.as_secs_f64() / (30.0 * 86_400.0);
            assert!((share - alert.budget).abs() < 1e-9, "{} costs {share}", alert.factor);
            let seconds: Vec<Second> = (0..HOUR).map(|second| if second < 600 { (0, 10) } else { (10, 10) }).collect();
            let (long, short) = (alert.long.as_secs() as usize, alert.short.as_secs() as usize);
            let alarm = first_alarm(&seconds, 0.999, alert.factor, long, short).unwrap() - 600;
            assert!((alarm as f64 - alert.after_total_outage(0.999).as_secs_f64()).abs() <= 1.0, "{alarm} s");
        }
    }

    #[test]
    fn what_is_over_does_not_fire_and_what_is_little_neither() {
        let outage = |from: u64, to: u64| -> Vec<Second> {
            (0..HOUR).map(|second| if (from..to).contains(&second) { (10, 10) } else { (0, 10) }).collect()
        };
        assert_eq!(
            first_alarm(&outage(600, 630), 0.999, 14.4, 3_600, 300),
            None,
            "30 s are less than 2 % of the month"
        );
        assert_eq!(first_alarm(&outage(600, 700), 0.999, 14.4, 3_600, 300), Some(652));
        let little: Vec<Second> = (0..HOUR).map(|_| (1, 1_000)).collect();
        assert_eq!(first_alarm(&little, 0.999, 14.4, 3_600, 300), None, "that is the budget itself");
        assert_eq!(first_alarm(&[], 0.999, 1.0, 10, 1), None);
    }

    #[test]
    fn the_short_window_says_whether_it_still_goes_on() {
        // The limit is a half, the windows are three seconds and one. Only when the many good requests of the first second have
        // left the long window do 8 of 12 and more fail in it.
        let last = |failed: u64| [(0, 30), (8, 10), (0, 1), (failed, 1)];
        assert_eq!(first_alarm(&last(0), 0.9, 5.0, 3, 1), None, "8 of 12, and none in the last second: it is over");
        assert_eq!(first_alarm(&last(1), 0.9, 5.0, 3, 1), Some(4), "9 of 12, and 1 of 1");
        assert_eq!(first_alarm(&last(1), 0.9, 5.0, 3, 2), Some(4), "1 of 2 is the limit");
        assert_eq!(first_alarm(&last(1), 0.9, 5.0, 3, 3), Some(4), "windows of the same length");
    }
}
