//! The knee, or the headroom, at a shell: a line for each step as it ends, at the end the sentence and the table.

use super::{WrittenKnee, failed, lost, seen};
use crate::terminal::{Cell, Column, Line, Role, Style, Table, clean, fold};
use knee::{Faults, Knee, Seen, Step};
use verdict::Verdict;

/// Lines that one sentence may take.
const LINES_MAX: usize = 6;

/// Where the reason of a step stands.
const WHY_INDENT: usize = 4;

/// The knee for a terminal.
#[must_use]
pub fn write(knee: &Knee, written: Option<&WrittenKnee>, style: &Style) -> String {
    let mut lines = vec![String::new()];
    lines.extend(table(knee).render(style));
    lines.push(String::new());
    let role = if knee.verdict == Verdict::Pass { Role::Strong } else { Role::Warn };
    lines.push(Line::new().with(role, knee.verdict.as_str()).render(style));
    lines.extend(indented(&knee.sentence, style));
    for note in &knee.notes {
        lines.extend(indented(note, style));
    }
    if let Some(written) = written {
        // A path that was cut can't be opened.
        lines.push(format!("  data  {}", written.json.display()));
        lines.push(format!("  table {}", written.markdown.display()));
    }
    lines.join("\n") + "\n"
}

/// A step that is over: a line, and below it why it did not hold.
#[must_use]
pub fn step_line(step: &Step, style: &Style) -> String {
    let figures = format!(
        "×{:<5}{:>7}  p50 {:>7} p99 {:>7} failed {:>6}",
        step.factor,
        step.load,
        step.response_p50,
        step.response_p99,
        failed(step),
    );
    let number = Line::plain(&format!("{:>3} ", step.number));
    let line = number.with(role(step), &format!("{:<19} ", seen(step))).with(Role::Plain, &figures);
    let mut lines = vec![line.render(style)];
    let why = match &step.lost {
        Some(region) if step.why.is_empty() => format!("without {region}"),
        Some(region) => format!("without {region}: {}", step.why),
        None => step.why.clone(),
    };
    let why = fold(&clean(&why, style), style.columns().saturating_sub(WHY_INDENT), LINES_MAX, style);
    lines.extend(
        why.into_iter().filter(|line| !line.is_empty()).map(|line| format!("{}{line}", " ".repeat(WHY_INDENT))),
    );
    lines.join("\n")
}

/// A column: its title, how it is laid out, and what a step has in it.
type Shown = (&'static str, Column, fn(&Step) -> Cell);

fn table(knee: &Knee) -> Table {
    let number = || Column::whole().right();
    let mut shown: Vec<Shown> = vec![
        ("step", number(), |step| plain(step.number.to_string())),
        ("factor", number(), |step| plain(format!("×{}", step.factor))),
        ("load", number(), |step| plain(step.load.clone())),
        ("lost", Column::whole(), |step| plain(lost(step).to_owned())),
        ("requests", number().shed(4), |step| plain(verdict::words::count(step.requests))),
        ("p50", number(), |step| plain(step.response_p50.clone())),
        ("p99", number(), |step| plain(step.response_p99.clone())),
        ("failed", number(), |step| plain(failed(step))),
        ("send lag p99", number().shed(3), |step| plain(step.send_lag_p99.clone())),
        ("seen", Column::whole(), |step| (role(step), seen(step))),
    ];
    if !matches!(knee.setting.faults, Faults::EachRegion(_)) {
        shown.retain(|(title, ..)| *title != "lost");
    }
    let mut table = Table::new(2, shown.iter().map(|(_, column, _)| *column).collect());
    table.row(shown.iter().map(|(title, ..)| (Role::Quiet, (*title).to_owned())).collect());
    for step in &knee.steps {
        table.row(shown.iter().map(|(.., cell)| cell(step)).collect());
    }
    table
}

fn plain(text: String) -> Cell {
    (Role::Plain, text)
}

fn role(step: &Step) -> Role {
    match step.seen {
        Seen::Held => Role::Strong,
        Seen::Broke => Role::Harm,
        Seen::GeneratorLate | Seen::CantTell | Seen::TooLittle => Role::Warn,
    }
}

fn indented(text: &str, style: &Style) -> Vec<String> {
    let folded = fold(&clean(text, style), style.columns().saturating_sub(2), LINES_MAX, style);
    folded.into_iter().map(|line| format!("  {line}")).collect()
}
