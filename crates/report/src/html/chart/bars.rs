//! Counts gathered into bars: neighbours are added up until there are few enough to draw or to read.

use units::RunTime;
use verdict::findings::{FineSeries, PopulationSeries, Series, Span};

/// Lengths of a bar in buckets or seconds.
const FACTORS: [usize; 12] = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1_800, 3_600];

/// Counts of one stretch of time.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::html) struct Bar {
    /// When.
    pub(in crate::html) span: Span,
    /// Successes served by the home.
    pub(in crate::html) home: u64,
    /// Successes served elsewhere.
    pub(in crate::html) elsewhere: u64,
    /// Failures.
    pub(in crate::html) failed: u64,
    /// The largest failed share of any of its seconds, 0 to 1; `None`: no requests.
    pub(in crate::html) failed_share: Option<f64>,
    /// The largest median of its seconds, in microseconds: exact where the bar is one second.
    pub(in crate::html) p50: Option<u64>,
    /// The largest p99 of its seconds.
    pub(in crate::html) p99: Option<u64>,
    /// Whether all of it is known.
    pub(in crate::html) is_known: bool,
}

impl Bar {
    fn empty(span: Span) -> Self {
        Self { span, home: 0, elsewhere: 0, failed: 0, failed_share: None, p50: None, p99: None, is_known: true }
    }

    pub(in crate::html) fn requests(&self) -> u64 {
        self.home + self.elsewhere + self.failed
    }

    fn add(&mut self, home: u64, elsewhere: u64, failed: u64) {
        self.home += home;
        self.elsewhere += elsewhere;
        self.failed += failed;
        let requests = home + elsewhere + failed;
        if requests > 0 {
            let share = failed as f64 / requests as f64;
            self.failed_share = Some(self.failed_share.map_or(share, |largest| largest.max(share)));
        }
    }
}

/// Bars of the buckets around a fault that touch the window, at most `bars_max`. `counts` tells which seconds are known.
pub(in crate::html) fn bars_of_fine(
    fine: &FineSeries,
    counts: Option<(&Series, &PopulationSeries)>,
    window: Span,
    bars_max: usize,
) -> Vec<Bar> {
    let buckets = fine.failed.len();
    let start = |bucket: usize| RunTime::from_micros(fine.from.as_micros() + bucket as u64 * fine.bucket_us);
    let is_known = |at: RunTime| {
        let Some((series, counts)) = counts else { return true };
        let index = at.second().checked_sub(series.from_second).and_then(|index| usize::try_from(index).ok());
        index.and_then(|index| counts.has_data.get(index)).copied().unwrap_or(true)
    };
    gather(
        buckets,
        bars_max,
        |bucket| start(bucket) >= window.from && start(bucket) < window.to,
        start,
        |bar, bucket| {
            let count = |list: &[u32]| u64::from(list.get(bucket).copied().unwrap_or(0));
            if is_known(start(bucket)) {
                bar.add(count(&fine.ok_home), count(&fine.ok_elsewhere), count(&fine.failed));
            } else {
                bar.is_known = false;
            }
        },
    )
}

/// Bars of the seconds that touch the window, at most `bars_max`.
pub(in crate::html) fn bars_of_seconds(
    series: &Series,
    counts: &PopulationSeries,
    window: Span,
    bars_max: usize,
) -> Vec<Bar> {
    let start = |index: usize| RunTime::from_micros((series.from_second + index as u64).saturating_mul(1_000_000));
    let touches = |index: usize| start(index + 1) > window.from && start(index) < window.to;
    gather(series.seconds, bars_max, touches, start, |bar, index| {
        let count = |list: &[u64]| list.get(index).copied().unwrap_or(0);
        if !counts.has_data.get(index).copied().unwrap_or(false) {
            bar.is_known = false;
            return;
        }
        bar.add(count(&counts.ok_home), count(&counts.ok_elsewhere), count(&counts.failed));
        bar.p50 = bar.p50.max(counts.p50_us.get(index).copied().flatten());
        bar.p99 = bar.p99.max(counts.p99_us.get(index).copied().flatten());
    })
}

