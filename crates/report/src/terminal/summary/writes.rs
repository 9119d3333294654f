//! The lost writes, the first ten of them, and where the others are.

use crate::{
    Written,
    facts::Facts,
    terminal::{
        Style, letters,
        line::Line,
        style::Role,
        table::{Column, Table},
    },
};
use verdict::{findings::ProbeWrite, words};

/// The most lost writes that are listed.
const LISTED_MAX: usize = 10;

/// The list with its head line; empty when nothing was lost.
pub(super) fn lost_writes(facts: &Facts<'_>, written: Option<&Written>, style: &Style) -> Vec<String> {
    let Some(ledger) = facts.findings.ledger.as_ref().filter(|ledger| ledger.lost > 0) else { return Vec::new() };
    let shown = ledger.lost_writes.len().min(LISTED_MAX);
    let head = format!("  {} lost", words::counted(ledger.lost, "acknowledged write"));
    let more = if (shown as u64) < ledger.lost { format!("; the first {shown}:") } else { ":".to_owned() };
    let mut lines = vec![Line::new().with(Role::Harm, &head).with(Role::Plain, &more).render(style)];
    lines.extend(table(facts, &ledger.lost_writes[..shown]).render(style));
    if (shown as u64) < ledger.lost {
        lines.extend(rest(ledger.lost, ledger.lost_writes.len(), written, style));
    }
    lines
}

fn table(facts: &Facts<'_>, writes: &[ProbeWrite]) -> Table {
    // Values often differ in their middle only: the others give way first.
    let columns =
        vec![Column::name(24), Column::name(12).shed(2), Column::name(8).shed(1), Column::whole(), Column::name(8)];
    let mut table = Table::new(2, columns);
    let titles = ["value", "id", "writer", "acknowledged", "served by"];
    table.row(titles.map(|title| (Role::Quiet, title.to_owned())).to_vec());
    for write in writes {
        let cells = [
            write.value.clone(),
            write.id.clone(),
            facts.population(write.population).into_owned(),
            facts.clock.time_of_day(write.acknowledged),
            facts.region(write.served_by).into_owned(),
        ];
        table.row(cells.map(|text| (Role::Plain, text)).to_vec());
    }
    table
}

/// Where the others are. Findings hold a bounded list; past it, only the count is known here.
fn rest(lost: u64, listed: usize, written: Option<&Written>, style: &Style) -> Vec<String> {
    let all =
        if (listed as u64) < lost { format!("the first {}", words::count(listed as u64)) } else { "all".to_owned() };
    match written {
        Some(written) => {
            let path = letters::clean(&written.json.display().to_string(), style);
            vec![format!("  {all} of them under ledger.lost_writes in {path}")]
        }
        None => vec![
            Line::plain(&format!("  {all} of them are in the findings: judge the recording with --json")).render(style),
        ],
    }
}
