//! What became of the probe writes: counts, the lost ones by name, the diverged ones, and those whose fate is open.

use super::{
    markup::Markup,
    populations::{not_measured, short},
    table::{Cell, Table, folded},
};
use crate::facts::Facts;
use std::time::Duration;
use verdict::{
    findings::{LedgerFinding, ProbeWrite},
    words,
};

/// How many lost writes are shown without unfolding.
const SHOWN: usize = 10;

pub(super) fn write(facts: &Facts<'_>, markup: &mut Markup) {
    let Some(ledger) = &facts.findings.ledger else {
        markup.leaf("p", &[], "Not measured: the plan has no probe writes, so nothing is known about lost data.");
        return;
    };
    markup.leaf("p", &[], &ledger.text);
    counts(ledger).write(markup);
    if ledger.lost > 0 {
        lost(facts, ledger, markup);
    }
    if ledger.diverged > 0 {
        let head =
            format!("{} that some readers see and others don't", words::counted(ledger.diverged, "diverged write"));
        folded(markup, &head, |markup| diverged(facts, ledger).write(markup));
    }
    if ledger.unproven > 0 {
        let head = format!("{} whose fate could not be settled", words::counted(ledger.unproven, "acknowledged write"));
        folded(markup, &head, |markup| unproven(facts, ledger).write(markup));
    }
    if !ledger.visibility.is_empty() {
        visibility(ledger).write(markup);
    }
}

fn counts(ledger: &LedgerFinding) -> Table {
    let none = rows(ledger).into_iter().filter(|(_, count, _)| *count == 0).map(|(what, ..)| what);
    let mut table = Table::new("Probe writes by what became of them", &["What became of them", ">Writes", "Meaning"])
        .calm(format!("none {}", none.collect::<Vec<_>>().join(", none ")));
    for (what, count, meaning) in rows(ledger) {
        let cells = vec![Cell::Name(what.to_owned()), Cell::Number(words::count(count)), Cell::Foreign(meaning)];
        table.row_of(count == 0, cells);
    }
    let complete = if ledger.final_reads_complete { "ran to their end" } else { "DID NOT run to their end" };
    let named = |reader: &String| ledger.visibility.iter().any(|found| found.reader == *reader);
    let readers =
        if ledger.readers.iter().all(named) { String::new() } else { format!("{}; ", words::list(&ledger.readers)) };
    table.row(vec![
        Cell::Name("readers".to_owned()),
        Cell::Number(words::count(ledger.readers.len() as u64)),
        Cell::Foreign(format!("{readers}the final reads {complete}")),
    ]);
    table
}

/// What became of writes, how many, and what that means.
fn rows(ledger: &LedgerFinding) -> Vec<(&'static str, u64, String)> {
    let mut rows = Vec::new();
    let mut row = |what: &'static str, count: u64, meaning: String| rows.push((what, count, meaning));
    row("acknowledged", ledger.acknowledged, format!("of {} that ended in any way", words::count(ledger.written)));
    row("safe", ledger.safe, "acknowledged, and seen by every reader in the final reads".to_owned());
    row("lost", ledger.lost, "acknowledged, and seen by no reader in the final reads".to_owned());
    row(
        "diverged",
        ledger.diverged,
        "acknowledged, and seen by some readers in the final reads and not by others".to_owned(),
    );
    let meaning = format!(
        "acknowledged, but the final reads could not settle their fate; seen by nobody, so that they may be lost: {}",
        words::count(ledger.unproven_unseen)
    );
    row("unproven", ledger.unproven, meaning);
    row("holes", ledger.holes, "lost, but acknowledged before a surviving one of the same region".to_owned());
    row("failed", ledger.failed, "definitely not done".to_owned());
    let fates = &ledger.unknown_fates;
    let meaning = format!(
        "the writer never learnt: {} turned out present, {} absent, {} open; counted as neither lost nor safe",
        words::count(fates.present),
        words::count(fates.absent),
        words::count(fates.open)
    );
    row("unknown", ledger.unknown, meaning);
    let missing = &ledger.temporarily_missing;
    let longest = missing.longest.map_or_else(not_measured, |longest| words::duration(longest.0));
    let meaning = format!(
        "not to be read for more than {} after their acknowledgement (longest {longest}), but there in the end; had been shown before: {}",
        words::duration(missing.threshold.0),
        words::count(missing.vanished)
    );
    row("missing for a while", missing.count, meaning);
    rows
}

