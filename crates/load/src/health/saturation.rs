//! When the generator can't keep up. Pure: what each second showed goes in, a change of mind comes out.

use record::Histogram;
use std::{collections::VecDeque, time::Duration};

/// Send lags are judged over so many seconds …
const LAG_SECONDS: usize = 5;
/// … and not on fewer of them: below that, the p99 is the slowest of a handful.
const LAGS_MIN: u64 = 100;
/// A thread that uses this share of its core …
const BUSY: f64 = 0.95;
/// … for so many seconds can't keep up.
const BUSY_SECONDS: u32 = 3;
/// It can again after so many good seconds.
const GOOD_SECONDS: u32 = 3;

/// Judges the generator, second by second.
#[derive(Debug)]
pub(super) struct Saturation {
    lag_p99_max: Duration,
    lags: VecDeque<Histogram>,
    /// By thread: busy seconds in a row.
    busy: Vec<u32>,
    exhausted: u64,
    saturated: bool,
    good: u32,
}

/// What one second showed.
#[derive(Debug, Default)]
pub(super) struct Second {
    pub(super) lags: Histogram,
    /// Share of a core, by thread.
    pub(super) thread_cpu: Vec<f64>,
    /// Connections, since the start, that this machine had nothing left for.
    pub(super) exhausted: u64,
}

/// A change of mind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Change {
    Saturated(String),
    Recovered,
}

impl Saturation {
    pub(super) fn new(lag_p99_max: Duration, threads: usize) -> Self {
        Self { lag_p99_max, lags: VecDeque::new(), busy: vec![0; threads], exhausted: 0, saturated: false, good: 0 }
    }

    pub(super) fn judge(&mut self, second: Second) -> Option<Change> {
        let reason = self.reason(second);
        self.good = if reason.is_none() { self.good + 1 } else { 0 };
        match (reason, self.saturated) {
            (Some(reason), false) => {
                self.saturated = true;
                Some(Change::Saturated(reason))
            }
            (None, true) if self.good >= GOOD_SECONDS => {
                self.saturated = false;
                Some(Change::Recovered)
            }
            _ => None,
        }
    }

    fn reason(&mut self, second: Second) -> Option<String> {
        for (busy, share) in self.busy.iter_mut().zip(&second.thread_cpu) {
            *busy = if *share >= BUSY { *busy + 1 } else { 0 };
        }
        let news = second.exhausted - self.exhausted.min(second.exhausted);
        self.exhausted = second.exhausted;
        self.lags.push_back(second.lags);
        if self.lags.len() > LAG_SECONDS {
            self.lags.pop_front();
        }
        if news > 0 {
            return Some(format!("this machine had no descriptor, port or memory for {news} connections"));
        }
        if let Some(lag) = self.lag().filter(|lag| *lag > self.lag_p99_max) {
            // Rounded up: what is over the limit does not read as if it were at it.
            let [lag, limit] = [lag, self.lag_p99_max].map(|length| length.as_micros().div_ceil(1_000));
            return Some(format!(
                "requests are sent late: p99 of sent − intended is {lag} ms, over the limit of {limit} ms"
            ));
        }
        let thread = self.busy.iter().position(|busy| *busy >= BUSY_SECONDS)?;
        Some(format!("load thread {thread} has used its whole core for {} seconds", self.busy[thread]))
    }

    fn lag(&self) -> Option<Duration> {
        let mut all = Histogram::new();
        for lags in &self.lags {
            all.merge(lags);
        }
        (all.len() >= LAGS_MIN).then(|| all.value_at(99.0)).flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(lag_ms: u64, cpu: f64, exhausted: u64) -> Second {
        let mut lags = Histogram::new();
        (0..200).for_each(|_| lags.record(Duration::from_millis(lag_ms)));
        Second { lags, thread_cpu: vec![0.1, cpu], exhausted }
    }

    fn changes(seconds: Vec<Second>) -> Vec<Option<bool>> {
        let mut saturation = Saturation::new(Duration::from_millis(50), 2);
        let saturated = |change| matches!(change, Change::Saturated(_));
        seconds.into_iter().map(|second| saturation.judge(second).map(saturated)).collect()
    }

    #[test]
    fn late_sending_saturates_at_once_and_is_forgiven_after_good_seconds() {
        let late = vec![second(1, 0.5, 0), second(80, 0.5, 0), second(80, 0.5, 0)];
        let good = (0..9).map(|_| second(1, 0.5, 0));
        let found = changes(late.into_iter().chain(good).collect());
        assert_eq!(found[..3], [None, Some(true), None], "said once");
        let over = found.iter().position(|change| *change == Some(false));
        assert_eq!(over, Some(9), "five seconds until the late ones are out of the window, and three good ones");
    }

    #[test]
    fn how_late_it_is_reads_as_over_the_limit() {
        let mut saturation = Saturation::new(Duration::from_millis(50), 2);
        let mut lags = Histogram::new();
        (0..200).for_each(|_| lags.record(Duration::from_micros(50_200)));
        let said = match saturation.judge(Second { lags, thread_cpu: vec![0.1, 0.1], exhausted: 0 }) {
            Some(Change::Saturated(said)) => said,
            other => panic!("{other:?}"),
        };
        assert_eq!(said, "requests are sent late: p99 of sent − intended is 51 ms, over the limit of 50 ms");
    }

    #[test]
    fn a_busy_thread_saturates_after_three_seconds() {
        assert_eq!(
            changes(vec![second(1, 0.99, 0), second(1, 0.99, 0), second(1, 0.5, 0)]),
            [None; 3],
            "two are a peak"
        );
        assert_eq!(changes((0..3).map(|_| second(1, 0.99, 0)).collect()), [None, None, Some(true)]);
    }

    #[test]
    fn running_out_of_ports_saturates_at_once() {
        assert_eq!(changes(vec![second(1, 0.2, 0), second(1, 0.2, 3)]), [None, Some(true)]);
    }

    #[test]
    fn a_handful_of_lags_says_nothing() {
        let mut few = second(1, 0.1, 0);
        few.lags = Histogram::new();
        few.lags.record(Duration::from_secs(1));
        assert_eq!(changes(vec![few]), [None]);
    }
}
