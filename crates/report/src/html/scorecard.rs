//! The scorecard: what was measured beside what was promised, worst first. Nothing is blank: what was not measured says so.

use super::{
    evidence,
    markup::Markup,
    table::{Cell, Table},
};
use crate::facts::{Facts, limit_text};
use verdict::{
    Verdict,
    findings::{Conclusion, LedgerFinding, Length, ObjectiveFinding},
    words,
};

/// A row before it is sorted.
struct Row {
    ended: Option<Verdict>,
    what: String,
    /// Where in the page its evidence stands.
    anchor: String,
    measured: String,
    limit: String,
    about: String,
}

pub(super) fn write(facts: &Facts<'_>, markup: &mut Markup) {
    let titles = ["", "What", "Measured", "Limit", "For"];
    let mut table = Table::new("What was measured, beside what was promised", &titles).class("scorecard");
    let mut rows: Vec<Row> = facts.findings.objectives.iter().enumerate().map(objective_row).collect();
    rows.extend(unpromised(facts));
    rows.push(trust_row(facts));
    // Fails, then what can't be told, then what was kept, then what nobody promised.
    rows.sort_by_key(|row| std::cmp::Reverse(row.ended.map_or(0, |verdict| 1 + verdict as u8)));
    for row in rows {
        let ended = row.ended.map_or_else(|| Cell::Whole("no limit set".to_owned()), Cell::Ended);
        table.row(vec![
            ended,
            Cell::Link { text: row.what, anchor: row.anchor },
            Cell::Measure(row.measured),
            Cell::Measure(row.limit),
            Cell::Foreign(row.about),
        ]);
    }
    table.write(markup);
}

fn objective_row((index, objective): (usize, &ObjectiveFinding)) -> Row {
    Row {
        ended: Some(objective.verdict),
        what: label(&objective.kind).map_or_else(|| objective.kind.clone(), str::to_owned),
        anchor: evidence::objective(index),
        measured: objective.measured.text.clone(),
        limit: limit_text(&objective.limit, objective.limit_is_most),
        about: objective.scope.text.clone(),
    }
}

fn label(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "recovery-time" => "Recovery time",
        "failback" => "Failback",
        "cold-return" => "Cold return",
        "lost-writes" => "Lost acknowledged writes",
        "diverged-writes" => "Diverged writes",
        "availability" => "Availability",
        "uptime" => "User-uptime",
        "error-budget" => "Error budget",
        "burn-rate" => "Burn rate",
        "blast-radius" => "Blast radius",
        "retry-amplification" => "Attempts per request",
        "metastable" => "Comes back by itself",
        "detection-time" => "Time to detect",
        "never-moved" => "Users who never moved",
        "response-time" => "Response time",
        "staleness" => "Staleness",
        "consistency" => "Consistency for readers",
        "stop-guard" => "Stop guard",
        _ => return None,
    })
}

/// What the reader asks for although the plan promised nothing about it.
fn unpromised(facts: &Facts<'_>) -> Vec<Row> {
    let findings = facts.findings;
    let has = |kind: &str| findings.objectives.iter().any(|objective| objective.kind == kind);
    let free = |what: &str, anchor: &str, measured: String, about: String| Row {
        ended: None,
        what: what.to_owned(),
        anchor: anchor.to_owned(),
        measured,
        limit: "none".to_owned(),
        about,
    };
    let mut rows = Vec::new();
    if !findings.faults.is_empty() && !has("recovery-time") {
        rows.push(free("Recovery time", "faults", recovery_text(facts), "the slowest population".to_owned()));
    }
    if !findings.faults.is_empty() && !has("failback") {
        rows.push(free("Failback", "faults", failback_text(facts), "the slowest population".to_owned()));
    }
    let ledger = findings.ledger.as_ref();
    if !has("lost-writes") {
        let text = ledger.map_or_else(no_ledger, |ledger| words::counted(ledger.lost, "write"));
        rows.push(free("Lost acknowledged writes", "writes", text, String::new()));
    }
    if !findings.faults.is_empty() {
        rows.push(free(
            "Data loss in time",
            "writes",
            ledger.map_or_else(no_ledger, loss_text),
            "the worst fault".to_owned(),
        ));
    }
    let worst = findings.error_budgets.iter().max_by(|one, other| one.spent.total_cmp(&other.spent));
    if let Some(worst) = worst.filter(|_| !has("error-budget")) {
        let who = facts.population(worst.population).into_owned();
        rows.push(free("Error budget", "uptime", worst.text.clone(), who));
    }
    if let Some(radius) = findings.blast_radius.as_ref().filter(|_| !has("blast-radius")) {
        rows.push(free(
            "Populations that were not aimed at",
            "populations",
            neighbour_text(facts),
            radius.text.clone(),
        ));
    }
    rows
}

