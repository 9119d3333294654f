//! The failover timeline: every request of the focus population around each fault, with the marks of what happened when.
//!
//! Unsmoothed, in bars of a tenth of a second or a few; nothing is averaged, so an outage of a second is a second wide.

mod drawing;
mod flags;

use super::{
    chart::{self, Bar, bars_of_fine, bars_of_seconds},
    markup::Markup,
    table::{Cell, Table, folded},
};
use crate::{Clock, facts::Facts};
use std::time::Duration;
use units::RunTime;
use verdict::{
    findings::{FaultFinding, Mark, MarkKind, Span},
    words,
};

/// The most faults that are drawn.
const FAULTS_MAX: usize = 20;
/// The most bars of a drawing.
const BARS_MAX: usize = 240;
/// The most rows of a table twin.
const TWIN_ROWS_MAX: usize = 60;
/// Drawn before the fault.
const BEFORE: Duration = Duration::from_secs(5);
/// Drawn after the recovery.
const AFTER: Duration = Duration::from_secs(15);
/// The shortest window.
const WINDOW_MIN: Duration = Duration::from_secs(35);

/// One drawing: a stretch of time, and what it is about.
struct View<'findings> {
    fault: &'findings FaultFinding,
    population: usize,
    window: Span,
    title: String,
}

pub(super) fn write(facts: &Facts<'_>, markup: &mut Markup) {
    let faults = &facts.findings.faults;
    if faults.is_empty() {
        markup.leaf("p", &[], "Nothing was broken in this run, so there is no failover to time.");
        return;
    }
    for fault in faults.iter().take(FAULTS_MAX) {
        markup.leaf("h3", &[], &format!("{}: {}", fault.name, fault.text));
        let views = views(facts, fault);
        if views.is_empty() {
            let reason = match &fault.effect {
                verdict::findings::Proof::NotProven { reason } => format!("its effect was not proven ({reason})"),
                verdict::findings::Proof::Proven { .. } | verdict::findings::Proof::Assumed { .. } => {
                    "no request of its populations is in the recording".to_owned()
                }
            };
            markup.leaf("p", &[], &format!("There is nothing to draw: {reason}."));
        }
        for view in &views {
            figure(facts, view, markup);
        }
        marks(facts, fault, markup);
    }
    let more = faults.len().saturating_sub(FAULTS_MAX);
    if more > 0 {
        markup.leaf("p", &[], &format!("{more} more faults are not drawn; their marks are in report.json."));
    }
}

/// Failover, and failback on its own unless it was over before the first drawing ends.
fn views<'findings>(facts: &Facts<'findings>, fault: &'findings FaultFinding) -> Vec<View<'findings>> {
    let at = |kind| fault.marks.iter().find(|mark| mark.kind == kind).and_then(|mark| mark.at);
    let Some(injected) = at(MarkKind::Active).or_else(|| at(MarkKind::Injecting)) else { return Vec::new() };
    let Some(population) = focus(facts, fault) else { return Vec::new() };
    let name = facts.population(population);
    let recovered = at(MarkKind::Recovered).unwrap_or(injected);
    let from = injected - BEFORE;
    let failover = Span { from, to: (recovered + AFTER).max(from + WINDOW_MIN) };
    // Behind the last arrival there is nothing to be known, and nothing to be drawn.
    let end = facts.findings.run.load_ended.unwrap_or(failover.to.max(RunTime::START + facts.findings.run.length.0));
    let until_end = |window: Span| Span { from: window.from, to: window.to.min(end.max(window.from + BEFORE)) };
    let view =
        |window, what: &str| View { fault, population, window: until_end(window), title: format!("{what} of {name}") };
    let healed = at(MarkKind::Healed).or_else(|| at(MarkKind::Healing));
    let Some(healed) = healed else { return vec![view(failover, "Failover")] };
    let returned = at(MarkKind::FailedBack).or_else(|| at(MarkKind::FirstHome)).unwrap_or(healed);
    if returned + BEFORE <= failover.to {
        return vec![view(failover, "Failover and failback")];
    }
    let from = healed - BEFORE;
    let failback = Span { from, to: (returned + AFTER).max(from + WINDOW_MIN) };
    vec![view(failover, "Failover"), view(failback, "Failback")]
}

/// The population that took longest to recover; where nobody was affected, one whose home was hit.
fn focus(facts: &Facts<'_>, fault: &FaultFinding) -> Option<usize> {
    let is_at_home = |population: &usize| facts.home(*population).is_some_and(|home| fault.regions.contains(&home));
    let populations = 0..facts.findings.run.populations.len();
    fault.focus.or_else(|| populations.clone().find(is_at_home)).or_else(|| populations.clone().next())
}

