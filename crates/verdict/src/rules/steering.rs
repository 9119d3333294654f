//! How users were led elsewhere: "share of clients moved over time, tail of late movers, share that never moved" (`definitions.md`).
//!
//! A request has moved when another region than the home answered it well. Shares are of *all* requests, over two seconds with at
//! least five: who fails has not moved. Times count from the fault's effect. Who never moved is told from the last ten seconds
//! before the mending, whatever the home did in that time: a client that kept an old DNS answer for the whole fault is there.
//!
//! Only populations whose home was a target have to move.

use super::shift::moved;
use crate::{
    evidence::Evidence,
    findings::{Length, Operations, Steering},
    words,
};
use units::RunTime;

const WINDOW: usize = 20;
const LAST: usize = 100;
const REQUESTS_MIN: u64 = 5;

/// The steering of every population whose home was a target.
pub(crate) fn steering(evidence: &Evidence<'_>, outage: usize) -> Vec<Steering> {
    let targets = evidence.targets(outage);
    let is_hit = |population: &usize| evidence.homes[*population].is_some_and(|home| targets.contains(&home));
    (0..evidence.plan.populations.len())
        .filter(is_hit)
        .filter_map(|population| of(evidence, outage, population))
        .collect()
}

fn of(evidence: &Evidence<'_>, outage: usize, population: usize) -> Option<Steering> {
    let times = &evidence.timeline.outages[outage];
    let from = times.injected()?;
    let until = times.mending().unwrap_or(evidence.timeline.measured_until).max(from);
    let home = evidence.homes[population]?;
    let tenths = evidence.requests.tenths;
    let range = tenths.index(from)..tenths.index(until).min(evidence.end_tenth());
    let share = |window: std::ops::Range<usize>| {
        let stream = evidence.stream(population, Operations::All);
        let requests = stream.counts(window.clone()).requests();
        (requests >= REQUESTS_MIN)
            .then(|| super::experience::share(moved(stream, home, window).elsewhere, requests))
            .flatten()
    };
    let after = |wanted: f64| -> Option<Length> {
        let found = range
            .clone()
            .find(|tenth| share(*tenth..(*tenth + WINDOW).min(range.end)).is_some_and(|share| share >= wanted));
        found.map(|tenth| Length::between(from, evidence.time_of(tenth).max(from)))
    };
    let never_moved = share(range.end.saturating_sub(LAST).max(range.start)..range.end).map(|share| 1.0 - share);
    let nearly_all = after(0.99);
    Some(Steering {
        population,
        half: after(0.5),
        most: after(0.9),
        nearly_all,
        never_moved,
        text: told(after(0.5), nearly_all, never_moved, (from, until)),
    })
}

fn told(half: Option<Length>, all: Option<Length>, never: Option<f64>, (from, until): (RunTime, RunTime)) -> String {
    let moved = match (half, all) {
        (Some(half), Some(all)) => {
            format!("half had moved after {}, 99 % after {}", words::duration(half.0), words::duration(all.0))
        }
        (Some(half), None) => format!("half had moved after {}, 99 % never", words::duration(half.0)),
        (None, _) => format!("not even half moved in {}", words::duration(Length::between(from, until).0)),
    };
    let never = never.map_or_else(|| "unknown".to_owned(), words::share);
    format!("{moved}; never moved: {never}")
}
