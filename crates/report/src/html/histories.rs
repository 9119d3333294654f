//! What the ledger's sessions saw: every property with how often it was put to the test and broken, the operations that prove each
//! violation, and how old what reads showed was.

use super::{
    evidence,
    markup::Markup,
    populations::{not_measured, short},
    table::{Cell, Table, folded_at},
};
use crate::facts::Facts;
use verdict::{
    findings::{HistoryFinding, PropertyFinding, Violation},
    words,
};

/// Violations of a property that are shown; the others are in the findings.
const SHOWN: usize = 20;

pub(super) fn write(facts: &Facts<'_>, markup: &mut Markup) {
    let Some(history) = facts.findings.history.as_ref().filter(|history| history.operations > 0) else {
        let text = "Not measured: the plan's ledger has no sessions, so nothing is known about what one session after another saw.";
        markup.leaf("p", &[], text);
        return;
    };
    markup.leaf("p", &[], &format!("{}.", history.text));
    let text = format!(
        "{} had an unknown outcome and stay open for ever. In {} the region that answered changed. {} taken by the cut-off side of a cut. Clock: {}.",
        words::counted(history.unknown, "operation"),
        words::counted(history.switched_sessions, "session"),
        words::counted(history.taken_inside_cuts, "write"),
        history.clock
    );
    markup.leaf("p", &[], &text);
    properties(history).write(markup);
    for found in history.properties.iter().filter(|found| !found.violations.is_empty()) {
        let head = format!("{}: {}", found.property.replace('-', " "), found.text);
        folded_at(markup, &evidence::property(&found.property), &head, |markup| violations(facts, found, markup));
    }
    if !history.staleness.is_empty() {
        staleness(facts, history).write(markup);
    }
}

fn properties(history: &HistoryFinding) -> Table {
    let titles = [
        "Property",
        ">Put to the test",
        ">Broken",
        ">Before",
        ">During",
        ">After the fault",
        ">Across a switch",
        ">Undecided",
        "Result",
    ];
    let mut table = Table::new("Properties of the histories", &titles);
    for found in &history.properties {
        let number = |count: u64| Cell::Number(words::count(count));
        table.row(vec![
            if found.violations.is_empty() {
                Cell::Name(found.property.replace('-', " "))
            } else {
                Cell::Link { text: found.property.replace('-', " "), anchor: evidence::property(&found.property) }
            },
            number(found.checked),
            number(found.broken),
            number(found.before_fault),
            number(found.during_fault),
            number(found.after_fault),
            number(found.across_switch),
            number(found.undecided),
            Cell::Foreign(found.text.clone()),
        ]);
    }
    table
}

fn violations(facts: &Facts<'_>, found: &PropertyFinding, markup: &mut Markup) {
    for violation in found.violations.iter().take(SHOWN) {
        operations(facts, violation).write(markup);
    }
    let more = found.broken.saturating_sub(found.violations.len().min(SHOWN) as u64);
    if more > 0 {
        markup.leaf("p", &[], &format!("{} more: the findings have the first ones.", words::count(more)));
    }
}

fn operations(facts: &Facts<'_>, violation: &Violation) -> Table {
    let name = violation.anomaly.as_ref().map_or_else(String::new, |name| format!("{name}: "));
    let switch = if violation.across_switch { ", across a switch of regions" } else { "" };
    let caption = format!("{name}{} ({}{switch})", violation.text, violation.period.as_str());
    let titles = [">Session", ">Key", "Who", "What", "Served by", "Begun (UTC)", "Known (UTC)", "Outcome"];
    let mut table = Table::new(caption, &titles);
    for one in &violation.operations {
        table.row(vec![
            Cell::Number(format!("{}.{}", one.session, one.turn)),
            Cell::Number(one.key.to_string()),
            Cell::Foreign(one.by.clone()),
            Cell::Foreign(one.what.clone()),
            Cell::Foreign(facts.region(one.served_by).into_owned()),
            Cell::Whole(facts.clock.time_of_day(one.sent)),
            Cell::Whole(facts.clock.time_of_day(one.done)),
            Cell::Whole(one.outcome.clone()),
        ]);
    }
    table
}

fn staleness(facts: &Facts<'_>, history: &HistoryFinding) -> Table {
    let titles =
        ["Answered by", "When", ">Reads", ">Stale", ">p50 age", ">p99 age", ">Longest", ">Versions behind, at most"];
    let mut table = Table::new("How old what reads showed was (a read that lacks nothing has age zero)", &titles);
    for found in &history.staleness {
        table.row(vec![
            Cell::Name(facts.region(found.region).into_owned()),
            Cell::Whole(found.period.as_str().to_owned()),
            Cell::Number(words::count(found.reads)),
            Cell::Number(words::count(found.stale)),
            Cell::Number(short(&found.age_p50)),
            Cell::Number(short(&found.age_p99)),
            Cell::Number(found.age_longest.map_or_else(not_measured, |longest| words::duration(longest.0))),
            Cell::Number(words::count(found.versions_longest)),
        ]);
    }
    table
}
