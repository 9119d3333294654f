//! Where in the page the evidence of a finding stands: every judgement links to it.
//!
//! ```text
//!   reasons, scorecard ──▶ objective ──▶ fault | writes | histories | populations | uptime | stability | trust | events
//!                                                                                     └──▶ a population over time
//! ```

use super::{SECTIONS, grid};
use crate::facts::Facts;
use verdict::findings::{ObjectiveFinding, Span};

/// The anchor of a promise, by its place in the list.
pub(super) fn objective(index: usize) -> String {
    format!("objective-{index}")
}

/// The anchor of a fault's recoveries, by its place in the list.
pub(super) fn fault(index: usize) -> String {
    format!("fault-{index}")
}

/// The anchor of a population over time, by its index.
pub(super) fn over_time(population: usize) -> String {
    format!("population-{population}")
}

/// Where what a population met stands: its row over time, else the section of the populations. `None`: everybody.
pub(super) fn of_population(facts: &Facts<'_>, population: Option<usize>) -> String {
    let drawn = population.filter(|population| grid::is_drawn(facts, *population));
    drawn.map_or_else(|| "populations".to_owned(), over_time)
}

/// The anchor of a property of the histories.
pub(super) fn property(name: &str) -> String {
    format!("history-{name}")
}

/// Where the evidence of a promise stands.
pub(super) fn of_objective(facts: &Facts<'_>, objective: &ObjectiveFinding) -> String {
    let of_fault = || {
        let place = facts.findings.faults.iter().position(|fault| Some(&fault.name) == objective.scope.fault.as_ref());
        place.map_or_else(|| "faults".to_owned(), fault)
    };
    match objective.kind.as_str() {
        "recovery-time" | "failback" | "cold-return" => of_fault(),
        "detection-time" | "never-moved" | "metastable" | "retry-amplification" => "stability".to_owned(),
        "lost-writes" | "diverged-writes" => "writes".to_owned(),
        "uptime" | "error-budget" | "burn-rate" => "uptime".to_owned(),
        "availability" | "response-time" | "blast-radius" => "populations".to_owned(),
        "stop-guard" => "events".to_owned(),
        name => of_history(facts, name),
    }
}

/// A property of the histories that was put to the test, or the section of them.
fn of_history(facts: &Facts<'_>, name: &str) -> String {
    let history = facts.findings.history.as_ref().filter(|history| history.operations > 0);
    let found = history.and_then(|history| history.properties.iter().find(|found| found.property == name));
    found.filter(|found| !found.violations.is_empty()).map_or_else(|| "histories".to_owned(), |_| property(name))
}

/// Where what a reason is about stands: the promise of that name, else the rules of trust.
pub(super) fn of_reason(facts: &Facts<'_>, about: &str) -> String {
    let place = facts.findings.objectives.iter().position(|found| found.name == about);
    place.map_or_else(|| if about == "objectives" { "objectives".to_owned() } else { "trust".to_owned() }, objective)
}

/// Where what a rule of trust looked at stands; `None`: it looked at the checks themselves.
pub(super) fn of_rule(rule: &str) -> Option<&'static str> {
    match rule {
        "send-lag" => Some(SEND_LAG),
        "saturation" => Some(SATURATED),
        "arrivals" => Some(INTENDED),
        "unsent" => Some(STARTED),
        "samples" => Some("populations"),
        "fault-proof" => Some("faults"),
        "recording" | "complete" | "coverage" | "held" => Some("events"),
        _ => None,
    }
}

/// The section that an anchor stands in, by its number: paper has no links to follow.
pub(super) fn section(anchor: &str) -> Option<usize> {
    let inside = [
        ("objective-", "objectives"),
        ("fault-", "faults"),
        ("population-", "grid"),
        ("history-", "histories"),
        ("generator-", "trust"),
    ];
    let holder = inside.iter().find(|(start, _)| anchor.starts_with(start)).map_or(anchor, |(_, section)| section);
    SECTIONS.iter().position(|section| section.anchor == holder).map(|index| index + 1)
}

/// Anchors of what is told of the generator.
pub(super) const SEND_LAG: &str = "generator-send-lag";
pub(super) const SATURATED: &str = "generator-saturated";
pub(super) const INTENDED: &str = "generator-intended";
pub(super) const STARTED: &str = "generator-started";

/// A stretch of the run by its seconds (UTC).
pub(super) fn span_text(facts: &Facts<'_>, span: Span) -> String {
    format!("{}–{}", facts.clock.second_of_day(span.from), facts.clock.second_of_day(span.to))
}
