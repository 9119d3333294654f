//! The three small drawings of a row.

use super::Limit;
use crate::{
    Clock,
    facts::Facts,
    html::{
        chart::{self, Bar, Layer, Plot, TimeAxis, bars_of_seconds},
        markup::Markup,
    },
};
use std::{fmt::Write, time::Duration};
use verdict::{
    findings::{Length, PopulationSeries, Span},
    words,
};

const WIDTH: f64 = 320.0;
const LANE_TOP: f64 = 1.0;
/// Up to this many rows are high; more have to be seen together.
const HIGH_ROWS_MAX: usize = 8;
const LABELS_MAX: usize = 4;

/// Where the data of a panel stand, when there are that many rows.
pub(super) fn plot(rows: usize) -> Plot {
    Plot { left: 0.0, top: 13.0, width: WIDTH, height: if rows <= HIGH_ROWS_MAX { 50.0 } else { 30.0 } }
}

/// What a row draws.
pub(super) struct Row<'row> {
    pub(super) facts: &'row Facts<'row>,
    pub(super) counts: &'row PopulationSeries,
    pub(super) bars: &'row [Bar],
    pub(super) plot: Plot,
    pub(super) axis: TimeAxis,
}

/// The scale of all latency panels: decades from 1, 2 or 5 to 1, 2 or 5, so that rows can be compared.
pub(super) struct Latency {
    least: f64,
    most: f64,
    pub(super) is_approximate: bool,
    pub(super) limit: Option<Limit>,
}

impl Latency {
    pub(super) fn of(facts: &Facts<'_>, window: Span, columns_max: usize) -> Self {
        let series = &facts.findings.series;
        let mut bars = Vec::new();
        for counts in &series.populations {
            bars.extend(bars_of_seconds(series, counts, window, columns_max));
        }
        let limit = facts.findings.objectives.iter().find_map(|objective| {
            let seconds = objective.limit.value.filter(|seconds| (0.0..1e6).contains(seconds))?;
            let is_of_all =
                objective.kind == "response-time" && objective.limit.unit == "s" && objective.scope.step.is_none();
            is_of_all.then(|| (objective.name.clone(), Length(Duration::from_secs_f64(seconds))))
        });
        let limit_us = limit.as_ref().map(|(_, limit)| limit.0.as_micros() as f64);
        let values =
            || bars.iter().flat_map(|bar| [bar.p50, bar.p99]).flatten().map(|micros| micros as f64).chain(limit_us);
        let least = values().fold(f64::INFINITY, f64::min);
        let most = values().fold(0.0, f64::max);
        let is_empty = !least.is_finite() || most <= 0.0;
        Self {
            least: if is_empty { 1_000.0 } else { round_down(least) },
            most: if is_empty { 1_000_000.0 } else { round_up(most.max(least * 2.0)) },
            is_approximate: bars.iter().any(|bar| bar.span.length().0 > Duration::from_secs(1)),
            limit,
        }
    }

    pub(super) fn title(&self) -> String {
        let text = |micros: f64| words::duration(Duration::from_micros(micros as u64));
        let mark = if self.is_approximate { "≈ " } else { "" };
        format!("{mark}p50 and p99, {} to {}", text(self.least), text(self.most))
    }

    fn y(&self, plot: &Plot, micros: f64) -> f64 {
        let part = (micros.clamp(self.least, self.most) / self.least).ln() / (self.most / self.least).ln();
        plot.bottom() - part * plot.height
    }
}

