//! Does the service notice, lead its users away, and come back by itself: detection, steering, what stays bad when its cause is
//! gone, and retries.

use super::{
    evidence,
    markup::Markup,
    populations::not_measured,
    table::{Cell, Table},
};
use crate::{Clock, facts::Facts};
use verdict::{
    findings::{Detection, Length, Stability, StabilityState},
    words,
};

pub(super) fn write(facts: &Facts<'_>, markup: &mut Markup) {
    let findings = facts.findings;
    if findings.faults.is_empty() {
        markup.leaf(
            "p",
            &[],
            "Nothing was broken in this run, so there was nothing to notice and nothing to come back from.",
        );
    } else {
        detection(facts).write(markup);
        steering(facts, markup);
        stability(facts).write(markup);
    }
    false_alarms(facts, markup);
    if findings.amplification.is_empty() {
        markup.leaf("p", &[], "Retries: not measured, no request is in the recording.");
    } else {
        amplification(facts).write(markup);
    }
}

fn detection(facts: &Facts<'_>) -> Table {
    let titles = ["Fault", "Noticed", ">After", "Why"];
    let mut table = Table::new("Whether the service's own health or steering noticed", &titles);
    for (index, fault) in facts.findings.faults.iter().enumerate() {
        let found = &fault.detection;
        table.row(vec![
            Cell::Link { text: fault.name.clone(), anchor: evidence::fault(index) },
            Cell::Whole(noticed(found).to_owned()),
            Cell::Number(found.after.map_or_else(not_measured, text)),
            Cell::Foreign(found.text.clone()),
        ]);
    }
    table
}

fn noticed(found: &Detection) -> &'static str {
    match (found.after, found.missed) {
        (Some(_), _) => "✓ noticed",
        (None, Some(true)) => "✕ missed",
        (None, Some(false)) => "not noticed",
        (None, None) => "? can't be told",
    }
}

fn steering(facts: &Facts<'_>, markup: &mut Markup) {
    let titles = ["Fault", "Population", ">Half moved", ">90 %", ">99 %", ">Never moved", "In words"];
    let mut table = Table::new("How users whose home was hit were led elsewhere", &titles).class("steering");
    for (index, fault) in facts.findings.faults.iter().enumerate() {
        for found in &fault.steering {
            let or = |unknown: &str| if found.had_to_move { unknown.to_owned() } else { "had no need".to_owned() };
            let after = |length: Option<Length>| Cell::Number(length.map_or_else(|| or("never"), text));
            table.row(vec![
                Cell::Link { text: fault.name.clone(), anchor: evidence::fault(index) },
                Cell::Foreign(facts.population(found.population).into_owned()),
                after(found.half),
                after(found.most),
                after(found.nearly_all),
                Cell::Number(found.never_moved.map_or_else(|| or("can't be told"), words::share)),
                Cell::Foreign(found.text.clone()),
            ]);
        }
    }
    if table.is_empty() {
        markup.leaf("p", &[], "Steering: no population's home was hit, so nobody had to move.");
    } else {
        table.write(markup);
    }
}

fn stability(facts: &Facts<'_>) -> Table {
    let titles = ["Fault", "Ended", ">Good again after", ">Goodput at the end", ">Attempts per request", "Why"];
    let mut table = Table::new("What became of the service when the cause was gone, beside the baseline", &titles);
    for (index, fault) in facts.findings.faults.iter().enumerate() {
        let found = fault.stability.as_ref();
        let number = |value: Option<String>| Cell::Number(value.unwrap_or_else(not_measured));
        let why = found.map_or("its removal is not proven, or there is no baseline", |found| &found.text);
        table.row(vec![
            Cell::Link { text: fault.name.clone(), anchor: evidence::fault(index) },
            Cell::Whole(became(found).to_owned()),
            number(found.and_then(|found| found.good_after).map(text)),
            number(found.and_then(|found| found.goodput).map(words::share)),
            number(found.and_then(|found| found.attempts_per_request).map(words::decimal)),
            Cell::Foreign(why.to_owned()),
        ]);
    }
    table
}

fn became(found: Option<&Stability>) -> &'static str {
    match found.map(|found| found.state) {
        Some(StabilityState::Stable) => "✓ stable",
        Some(StabilityState::Metastable) => "✕ metastable",
        Some(StabilityState::StillBad) => "✕ still bad",
        Some(StabilityState::Undecided) | None => "? can't be told",
    }
}

fn false_alarms(facts: &Facts<'_>, markup: &mut Markup) {
    let mut table = Table::new("False alarms", &["UTC", ">Since start", "Region", "What happened"]);
    for alarm in &facts.findings.false_alarms {
        table.row(vec![
            Cell::Whole(facts.clock.time_of_day(alarm.at)),
            Cell::Number(Clock::since_start(alarm.at)),
            Cell::Foreign(facts.region(Some(alarm.region)).into_owned()),
            Cell::Foreign(alarm.text.clone()),
        ]);
    }
    if table.is_empty() {
        markup.leaf("p", &[], "No region was seen to be called unhealthy for no fault's sake.");
    } else {
        table.write(markup);
    }
}

fn amplification(facts: &Facts<'_>) -> Table {
    let titles = ["Population", ">Baseline", ">During faults", ">After", ">Worst ten seconds", "Which (UTC)"];
    let mut table = Table::new("Attempts per request: 1 is no retry at all", &titles).calm("no retry at all");
    for found in &facts.findings.amplification {
        let attempts = |value: Option<f64>| Cell::Number(value.map_or_else(not_measured, words::decimal));
        let span = found.worst_span.map_or_else(not_measured, |span| evidence::span_text(facts, span));
        let all = [found.baseline, found.fault, found.after, found.worst];
        let mut row = vec![Cell::Name(facts.population(found.population).into_owned())];
        row.extend(all.map(attempts));
        row.push(Cell::Whole(span));
        table.row_of(all.iter().all(|value| *value == Some(1.0)), row);
    }
    table
}

fn text(length: Length) -> String {
    words::duration(length.0)
}
