//! How the generators fare while a run goes on, and whether what they measure can be trusted.
//!
//! The limits are the plan's, and those of the verdict (`rules::trust`). A generator is held against them over its last ten seconds,
//! so that one which has caught up is seen to have; what the run has against it so far is kept, for the verdict will hold it
//! against the run.

use super::{
    coverage::{CoverageNow, coverage},
    state::share,
};
use crate::{evidence::Coverage, words};
use plan::resolved::Trust;
use record::{AgentEntry, AgentNews, ArrivalCounts, GeneratorSecond, Histogram};
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
    time::Duration,
};
use units::RunTime;

/// Seconds that a generator's health is told from.
const RECENT: u64 = 10;
/// No news for this long: it is silent.
pub const SILENCE_MAX: Duration = Duration::from_secs(3);

/// A generator as it fares now.
#[derive(Debug, Clone, PartialEq)]
pub struct GeneratorNow {
    /// Its number, from 0.
    pub agent: usize,
    /// What it is called.
    pub name: String,
    /// Where it stands; empty: here, and every path is emulated.
    pub place: String,
    /// Arrivals that the plan wanted of it, in the last ten seconds.
    pub due: u64,
    /// Those it started.
    pub sent: u64,
    /// p99 of the send lag in the last ten seconds; `None`: too few samples.
    pub lag_p99: Option<Duration>,
    /// The busiest thread's share of a core in the last ten seconds, 0 to 1; `None`: not measured.
    pub cpu: Option<f64>,
    /// Open files; 0: not measured.
    pub descriptors: u64,
    /// The most it may open; 0: not measured.
    pub descriptors_max: u64,
    /// Bytes of memory; 0: not measured.
    pub memory: u64,
    /// By so much can its clock be off; `None`: not known.
    pub clock_bound: Option<Duration>,
    /// The newest second it has told of.
    pub last_second: Option<u64>,
    /// Why it is not trusted now; empty: it is.
    pub distrust: String,
}

/// All generators.
#[derive(Debug, Clone, Default)]
pub(super) struct Generators {
    agents: BTreeMap<usize, Agent>,
    coverage: Coverage,
    is_saturated: bool,
    /// What the run has against the measurement so far, in the order in which it came.
    doubts: Vec<String>,
}

#[derive(Debug, Clone, Default)]
struct Agent {
    name: String,
    place: String,
    clock_bound: Option<Duration>,
    /// Populations it generates.
    populations: BTreeSet<usize>,
    recent: BTreeMap<u64, Second>,
    last_second: Option<u64>,
    complete: Option<u64>,
    health: Option<GeneratorSecond>,
    cpu: BTreeMap<u64, f64>,
    ended: Option<Ended>,
    /// The last second that it could not keep, and why.
    missing: Option<(u64, String)>,
}

#[derive(Debug, Clone, PartialEq)]
enum Ended {
    Drained,
    TakenOver,
    Lost(String),
}

#[derive(Debug, Clone, Default)]
struct Second {
    due: u64,
    sent: u64,
    unsent: u64,
    lag: Histogram,
}

impl Generators {
    pub(super) fn arrivals(&mut self, counts: &ArrivalCounts) {
        let agent = self.agents.entry(counts.agent).or_default();
        agent.told(counts.second);
        agent.populations.insert(counts.population);
        let oldest = agent.last_second.unwrap_or_default().saturating_sub(RECENT + 2);
        if counts.second < oldest {
            return;
        }
        agent.recent = agent.recent.split_off(&oldest);
        let second = agent.recent.entry(counts.second).or_default();
        second.due += counts.intended;
        second.sent += counts.started;
        second.unsent += counts.dropped + counts.unsent;
        second.lag = Histogram::merged([&second.lag, &counts.send_lag]);
    }

    pub(super) fn health(&mut self, health: &GeneratorSecond) {
        let agent = self.agents.entry(health.agent).or_default();
        agent.told(health.second);
        if let Some(cpu) = health.thread_cpu.iter().copied().max_by(f64::total_cmp) {
            agent.cpu.insert(health.second, cpu);
            agent.cpu = agent.cpu.split_off(&health.second.saturating_sub(RECENT));
        }
        agent.health = Some(health.clone());
    }

    pub(super) fn saturated(&mut self, is_saturated: bool) {
        self.is_saturated = is_saturated;
        if is_saturated {
            self.doubt("the generator could not keep up");
        }
    }

    /// A proof that failed, or another thing that the verdict will hold against the measurement.
    pub(super) fn doubt(&mut self, text: &str) {
        if !self.doubts.iter().any(|known| known == text) {
            self.doubts.push(text.to_owned());
        }
    }

