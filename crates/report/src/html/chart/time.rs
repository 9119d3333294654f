//! The time axis: where an instant stands, and which instants get a label.

use super::{Plot, label, line};
use crate::{Clock, html::markup::Markup};
use units::RunTime;
use verdict::findings::Span;

/// Distances between labels, in seconds.
const STEPS: [u64; 14] = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1_800, 3_600, 14_400, 86_400];

/// A stretch of time across a plot.
#[derive(Debug, Clone, Copy)]
pub(in crate::html) struct TimeAxis {
    span: Span,
    plot: Plot,
}

impl TimeAxis {
    /// The axis of a plot. An empty stretch becomes one of a second, so that everything has a place.
    pub(in crate::html) fn new(span: Span, plot: Plot) -> Self {
        let to = span.to.max(span.from + std::time::Duration::from_secs(1));
        Self { span: Span { from: span.from, to }, plot }
    }

    /// Where the instant stands; outside of the stretch: at its nearer end.
    pub(in crate::html) fn x(&self, at: RunTime) -> f64 {
        let at = at.clamp(self.span.from, self.span.to);
        let part = at.saturating_since(self.span.from).as_secs_f64() / self.span.length().as_secs_f64();
        self.plot.left + part * self.plot.width
    }

    pub(in crate::html) fn to(&self) -> RunTime {
        self.span.to
    }

    pub(in crate::html) fn contains(&self, at: RunTime) -> bool {
        self.span.from <= at && at <= self.span.to
    }

    /// Rules through the plot at round instants, and their labels under it.
    pub(in crate::html) fn write(&self, markup: &mut Markup, clock: Clock, labels_max: usize) {
        for at in self.ticks(clock, labels_max) {
            let x = self.x(at);
            line(markup, "rule", (x, self.plot.top), (x, self.plot.bottom() + 3.0));
            label(markup, "middle", (x, self.plot.bottom() + 14.0), &clock.second_of_day(at));
        }
    }

    /// Labels only, on that line.
    pub(in crate::html) fn labels(&self, markup: &mut Markup, clock: Clock, labels_max: usize, y: f64) {
        for at in self.ticks(clock, labels_max) {
            label(markup, "middle", (self.x(at), y), &clock.second_of_day(at));
        }
    }

    /// Rules only.
    pub(in crate::html) fn rules(&self, markup: &mut Markup, clock: Clock, labels_max: usize) {
        for at in self.ticks(clock, labels_max) {
            line(markup, "rule", (self.x(at), self.plot.top), (self.x(at), self.plot.bottom()));
        }
    }

    /// Round instants by the wall clock, as many as there is room for, none so near to an end that its label is cut.
    fn ticks(&self, clock: Clock, labels_max: usize) -> Vec<RunTime> {
        let seconds = self.span.length().as_secs_f64();
        let fitting = STEPS.iter().find(|step| seconds / **step as f64 <= labels_max as f64);
        let step = fitting.unwrap_or(&STEPS[STEPS.len() - 1]) * 1_000_000;
        let margin = (self.span.to.as_micros() - self.span.from.as_micros()) / 30;
        let mut at = clock.next_round(self.span.from, step);
        let mut ticks = Vec::new();
        while at <= self.span.to && ticks.len() < 2 * labels_max {
            if at.as_micros() >= self.span.from.as_micros() + margin
                && at.as_micros() + margin <= self.span.to.as_micros()
            {
                ticks.push(at);
            }
            at = RunTime::from_micros(at.as_micros() + step);
        }
        ticks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLOT: Plot = Plot { left: 50.0, top: 0.0, width: 400.0, height: 100.0 };

    fn seconds(from: u64, to: u64) -> Span {
        Span { from: RunTime::from_micros(from * 1_000_000), to: RunTime::from_micros(to * 1_000_000) }
    }

    #[test]
    fn an_instant_stands_where_its_time_is() {
        let axis = TimeAxis::new(seconds(10, 50), PLOT);
        for (second, x) in [(10, 50.0), (20, 150.0), (50, 450.0), (0, 50.0), (99, 450.0)] {
            assert!((axis.x(RunTime::from_micros(second * 1_000_000)) - x).abs() < 1e-9, "second {second}");
        }
        let empty = TimeAxis::new(seconds(10, 10), PLOT);
        assert!(empty.x(RunTime::from_micros(10_000_000)).is_finite(), "an empty stretch divides by nothing");
    }

    #[test]
    fn labels_are_round_by_the_wall_clock() {
        // 2026-11-21T14:01:28.4Z
        let clock = Clock::new(Some(1_795_269_688_400_000));
        let labels = |span| -> Vec<String> {
            TimeAxis::new(span, PLOT).ticks(clock, 8).into_iter().map(|at| clock.time_of_day(at)).collect()
        };
        assert_eq!(
            labels(seconds(0, 40)),
            [
                "14:01:30.0",
                "14:01:35.0",
                "14:01:40.0",
                "14:01:45.0",
                "14:01:50.0",
                "14:01:55.0",
                "14:02:00.0",
                "14:02:05.0"
            ]
        );
        assert!(labels(seconds(0, 1_000_000_000)).len() <= 16, "a run of thirty years has an axis too");
        assert!(TimeAxis::new(seconds(5, 5), PLOT).ticks(clock, 8).len() <= 2);
    }
}
