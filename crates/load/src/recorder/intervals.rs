//! Requests and phases per second and kind, since the last time they were sent.
//!
//! The key of a request (second, population, region, step, outcome) is packed into one word; entries lie in a list in order of
//! their first request, so that the same run sends the same order, and a map finds them.

use super::Filed;
use record::{Entry, Interval, Outcome, Phase, PhaseInterval};
use std::{
    collections::HashMap,
    hash::{BuildHasherDefault, Hasher},
    time::Duration,
};
use units::RunTime;

#[derive(Debug, Default)]
pub(super) struct IntervalTable {
    intervals: Vec<Interval>,
    places: HashMap<Key, usize, BuildHasherDefault<KeyHasher>>,
    phases: Vec<PhaseInterval>,
}

/// Second, population, region + 1, step, outcome; 20, 12, 12, 16 and 4 bits. Two kinds with one key would need a run of twelve
/// days, or thousands of populations; even then the interval found is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Key(u64);

impl Key {
    fn new(second: u64, population: usize, region: Option<usize>, step: usize, outcome: Outcome) -> Self {
        let region = region.map_or(0, |region| region + 1);
        let packed = [(population, 12), (region, 12), (step, 16), (outcome as usize, 4)];
        Self(packed.into_iter().fold(second, |key, (part, bits)| key << bits | (part as u64 & ((1 << bits) - 1))))
    }
}

impl IntervalTable {
    pub(super) fn request(&mut self, intended: RunTime, filed: &Filed<'_>) {
        let report = filed.report;
        let interval = self.interval(intended.second(), filed.population, report.served_by, filed.step, report.outcome);
        let response = report.done.saturating_duration_since(filed.intended);
        interval.add(intended, report.attempts, response);
        if let Some(sent) = report.sent {
            interval.service.record(report.done.saturating_duration_since(sent));
            if let Some(first_byte) = report.first_byte {
                interval.first_byte.record(first_byte.saturating_duration_since(sent));
            }
        }
    }

    pub(super) fn phase(
        &mut self,
        second: u64,
        population: usize,
        region: Option<usize>,
        phase: Phase,
        took: Duration,
    ) {
        let same = |row: &&mut PhaseInterval| {
            (row.second, row.population, row.region, row.phase) == (second, population, region, phase)
        };
        if let Some(row) = self.phases.iter_mut().rev().find(same) {
            row.duration.record(took);
            return;
        }
        let mut row = PhaseInterval { second, population, region, phase, duration: record::Histogram::new() };
        row.duration.record(took);
        self.phases.push(row);
    }

    /// Gives away everything; what `send` gives back stays.
    pub(super) fn drain(&mut self, mut send: impl FnMut(Entry) -> Option<Entry>) {
        self.places.clear();
        for interval in std::mem::take(&mut self.intervals) {
            if let Some(Entry::Interval(interval)) = send(Entry::Interval(interval)) {
                let key = Key::of(&interval);
                self.places.insert(key, self.intervals.len());
                self.intervals.push(interval);
            }
        }
        for phase in std::mem::take(&mut self.phases) {
            if let Some(Entry::Phase(phase)) = send(Entry::Phase(phase)) {
                self.phases.push(phase);
            }
        }
    }

    fn interval(
        &mut self,
        second: u64,
        population: usize,
        region: Option<usize>,
        step: usize,
        outcome: Outcome,
    ) -> &mut Interval {
        let is_it = |interval: &Interval| {
            (interval.second, interval.population, interval.served_by, interval.step, interval.outcome)
                == (second, population, region, step, outcome)
        };
        let key = Key::new(second, population, region, step, outcome);
        let known = self.places.get(&key).copied();
        // A key that is taken by another kind finds it by search, or begins a further one: several of a kind add up.
        let found = known
            .filter(|index| is_it(&self.intervals[*index]))
            .or_else(|| known.and_then(|_| self.intervals.iter().rposition(is_it)));
        let index = found.unwrap_or_else(|| {
            self.intervals.push(Interval::empty(second, population, region, step, outcome));
            self.intervals.len() - 1
        });
        self.places.entry(key).or_insert(index);
        &mut self.intervals[index]
    }
}

impl Key {
    fn of(interval: &Interval) -> Self {
        Self::new(interval.second, interval.population, interval.served_by, interval.step, interval.outcome)
    }
}

/// One multiplication: the keys are few, ours, and differ in a handful of bits.
#[derive(Debug, Default)]
struct KeyHasher(u64);

impl Hasher for KeyHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, word: u64) {
        self.0 = (self.0 ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(26);
    }
}
