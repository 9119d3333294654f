//! What was broken, whether that is proven, and how each population came back.

use super::{
    evidence,
    markup::Markup,
    populations::not_measured,
    table::{Cell, Table, folded},
};
use crate::{Clock, facts::Facts};
use verdict::{
    findings::{FaultFinding, Length, Proof, Recovery, RecoveryMeasure, RecoveryState},
    words,
};

pub(super) fn write(facts: &Facts<'_>, markup: &mut Markup) {
    let faults = &facts.findings.faults;
    if faults.is_empty() {
        markup.leaf("p", &[], "Nothing was broken in this run.");
        return;
    }
    let titles = ["Fault", "Kind", "What it did", "Aimed at", "Planned", "Effect", "Removal"];
    let mut table = Table::new("Faults in order of time, with the proof of their effect and of their removal", &titles);
    for (index, fault) in faults.iter().enumerate() {
        let regions: Vec<_> = fault.regions.iter().map(|region| facts.region(Some(*region)).into_owned()).collect();
        let planned = fault.planned.map_or_else(
            || "load never started".to_owned(),
            |span| format!("{} for {}", Clock::since_start(span.from), words::duration(span.length().0)),
        );
        table.row(vec![
            Cell::Link { text: fault.name.clone(), anchor: evidence::fault(index) },
            Cell::Foreign(fault.kind.clone()),
            Cell::Foreign(fault.text.clone()),
            Cell::Foreign(words::list(&regions)),
            Cell::Whole(planned),
            Cell::Foreign(proof(facts, &fault.effect)),
            Cell::Foreign(proof(facts, &fault.removal)),
        ]);
    }
    table.write(markup);
    if !facts.findings.recovery_times.is_empty() {
        repetitions(facts).write(markup);
    }
    for (index, fault) in faults.iter().enumerate() {
        recoveries(facts, (index, fault), markup);
    }
}

fn proof(facts: &Facts<'_>, proof: &Proof) -> String {
    match proof {
        Proof::Proven { at } => format!("✓ proven at {}", facts.clock.time_of_day(*at)),
        Proof::Assumed { at } => format!("assumed at {}, not measured", facts.clock.time_of_day(*at)),
        Proof::NotProven { reason } => format!("? not proven: {reason}"),
    }
}

/// The recovery times of faults that come more than once.
fn repetitions(facts: &Facts<'_>) -> Table {
    let titles = ["Fault", "Population", "Operations", ">Shortest", ">Median", ">p90", ">Longest", "Worst", "In words"];
    let mut table = Table::new("Recovery times of faults that come more than once", &titles);
    for found in &facts.findings.recovery_times {
        let worst = facts.findings.faults.iter().position(|fault| Some(&fault.name) == found.worst.as_ref());
        let worst = worst.map_or_else(
            || Cell::Whole(not_measured()),
            |index| Cell::Evidence { text: facts.findings.faults[index].name.clone(), anchor: evidence::fault(index) },
        );
        let is_bound = found.not_recovered + found.undecided > 0;
        let longest = found.longest.map_or_else(not_measured, |longest| {
            format!("{}{}", if is_bound { "at least " } else { "" }, words::duration(longest.0))
        });
        table.row(vec![
            Cell::Name(found.fault.clone()),
            Cell::Foreign(facts.population(found.population).into_owned()),
            Cell::Whole(found.class.clone()),
            Cell::Number(found.shortest.map_or_else(not_measured, |shortest| words::duration(shortest.0))),
            Cell::Number(found.p50.text.clone()),
            Cell::Number(found.p90.text.clone()),
            Cell::Number(longest),
            worst,
            Cell::Foreign(found.text.clone()),
        ]);
    }
    table
}

