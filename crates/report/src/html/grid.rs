//! Every population over time, one row each on one time axis: who served it, what failed, how slow the successes were.

mod panels;

use super::{
    chart::{self, Bar, TimeAxis, bars_of_seconds},
    evidence,
    markup::Markup,
    table::{Cell, Table, folded, state_class},
};
use crate::{
    facts::{Facts, PopulationState},
    number,
};
use panels::{Latency, Row};
use std::time::Duration;
use units::RunTime;
use verdict::{
    findings::{Length, PhaseName, PopulationSeries, Span},
    words,
};

/// The most columns of a panel.
const COLUMNS_MAX: usize = 150;
/// The most rows of a table twin.
const TWIN_ROWS_MAX: usize = 60;
/// The most populations that are drawn.
const POPULATIONS_MAX: usize = 100;
/// So many populations that are fine have a row of full size on paper, each; of more than that none has.
const FINE_ROWS_MAX: usize = 3;
/// Drawn before the first fault and after the last recovery.
const AROUND: Duration = Duration::from_secs(60);

pub(super) fn write(facts: &Facts<'_>, markup: &mut Markup) {
    let Some(window) = window(facts) else {
        markup.leaf("p", &[], "Not measured: no second of load is in the recording.");
        return;
    };
    let latency = Latency::of(facts, window, COLUMNS_MAX);
    markup.prose("p", &[("class", "quiet")], &explanation(facts, window, &latency));
    chart::key(
        markup,
        &[
            ("failed", Some(chart::FAILED), "failed"),
            ("elsewhere", None, "served elsewhere, an area per region"),
            ("home", None, "served by the home"),
            ("", Some("url(#fault)"), "fault in effect"),
            ("", Some(chart::NO_DATA), "no data"),
        ],
    );
    head(facts, window, &latency, markup);
    let ordered = facts.populations_by_state();
    let row = |population: usize, state: PopulationState, markup: &mut Markup| match facts
        .findings
        .series
        .populations
        .iter()
        .find(|counts| counts.population == population)
    {
        Some(counts) => figure(facts, counts, state, window, &latency, markup),
        None => markup.leaf("p", &[], &format!("{}: no data.", facts.population(population))),
    };
    let drawn = &ordered[..ordered.len().min(POPULATIONS_MAX)];
    // The worst come first, so the fine ones are at the end.
    let first_fine = drawn.iter().position(|(_, state)| *state == PopulationState::Fine).unwrap_or(drawn.len());
    let (troubled, fine) =
        drawn.split_at(if drawn.len() - first_fine > FINE_ROWS_MAX { first_fine } else { drawn.len() });
    troubled.iter().for_each(|(population, state)| row(*population, *state, markup));
    if !fine.is_empty() {
        let smaller = "The others are fine: traffic by server, p50 and p99, on the time axis and the scales above.";
        markup.leaf("p", &[("class", "printed")], smaller);
        markup.element("div", &[("class", "grid-fine")], |markup| {
            fine.iter().for_each(|(population, state)| row(*population, *state, markup));
        });
    }
    let more = ordered.len().saturating_sub(POPULATIONS_MAX);
    if more > 0 {
        markup.leaf("p", &[], &format!("{more} more populations are not drawn; their counts are in report.json."));
    }
}

/// Whether a population has a row here.
pub(super) fn is_drawn(facts: &Facts<'_>, population: usize) -> bool {
    let mut rows = facts.populations_by_state().into_iter().take(POPULATIONS_MAX);
    window(facts).is_some()
        && rows.any(|(row, _)| row == population)
        && facts.findings.series.populations.iter().any(|counts| counts.population == population)
}

/// From a minute before the first fault to a minute after the last is over; all of it where there was no fault.
fn window(facts: &Facts<'_>) -> Option<Span> {
    let series = &facts.findings.series;
    if series.seconds == 0 {
        return None;
    }
    let at = |second: u64| RunTime::from_micros(second.saturating_mul(1_000_000));
    let all = Span { from: at(series.from_second), to: at(series.from_second + series.seconds as u64) };
    let marks = facts.findings.faults.iter().flat_map(|fault| &fault.marks).filter_map(|mark| mark.at);
    let (Some(first), Some(last)) = (marks.clone().min(), marks.max()) else { return Some(all) };
    let window = Span { from: (first - AROUND).max(all.from), to: (last + AROUND).min(all.to) };
    Some(if window.from < window.to { window } else { all })
}

fn explanation(facts: &Facts<'_>, window: Span, latency: &Latency) -> String {
    let seconds = facts.findings.series.populations.first().map_or_else(String::new, |counts| {
        let bars = bars_of_seconds(&facts.findings.series, counts, window, COLUMNS_MAX);
        bars.first().map_or_else(String::new, |bar| words::duration(bar.span.length().0))
    });
    let approximate =
        if latency.is_approximate { " Percentiles of a column are ≈: the largest of its seconds." } else { "" };
    let limit = latency.limit.as_ref().map_or_else(String::new, |(name, limit)| {
        format!(" Dashed: {}, the limit of “{name}”.", words::duration(limit.0))
    });
    format!(
        "One row per population, worst first; one column is {seconds}. Traffic is scaled per row, failed is 0 to 100 % of what was intended, latency is the response time of successes on one logarithmic scale for all rows.{approximate}{limit}"
    )
}

