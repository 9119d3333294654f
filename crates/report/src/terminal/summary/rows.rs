//! The summary's rows: promises, marks, populations, errors, and how far the measurement can be trusted.

use crate::{
    facts::{Facts, PopulationState, limit_text},
    terminal::{
        Style, letters,
        line::Line,
        style::Role,
        table::{Cell, Column, Table},
    },
};
use verdict::{
    Verdict,
    findings::{ErrorGroup, FaultFinding, Length, Percentile, PhaseName, Reason},
    words,
};

/// The most populations that are listed one by one.
const POPULATIONS_MAX: usize = 10;
/// The most lines of segments, but for those of the first fault.
const SEGMENT_LINES_MAX: usize = 3;
/// A reason takes at most this many lines.
const REASON_LINES_MAX: usize = 3;
/// The most kinds of errors.
const ERRORS_MAX: usize = 2;

/// Objectives and trust rules: what was not kept first, at most `lines_max` lines.
pub(super) fn promises(facts: &Facts<'_>, lines_max: usize, style: &Style) -> Vec<String> {
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    let findings = facts.findings;
    let (kept, broken): (Vec<_>, Vec<_>) = findings.objectives.iter().partition(|found| found.verdict == Verdict::Pass);
    let objective = |found: &&verdict::findings::ObjectiveFinding| {
        let limit = limit_text(&found.limit, found.limit_is_most);
        row(found.verdict, &found.name, &found.measured.text, &limit, &found.scope.text)
    };
    rows.extend(broken.iter().map(objective));
    for rule in findings.trust.iter().filter(|rule| rule.verdict != Verdict::Pass) {
        let limit = rule.limit.as_ref().map_or_else(String::new, |limit| limit_text(limit, true));
        rows.push(row(
            rule.verdict,
            &format!("trust: {}", rule.rule),
            &rule.measured.text,
            &limit,
            &rule.spoils.join(", "),
        ));
    }
    rows.extend(kept.iter().map(objective));
    let all = rows.len();
    if all > lines_max {
        rows.truncate(lines_max.saturating_sub(1).max(1));
    }
    let shown = rows.len();
    let columns =
        vec![Column::whole(), Column::name(12), Column::prose(12), Column::whole().shed(1), Column::prose(10).shed(2)];
    let mut table = Table::new(2, columns);
    rows.into_iter().for_each(|row| table.row(row));
    let mut lines = table.render(style);
    if shown < all && lines.len() < lines_max {
        lines.push(Line::plain(&format!("  {} more in the report", all - shown)).render(style));
    }
    lines
}

fn row(verdict: Verdict, name: &str, measured: &str, limit: &str, about: &str) -> Vec<Cell> {
    let (role, mark) = match verdict {
        Verdict::Pass => (Role::Plain, "pass"),
        Verdict::Inconclusive => (Role::Warn, "????"),
        Verdict::Fail => (Role::Harm, "FAIL"),
    };
    vec![
        (role, mark.to_owned()),
        (Role::Plain, name.to_owned()),
        (role, measured.to_owned()),
        (Role::Plain, limit.to_owned()),
        (Role::Quiet, about.to_owned()),
    ]
}

/// `detect 6.1 s | decide 3.3 s | shift 4.4 s | settle 3.8 s` per fault, named where there are several, in as many lines as it
/// takes; of as many faults as there are lines for.
pub(super) fn segments(facts: &Facts<'_>, style: &Style) -> Vec<Vec<String>> {
    let faults = facts.findings.faults.iter().filter(|fault| !fault.segments.is_empty());
    let is_alone = facts.findings.faults.len() == 1;
    let mut left = SEGMENT_LINES_MAX;
    let mut all = Vec::new();
    for fault in faults {
        let lines = segments_of(fault, is_alone, style);
        if !all.is_empty() && lines.len() > left {
            break;
        }
        left = left.saturating_sub(lines.len());
        all.push(lines);
    }
    all
}