    pub(super) fn news(&mut self, entry: &AgentEntry) {
        self.coverage.take(entry);
        let agent = self.agents.entry(entry.agent).or_default();
        match &entry.news {
            AgentNews::Joined(joined) => {
                agent.name.clone_from(&joined.name);
                agent.place = joined.place.clone().unwrap_or_default();
                agent.clock_bound = Some(joined.clock_bound);
                agent.populations = generated(&joined.shares);
            }
            AgentNews::Shares { shares, .. } => agent.populations = generated(shares),
            AgentNews::Complete { second, .. } => {
                agent.complete = agent.complete.max(Some(*second));
                agent.told(*second);
            }
            AgentNews::Missing { from, to, reason } => {
                agent.missing = Some((*to, reason.clone()));
                let seconds = words::counted(to - from + 1, "second");
                let text = format!("{seconds} of {} missing: {reason}", self.name(entry.agent));
                self.doubt(&text);
            }
            AgentNews::Lost { reason } => {
                agent.ended = Some(Ended::Lost(reason.clone()));
                let text = format!("{} was lost: {reason}", self.name(entry.agent));
                self.doubt(&text);
            }
            AgentNews::Drained => agent.ended = Some(Ended::Drained),
            AgentNews::TakenOver { .. } => agent.ended = Some(Ended::TakenOver),
            AgentNews::Began { .. } | AgentNews::Batch { .. } => {}
        }
    }

    /// How many have joined, or have told something.
    pub(super) fn count(&self) -> usize {
        self.agents.len()
    }

    /// The first second of the run that not everybody has called complete; `None`: nobody says which seconds are.
    pub(super) fn complete_until(&self) -> Option<u64> {
        let going = self.agents.values().filter(|agent| agent.ended.is_none());
        let known: Vec<Option<u64>> = going.map(|agent| agent.complete).collect();
        known
            .iter()
            .any(Option::is_some)
            .then(|| known.into_iter().map(|at| at.map_or(0, |second| second + 1)).min())?
    }

    /// How far what one of them did in those seconds of load is known; `None`: nobody keeps account of it.
    pub(super) fn coverage(&self, agent: usize, load: Range<u64>) -> Option<CoverageNow> {
        let going = self.agents.get(&agent).filter(|agent| agent.ended.is_none());
        coverage(&self.coverage, agent, load, going.map(|agent| agent.complete.map_or(0, |second| second + 1)))
    }

    /// What the run has against the measurement so far.
    pub(super) fn doubts(&self) -> &[String] {
        &self.doubts
    }

    /// Each of them, as it fares now. Whoever says nothing any more is silent only while there is load.
    pub(super) fn now(&self, now: RunTime, has_load: bool, trust: &Trust) -> Vec<GeneratorNow> {
        self.agents.keys().map(|agent| self.one(*agent, now, has_load, trust)).collect()
    }

    /// By population: why a generator of it can't be trusted now.
    pub(super) fn distrust(&self, generators: &[GeneratorNow], population: usize) -> Option<String> {
        let of = |one: &&GeneratorNow| self.agents[&one.agent].populations.contains(&population);
        let bad = generators.iter().filter(of).find(|one| !one.distrust.is_empty());
        bad.map(|one| format!("{}: {}", one.name, one.distrust))
    }

    fn name(&self, agent: usize) -> String {
        match self.agents.get(&agent).map(|agent| agent.name.as_str()) {
            None | Some("") if self.agents.len() < 2 => "the generator".to_owned(),
            None | Some("") => format!("generator {}", agent + 1),
            Some(name) => name.to_owned(),
        }
    }

