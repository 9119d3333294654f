//! Availability as users see it, by window, and what it costs of the month's error budget.

use super::{
    evidence,
    markup::Markup,
    table::{Cell, Table},
};
use crate::facts::Facts;
use std::collections::BTreeSet;
use verdict::{findings::Length, words};

pub(super) fn write(facts: &Facts<'_>, markup: &mut Markup) {
    if facts.findings.uptime.is_empty() {
        markup.leaf("p", &[], "User-uptime: not measured, no request is in the recording.");
    } else {
        windows(facts).write(markup);
    }
    if facts.findings.error_budgets.is_empty() {
        markup.leaf("p", &[], "Error budget: not measured, no request is in the recording.");
    } else {
        budgets(facts).write(markup);
    }
}

fn windows(facts: &Facts<'_>) -> Table {
    let all = &facts.findings.uptime;
    let lengths: BTreeSet<Length> = all.iter().flat_map(|one| &one.worst).map(|window| window.length).collect();
    let titles: Vec<String> = ["Population", ">User-uptime", ">Requests that succeeded"]
        .map(str::to_owned)
        .into_iter()
        .chain(lengths.iter().map(|length| format!(">Worst {}", words::duration(length.0))))
        .collect();
    let titles: Vec<&str> = titles.iter().map(String::as_str).collect();
    let mut table = Table::new("Share of user-time in which users succeeded", &titles).calm("100 % throughout");
    for one in all {
        let share = |share: Option<f64>| Cell::Number(share.map_or_else(|| "not measured".to_owned(), words::share));
        let name = one.population.map_or_else(|| "everybody".to_owned(), |index| facts.population(index).into_owned());
        let anchor = evidence::of_population(facts, one.population);
        let mut row = vec![Cell::Link { text: name, anchor }, share(one.uptime), share(one.success)];
        row.extend(
            lengths.iter().map(|length| {
                share(one.worst.iter().find(|window| window.length == *length).map(|window| window.uptime))
            }),
        );
        let is_whole = |share: Option<f64>| share == Some(1.0);
        let is_calm = one.population.is_some()
            && is_whole(one.uptime)
            && is_whole(one.success)
            && one.worst.iter().all(|window| is_whole(Some(window.uptime)));
        table.row_of(is_calm, row);
    }
    table
}

fn budgets(facts: &Facts<'_>) -> Table {
    let titles = ["Population", ">Target", ">Spent of 30 days", ">By the outage", ">Fired at", "Alert"];
    let caption = "Windows of the alerts are scaled: ten hours of production are the length of this run";
    let mut table = Table::new(caption, &titles).calm("nothing spent and no alert fired");
    for budget in &facts.findings.error_budgets {
        let target = format!("{}{}", words::share(budget.target), if budget.is_assumed { " (assumed)" } else { "" });
        let head = |first: bool| {
            let when = |text: String| if first { text } else { String::new() };
            vec![
                Cell::Link {
                    text: facts.population(budget.population).into_owned(),
                    anchor: evidence::of_population(facts, Some(budget.population)),
                },
                Cell::Number(when(target.clone())),
                Cell::Number(when(words::share(budget.spent))),
                Cell::Number(when(words::share(budget.spent_by_outage))),
            ]
        };
        let is_calm = budget.spent == 0.0 && budget.alerts.iter().all(|alert| alert.fired.is_none());
        for (index, alert) in budget.alerts.iter().enumerate() {
            let mut row = head(index == 0);
            let fired = alert.fired.map_or_else(|| "not".to_owned(), |at| facts.clock.time_of_day(at));
            row.extend([Cell::Number(fired), Cell::Foreign(alert.text.clone())]);
            table.row_of(is_calm, row);
        }
        if budget.alerts.is_empty() {
            let mut row = head(true);
            row.extend([Cell::Number("not judged".to_owned()), Cell::Foreign("the run is too short".to_owned())]);
            table.row(row);
        }
    }
    table
}
