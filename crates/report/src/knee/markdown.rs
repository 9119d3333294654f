//! The knee as Markdown: for an issue, a wiki, a pull request.

use super::{failed, seen};
use crate::markdown::escaped as cell;
use knee::{Knee, Step};
use std::fmt::{self, Write};

/// The knee as Markdown.
#[must_use]
pub fn write(knee: &Knee) -> String {
    let mut text = String::new();
    page(knee, &mut text).expect("a string takes all text");
    text
}

fn page(knee: &Knee, text: &mut String) -> fmt::Result {
    let setting = &knee.setting;
    writeln!(
        text,
        "# The knee of {}\n\n**{}** {}\n",
        cell(&setting.plan),
        knee.verdict.as_str(),
        cell(&knee.sentence)
    )?;
    writeln!(text, "| step | factor | load | requests | p50 | p99 | failed | send lag p99 | seen | why |")?;
    writeln!(text, "|--:|--:|--:|--:|--:|--:|--:|--:|---|---|")?;
    for step in &knee.steps {
        row(step, text)?;
    }
    writeln!(text)?;
    for note in &knee.notes {
        writeln!(text, "- {}", cell(note))?;
    }
    let faults = if setting.with_faults { "with the plan's faults" } else { "without faults" };
    writeln!(text, "- Seed {}, {faults}, Landfall {}.", setting.seed, setting.landfall)
}

fn row(step: &Step, text: &mut String) -> fmt::Result {
    let number = match &step.folder {
        Some(folder) => format!("[{}]({folder}/report.html)", step.number),
        None => step.number.to_string(),
    };
    let figures = [
        number,
        format!("×{}", step.factor),
        cell(&step.load),
        verdict::words::count(step.requests),
        cell(&step.response_p50),
        cell(&step.response_p99),
        failed(step),
        cell(&step.send_lag_p99),
        seen(step),
        cell(&step.why),
    ];
    writeln!(text, "| {} |", figures.join(" | "))
}
