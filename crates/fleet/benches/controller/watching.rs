//! Somebody who watches a run, at the cost of `landfall run`: response times are merged per second and origin. Counts what was
//! recorded, and takes the figures of the middle of the run.

use crate::cpu::Used;
use fleet::Observation;
use record::{Entry, EventKind, Histogram};
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};
use units::RunTime;

/// After the load's start: threads and files are there, queues have their size.
const SETTLED: Duration = Duration::from_secs(3);
/// Before the load's end.
const BEFORE_END: Duration = Duration::from_secs(2);
/// Seconds that a person is shown.
const SHOWN: u64 = 65;

pub(crate) struct Watching {
    pub(crate) requests: u64,
    pub(crate) entries: u64,
    pub(crate) histograms: u64,
    seconds: BTreeMap<(u64, usize), Histogram>,
    load: Duration,
    load_started: Option<RunTime>,
    first: Option<(Instant, Used)>,
    last: Option<(Instant, Used)>,
}

impl Watching {
    pub(crate) fn new(seconds: u64) -> Self {
        Self {
            requests: 0,
            entries: 0,
            histograms: 0,
            seconds: BTreeMap::new(),
            load: Duration::from_secs(seconds),
            load_started: None,
            first: None,
            last: None,
        }
    }

    pub(crate) fn take(&mut self, observation: &Observation<'_>) {
        match observation {
            Observation::Entry(entry) => self.entry(entry),
            Observation::Tick(now) => self.tick(*now),
            Observation::FinalReads(_) => {}
        }
    }

    /// The measured stretch, and what the controller used in it.
    pub(crate) fn used(&self) -> (Duration, Used) {
        let ((from, before), (to, after)) = (self.first.as_ref().unwrap(), self.last.as_ref().unwrap());
        (*to - *from, after.since(before))
    }

    fn entry(&mut self, entry: &Entry) {
        if let Entry::Event(event) = entry
            && event.kind == EventKind::LoadStarted
        {
            self.load_started = Some(event.at);
        }
        if let Entry::Interval(one) = entry {
            self.seconds.entry((one.second, one.population)).or_default().merge(&one.response);
        }
        if self.first.is_none() || self.last.is_some() {
            return;
        }
        self.entries += 1;
        match entry {
            Entry::Interval(one) => {
                self.requests += one.count();
                self.histograms += 3;
            }
            Entry::Arrivals(_) => self.histograms += 1,
            _ => {}
        }
    }

    fn tick(&mut self, now: RunTime) {
        let Some(started) = self.load_started else { return };
        let oldest = now.second().saturating_sub(SHOWN);
        self.seconds = self.seconds.split_off(&(oldest, 0));
        let elapsed = now.saturating_since(started);
        if self.first.is_none() && elapsed >= SETTLED {
            self.first = Some((Instant::now(), Used::now()));
        }
        if self.last.is_none() && elapsed >= self.load - BEFORE_END {
            self.last = Some((Instant::now(), Used::now()));
        }
    }
}