/// Adds neighbours up. A bar that holds anything unknown is unknown: gaps win over values.
fn gather(
    parts: usize,
    bars_max: usize,
    touches: impl Fn(usize) -> bool,
    start: impl Fn(usize) -> RunTime,
    add: impl Fn(&mut Bar, usize),
) -> Vec<Bar> {
    let wanted: Vec<usize> = (0..parts).filter(|part| touches(*part)).collect();
    let fits = |factor: &&usize| wanted.len().div_ceil(**factor) <= bars_max;
    let factor = FACTORS.iter().find(fits).copied().unwrap_or_else(|| wanted.len().div_ceil(bars_max.max(1)));
    let gathered = wanted.chunks(factor.max(1)).map(|chunk| {
        let span = Span { from: start(chunk[0]), to: start(chunk[chunk.len() - 1] + 1) };
        let mut bar = Bar::empty(span);
        chunk.iter().for_each(|part| add(&mut bar, *part));
        bar
    });
    gathered.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(seconds: usize) -> (Series, PopulationSeries) {
        let counts = PopulationSeries {
            population: 0,
            has_data: (0..seconds).map(|second| second != 3).collect(),
            intended: vec![10; seconds],
            ok_home: vec![9; seconds],
            ok_elsewhere: vec![0; seconds],
            failed: (0..seconds).map(|second| u64::from(second == 1)).collect(),
            in_flight: vec![0; seconds],
            p50_us: vec![None; seconds],
            p99_us: (0..seconds).map(|second| Some(second as u64)).collect(),
            served: vec![],
            failed_by: vec![],
        };
        (Series { from_second: 5, seconds, populations: vec![], fine: vec![] }, counts)
    }

    fn seconds(from: u64, to: u64) -> Span {
        Span { from: RunTime::from_micros(from * 1_000_000), to: RunTime::from_micros(to * 1_000_000) }
    }

    #[test]
    fn neighbours_are_added_up_until_they_are_few_enough() {
        let (series, counts) = series(10);
        let bars = bars_of_seconds(&series, &counts, seconds(0, 99), 5);
        assert_eq!(bars.len(), 5);
        assert_eq!((bars[0].span, bars[0].home, bars[0].failed), (seconds(5, 7), 18, 1));
        assert_eq!(bars[0].failed_share, Some(0.1), "the worst of its seconds");
        assert_eq!(bars[0].p99, Some(1));
        assert!(!bars[1].is_known && bars[2].is_known, "gaps win over values");
    }

    #[test]
    fn only_the_window_is_drawn() {
        let (series, counts) = series(10);
        let spans: Vec<_> = bars_of_seconds(&series, &counts, seconds(7, 9), 60).iter().map(|bar| bar.span).collect();
        assert_eq!(spans, [seconds(7, 8), seconds(8, 9)]);
        assert!(bars_of_seconds(&series, &counts, seconds(90, 99), 60).is_empty());
    }

    #[test]
    fn buckets_of_an_unknown_second_are_unknown() {
        let (series, counts) = series(10);
        let fine = FineSeries {
            fault: "f".to_owned(),
            population: 0,
            from: RunTime::from_micros(7_000_000),
            bucket_us: 100_000,
            ok_home: vec![1; 20],
            ok_elsewhere: vec![0; 20],
            failed: vec![0; 20],
        };
        let bars = bars_of_fine(&fine, Some((&series, &counts)), seconds(0, 99), 200);
        let known: Vec<_> = bars.iter().map(|bar| bar.is_known).collect();
        assert_eq!(known, [[true; 10], [false; 10]].concat(), "second 8 has no data");
        let coarse = bars_of_fine(&fine, None, seconds(0, 99), 4);
        assert_eq!(coarse.iter().map(|bar| bar.home).collect::<Vec<_>>(), [5, 5, 5, 5]);
    }
}
