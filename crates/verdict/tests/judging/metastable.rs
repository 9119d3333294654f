//! Metastability against a simulated queue: λ, the length of the pause, and what clients do decide, as published
//! (`rules::metastable`; after Bronson and others, HotOS 2021).

use crate::story::{Story, at, manifest};
use plan::resolved::{Objective, ObjectiveKind, Stage};
use record::{ArrivalCounts, Entry, Event, EventKind, Histogram, Interval, Outcome, Recording};
use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap},
    time::Duration,
};
use units::Rate;
use verdict::{
    Verdict,
    findings::{Stability, StabilityState},
};

const SERVED_PER_SECOND: f64 = 300.0;
const TIMEOUT: f64 = 1.0;
/// A retry budget that was not used up grows to so many retries.
const BURST: f64 = 10.0;
/// The pause begins here.
const PAUSE: f64 = 60.0;

/// A queue that serves 300 requests per second in order, and stands still for a while.
#[derive(Clone, Copy)]
struct Queue {
    per_second: f64,
    pause: f64,
    seconds: u64,
    retries: bool,
    /// Retries per request that are allowed; `None`: any.
    budget: Option<f64>,
    /// What can't be done in time any more is not begun.
    drops_expired: bool,
    /// The load falls to this part after a third of the time.
    falls_to: f64,
}

const QUEUE: Queue = Queue {
    per_second: 280.0,
    pause: 10.0,
    seconds: 400,
    retries: true,
    budget: None,
    drops_expired: false,
    falls_to: 1.0,
};

impl Queue {
    /// Intended time, attempts and success of each request.
    fn requests(self) -> Vec<(f64, u32, bool)> {
        let mut requests: Vec<(f64, u32, bool)> = Vec::new();
        let mut when = 0.0;
        while when < self.seconds as f64 {
            requests.push((when, 0, false));
            let fallen = when > self.seconds as f64 / 3.0;
            when += 1.0 / (self.per_second * if fallen { self.falls_to } else { 1.0 });
        }
        let micros = |seconds: f64| (seconds * 1e6) as u64;
        let mut arriving: BinaryHeap<Reverse<(u64, usize)>> =
            requests.iter().enumerate().map(|(index, one)| Reverse((micros(one.0), index))).collect();
        let (mut free, mut allowed) = (0.0_f64, 0.0);
        while let Some(Reverse((at, index))) = arriving.pop() {
            let arrived = at as f64 / 1e6;
            let request = &mut requests[index];
            request.1 += 1;
            if request.1 == 1 {
                allowed = (allowed + self.budget.unwrap_or(1.0)).min(BURST);
            }
            let mut start = free.max(arrived);
            if (PAUSE..PAUSE + self.pause).contains(&start) {
                start = PAUSE + self.pause;
            }
            let done = start + 1.0 / SERVED_PER_SECOND;
            request.2 = done <= arrived + TIMEOUT;
            free = if self.drops_expired && !request.2 { free } else { done };
            if !request.2 && request.1 == 1 && self.retries && allowed >= 1.0 {
                allowed -= 1.0;
                arriving.push(Reverse((micros(arrived + TIMEOUT), index)));
            }
        }
        requests
    }