fn figure(facts: &Facts<'_>, view: &View<'_>, markup: &mut Markup) {
    let bars = bars(facts, view, BARS_MAX);
    let (Some(first), Some(last)) = (bars.first(), bars.last()) else {
        markup.leaf("p", &[], &format!("{}: not measured, no request of that time is in the recording.", view.title));
        return;
    };
    let window = Span { from: first.span.from, to: last.span.to };
    let caption = caption(facts, view, &bars);
    markup.element("figure", &[], |markup| {
        markup.prose("figcaption", &[], &caption);
        markup.element("div", &[("class", "scroll")], |markup| {
            drawing::write(facts, view, &bars, window, &caption, markup);
        });
        chart::key(
            markup,
            &[
                ("failed", Some(chart::FAILED), "failed"),
                ("elsewhere", None, "served elsewhere"),
                ("home", None, "served by the home"),
                ("", Some("url(#fault)"), "fault in effect"),
                ("", Some(chart::NO_DATA), "no data"),
            ],
        );
        folded(markup, "Show as table", |markup| twin(facts, view).write(markup));
    });
}

/// Bars from the tenths of a second where they cover what is needed, else from seconds.
fn bars(facts: &Facts<'_>, view: &View<'_>, bars_max: usize) -> Vec<Bar> {
    let series = &facts.findings.series;
    let counts = series.populations.iter().find(|counts| counts.population == view.population);
    let fine = series.fine.iter().find(|fine| fine.fault == view.fault.name && fine.population == view.population);
    if let Some(fine) = fine {
        let end = fine.from.as_micros() + fine.failed.len() as u64 * fine.bucket_us;
        let needed = view.window.to - AFTER;
        if fine.from <= view.window.from + BEFORE && RunTime::from_micros(end) >= needed {
            return bars_of_fine(fine, counts.map(|counts| (series, counts)), view.window, bars_max);
        }
    }
    counts.map_or_else(Vec::new, |counts| bars_of_seconds(series, counts, view.window, bars_max))
}

fn caption(facts: &Facts<'_>, view: &View<'_>, bars: &[Bar]) -> String {
    let length = bars.first().map_or_else(String::new, |bar| words::duration(bar.span.length().0));
    let failed: u64 = bars.iter().map(|bar| bar.failed).sum();
    let elsewhere: u64 = bars.iter().map(|bar| bar.elsewhere).sum();
    let all: u64 = bars.iter().map(Bar::requests).sum();
    let unknown = if bars.iter().all(|bar| bar.is_known) { "" } else { " Dots: nothing is known of that time." };
    let from = bars.first().map_or(RunTime::START, |bar| bar.span.from);
    let to = bars.last().map_or(RunTime::START, |bar| bar.span.to);
    format!(
        "{}: every request by when the plan wanted it sent, in bars of {length}, {} to {} UTC. Of {} requests {} failed and {} were served elsewhere.{unknown}",
        view.title,
        facts.clock.second_of_day(from),
        facts.clock.second_of_day(to),
        words::count(all),
        words::count(failed),
        words::count(elsewhere)
    )
}

fn twin(facts: &Facts<'_>, view: &View<'_>) -> Table {
    let mut table = Table::new(
        format!("{}, as a table", view.title),
        &["From (UTC)", ">Served by the home", ">Served elsewhere", ">Failed"],
    );
    for bar in bars(facts, view, TWIN_ROWS_MAX) {
        let count = |count: u64| Cell::Number(if bar.is_known { words::count(count) } else { "no data".to_owned() });
        let at = Cell::Whole(facts.clock.time_of_day(bar.span.from));
        table.row(vec![at, count(bar.home), count(bar.elsewhere), count(bar.failed)]);
    }
    table
}

/// The legend of the flags: number, instant, what, who says so, how sure.
fn marks(facts: &Facts<'_>, fault: &FaultFinding, markup: &mut Markup) {
    if fault.marks.is_empty() {
        return;
    }
    let segments: Vec<_> = fault
        .segments
        .iter()
        .map(|segment| format!("{} {}", segment.label, words::duration(segment.length.0)))
        .collect();
    if !segments.is_empty() {
        markup.prose("p", &[], &format!("From fault to recovery: {}.", segments.join(", ")));
    }
    let label = format!("Marks of {}", fault.name);
    markup.element("ol", &[("class", "marks"), ("aria-label", &label)], |markup| {
        for mark in &fault.marks {
            markup.element("li", &[], |markup| {
                markup.leaf("span", &[("class", "number")], mark.kind.number().map_or("", circled));
                markup.leaf(
                    "span",
                    &[("class", "when")],
                    &mark.at.map_or_else(|| "—".to_owned(), |at| facts.clock.time_of_day(at)),
                );
                markup.prose("span", &[], &mark_text(mark));
            });
        }
    });
}

fn mark_text(mark: &Mark) -> String {
    let mut text = mark.kind.label().to_owned();
    if let Some(reason) = &mark.not_measured {
        text.push_str(&format!(": not measured, {reason}"));
    }
    let mut sources = Vec::new();
    sources.extend(mark.at.map(Clock::since_start));
    sources.extend(mark.source.as_ref().map(|source| format!("says {source}")));
    sources.extend(mark.error.map(|error| format!("±{}", words::duration(error.0))));
    if !sources.is_empty() {
        text.push_str(&format!(" ({})", sources.join(", ")));
    }
    text
}

fn circled(number: u8) -> &'static str {
    const CIRCLED: [&str; 8] = ["①", "②", "③", "④", "⑤", "⑥", "⑦", "⑧"];
    number.checked_sub(1).and_then(|index| CIRCLED.get(usize::from(index))).copied().unwrap_or("")
}
