//! The comparison at a shell: the table in parts that fit, for fourteen columns fit no terminal; then what the books say.

use super::WrittenComparison;
use crate::terminal::{Cell, Column, Line, Role, Style, Table, clean, fold};
use compare::{Comparison, Row, columns};
use verdict::Verdict;

/// The table's parts: a title and the columns of it.
const PARTS: [(&str, &[&str]); 4] = [
    ("Every day", &["read_p50", "read_p99", "write_p50", "write_p99"]),
    ("When the region dies", &["read_recovery", "write_recovery"]),
    ("What is lost", &["lost_writes", "missing_writes", "stale_reads", "lost_updates"]),
    ("What it costs", &["cross_bytes", "cross_requests", "cost_month"]),
];
/// Lines that one sentence may take.
const LINES_MAX: usize = 6;

/// The comparison for a terminal.
#[must_use]
pub fn write(comparison: &Comparison, written: Option<&WrittenComparison>, style: &Style) -> String {
    let setting = &comparison.setting;
    let strong = |text: &str| Line::new().with(Role::Strong, text).render(style);
    let mut lines = vec![String::new()];
    lines.push(strong(&format!("{} dies for {} s under {}", setting.lost_region, setting.loss_seconds, setting.load)));
    for (title, keys) in PARTS {
        lines.extend([String::new(), strong(title)]);
        lines.extend(part(comparison, keys).render(style));
    }
    lines.extend(reasons(comparison, style));
    lines.extend([String::new(), strong("What the books say")]);
    for one in &comparison.expectations {
        let (role, mark) = mark(one.verdict);
        lines.push(Line::plain("  ").with(role, mark).with(Role::Plain, &format!(" {}", one.about)).render(style));
        lines.extend(indented(&one.statement, 7, style));
        lines.extend(indented(&format!("measured: {}", one.measured), 7, style));
    }
    lines.push(String::new());
    let (role, _) = mark(comparison.verdict());
    lines.push(Line::new().with(role, comparison.verdict().as_str()).render(style));
    lines.extend(indented(&comparison.sentence(), 2, style));
    if let Some(written) = written {
        // A path that was cut can't be opened.
        lines.push(format!("  page  {}", written.html.display()));
        lines.push(format!("  data  {}", written.json.display()));
    }
    lines.join("\n") + "\n"
}

fn indented(text: &str, indent: usize, style: &Style) -> Vec<String> {
    let folded = fold(&clean(text, style), style.columns().saturating_sub(indent), LINES_MAX, style);
    folded.into_iter().map(|line| format!("{}{line}", " ".repeat(indent))).collect()
}

fn part(comparison: &Comparison, keys: &[&str]) -> Table {
    let mut all = vec![Column::name(16)];
    all.extend(keys.iter().map(|_| Column::whole().right()));
    let mut table = Table::new(2, all);
    let mut head: Vec<Cell> = vec![(Role::Quiet, "deployment".to_owned())];
    head.extend(keys.iter().map(|key| (Role::Quiet, title(key).to_owned())));
    table.row(head);
    for row in &comparison.rows {
        table.row(cells(row, keys));
    }
    table
}

fn cells(row: &Row, keys: &[&str]) -> Vec<Cell> {
    let mut cells: Vec<Cell> = vec![(Role::Plain, row.name.clone())];
    cells.extend(keys.iter().map(|key| match row.figure(key) {
        Some(figure) if figure.value.is_some() => (Role::Plain, figure.text.clone()),
        Some(figure) if figure.text == "–" => (Role::Quiet, figure.text.clone()),
        // Why there is no number is told below the table.
        _ => (Role::Warn, "?".to_owned()),
    }));
    cells
}

fn title(key: &str) -> &str {
    columns::COLUMNS.iter().find(|column| column.key == key).map_or(key, |column| column.title)
}

/// Why there are question marks, and what to take with care.
fn reasons(comparison: &Comparison, style: &Style) -> Vec<String> {
    let mut lines = Vec::new();
    for row in &comparison.rows {
        for why in row.reservations() {
            lines.extend(indented(&format!("{}: {why}", row.name), 4, style));
        }
    }
    if !lines.is_empty() {
        lines.insert(
            0,
            Line::plain("  ")
                .with(Role::Warn, "?")
                .with(Role::Quiet, " not measured, or to be taken with care")
                .render(style),
        );
        lines.insert(0, String::new());
    }
    lines
}

fn mark(verdict: Verdict) -> (Role, &'static str) {
    match verdict {
        Verdict::Pass => (Role::Plain, "ok  "),
        Verdict::Inconclusive => (Role::Warn, "?   "),
        Verdict::Fail => (Role::Harm, "FAIL"),
    }
}
