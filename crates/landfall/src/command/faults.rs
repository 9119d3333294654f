//! `landfall faults`: what a plan can break.

use crate::{cli::Talk, exit::ExpectedError, talk::print_line};
use plan::fault::{Listed, Parameter};
use serde_json::json;

/// Lists every kind of fault, made from the declarations that plans are read with.
pub(crate) fn faults(talk: Talk) -> Result<u8, ExpectedError> {
    let faults = plan::fault::faults();
    if talk.json {
        print_line(&json!({ "faults": faults }).to_string());
        return Ok(0);
    }
    let mut group = "";
    for fault in &faults {
        if fault.group != group {
            group = fault.group;
            print_line(&format!("{group}:"));
        }
        lines(fault).iter().for_each(|line| print_line(line));
    }
    Ok(0)
}

fn lines(fault: &Listed) -> Vec<String> {
    let covers = if fault.covers.is_empty() { String::new() } else { format!(" ({})", fault.covers.join(", ")) };
    let mut lines = vec![format!("  {}{covers}: {}", fault.kind, fault.about)];
    let can_have = if fault.envelope.is_empty() { String::new() } else { format!("; {}", fault.envelope.join(", ")) };
    lines.push(format!("      on {}{can_have}", fault.works_on));
    lines.extend(fault.parameters.iter().map(parameter));
    lines.push(String::new());
    lines
}

fn parameter(parameter: &Parameter) -> String {
    let Parameter { name, value, default, needed, meaning } = parameter;
    let default = match default {
        Some(default) => format!(", default {default}"),
        None if *needed => ", needed".to_owned(),
        None => String::new(),
    };
    format!("      {name}: {value}{default}. {meaning}").replace('`', "")
}
