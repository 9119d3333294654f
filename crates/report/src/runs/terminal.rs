//! Several runs at a shell.

use super::{TITLES, WrittenRuns, cells};
use crate::terminal::{Cell, Column, Line, Role, Style, Table, clean, fold};
use verdict::{
    Verdict,
    runs::{Beside, Fared, Runs},
};

/// Lines that one sentence may take.
const LINES_MAX: usize = 4;

/// What is said of several runs, for a terminal.
#[must_use]
pub fn write(runs: &Runs, written: Option<&WrittenRuns>, style: &Style) -> String {
    let strong = |text: &str| Line::new().with(Role::Strong, text).render(style);
    let mut lines = vec![String::new()];
    lines.extend(listed(runs).render(style));
    if runs.recovery_times.is_empty() {
        lines.extend([String::new(), strong("No fault came in these runs, so nobody had to recover")]);
    } else {
        lines.extend([String::new(), strong("Recovery times over all runs")]);
        lines.extend(distributions(runs).render(style));
        lines.extend([String::new(), strong("Changes over the runs")]);
        lines.extend(indented(&runs.changes.text, style));
        lines.extend(runs.changes.changed(&runs.populations).iter().flat_map(|one| indented(one, style)));
    }
    if let Some(beside) = &runs.beside {
        lines.extend([String::new(), strong("The second run against the first")]);
        lines.extend(scorecards(beside).render(style));
        for row in beside.scorecard.iter().filter(|row| row.fared != Fared::WithinNoise) {
            lines.extend(indented(&format!("{}: {}", row.name, row.text), style));
        }
        lines.extend([String::new(), strong("Number by number")]);
        lines.extend(rows(beside).render(style));
        lines.extend(indented(&beside.text, style));
        // What is within noise needs no reason.
        for row in beside.rows.iter().filter(|row| row.fared != Fared::WithinNoise) {
            lines.extend(indented(&format!("{}, {}: {}", row.what, row.whom, row.text), style));
        }
    }
    lines.push(String::new());
    lines.push(Line::new().with(role(runs.verdict), runs.verdict.as_str()).render(style));
    lines.extend(indented(&runs.text, style));
    if let Some(written) = written {
        // A path that was cut can't be opened.
        lines.push(format!("  data  {}", written.json.display()));
        lines.push(format!("  table {}", written.markdown.display()));
    }
    lines.join("\n") + "\n"
}

fn indented(text: &str, style: &Style) -> Vec<String> {
    let folded = fold(&clean(text, style), style.columns().saturating_sub(2), LINES_MAX, style);
    folded.into_iter().map(|line| format!("  {line}")).collect()
}

fn listed(runs: &Runs) -> Table {
    let mut table = Table::new(2, vec![Column::whole(), Column::name(12), Column::prose(20)]);
    for run in &runs.runs {
        let sentence = if run.is_trusted { run.sentence.clone() } else { format!("(not trusted) {}", run.sentence) };
        table.row(vec![
            (role(run.verdict), run.verdict.as_str().to_owned()),
            (Role::Strong, run.name.clone()),
            (Role::Plain, sentence),
        ]);
    }
    table
}

fn distributions(runs: &Runs) -> Table {
    let names = [Column::name(8), Column::name(12)];
    // What there is too little of is told in words, which give way first.
    let columns = [Column::whole().right(), Column::whole().right(), Column::prose(8), Column::prose(8).shed(2)];
    let rest = [Column::whole().right(), Column::whole().right().shed(1)];
    let mut table = Table::new(2, names.into_iter().chain(columns).chain(rest).collect());
    table.row(TITLES.iter().map(|title| (Role::Quiet, (*title).to_owned())).collect());
    for one in &runs.recovery_times {
        let role = if one.not_recovered > 0 { Role::Harm } else { Role::Plain };
        let row: Vec<Cell> = cells(runs, one).into_iter().map(|text| (role, text)).collect();
        table.row(row);
    }
    table
}

fn scorecards(beside: &Beside) -> Table {
    let columns = vec![Column::whole(), Column::whole(), Column::prose(12), Column::prose(12)];
    let mut table = Table::new(2, columns);
    table.row(["", "promise", "before", "now"].iter().map(|title| (Role::Quiet, (*title).to_owned())).collect());
    for row in &beside.scorecard {
        table.row(vec![
            (how(row.fared), row.fared.label().to_owned()),
            (Role::Strong, row.name.clone()),
            (Role::Plain, row.before.clone()),
            (Role::Plain, row.now.clone()),
        ]);
    }
    table
}

fn rows(beside: &Beside) -> Table {
    let columns =
        vec![Column::whole(), Column::whole(), Column::name(12), Column::whole().right(), Column::whole().right()];
    let mut table = Table::new(2, columns);
    let head = ["", "what", "who", "before", "now"];
    table.row(head.iter().map(|title| (Role::Quiet, (*title).to_owned())).collect());
    for row in &beside.rows {
        table.row(vec![
            (how(row.fared), row.fared.label().to_owned()),
            (Role::Plain, row.what.clone()),
            (Role::Plain, row.whom.clone()),
            (Role::Plain, row.before.text.clone()),
            (Role::Plain, row.now.text.clone()),
        ]);
    }
    table
}

fn how(fared: Fared) -> Role {
    match fared {
        Fared::Worse => Role::Harm,
        Fared::NotComparable => Role::Warn,
        Fared::Better | Fared::WithinNoise => Role::Plain,
    }
}

fn role(verdict: Verdict) -> Role {
    match verdict {
        Verdict::Pass => Role::Plain,
        Verdict::Inconclusive => Role::Warn,
        Verdict::Fail => Role::Harm,
    }
}
