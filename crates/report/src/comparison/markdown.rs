//! The comparison as Markdown: for an issue, a wiki, a book.

use super::report_of;
use crate::markdown::escaped as cell;
use compare::Comparison;
use std::fmt::{self, Write};
use verdict::{Verdict, findings::Quantity};

/// The comparison as Markdown.
#[must_use]
pub fn write(comparison: &Comparison) -> String {
    let mut text = String::new();
    page(comparison, &mut text).expect("a string takes all text");
    text
}

fn page(comparison: &Comparison, text: &mut String) -> fmt::Result {
    writeln!(text, "# Deployment models compared\n\n{}\n", cell(&comparison.sentence()))?;
    let setting = &comparison.setting;
    writeln!(
        text,
        "{} dies for {} s under {}; seed {}. Users: {}.\n",
        setting.lost_region,
        setting.loss_seconds,
        cell(&setting.load),
        setting.seed,
        cell(&setting.populations.join(", ")),
    )?;
    head(text, "deployment", comparison.columns.iter().map(|column| column.title))?;
    for row in &comparison.rows {
        let name = match &row.folder {
            Some(folder) => format!("[{}]({})", cell(&row.name), report_of(folder)),
            None => cell(&row.name),
        };
        cells(text, &name, comparison.columns.iter().map(|column| row.figures.get(column.key)))?;
    }
    writeln!(text, "\n## Per origin\n")?;
    head(text, "deployment | users", comparison.origin_columns.iter().map(|column| column.title))?;
    for row in &comparison.rows {
        for origin in &row.origins {
            let name = format!("{} | {}", cell(&row.name), cell(&origin.population));
            cells(text, &name, comparison.origin_columns.iter().map(|column| origin.figures.get(column.key)))?;
        }
    }
    writeln!(text, "\n## What the books say\n\n| | deployment | expected | measured |\n|---|---|---|---|")?;
    for one in &comparison.expectations {
        let verdict = match one.verdict {
            Verdict::Pass => "✓",
            Verdict::Inconclusive => "?",
            Verdict::Fail => "**✕**",
        };
        writeln!(text, "| {verdict} | {} | {} | {} |", cell(&one.about), cell(&one.statement), cell(&one.measured))?;
    }
    let collisions = || comparison.rows.iter().flat_map(|row| row.collisions.iter().map(move |one| (row, one)));
    if collisions().next().is_some() {
        writeln!(
            text,
            "\n## Updates that collided\n\n| deployment | what | acknowledged | lost | kept |\n|---|---|--:|--:|---|"
        )?;
        for (row, one) in collisions() {
            let (kind, kept) = (cell(&one.kind), cell(&one.resolution));
            writeln!(text, "| {} | {kind} | {} | {} | {kept} |", cell(&row.name), one.updates, one.lost)?;
        }
    }
    writeln!(text, "\n## How to read it\n")?;
    for column in &comparison.columns {
        writeln!(text, "- **{}**: {}", column.title, cell(column.meaning))?;
    }
    for note in &comparison.notes {
        writeln!(text, "- {}", cell(note))?;
    }
    for row in comparison.rows.iter().filter(|row| row.not_measured.is_some() || !row.doubts.is_empty()) {
        let why = row.reservations().iter().map(|why| cell(why)).collect::<Vec<_>>().join("; ");
        writeln!(text, "- {}: {why}", cell(&row.name))?;
    }
    Ok(())
}

fn head(text: &mut String, first: &str, titles: impl Iterator<Item = &'static str>) -> fmt::Result {
    let titles: Vec<&str> = titles.collect();
    let lines = "---|".repeat(first.split('|').count());
    writeln!(text, "| {first} | {} |\n|{lines}{}", titles.join(" | "), "--:|".repeat(titles.len()))
}

fn cells<'a>(text: &mut String, name: &str, figures: impl Iterator<Item = Option<&'a Quantity>>) -> fmt::Result {
    write!(text, "| {name} |")?;
    for figure in figures {
        write!(text, " {} |", figure.map_or_else(|| "?".to_owned(), |figure| cell(&figure.text)))?;
    }
    writeln!(text)
}