/// A fault's name and its segments, folded between two of them.
fn segments_of(fault: &FaultFinding, is_alone: bool, style: &Style) -> Vec<String> {
    let mut lines = Vec::new();
    let mut text = String::from("  ");
    if !is_alone {
        let name = letters::clean(&fault.name, style);
        text.push_str(&letters::fit_middle(&name, style.columns() - "  :".len(), style));
        text.push(':');
    }
    for (index, segment) in fault.segments.iter().enumerate() {
        let part = format!("{} {}", segment.label, words::duration(segment.length.0));
        let between = match (index, is_alone) {
            (0, true) => "",
            (0, false) => " ",
            _ => " | ",
        };
        let longer = letters::clean(&format!("{text}{between}{part}"), style);
        if letters::width(&longer) <= style.columns() {
            text = longer;
        } else {
            lines.push(std::mem::replace(&mut text, format!("   {between}{part}")));
        }
    }
    lines.push(text);
    lines.iter().map(|line| Line::plain(line).render(style)).collect()
}

/// Those that were hit or of whom nothing is known, one by one; the others in one row.
pub(super) fn populations(facts: &Facts<'_>, style: &Style) -> Vec<String> {
    let ordered = facts.populations_by_state();
    let (troubled, calm): (Vec<_>, Vec<_>) = ordered.into_iter().partition(|(_, state)| state.is_not_fine());
    let mut table = Table::new(2, vec![Column::whole(), Column::name(12), Column::whole(), Column::whole().shed(1)]);
    for (population, state) in troubled.iter().take(POPULATIONS_MAX) {
        let name = facts.population(*population).into_owned();
        table.row(population_row(facts, *population, name, *state));
    }
    match calm.as_slice() {
        [] => {}
        [(population, state)] => {
            let name = facts.population(*population).into_owned();
            table.row(population_row(facts, *population, name, *state));
        }
        several => table.row(calm_row(facts, several, !troubled.is_empty())),
    }
    let mut lines = table.render(style);
    if troubled.len() > POPULATIONS_MAX {
        let text = format!("  {} more not fine: see the report", troubled.len() - POPULATIONS_MAX);
        lines.push(Line::new().with(Role::Harm, &text).render(style));
    }
    lines
}

fn population_row(facts: &Facts<'_>, population: usize, name: String, state: PopulationState) -> Vec<Cell> {
    vec![
        (role_of(state), state.glyph().to_string()),
        (Role::Plain, name),
        (role_of(state), state_text(facts, population, state)),
        (Role::Plain, latency_text(facts, population)),
    ]
}

/// `18 others   fine   worst p99 289 ms`.
fn calm_row(facts: &Facts<'_>, calm: &[(usize, PopulationState)], has_troubled: bool) -> Vec<Cell> {
    let states = [PopulationState::Fine, PopulationState::Rerouted, PopulationState::Undecided];
    let count = |wanted| calm.iter().filter(|(_, state)| *state == wanted).count();
    let counts: Vec<_> =
        states.into_iter().map(|state| (count(state), state)).filter(|(count, _)| *count > 0).collect();
    let state = match counts.as_slice() {
        [(_, only)] => only.word().to_owned(),
        several => {
            several.iter().map(|(count, state)| format!("{count} {}", state.word())).collect::<Vec<_>>().join(", ")
        }
    };
    let glyph = counts.last().map_or(PopulationState::NoData, |(_, state)| *state).glyph();
    let slowest = calm
        .iter()
        .filter_map(|(population, _)| facts.telling_phase(*population))
        .filter_map(|phase| phase.response_p99.value)
        .max()
        .map_or_else(String::new, |worst| format!("worst p99 {}", words::duration(worst.0)));
    let name = if has_troubled { format!("{} others", calm.len()) } else { format!("{} populations", calm.len()) };
    vec![(Role::Plain, glyph.to_string()), (Role::Plain, name), (Role::Plain, state), (Role::Plain, slowest)]
}

fn role_of(state: PopulationState) -> Role {
    match state {
        PopulationState::Down => Role::Harm,
        PopulationState::Degraded | PopulationState::NoData | PopulationState::Undecided => Role::Warn,
        PopulationState::Rerouted => Role::React,
        PopulationState::Fine => Role::Plain,
    }
}

fn state_text(facts: &Facts<'_>, population: usize, state: PopulationState) -> String {
    let experience = facts.experience(population, verdict::findings::Operations::All);
    let affected =
        experience.filter(|found| found.affected.is_some()).map(|found| words::duration(found.affected_for.0));
    let down = experience.map(|found| found.down).filter(|down| *down > Length::default());
    match (affected, down) {
        (Some(affected), Some(down)) => format!("affected {affected}, down {}", words::duration(down.0)),
        (Some(affected), None) => format!("{} {affected}", state.word()),
        (None, Some(down)) => format!("down {}", words::duration(down.0)),
        (None, None) => state.word().to_owned(),
    }
}