/// Titles and axes of the three panels, for the eye: each row names its own in its caption.
fn head(facts: &Facts<'_>, window: Span, latency: &Latency, markup: &mut Markup) {
    markup.element("div", &[("class", "grid-head"), ("aria-hidden", "true")], |markup| {
        markup.leaf("div", &[], "");
        let titles = ["traffic by server, requests/s".to_owned(), "failed, % of intended".to_owned(), latency.title()];
        for title in titles {
            panels::head(facts.clock, &TimeAxis::new(window, panels::plot(0)), &title, markup);
        }
    });
}

fn figure(
    facts: &Facts<'_>,
    counts: &PopulationSeries,
    state: PopulationState,
    window: Span,
    latency: &Latency,
    markup: &mut Markup,
) {
    let series = &facts.findings.series;
    let bars = bars_of_seconds(series, counts, window, COLUMNS_MAX);
    let name = facts.population(counts.population);
    let plot = panels::plot(facts.findings.run.populations.len());
    let row = Row { facts, counts, bars: &bars, plot, axis: TimeAxis::new(window, plot) };
    let id = evidence::over_time(counts.population);
    // What is said below a calm row stands beside it: paper leaves it out.
    let class = if state == PopulationState::Fine { "grid-row calm" } else { "grid-row" };
    markup.element("figure", &[("class", class), ("id", &id)], |markup| {
        markup.element("div", &[("class", "who")], |markup| {
            markup.element("h3", &[], |markup| {
                markup.leaf("span", &[("class", state_class(state))], &format!("{} ", state.glyph()));
                markup.text(&name);
            });
            markup.prose("p", &[], &beside(facts, counts.population));
            markup.prose("p", &[("class", "printed scale")], &format!("at most {}", number::rate(row.rate_max())));
        });
        row.traffic(markup, &format!("{name}: traffic by server"));
        row.failed(markup, &format!("{name}: failed share"));
        row.latency(latency, markup, &format!("{name}: response time of successes"));
        markup.prose("figcaption", &[], &caption(facts, counts.population, state, row.rate_max()));
        folded(markup, "Show as table", |markup| twin(facts, counts, window).write(markup));
    });
}

/// The row's numbers, for the eye that runs down the rows.
fn beside(facts: &Facts<'_>, population: usize) -> String {
    let phase = facts.telling_phase(population);
    let failed = phase.and_then(|phase| phase.availability);
    let failed = failed.map_or_else(|| "no data".to_owned(), |ok| format!("{} failed", words::share(1.0 - ok)));
    let p99 = phase.and_then(|phase| phase.response_p99.value);
    let p99 = p99.map_or_else(|| "too few".to_owned(), |value| words::duration(value.0));
    format!("{failed}, p99 {p99}")
}

fn caption(facts: &Facts<'_>, population: usize, state: PopulationState, rate_max: f64) -> String {
    let name = facts.population(population);
    let Some(phase) = facts.telling_phase(population) else { return format!("{name}: {}.", state.word()) };
    let when = if phase.phase == PhaseName::Fault { "while faults were in effect" } else { "over the whole run" };
    let elsewhere = facts
        .served_elsewhere(phase, population)
        .map_or_else(String::new, |share| format!(", {} of the successes were served elsewhere", words::share(share)));
    let p99 = |name: PhaseName| facts.phase(population, name).map(|phase| phase.response_p99.text.clone());
    let before = match (phase.phase, p99(PhaseName::Baseline)) {
        (PhaseName::Fault, Some(before)) => format!(" ({before} in the baseline)"),
        _ => String::new(),
    };
    format!(
        "{name}: {}; {when} {} of {} requests failed{elsewhere}; p99 {}{before}; at most {}.",
        state.word(),
        words::count(phase.failed),
        words::count(phase.requests),
        phase.response_p99.text,
        number::rate(rate_max)
    )
}

fn twin(facts: &Facts<'_>, counts: &PopulationSeries, window: Span) -> Table {
    let titles = ["From (UTC)", ">By the home", ">Elsewhere", ">Failed", ">Largest failed share", ">p50", ">p99"];
    let caption =
        format!("{}, as a table; percentiles are the largest of the seconds", facts.population(counts.population));
    let mut table = Table::new(caption, &titles);
    for bar in bars_of_seconds(&facts.findings.series, counts, window, TWIN_ROWS_MAX) {
        table.row(twin_row(facts, &bar));
    }
    table
}

fn twin_row(facts: &Facts<'_>, bar: &Bar) -> Vec<Cell> {
    let known = |text: String| Cell::Number(if bar.is_known { text } else { "no data".to_owned() });
    let latency = |micros: Option<u64>| {
        known(micros.map_or_else(|| "too few".to_owned(), |micros| words::duration(Duration::from_micros(micros))))
    };
    vec![
        Cell::Whole(facts.clock.second_of_day(bar.span.from)),
        known(words::count(bar.home)),
        known(words::count(bar.elsewhere)),
        known(words::count(bar.failed)),
        known(bar.failed_share.map_or_else(|| "no requests".to_owned(), words::share)),
        latency(bar.p50),
        latency(bar.p99),
    ]
}

/// An objective's limit for the response time, for the dashed line.
type Limit = (String, Length);