fn recoveries(facts: &Facts<'_>, (index, fault): (usize, &FaultFinding), markup: &mut Markup) {
    markup.leaf("h3", &[("id", &evidence::fault(index))], &format!("Recovery from {}", fault.name));
    if !fault.remarks.is_empty() {
        markup.element("ul", &[("class", "why")], |markup| {
            fault.remarks.iter().for_each(|remark| markup.leaf("li", &[], remark));
        });
    }
    let (calm, hit): (Vec<_>, Vec<_>) =
        fault.recovery.iter().partition(|recovery| recovery.state == RecoveryState::NotAffected);
    if hit.is_empty() {
        markup.leaf("p", &[], "No population was affected.");
    } else {
        recovery_table(facts, "Populations that were affected", &hit).write(markup);
    }
    if !calm.is_empty() {
        let head = format!("{} populations and classes that were not affected", calm.len());
        folded(markup, &head, |markup| {
            recovery_table(facts, "Populations that were not affected", &calm).write(markup);
        });
    }
    if !fault.failback.is_empty() {
        failbacks(facts, fault).write(markup);
    }
}

fn recovery_table(facts: &Facts<'_>, caption: &str, recoveries: &[&Recovery]) -> Table {
    let titles = [
        "Population",
        "Operations",
        "Ended",
        ">Recovery time",
        ">Down",
        ">Failed",
        ">Relapses",
        "First impact",
        "Recovered",
        "Last to recover",
        "Why",
    ];
    let mut table = Table::new(caption, &titles);
    for recovery in recoveries {
        let state = match recovery.state {
            RecoveryState::NotAffected => "✓ not affected",
            RecoveryState::Recovered => "✓ recovered",
            RecoveryState::NotRecovered => "✕ did not recover",
            RecoveryState::Undecided => "? can't be told",
        };
        let error = recovery.error.map_or_else(String::new, |error| format!(" ±{}", words::duration(error.0)));
        let time = format!("{}{error}", time_or_bound(recovery.time, recovery.at_least));
        let at = |at: Option<_>| at.map_or_else(|| "none".to_owned(), |at| facts.clock.time_of_day(at));
        table.row(vec![
            Cell::Name(facts.population(recovery.population).into_owned()),
            Cell::Whole(recovery.class.clone()),
            Cell::Whole(state.to_owned()),
            Cell::Number(time),
            Cell::Number(words::duration(recovery.down.0)),
            Cell::Number(words::count(recovery.failed)),
            Cell::Number(words::count(recovery.relapses)),
            Cell::Whole(at(recovery.impact)),
            Cell::Whole(at(recovery.recovered)),
            Cell::Whole(recovery.last.map_or("none", RecoveryMeasure::label).to_owned()),
            Cell::Foreign(recovery.text.clone()),
        ]);
    }
    table
}

fn failbacks(facts: &Facts<'_>, fault: &FaultFinding) -> Table {
    let titles = [
        "Population",
        "Ever served elsewhere",
        ">Failback",
        "First home success",
        "Home again",
        ">Cold for",
        "Cold return",
        ">Failed meanwhile",
        "Why",
    ];
    let mut table = Table::new("Return to the home after the removal", &titles);
    for failback in &fault.failback {
        let at = |at: Option<_>| at.map_or_else(not_measured, |at| facts.clock.time_of_day(at));
        table.row(vec![
            Cell::Name(facts.population(failback.population).into_owned()),
            Cell::Whole(if failback.moved { "yes" } else { "no" }.to_owned()),
            Cell::Number(time_or_bound(failback.time, failback.at_least)),
            Cell::Whole(at(failback.first_home)),
            Cell::Whole(at(failback.failed_back)),
            Cell::Number(time_or_bound(failback.cold, failback.cold_at_least)),
            Cell::Foreign(failback.cold_text.clone()),
            Cell::Number(words::count(failback.failed)),
            Cell::Foreign(failback.text.clone()),
        ]);
    }
    table
}

/// A time, or what is known of it: that it took longer.
fn time_or_bound(time: Option<Length>, at_least: Option<Length>) -> String {
    match (time, at_least) {
        (Some(time), _) => words::duration(time.0),
        (None, Some(least)) => format!("at least {}", words::duration(least.0)),
        (None, None) => not_measured(),
    }
}
