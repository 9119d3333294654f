//! How users were led elsewhere: "share of clients moved over time, tail of late movers, share that never moved" (`definitions.md`).
//!
//! A request has moved when another region than the home answered it well. Shares are of *all* requests, over two seconds with at
//! least five: who fails has not moved. Times count from the fault's effect, and end when it is mended or begins to fall.
//!
//! Only populations whose home the fault takes away have to move: it is not theirs to move when regions lose each other, when
//! replication stops or a clock is wrong, or when the plan spares them. Of those there is nothing to tell.
//!
//! **Who never moved** is told from the end, at most the last ten seconds, whatever the home did in that time: a client that
//! kept an old DNS answer for the whole fault is there. But nobody can move at once, so that the end begins no earlier than
//!
//! - when 99 % had moved, where they did: whoever is not elsewhere from then on is one of the rest;
//! - else when everybody could have moved: an answer's time-to-live after the service noticed (②). Where it was not seen to
//!   notice, its health checks count as failing from the fault's effect on. Of an attached service the plan knows neither its
//!   checks nor how long its answers are kept: ten seconds stand for both.
//!
//! ```text
//!   effect      ②          could have moved              mended
//!     |---------|-- TTL ---------|---------------------------|
//!                                         |--- last 10 s ----|   never moved = 1 − answered elsewhere ÷ requests
//! ```
//!
//! When less than two seconds are left of that, the fault was too short to tell.

use super::{detection::detection, shift::moved};
use crate::{
    evidence::Evidence,
    findings::{Length, Operations, Steering},
    words,
};
use plan::resolved::Target;
use std::{ops::Range, time::Duration};
use units::RunTime;

const WINDOW: usize = 20;
const LAST: usize = 100;
const REQUESTS_MIN: u64 = 5;
/// Stands for what a plan doesn't know of an attached service: how it notices, and how long its answers are kept.
const UNKNOWN: Duration = Duration::from_secs(10);

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
    let home = evidence.homes[population]?;
    let stayed = |why: &str| Steering {
        population,
        had_to_move: false,
        half: None,
        most: None,
        nearly_all: None,
        never_moved: None,
        text: why.to_owned(),
    };
    let fault = &evidence.plan.faults[times.fault];
    if fault.exempt.populations.contains(&evidence.plan.populations[population].name) {
        return Some(stayed("nobody had to move: the plan spares them"));
    }
    if !evidence.taken_from_users(outage).contains(&home) {
        return Some(stayed("nobody had to move: this fault takes no region away from its users"));
    }
    let mending = times.mending().map(|mending| mending - fault.ramp.off);
    let until = mending.unwrap_or(evidence.timeline.measured_until).max(from);
    let tenths = evidence.requests.tenths;
    let elsewhere = Elsewhere {
        evidence,
        population,
        home,
        range: tenths.index(from)..tenths.index(until).min(evidence.end_tenth()),
    };
    let after =
        |share: f64| elsewhere.first(share).map(|tenth| Length::between(from, evidence.time_of(tenth).max(from)));
    let never = elsewhere.never_moved(tenths.index(could_have_moved(evidence, outage, from)));
    Some(Steering {
        population,
        had_to_move: true,
        half: after(0.5),
        most: after(0.9),
        nearly_all: after(0.99),
        never_moved: never.ok(),
        text: told(after(0.5), after(0.99), never, (from, until)),
    })
}

/// When everybody could have moved who is led by the service.
fn could_have_moved(evidence: &Evidence<'_>, outage: usize, effect: RunTime) -> RunTime {
    let (noticing, kept) = match &evidence.plan.target {
        Target::Chirp(chirp) => (chirp.health_interval * chirp.failures_to_unhealthy, chirp.dns_ttl),
        _ => (Duration::ZERO, UNKNOWN),
    };
    let noticed = detection(evidence, outage).at.map_or(effect + noticing, |at| at.max(effect));
    noticed + kept
}

/// The answers that a population got elsewhere while a fault lasted.
struct Elsewhere<'a> {
    evidence: &'a Evidence<'a>,
    population: usize,
    home: usize,
    /// Tenths of the fault.
    range: Range<usize>,
}

impl Elsewhere<'_> {
    /// Part of the requests of these tenths; `None`: too few.
    fn share(&self, window: Range<usize>) -> Option<f64> {
        let stream = self.evidence.stream(self.population, Operations::All);
        let requests = stream.counts(window.clone()).requests();
        (requests >= REQUESTS_MIN)
            .then(|| super::experience::share(moved(stream, self.home, window).elsewhere, requests))
            .flatten()
    }

    /// The first tenth from which on, for two whole seconds, at least that share was answered elsewhere.
    fn first(&self, wanted: f64) -> Option<usize> {
        let last = self.range.end.checked_sub(WINDOW)?;
        (self.range.start..=last).find(|tenth| self.share(*tenth..*tenth + WINDOW).is_some_and(|share| share >= wanted))
    }

    /// Part of the requests of the end that was not answered elsewhere; or why that can't be told.
    fn never_moved(&self, could: usize) -> Result<f64, &'static str> {
        let end = self.range.end;
        let earliest = match self.first(0.99) {
            Some(all) => all,
            None if could + WINDOW > end => return Err("the fault was too short to tell"),
            None => could,
        };
        let share = self.share(end.saturating_sub(LAST).max(earliest)..end);
        share.map(|share| 1.0 - share).ok_or("too few requests to tell")
    }
}

fn told(
    half: Option<Length>,
    all: Option<Length>,
    never: Result<f64, &'static str>,
    (from, until): (RunTime, RunTime),
) -> String {
    let moved = match (half, all) {
        (Some(half), Some(all)) => {
            format!("half had moved after {}, 99 % after {}", words::duration(half.0), words::duration(all.0))
        }
        (Some(half), None) => format!("half had moved after {}, 99 % never", words::duration(half.0)),
        (None, _) => format!("not even half moved in {}", words::duration(Length::between(from, until).0)),
    };
    let never = never.map_or_else(str::to_owned, words::share);
    format!("{moved}; never moved: {never}")
}
