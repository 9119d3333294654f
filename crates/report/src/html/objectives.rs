//! Every promise with its limit, what was measured, and why it ended as it did: failed first, then inconclusive, then kept.

use super::{
    evidence,
    markup::Markup,
    reason,
    table::{Cell, Table},
};
use crate::facts::{Facts, limit_text};

pub(super) fn write(facts: &Facts<'_>, markup: &mut Markup) {
    let objectives = &facts.findings.objectives;
    if objectives.is_empty() {
        markup.leaf("p", &[], "The plan promises nothing: there are no objectives.");
        return;
    }
    let titles = ["", "Objective", "Promise", "Measured", "Limit", "Why", "For", "Evidence (UTC)"];
    let mut table = Table::new("Objectives: failed first, then inconclusive, then kept", &titles).class("objectives");
    for (index, objective) in objectives.iter().enumerate() {
        let when = objective.evidence.map_or_else(|| "whole run".to_owned(), |span| evidence::span_text(facts, span));
        table.row(vec![
            Cell::Ended(objective.verdict),
            Cell::Anchor { text: objective.name.clone(), id: evidence::objective(index) },
            Cell::Foreign(objective.promise.clone()),
            Cell::Measure(objective.measured.text.clone()),
            Cell::Measure(limit_text(&objective.limit, objective.limit_is_most)),
            Cell::Foreign(reason::text(facts, &objective.reason)),
            Cell::Foreign(objective.scope.text.clone()),
            Cell::Evidence { text: when, anchor: evidence::of_objective(facts, objective) },
        ]);
    }
    table.write(markup);
}
