//! What happened, in order.

use super::{
    markup::Markup,
    table::{Cell, Table, folded},
};
use crate::{Clock, facts::Facts};
use verdict::findings::EventLine;

/// Events that are shown without unfolding.
const SHOWN: usize = 40;
/// The most events that the file holds; all of them are in report.json.
const LISTED_MAX: usize = 2_000;

pub(super) fn write(facts: &Facts<'_>, markup: &mut Markup) {
    let events = &facts.findings.events;
    if events.is_empty() {
        markup.leaf("p", &[], "No event was recorded.");
        return;
    }
    let listed = &events[..events.len().min(LISTED_MAX)];
    let (first, rest) = listed.split_at(listed.len().min(SHOWN));
    table(facts, "Events, from the first", first).write(markup);
    if !rest.is_empty() {
        folded(markup, &format!("{} more events", rest.len()), |markup| {
            table(facts, "Later events", rest).write(markup);
        });
    }
    let more = events.len() - listed.len();
    if more > 0 {
        markup.leaf("p", &[], &format!("{more} more events are in report.json."));
    }
}

fn table(facts: &Facts<'_>, caption: &str, events: &[EventLine]) -> Table {
    let titles = ["UTC", ">Since start", "Kind", "What happened", "Says"];
    let mut table = Table::new(caption, &titles).class("events");
    for event in events {
        table.row(vec![
            Cell::Whole(facts.clock.time_of_day(event.at)),
            Cell::Number(Clock::since_start(event.at)),
            Cell::Whole(event.tag.as_str().to_owned()),
            Cell::Foreign(event.text.clone()),
            Cell::Foreign(event.source.clone()),
        ]);
    }
    table
}
