//! Failed requests by how they ended and for whom.

use super::{
    markup::Markup,
    table::{Cell, Table},
};
use crate::facts::Facts;
use verdict::words;

/// The most groups that are listed.
const GROUPS_MAX: usize = 100;

pub(super) fn write(facts: &Facts<'_>, markup: &mut Markup) {
    let errors = &facts.findings.errors;
    if errors.is_empty() {
        let text = match facts.findings.load.requests {
            0 => "Not measured: no request was made.",
            _ => "No request failed.",
        };
        markup.leaf("p", &[], text);
        return;
    }
    let titles =
        [">Requests", "Ended as", "Population", "Answered by", "When intended (UTC)", "Steps, most frequent first"];
    let mut table = Table::new("Failed requests, most frequent first", &titles);
    for group in errors.iter().take(GROUPS_MAX) {
        let served_by =
            group.served_by.map_or_else(|| "nobody known".to_owned(), |region| facts.region(Some(region)).into_owned());
        let span = (facts.clock.second_of_day(group.span.from), facts.clock.second_of_day(group.span.to));
        table.row(vec![
            Cell::Number(words::count(group.count)),
            Cell::Name(group.outcome.clone()),
            Cell::Foreign(facts.population(group.population).into_owned()),
            Cell::Foreign(served_by),
            Cell::Whole(format!("{}–{}", span.0, span.1)),
            Cell::Foreign(group.steps.join(", ")),
        ]);
    }
    table.write(markup);
    let more = errors.len().saturating_sub(GROUPS_MAX);
    if more > 0 {
        markup.leaf("p", &[], &format!("{more} more kinds are in report.json."));
    }
}
