//! What each population went through: worst first.

use super::{
    markup::Markup,
    table::{Cell, Table, folded},
};
use crate::facts::{Facts, PopulationState};
use std::time::Duration;
use verdict::{
    findings::{Answer, Experience, ExperiencePhase, Measure, Operations, Percentile, PhaseName, SuccessWindow},
    words,
};

pub(super) fn write(facts: &Facts<'_>, markup: &mut Markup) {
    if facts.findings.run.populations.is_empty() {
        markup.leaf("p", &[], "No population is known: the plan could not be read from the recording.");
        return;
    }
    overview(facts).write(markup);
    if let Some(radius) = &facts.findings.blast_radius {
        folded(markup, "Did the faults reach populations that they were not aimed at?", |markup| {
            neighbours(facts).write(markup);
            markup.leaf("p", &[], &format!("{}; {}.", radius.text, radius.control.text));
        });
    }
    folded(markup, "By phase, reads and writes apart", |markup| phases(facts).write(markup));
}

fn overview(facts: &Facts<'_>) -> Table {
    let titles = [
        "",
        "Population",
        ">Worst second",
        ">Worst 10 s",
        ">Affected",
        ">Down",
        ">Requests",
        ">Failed",
        ">p99 baseline",
        ">p99 fault",
        ">Served elsewhere",
    ];
    let has_faults = !facts.findings.faults.is_empty();
    let caption = if has_faults {
        "Populations, worst first; requests, failed and served elsewhere while faults were in effect"
    } else {
        "Populations, worst first; requests and failed over the whole run"
    };
    let mut table = Table::new(caption, &titles).calm(calm(facts));
    for (population, state) in facts.populations_by_state() {
        let experience = facts.experience(population, Operations::All);
        let phase = facts.telling_phase(population);
        let elsewhere = phase.and_then(|phase| facts.served_elsewhere(phase, population)).map(words::share);
        table.row_of(
            is_calm(facts, population, state),
            vec![
                Cell::State(state),
                Cell::Name(facts.population(population).into_owned()),
                Cell::Number(window(experience.and_then(|found| found.worst_second.as_ref()))),
                Cell::Number(window(experience.and_then(|found| found.worst_ten_seconds.as_ref()))),
                Cell::Number(affected(experience)),
                Cell::Number(experience.map_or_else(not_measured, |found| words::duration(found.down.0))),
                Cell::Number(phase.map_or_else(not_measured, |phase| words::count(phase.requests))),
                Cell::Number(phase.map_or_else(not_measured, failed)),
                Cell::Number(p99(facts.phase(population, PhaseName::Baseline))),
                Cell::Number(p99(facts.phase(population, PhaseName::Fault))),
                Cell::Number(elsewhere.unwrap_or_else(not_measured)),
            ],
        );
    }
    table
}

/// Fine, and nothing that it asked for failed.
fn is_calm(facts: &Facts<'_>, population: usize, state: PopulationState) -> bool {
    state == PopulationState::Fine && facts.telling_phase(population).is_some_and(|phase| phase.failed == 0)
}

/// What calm populations have in common, and who they are.
fn calm(facts: &Facts<'_>) -> String {
    let ordered = facts.populations_by_state();
    let calm = ordered.into_iter().filter(|(population, state)| is_calm(facts, *population, *state));
    let calm: Vec<_> = calm.map(|(population, _)| population).collect();
    let phases = || calm.iter().filter_map(|population| facts.telling_phase(*population));
    let requests = words::counted(phases().map(|phase| phase.requests).sum(), "request");
    let slowest = phases().filter_map(|phase| phase.response_p99.value).max();
    let slowest = slowest.map_or_else(not_measured, |p99| words::duration(p99.0));
    let names: Vec<_> = calm.iter().map(|population| facts.population(*population)).collect();
    let (glyph, word) = (PopulationState::Fine.glyph(), PopulationState::Fine.word());
    format!("{glyph} {word}, none of {requests} failed, worst p99 {slowest}: {}", names.join(", "))
}