/// `p99 74 ms → 283 ms`: baseline and fault, or what there is of them.
fn latency_text(facts: &Facts<'_>, population: usize) -> String {
    let value = |phase| facts.phase(population, phase).map(|phase| short(&phase.response_p99));
    match (value(PhaseName::Baseline), value(PhaseName::Fault)) {
        (Some(before), Some(during)) => format!("p99 {before} → {during}"),
        (None, Some(during)) => format!("p99 {during}"),
        (before, None) => match value(PhaseName::Whole).or(before) {
            Some(whole) => format!("p99 {whole}"),
            None => String::new(),
        },
    }
}

fn short(percentile: &Percentile) -> String {
    percentile.value.map_or_else(|| "too few samples".to_owned(), |value| words::duration(value.0))
}

/// The most frequent failures: `top errors   19 842  refused   europe   14:02:00–14:02:14`.
pub(super) fn errors(facts: &Facts<'_>, style: &Style) -> Vec<String> {
    let columns =
        vec![Column::whole(), Column::whole().right(), Column::name(12), Column::name(10), Column::whole().shed(1)];
    let mut table = Table::new(2, columns);
    for (index, group) in facts.findings.errors.iter().take(ERRORS_MAX).enumerate() {
        let label = if index == 0 { "top errors" } else { "" };
        table.row(error_row(facts, label, group));
    }
    table.render(style)
}

fn error_row(facts: &Facts<'_>, label: &str, group: &ErrorGroup) -> Vec<Cell> {
    let by = group.served_by.map(|region| format!(" by {}", facts.region(Some(region))));
    let span = (facts.clock.second_of_day(group.span.from), facts.clock.second_of_day(group.span.to));
    let cells = [
        label.to_owned(),
        words::count(group.count),
        group.outcome.clone(),
        format!("{}{}", facts.population(group.population), by.unwrap_or_default()),
        format!("{}–{}", span.0, span.1),
    ];
    cells.map(|text| (Role::Plain, text)).to_vec()
}

/// `measured by  recording complete, unsent 0 %, send lag p99 0.4 ms, CPU max 41 %`, or as much of it as there is room for.
pub(super) fn measured_by(facts: &Facts<'_>, style: &Style) -> Vec<String> {
    let findings = facts.findings;
    let parts = [
        match (findings.recording.aborted, findings.recording.complete) {
            (true, _) => "run aborted".to_owned(),
            (false, true) => "recording complete".to_owned(),
            (false, false) => "recording DAMAGED".to_owned(),
        },
        match findings.load.unsent_share {
            Some(share) => format!("unsent {}", words::share(share)),
            None => "nothing intended".to_owned(),
        },
        match &findings.generator.worst_agent {
            Some(worst) => format!("send lag p99 {} (agent {})", short(&worst.send_lag_p99), worst.agent),
            None => format!("send lag p99 {}", short(&findings.generator.send_lag_p99)),
        },
        match findings.generator.thread_cpu_max {
            Some(cpu) => format!("CPU max {}", words::share(cpu)),
            None => "CPU not measured".to_owned(),
        },
    ];
    let mut text = format!("  measured by  {}", parts[0]);
    for part in &parts[1..] {
        let longer = letters::clean(&format!("{text}, {part}"), style);
        if letters::width(&longer) > style.columns() {
            break;
        }
        text = longer;
    }
    vec![Line::plain(&text).render(style)]
}

/// Why the verdict isn't better, worst first; each reason in as many lines as it takes, up to three.
pub(super) fn reasons(facts: &Facts<'_>, style: &Style) -> Vec<Vec<String>> {
    const LABEL: &str = "  why  ";
    let fold = |(index, reason): (usize, &Reason)| {
        let text = letters::clean(&format!("{}: {}", reason.about, reason.text), style);
        let folded = letters::fold(&text, style.columns() - LABEL.len(), REASON_LINES_MAX, style);
        let label = |line: usize| if index + line == 0 { LABEL } else { "       " };
        folded
            .iter()
            .enumerate()
            .map(|(line, text)| Line::plain(&format!("{}{text}", label(line))).render(style))
            .collect()
    };
    facts.findings.summary.reasons.iter().enumerate().map(fold).collect()
}
