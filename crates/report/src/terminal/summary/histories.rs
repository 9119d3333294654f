//! What the ledger's sessions found broken, one line per property, the worst first.

use crate::{
    facts::Facts,
    terminal::{
        Style,
        line::Line,
        style::Role,
        table::{Column, Table},
    },
};

/// Empty where nothing was broken.
pub(super) fn broken(facts: &Facts<'_>, style: &Style) -> Vec<String> {
    let Some(history) = &facts.findings.history else { return Vec::new() };
    let mut broken: Vec<_> = history.properties.iter().filter(|found| found.broken > 0).collect();
    if broken.is_empty() {
        return Vec::new();
    }
    broken.sort_by_key(|found| std::cmp::Reverse(found.broken));
    let mut lines = vec![Line::new().with(Role::Harm, "  sessions saw").with(Role::Plain, ":").render(style)];
    let mut table = Table::new(2, vec![Column::name(20), Column::prose(20)]);
    for found in broken {
        table.row(vec![(Role::Plain, found.property.replace('-', " ")), (Role::Plain, found.text.clone())]);
    }
    lines.extend(table.render(style));
    lines
}