/// Each number of each population that was not aimed at, then why no more can be said.
fn neighbours(facts: &Facts<'_>) -> Table {
    let titles = [
        "Population",
        "Number",
        "Answer",
        ">Before",
        ">During",
        ">Change, 90 % interval",
        ">Margin",
        ">p (Holm)",
        "Baseline against itself",
    ];
    let mut table = Table::new("Populations whose home was not aimed at, baseline against faults", &titles);
    for found in &facts.findings.neighbours {
        for one in &found.comparisons {
            let value = |number: Option<f64>| number.map_or_else(not_measured, |number| amount(one.measure, number));
            let change = match (one.change_low, one.change_high) {
                (Some(low), Some(high)) => format!("{} to {}", change(one.measure, low), change(one.measure, high)),
                _ => not_measured(),
            };
            table.row(vec![
                Cell::Name(facts.population(found.population).into_owned()),
                Cell::Whole(one.measure.label().to_owned()),
                Cell::Foreign(format!("{} {}", answer(one.answer), one.text)),
                Cell::Number(value(one.before)),
                Cell::Number(value(one.during)),
                Cell::Number(change),
                Cell::Number(change_of(one.measure, one.margin)),
                Cell::Number(one.p_different.map_or_else(not_measured, |p| format!("{p:.3}"))),
                Cell::Whole(one.control.map_or("not compared", control).to_owned()),
            ]);
        }
        if found.comparisons.is_empty() {
            let mut row = vec![
                Cell::Name(facts.population(found.population).into_owned()),
                Cell::Whole("all".to_owned()),
                Cell::Foreign(format!("? {}", found.text)),
            ];
            row.extend((3..titles.len()).map(|_| Cell::Number(not_measured())));
            table.row(row);
        }
    }
    table
}

fn answer(answer: Answer) -> char {
    match answer {
        Answer::Worse => '✕',
        Answer::Better | Answer::Same => '✓',
        Answer::NotEnoughData => '?',
    }
}

fn control(answer: Answer) -> &'static str {
    match answer {
        Answer::Worse | Answer::Better => "differs",
        Answer::Same => "the same",
        Answer::NotEnoughData => "no difference seen",
    }
}

/// A share, or a length of time.
fn amount(measure: Measure, number: f64) -> String {
    if measure == Measure::Failing { words::share(number) } else { words::duration(seconds(number)) }
}

/// A margin: points of a share, or a length of time.
fn change_of(measure: Measure, number: f64) -> String {
    match measure {
        Measure::Failing => format!("{} points", words::points(number)),
        _ => words::duration(seconds(number)),
    }
}

/// A change with its sign.
fn change(measure: Measure, number: f64) -> String {
    format!("{}{}", if number < 0.0 { "−" } else { "+" }, change_of(measure, number.abs()))
}

fn seconds(number: f64) -> Duration {
    Duration::from_micros((number.max(0.0) * 1e6).round() as u64)
}

fn phases(facts: &Facts<'_>) -> Table {
    let titles = [
        "Population",
        "Operations",
        "Phase",
        ">Length",
        ">Requests",
        ">Failed",
        ">Availability",
        ">Attempts",
        ">p50",
        ">p99",
    ];
    let mut table = Table::new("Experience by population, class of operations and phase", &titles);
    for experience in &facts.findings.experience {
        for phase in &experience.phases {
            table.row(vec![
                Cell::Name(facts.population(experience.population).into_owned()),
                Cell::Whole(operations(experience.operations).to_owned()),
                Cell::Whole(phase_name(phase.phase).to_owned()),
                Cell::Number(words::duration(phase.length.0)),
                Cell::Number(words::count(phase.requests)),
                Cell::Number(words::count(phase.failed)),
                Cell::Number(phase.availability.map_or_else(not_measured, words::share)),
                Cell::Number(words::count(phase.attempts)),
                Cell::Number(short(&phase.response_p50)),
                Cell::Number(short(&phase.response_p99)),
            ]);
        }
    }
    table
}

fn window(window: Option<&SuccessWindow>) -> String {
    window.map_or_else(not_measured, |window| words::share(window.share))
}

fn affected(experience: Option<&Experience>) -> String {
    match experience {
        None => not_measured(),
        Some(found) => found.affected.map_or_else(|| "no".to_owned(), |_| words::duration(found.affected_for.0)),
    }
}

fn failed(phase: &ExperiencePhase) -> String {
    let share = phase.availability.map_or_else(not_measured, |availability| words::share(1.0 - availability));
    format!("{} ({share})", words::count(phase.failed))
}

fn p99(phase: Option<&ExperiencePhase>) -> String {
    phase.map_or_else(|| "no such phase".to_owned(), |phase| short(&phase.response_p99))
}

/// A percentile in a column of numbers; the whole sentence about missing samples is in the table by phase.
pub(super) fn short(percentile: &Percentile) -> String {
    match percentile.value {
        Some(value) => words::duration(value.0),
        None => {
            format!("too few ({} of {})", words::count(percentile.samples), words::count(percentile.samples_needed))
        }
    }
}

pub(super) fn operations(operations: Operations) -> &'static str {
    match operations {
        Operations::All => "all",
        Operations::Read => "reads",
        Operations::Write => "writes",
    }
}

pub(super) fn phase_name(phase: PhaseName) -> &'static str {
    match phase {
        PhaseName::Baseline => "baseline",
        PhaseName::Fault => "fault",
        PhaseName::After => "after",
        PhaseName::Whole => "whole run",
    }
}

pub(super) fn not_measured() -> String {
    "not measured".to_owned()
}