impl Row<'_> {
    /// The largest rate of any column.
    pub(super) fn rate_max(&self) -> f64 {
        self.bars.iter().filter(|bar| bar.is_known).map(|bar| rate(bar, bar.requests())).fold(0.0, f64::max)
    }

    pub(super) fn traffic(&self, markup: &mut Markup, name: &str) {
        let mut layers = vec![Layer { class: "home", fill: None, values: self.values(|bar| rate(bar, bar.home)) }];
        layers.extend(self.elsewhere());
        layers.push(Layer {
            class: "failed",
            fill: Some(chart::FAILED),
            values: self.values(|bar| rate(bar, bar.failed)),
        });
        self.panel("", markup, name, |row, markup| {
            chart::stack(markup, &row.plot, &row.edges(), &layers, row.rate_max());
        });
    }

    pub(super) fn failed(&self, markup: &mut Markup, name: &str) {
        let values = self.values(|bar| bar.failed_share.unwrap_or(0.0));
        let layers = [Layer { class: "failed", fill: Some(chart::FAILED), values }];
        self.panel("extra", markup, name, |row, markup| chart::stack(markup, &row.plot, &row.edges(), &layers, 1.0));
    }

    pub(super) fn latency(&self, latency: &Latency, markup: &mut Markup, name: &str) {
        self.panel("extra", markup, name, |row, markup| {
            markup.shape("path", &[("class", "band"), ("d", &row.band(latency))]);
            markup.shape("path", &[("class", "p50"), ("d", &row.steps(latency, |bar| bar.p50))]);
            markup.shape("path", &[("class", "p99"), ("d", &row.steps(latency, |bar| bar.p99))]);
            if let Some((_, limit)) = &latency.limit {
                let y = latency.y(&row.plot, limit.0.as_micros() as f64);
                chart::line(markup, "limit", (row.plot.left, y), (row.plot.right(), y));
            }
        });
    }

    /// What every panel has: ground, rules, the fault's lane, and dots where nothing is known.
    fn panel(&self, class: &str, markup: &mut Markup, name: &str, inside: impl FnOnce(&Self, &mut Markup)) {
        let size = format!("0 0 {WIDTH} {}", self.plot.bottom() + 1.0);
        let attributes = [("class", class), ("viewBox", size.as_str()), ("role", "img"), ("aria-label", name)];
        markup.element("svg", &attributes, |markup| {
            chart::ground(markup, &self.plot);
            self.axis.rules(markup, self.facts.clock, LABELS_MAX);
            inside(self, markup);
            let is_known: Vec<_> = self.bars.iter().map(|bar| bar.is_known).collect();
            chart::unknown(markup, &self.plot, &self.edges(), &is_known);
            chart::fault_lane(markup, &self.facts.findings.faults, &self.axis, LANE_TOP);
        });
    }

    fn edges(&self) -> Vec<(f64, f64)> {
        self.bars.iter().map(|bar| (self.axis.x(bar.span.from), self.axis.x(bar.span.to))).collect()
    }

    fn values(&self, value: impl Fn(&Bar) -> f64) -> Vec<f64> {
        self.bars.iter().map(|bar| if bar.is_known { value(bar) } else { 0.0 }).collect()
    }

    /// A layer per region other than the home, in the order of regions: no colours, the gaps between areas tell them apart.
    fn elsewhere(&self) -> Vec<Layer> {
        let home = self.facts.home(self.counts.population);
        let others = self.counts.served.iter().filter(|served| served.region.is_none() || served.region != home);
        let from_second = self.facts.findings.series.from_second;
        let value = |ok: &[u64], bar: &Bar| {
            let seconds = bar.span.from.second()..bar.span.to.second();
            let index = |second: u64| usize::try_from(second.checked_sub(from_second)?).ok();
            let sum: u64 = seconds.filter_map(|second| ok.get(index(second)?)).sum();
            rate(bar, sum)
        };
        others
            .map(|served| Layer { class: "elsewhere", fill: None, values: self.values(|bar| value(&served.ok, bar)) })
            .collect()
    }

    /// A line in steps, broken where there is no value.
    fn steps(&self, latency: &Latency, value: impl Fn(&Bar) -> Option<u64>) -> String {
        let mut path = String::new();
        let mut is_drawing = false;
        for bar in self.bars {
            let Some(micros) = value(bar).filter(|_| bar.is_known) else {
                is_drawing = false;
                continue;
            };
            let (left, right) = (chart::short(self.axis.x(bar.span.from)), chart::short(self.axis.x(bar.span.to)));
            let y = chart::short(latency.y(&self.plot, micros as f64));
            // Infallible: a string takes every byte.
            let _ = if is_drawing { write!(path, "V{y}H{right}") } else { write!(path, "M{left} {y}H{right}") };
            is_drawing = true;
        }
        path
    }

    /// The area between median and p99.
    fn band(&self, latency: &Latency) -> String {
        let mut path = String::new();
        for bar in self.bars.iter().filter(|bar| bar.is_known) {
            let (Some(p50), Some(p99)) = (bar.p50, bar.p99) else { continue };
            let (left, right) = (chart::short(self.axis.x(bar.span.from)), chart::short(self.axis.x(bar.span.to)));
            let (top, bottom) =
                (chart::short(latency.y(&self.plot, p99 as f64)), chart::short(latency.y(&self.plot, p50 as f64)));
            // Infallible: a string takes every byte.
            let _ = write!(path, "M{left} {top}H{right}V{bottom}H{left}Z");
        }
        path
    }
}

/// The title and the axis over a column of panels.
pub(super) fn head(clock: Clock, axis: &TimeAxis, title: &str, markup: &mut Markup) {
    markup.element("svg", &[("viewBox", "0 0 320 30")], |markup| {
        chart::label(markup, "strong", (0.0, 11.0), title);
        axis.labels(markup, clock, LABELS_MAX, 27.0);
    });
}

fn rate(bar: &Bar, count: u64) -> f64 {
    count as f64 / bar.span.length().as_secs_f64().max(1e-6)
}

/// The next of …, 1, 2, 5, 10, 20, 50, … that is not above the value.
fn round_down(value: f64) -> f64 {
    let decade = 10_f64.powf(value.max(1.0).log10().floor());
    [5.0, 2.0, 1.0].into_iter().map(|step| step * decade).find(|round| *round <= value).unwrap_or(decade)
}

/// The next of …, 1, 2, 5, 10, 20, 50, … that is not below the value.
fn round_up(value: f64) -> f64 {
    let decade = 10_f64.powf(value.max(1.0).log10().floor());
    [1.0, 2.0, 5.0, 10.0].into_iter().map(|step| step * decade).find(|round| *round >= value).unwrap_or(10.0 * decade)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_end_at_round_numbers() {
        for (value, down, up) in
            [(74_000.0, 50_000.0, 100_000.0), (1_000.0, 1_000.0, 1_000.0), (1.0, 1.0, 1.0), (0.3, 1.0, 1.0)]
        {
            assert!((round_down(value) - down).abs() < 1e-6, "{value}: {}", round_down(value));
            assert!((round_up(value) - up).abs() < 1e-6, "{value}: {}", round_up(value));
        }
    }
}