fn no_ledger() -> String {
    "not measured: the plan has no probe writes".to_owned()
}

/// The longest of all recoveries that are known, and how many are not.
fn recovery_text(facts: &Facts<'_>) -> String {
    let recoveries = facts.findings.faults.iter().flat_map(|fault| &fault.recovery);
    longest(recoveries.map(|recovery| (recovery.time, recovery.at_least)))
}

fn failback_text(facts: &Facts<'_>) -> String {
    let returns = facts.findings.faults.iter().flat_map(|fault| &fault.failback);
    longest(returns.map(|failback| (failback.time, failback.at_least)))
}

/// The longest of times, some of which are only known to be longer than something.
fn longest(times: impl Iterator<Item = (Option<Length>, Option<Length>)> + Clone) -> String {
    let known = times.clone().filter_map(|(time, _)| time).max();
    let bound = times.clone().filter(|(time, _)| time.is_none()).filter_map(|(_, least)| least).max();
    let unknown = times.filter(|(time, least)| time.is_none() && least.is_none()).count();
    let text = match (known, bound) {
        (known, Some(bound)) => Some(format!("at least {}", words::duration(bound.max(known.unwrap_or_default()).0))),
        (Some(known), None) => Some(words::duration(known.0)),
        (None, None) => None,
    };
    with_unknown(text, unknown)
}

fn with_unknown(known: Option<String>, unknown: usize) -> String {
    match (known, unknown) {
        (None, _) => "not measured".to_owned(),
        (Some(known), 0) => known,
        (Some(known), unknown) => format!("{known}, and {unknown} not measured"),
    }
}

fn loss_text(ledger: &LedgerFinding) -> String {
    let Some(worst) = ledger.measured_loss.iter().max_by_key(|loss| loss.loss) else {
        return "not measured".to_owned();
    };
    let is_bound = ledger.measured_loss.iter().any(|loss| loss.unproven_before > 0);
    format!("{}{}", if is_bound { "at least " } else { "" }, words::duration(worst.loss.0))
}

fn neighbour_text(facts: &Facts<'_>) -> String {
    let neighbours = &facts.findings.neighbours;
    let count = |conclusion| neighbours.iter().filter(|neighbour| neighbour.conclusion == conclusion).count();
    let parts = [
        (count(Conclusion::Affected), "affected"),
        (count(Conclusion::Unaffected), "unaffected"),
        (count(Conclusion::NotEnoughData), "without enough data to tell"),
    ];
    let parts: Vec<_> = parts.into_iter().filter(|(count, _)| *count > 0).collect();
    match parts.as_slice() {
        [(count, word)] => format!("{count} of {count} {word}"),
        several => {
            let several: Vec<_> = several.iter().map(|(count, word)| format!("{count} {word}")).collect();
            format!("{}, of {}", several.join(", "), neighbours.len())
        }
    }
}

fn trust_row(facts: &Facts<'_>) -> Row {
    let trust = &facts.findings.trust;
    let not_met: Vec<_> = trust.iter().filter(|rule| rule.verdict != Verdict::Pass).collect();
    let worst = trust.iter().map(|rule| rule.verdict).max();
    let mut spoils: Vec<&str> = not_met.iter().flat_map(|rule| rule.spoils.iter().map(String::as_str)).collect();
    spoils.sort_unstable();
    spoils.dedup();
    let measured = match (trust.len(), not_met.len()) {
        (0, _) => "not measured".to_owned(),
        (rules, 0) => format!("{rules} of {rules} rules met"),
        (rules, missed) => format!("{missed} of {rules} rules not met"),
    };
    Row {
        ended: worst,
        what: "Trust in the measurement".to_owned(),
        anchor: "trust".to_owned(),
        measured,
        limit: "every rule".to_owned(),
        about: if spoils.is_empty() { String::new() } else { format!("spoils {}", spoils.join(", ")) },
    }
}
