//! Availability as users see it, by window, and what it costs of the month's error budget.

use super::{
    evidence,
    markup::Markup,
    table::{Cell, Table},
};
use crate::facts::Facts;
use std::collections::BTreeSet;
use verdict::{
    findings::{BurnAlert, ErrorBudget, Length},
    words,
};

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

/// A column per alert: whether it fired, and when.
fn budgets(facts: &Facts<'_>) -> Table {
    let budgets = &facts.findings.error_budgets;
    let alerts = budgets.iter().map(|budget| &budget.alerts).max_by_key(|alerts| alerts.len());
    let alerts = alerts.map_or(&[][..], Vec::as_slice);
    let titles = ["Population", ">Target", ">Spent of 30 days", ">By the outage"].map(str::to_owned);
    let titles: Vec<String> = titles.into_iter().chain(alerts.iter().map(alert_title)).collect();
    let titles: Vec<&str> = titles.iter().map(String::as_str).collect();
    let caption = if alerts.is_empty() {
        "Error budgets; the run is too short for the window of any alert"
    } else {
        "Error budgets, and when alerts fired: ten hours of production (in brackets) are the length of this run"
    };
    let mut table = Table::new(caption, &titles).calm("nothing spent and no alert fired");
    for budget in budgets {
        let target = format!("{}{}", words::share(budget.target), if budget.is_assumed { " (assumed)" } else { "" });
        let mut row = vec![
            Cell::Link {
                text: facts.population(budget.population).into_owned(),
                anchor: evidence::of_population(facts, Some(budget.population)),
            },
            Cell::Number(target),
            Cell::Number(words::share(budget.spent)),
            Cell::Number(words::share(budget.spent_by_outage)),
        ];
        row.extend(alerts.iter().map(|alert| Cell::Number(fired(facts, budget, alert))));
        let is_judged = budget.alerts.len() == alerts.len();
        let has_fired = budget.alerts.iter().any(|alert| alert.fired.is_some());
        table.row_of(budget.spent == 0.0 && is_judged && !has_fired, row);
    }
    table
}

fn alert_title(alert: &BurnAlert) -> String {
    let what = if alert.is_page { "Page" } else { "Ticket" };
    let (here, production) = (words::duration(alert.long.0), words::duration(alert.production_long.0));
    format!(">{what} at {} over {here} ({production})", words::times(alert.factor))
}

fn fired(facts: &Facts<'_>, budget: &ErrorBudget, wanted: &BurnAlert) -> String {
    let is_same = |alert: &&BurnAlert| alert.factor == wanted.factor && alert.production_long == wanted.production_long;
    match budget.alerts.iter().find(is_same) {
        None => "not judged".to_owned(),
        Some(alert) => alert.fired.map_or_else(|| "not".to_owned(), |at| facts.clock.time_of_day(at)),
    }
}