    fn recording(self) -> Recording {
        let mut story = Story::good();
        // What arrives is told by the requests; of the plan's own arrivals each population has one a second.
        let (rate, duration) = (Rate::per_second(2.0).unwrap(), Duration::from_secs(self.seconds));
        story.plan.load.stages = vec![Stage::Constant { rate, duration }];
        story.plan.ledger = None;
        story.plan.objectives = vec![Objective { name: "comes back".to_owned(), kind: ObjectiveKind::NotMetastable }];
        let fault = || "eu-dies".into();
        let healed = PAUSE + self.pause;
        let events = [
            (0.0, EventKind::LoadStarted),
            (2.0, EventKind::BaselineStarted),
            (PAUSE, EventKind::FaultInjecting(fault())),
            (PAUSE, EventKind::FaultActive(fault())),
            (healed, EventKind::FaultHealing(fault())),
            (healed, EventKind::FaultHealed(fault())),
            (self.seconds as f64, EventKind::LoadEnded),
        ];
        let mut entries: Vec<Entry> =
            events.map(|(when, kind)| Event::new(at(when), kind, "test", "").into()).into_iter().collect();
        let mut intervals: BTreeMap<(u64, bool), Interval> = BTreeMap::new();
        for (when, attempts, is_ok) in self.requests() {
            let intended = at(when);
            let outcome = if is_ok { Outcome::Ok } else { Outcome::Timeout };
            let served_by = is_ok.then_some(0);
            let interval = intervals
                .entry((intended.second(), is_ok))
                .or_insert_with(|| Interval::empty(intended.second(), 0, served_by, 0, outcome));
            interval.tenths[(intended.as_micros() / 100_000 % 10) as usize] += 1;
            interval.attempts += u64::from(attempts);
        }
        entries.extend(intervals.into_values().map(Entry::Interval));
        let mut send_lag = Histogram::new();
        (0..30).for_each(|_| send_lag.record(Duration::from_micros(200)));
        let each = (2..2 + self.seconds).flat_map(|second| [(second, 0), (second, 1)]);
        entries.extend(each.map(|(second, population)| {
            let none = ArrivalCounts::default();
            let counts = ArrivalCounts { second, population, intended: 1, started: 1, ..none };
            Entry::Arrivals(ArrivalCounts { send_lag: send_lag.clone(), ..counts })
        }));
        entries.push(Event::new(at(self.seconds as f64 + 1.0), EventKind::RunEnded, "test", "").into());
        Recording::in_memory(manifest(), story.plan, entries)
    }

    fn judged(self) -> (Stability, Verdict) {
        let findings = verdict::judge(&self.recording());
        (findings.faults[0].stability.clone().unwrap(), findings.objectives[0].verdict)
    }
}

#[test]
fn each_row_of_the_published_table_is_judged_right() {
    use StabilityState::{Metastable, Stable, StillBad};
    let cases = [
        ("a pause below the time-out", Queue { pause: 0.9, ..QUEUE }, Stable, 0.0..=2.0),
        ("a pause above it", Queue { pause: 1.5, ..QUEUE }, Metastable, 0.0..=0.0),
        ("half of the load", Queue { per_second: 140.0, ..QUEUE }, Stable, 100.0..=130.0),
        ("a little more than half", Queue { per_second: 155.0, ..QUEUE }, Metastable, 0.0..=0.0),
        ("no retries", Queue { retries: false, ..QUEUE }, Stable, 105.0..=135.0),
        ("a server that drops what has expired", Queue { drops_expired: true, ..QUEUE }, Stable, 0.0..=2.0),
        ("a retry budget of 5 %", Queue { budget: Some(0.05), seconds: 700, ..QUEUE }, Stable, 380.0..=530.0),
        // It never comes back: but 1.1 attempts per request are few, and clients don't see that the server is busy.
        ("a retry budget of 10 %", Queue { budget: Some(0.1), ..QUEUE }, StillBad, 0.0..=0.0),
    ];
    for (case, queue, state, good_after) in cases {
        let (found, _) = queue.judged();
        assert_eq!(found.state, state, "{case}: {}", found.text);
        let seconds = found.good_after.map_or(0.0, verdict::findings::Length::as_secs_f64);
        assert!(good_after.contains(&seconds), "{case}: good again after {seconds} s, expected {good_after:?}");
    }
}

#[test]
fn the_load_at_which_it_comes_back_is_told() {
    let (found, verdict) = Queue { falls_to: 0.3, seconds: 900, ..QUEUE }.judged();
    assert_eq!((found.state, verdict), (StabilityState::Metastable, Verdict::Fail), "{}", found.text);
    assert!(
        found.recovery_load.is_some_and(|load| (80.0..150.0).contains(&load)),
        "{:?}: safe below 150/s",
        found.recovery_load
    );
}

#[test]
fn a_run_that_ends_too_early_can_not_tell() {
    let (found, verdict) = Queue { seconds: 90, ..QUEUE }.judged();
    assert_eq!((found.state, verdict), (StabilityState::Undecided, Verdict::Inconclusive), "{}", found.text);
    let (found, verdict) = Queue { pause: 0.9, ..QUEUE }.judged();
    assert_eq!(found.state, StabilityState::Stable);
    assert_ne!(verdict, Verdict::Fail, "{}", found.text);
}