fn lost(facts: &Facts<'_>, ledger: &LedgerFinding, markup: &mut Markup) {
    markup.leaf("h3", &[], &format!("{} lost", words::counted(ledger.lost, "acknowledged write")));
    markup.element("ul", &[("class", "why")], |markup| {
        ledger.loss_groups.iter().for_each(|group| markup.leaf("li", &[], &group.text));
        for loss in &ledger.measured_loss {
            let least = if loss.unproven_before > 0 { "at least " } else { "" };
            let text = format!("{}: data loss of {least}{} ({})", loss.fault, words::duration(loss.loss.0), loss.text);
            markup.leaf("li", &[], &text);
        }
    });
    let listed = ledger.lost_writes.len();
    let (first, rest) = ledger.lost_writes.split_at(listed.min(SHOWN));
    lost_table(facts, "Lost writes, by time of acknowledgement", first).write(markup);
    if !rest.is_empty() {
        let head = format!("{} more", words::count(rest.len() as u64));
        folded(markup, &head, |markup| lost_table(facts, "The other lost writes", rest).write(markup));
    }
    let unlisted = ledger.lost.saturating_sub(listed as u64);
    if unlisted > 0 {
        let text = format!(
            "{} are not listed: findings hold the first {}.",
            words::counted(unlisted, "lost write"),
            words::count(listed as u64)
        );
        markup.leaf("p", &[], &text);
    }
}

fn lost_table(facts: &Facts<'_>, caption: &str, writes: &[ProbeWrite]) -> Table {
    let mut table = Table::new(caption, &WRITE_TITLES);
    writes.iter().for_each(|write| table.row(write_cells(facts, write)));
    table
}

const WRITE_TITLES: [&str; 7] =
    [">No.", "Value", "Id", "Writer", "Acknowledged (UTC)", "Served by", "Before or after the fault"];

fn write_cells(facts: &Facts<'_>, write: &ProbeWrite) -> Vec<Cell> {
    let against = match (&write.fault, write.after_injection_us) {
        (Some(fault), Some(micros)) => {
            let distance = words::duration(Duration::from_micros(micros.unsigned_abs()));
            format!("{distance} {} {fault}", if micros < 0 { "before" } else { "after" })
        }
        _ => "no fault".to_owned(),
    };
    vec![
        Cell::Number(words::count(write.number)),
        Cell::Foreign(write.value.clone()),
        Cell::Foreign(write.id.clone()),
        Cell::Foreign(facts.population(write.population).into_owned()),
        Cell::Whole(facts.clock.time_of_day(write.acknowledged)),
        Cell::Foreign(facts.region(write.served_by).into_owned()),
        Cell::Foreign(against),
    ]
}

fn diverged(facts: &Facts<'_>, ledger: &LedgerFinding) -> Table {
    let mut titles = WRITE_TITLES.to_vec();
    titles.extend(["Seen by", "Not seen by"]);
    let mut table = Table::new("Diverged writes", &titles);
    for found in &ledger.diverged_writes {
        let mut cells = write_cells(facts, &found.write);
        cells.push(Cell::Foreign(words::list(&found.present_for)));
        cells.push(Cell::Foreign(words::list(&found.absent_for)));
        table.row(cells);
    }
    table
}

fn unproven(facts: &Facts<'_>, ledger: &LedgerFinding) -> Table {
    let mut titles = WRITE_TITLES.to_vec();
    titles.push("Why");
    let mut table = Table::new("Acknowledged writes whose fate is open", &titles);
    for found in &ledger.unproven_writes {
        let mut cells = write_cells(facts, &found.write);
        cells.push(Cell::Foreign(found.reason.clone()));
        table.row(cells);
    }
    table
}

fn visibility(ledger: &LedgerFinding) -> Table {
    let titles =
        ["Reader", ">p50 baseline", ">p99 baseline", ">p50 after the fault", ">p99 after the fault", ">Longest"];
    let mut table =
        Table::new("How long until a reader saw a write of others (at most: readers ask at intervals)", &titles)
            .class("visibility")
            .calm("too few writes of others were seen to say how long it took");
    for found in &ledger.visibility {
        let measured = [&found.baseline_p50, &found.baseline_p99, &found.fault_p50, &found.fault_p99];
        let is_calm = found.longest.is_none() && measured.iter().all(|percentile| percentile.value.is_none());
        let row = vec![
            Cell::Name(found.reader.clone()),
            Cell::Number(short(&found.baseline_p50)),
            Cell::Number(short(&found.baseline_p99)),
            Cell::Number(short(&found.fault_p50)),
            Cell::Number(short(&found.fault_p99)),
            Cell::Number(found.longest.map_or_else(not_measured, |longest| words::duration(longest.0))),
        ];
        table.row_of(is_calm, row);
    }
    table
}
