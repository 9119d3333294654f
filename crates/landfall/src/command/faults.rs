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

/// Lines of a terminal have so many columns.
const COLUMNS: usize = 80;

fn lines(fault: &Listed) -> Vec<String> {
    let can_have = if fault.envelope.is_empty() { String::new() } else { format!("; {}", fault.envelope.join(", ")) };
    let mut lines = folded("  ", &format!("{}: {}", fault.kind, fault.about));
    lines.extend(folded("      ", &format!("on {}{can_have}", fault.works_on)));
    lines.extend(fault.parameters.iter().flat_map(|one| folded("      ", &parameter(one))));
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
    format!("{name}: {value}{default}. {meaning}")
}

/// In lines that stand in by `indent`, all but the first of them more.
fn folded(indent: &str, text: &str) -> Vec<String> {
    let rest = format!("{indent}    ");
    let options = textwrap::Options::new(COLUMNS)
        .initial_indent(indent)
        .subsequent_indent(&rest)
        .word_splitter(textwrap::WordSplitter::NoHyphenation);
    textwrap::wrap(&text.replace('`', ""), options).into_iter().map(std::borrow::Cow::into_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_fits_a_terminal_of_eighty_columns() {
        let all: Vec<String> = plan::fault::faults().iter().flat_map(lines).collect();
        let wide: Vec<&String> = all.iter().filter(|line| line.chars().count() > COLUMNS).collect();
        assert!(wide.is_empty() && all.len() > 200, "{wide:#?}");
        assert!(!all.iter().any(|line| line.contains('`')));
    }
}