    fn one(&self, index: usize, now: RunTime, has_load: bool, trust: &Trust) -> GeneratorNow {
        let agent = &self.agents[&index];
        let end = now.second();
        let recent = || agent.recent.range(end.saturating_sub(RECENT)..).map(|(_, second)| second);
        let (due, sent) = recent().fold((0, 0), |sum, second| (sum.0 + second.due, sum.1 + second.sent));
        let lag_p99 = Histogram::merged(recent().map(|second| &second.lag)).percentile(99.0);
        let unsent: u64 = recent().map(|second| second.unsent).sum();
        let health = agent.health.as_ref();
        let distrust = agent.distrust(now, has_load).or_else(|| {
            let late = lag_p99.filter(|p99| *p99 > trust.send_lag_p99_max);
            let unsent = share(unsent, due).filter(|share| *share > trust.unsent_max.fraction());
            if self.is_saturated {
                Some("it can't keep up".to_owned())
            } else if let Some(p99) = late {
                let limit = words::duration(trust.send_lag_p99_max);
                Some(format!("send lag p99 {} > {limit}", words::duration_against(p99, trust.send_lag_p99_max)))
            } else {
                unsent.map(|share| format!("{} of its load was not sent", words::share(share)))
            }
        });
        GeneratorNow {
            agent: index,
            name: self.name(index),
            place: agent.place.clone(),
            due,
            sent,
            lag_p99,
            cpu: agent.cpu.range(end.saturating_sub(RECENT)..).map(|(_, cpu)| *cpu).max_by(f64::total_cmp),
            descriptors: health.map_or(0, |health| health.descriptors),
            descriptors_max: health.map_or(0, |health| health.descriptors_max),
            memory: health.map_or(0, |health| health.memory),
            clock_bound: agent.clock_bound,
            last_second: agent.last_second,
            distrust: distrust.unwrap_or_default(),
        }
    }
}

impl Agent {
    fn told(&mut self, second: u64) {
        self.last_second = self.last_second.max(Some(second));
    }

    /// What is wrong with it beside being late.
    fn distrust(&self, now: RunTime, has_load: bool) -> Option<String> {
        match &self.ended {
            Some(Ended::Lost(reason)) => return Some(format!("lost: {reason}")),
            Some(Ended::Drained | Ended::TakenOver) => return None,
            None => {}
        }
        if let Some((_, reason)) = self.missing.as_ref().filter(|(to, _)| to + RECENT >= now.second()) {
            return Some(format!("seconds are missing: {reason}"));
        }
        let told_until = RunTime::from(Duration::from_secs(self.last_second? + 1));
        let silent = now.saturating_since(told_until);
        (has_load && silent >= SILENCE_MAX).then(|| format!("silent for {}", words::duration(silent)))
    }
}

/// The populations of which there is a part.
fn generated<T>(shares: &[Option<T>]) -> BTreeSet<usize> {
    shares.iter().enumerate().filter(|(_, share)| share.is_some()).map(|(population, _)| population).collect()
}

/// The one line: `3/3 trusted · not sent 0 % · late at most 9 ms · CPU at most 41 % · clock ±4 ms · complete`.
pub(super) fn line(generators: &[GeneratorNow], doubts: &[String]) -> String {
    if generators.is_empty() {
        return "no generator yet".to_owned();
    }
    let trusted = generators.iter().filter(|one| one.distrust.is_empty()).count();
    // What the run has against the measurement stays, also when all are well again.
    let now = if doubts.is_empty() { "" } else { " now" };
    let mut parts = vec![format!("{trusted}/{} trusted{now}", generators.len())];
    let (due, sent) = generators.iter().fold((0, 0), |sum, one| (sum.0 + one.due, sum.1 + one.sent));
    parts.extend(share(due.saturating_sub(sent), due).map(|share| format!("not sent {}", words::share(share))));
    let lag = generators.iter().filter_map(|one| one.lag_p99).max();
    parts.extend(lag.map(|lag| format!("late at most {}", words::duration(lag))));
    let cpu = generators.iter().filter_map(|one| one.cpu).max_by(f64::total_cmp);
    parts.extend(cpu.map(|cpu| format!("CPU at most {} %", (cpu * 100.0).round())));
    let clock = generators.iter().filter_map(|one| one.clock_bound).max().filter(|bound| !bound.is_zero());
    parts.extend(clock.map(|bound| format!("clock ±{}", words::duration(bound))));
    parts.push(doubts.first().cloned().unwrap_or_else(|| "complete".to_owned()));
    parts.join(" · ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_doubt_that_stays_is_no_verdict_on_how_they_fare_now() {
        let well = GeneratorNow {
            agent: 0,
            name: "g-eu".to_owned(),
            place: String::new(),
            due: 100,
            sent: 100,
            lag_p99: None,
            cpu: Some(0.41),
            descriptors: 0,
            descriptors_max: 0,
            memory: 0,
            clock_bound: None,
            last_second: Some(9),
            distrust: String::new(),
        };
        let told = |doubts: &[String]| line(std::slice::from_ref(&well), doubts);
        assert_eq!(told(&[]), "1/1 trusted · not sent 0 % · CPU at most 41 % · complete");
        assert_eq!(
            told(&["it could not keep up".to_owned()]),
            "1/1 trusted now · not sent 0 % · CPU at most 41 % · it could not keep up"
        );
    }
}
