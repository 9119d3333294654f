//! The knee, or the headroom, as Markdown: for an issue, a wiki, a pull request.

use super::{failed, lost, seen};
use crate::markdown::escaped as cell;
use knee::{Faults, Knee, Step};
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
        "# The {} of {}\n\n**{}** {}\n",
        setting.faults.sought(),
        cell(&setting.plan),
        knee.verdict.as_str(),
        cell(&knee.sentence)
    )?;
    writeln!(text, "| step | factor | load | lost | requests | p50 | p99 | failed | send lag p99 | seen | why |")?;
    writeln!(text, "|--:|--:|--:|---|--:|--:|--:|--:|--:|---|---|")?;
    for step in &knee.steps {
        row(step, text)?;
    }
    writeln!(text)?;
    for note in &knee.notes {
        writeln!(text, "- {}", cell(note))?;
    }
    let faults = match setting.faults {
        Faults::None => "without faults",
        Faults::AsPlanned => "with the plan's faults",
        Faults::EachRegion(_) => "each region lost in a run of its own",
    };
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
        cell(lost(step)),
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
