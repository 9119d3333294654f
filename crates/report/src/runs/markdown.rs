//! Several runs as Markdown: for an issue, a wiki, a pull request.

use super::{TITLES, cells};
use crate::markdown::escaped as cell;
use std::fmt::{self, Write};
use verdict::runs::{Beside, Runs};

/// What is said of several runs, as Markdown.
#[must_use]
pub fn write(runs: &Runs) -> String {
    let mut text = String::new();
    page(runs, &mut text).expect("a string takes all text");
    text
}

fn page(runs: &Runs, text: &mut String) -> fmt::Result {
    writeln!(text, "# {} of {}\n", runs.verdict.as_str(), cell(&runs.plan))?;
    writeln!(text, "{}\n\n| verdict | run | seed | |\n|---|---|--:|---|", cell(&runs.text))?;
    for run in &runs.runs {
        let doubt = if run.is_trusted { "" } else { "(not trusted) " };
        let (verdict, name, sentence) = (run.verdict.as_str(), cell(&run.name), cell(&run.sentence));
        writeln!(text, "| {verdict} | {name} | {} | {doubt}{sentence} |", run.seed)?;
    }
    if !runs.recovery_times.is_empty() {
        writeln!(text, "\n## Recovery times over all runs\n\n| {} |", TITLES.join(" | "))?;
        writeln!(text, "|---|---|--:|--:|--:|--:|--:|--:|")?;
        for one in &runs.recovery_times {
            let cells = cells(runs, one).map(|text| cell(&text));
            writeln!(text, "| {} |", cells.join(" | "))?;
        }
        writeln!(text, "\nChanges over the runs: {}\n", cell(&runs.changes.text))?;
        for one in runs.changes.changed(&runs.populations) {
            writeln!(text, "- {}", cell(&one))?;
        }
    }
    runs.beside.as_ref().map_or(Ok(()), |two| beside(two, text))
}

fn beside(beside: &Beside, text: &mut String) -> fmt::Result {
    writeln!(text, "\n## The second run against the first\n\n{}\n", cell(&beside.text))?;
    writeln!(text, "| | promise | before | now | why |\n|---|---|---|---|---|")?;
    for row in &beside.scorecard {
        let texts = [&row.name, &row.before, &row.now, &row.text].map(|text| cell(text));
        writeln!(text, "| {} | {} |", row.fared.label(), texts.join(" | "))?;
    }
    writeln!(text, "\n### Number by number\n")?;
    writeln!(text, "| | what | who | before | now | why |\n|---|---|---|--:|--:|---|")?;
    for row in &beside.rows {
        let texts = [&row.what, &row.whom, &row.before.text, &row.now.text, &row.text].map(|text| cell(text));
        writeln!(text, "| {} | {} |", row.fared.label(), texts.join(" | "))?;
    }
    Ok(())
}
