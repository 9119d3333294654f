//! Requests worth a look: the longest successes of a population, and what failed last.
//!
//! A recording keeps no request by itself. It has the longest of those that were alike (same second, step, outcome and region), and how
//! many they were; that is what is told here, and no more.

use crate::wire::{Message, Sample, Samples};
use plan::resolved::ResolvedPlan;
use record::Interval;
use std::{
    cmp::Reverse,
    collections::{BTreeMap, VecDeque},
};

/// How many of each are kept for a population.
const KEPT: usize = 10;
/// Ticks between two messages, while something changes every second.
const PATIENCE: u32 = 2;

/// Those of all populations.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    steps: Vec<String>,
    by_population: BTreeMap<usize, Samples>,
    /// Populations of which something is new: who waits longest is first.
    news: VecDeque<usize>,
    ticks: u32,
}

impl Kept {
    pub(super) fn of(plan: &ResolvedPlan) -> Self {
        let steps = plan.journeys.iter().flat_map(|journey| &journey.steps).map(|step| step.name.to_string()).collect();
        Self { steps, by_population: BTreeMap::new(), news: VecDeque::new(), ticks: 0 }
    }

    pub(super) fn interval(&mut self, interval: &Interval) {
        let (Some(longest), Some(step)) = (interval.response.max(), self.steps.get(interval.step)) else { return };
        let sample = Sample {
            second: interval.second,
            step: step.clone(),
            outcome: interval.outcome.as_str().to_owned(),
            region: interval.served_by,
            longest_us: u64::try_from(longest.as_micros()).unwrap_or(u64::MAX),
            count: interval.count(),
        };
        let population = interval.population;
        let new = || Samples { population, ..Samples::default() };
        let kept = self.by_population.entry(population).or_insert_with(new);
        let is_new = if interval.outcome.is_ok() {
            put(&mut kept.slowest, sample, |one| (Reverse(one.longest_us), one.second))
        } else {
            put(&mut kept.failed, sample, |one| (Reverse(one.second), one.count))
        };
        if is_new && !self.news.contains(&population) {
            self.news.push_back(population);
        }
    }

    /// What is new of one population, once in [`PATIENCE`] ticks: of many each is told of now and then, and a second of them all costs no more than one of few.
    pub(super) fn now(&mut self) -> Option<Message> {
        self.ticks += 1;
        let population = if self.ticks.is_multiple_of(PATIENCE) { self.news.pop_front()? } else { return None };
        self.by_population.get(&population).cloned().map(Message::Samples)
    }

    /// What is new.
    pub(super) fn rest(&mut self) -> Vec<Message> {
        let news = std::mem::take(&mut self.news);
        news.iter().filter_map(|population| self.by_population.get(population)).cloned().map(Message::Samples).collect()
    }

    pub(super) fn all(&self) -> impl Iterator<Item = Message> + '_ {
        self.by_population.values().cloned().map(Message::Samples)
    }
}

/// Puts a sample into its place by `order`, or adds it to the one that it is alike; whether the list is another now.
fn put<K: Ord>(list: &mut Vec<Sample>, sample: Sample, order: impl Fn(&Sample) -> K) -> bool {
    let key = |one: &Sample| (one.second, one.step.clone(), one.outcome.clone(), one.region);
    if let Some(known) = list.iter_mut().find(|one| key(one) == key(&sample)) {
        known.longest_us = known.longest_us.max(sample.longest_us);
        known.count += sample.count;
    } else if list.len() < KEPT || list.last().is_some_and(|last| order(&sample) < order(last)) {
        list.push(sample);
    } else {
        return false;
    }
    list.sort_by_key(|one| order(one));
    list.truncate(KEPT);
    true
}
