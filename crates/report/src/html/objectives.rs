//! Every promise with its limit, what was measured, and why it ended as it did: failed first, then inconclusive, then kept.

use super::{
    markup::Markup,
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
    let mut table = Table::new("Objectives: failed first, then inconclusive, then kept", &titles);
    for objective in objectives {
        let evidence = objective.evidence.map_or_else(
            || "whole run".to_owned(),
            |span| format!("{}–{}", facts.clock.second_of_day(span.from), facts.clock.second_of_day(span.to)),
        );
        table.row(vec![
            Cell::Ended(objective.verdict),
            Cell::Name(objective.name.clone()),
            Cell::Foreign(objective.promise.clone()),
            Cell::Measure(objective.measured.text.clone()),
            Cell::Measure(limit_text(&objective.limit, objective.limit_is_most)),
            Cell::Foreign(objective.reason.clone()),
            Cell::Foreign(objective.scope.text.clone()),
            Cell::Whole(evidence),
        ]);
    }
    table.write(markup);
}
