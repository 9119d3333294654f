//! What each population met in the last minute, second by second.

use super::state::{Limits, State, Window, share};
use record::{ArrivalCounts, Histogram, Interval, Outcome};
use std::{collections::BTreeMap, time::Duration};
use units::RunTime;

/// Seconds that a state is told from.
pub(super) const WINDOW: u64 = 5;
/// Seconds that are drawn in a terminal.
pub(super) const HISTORY: u64 = 60;
/// Seconds in a row in which nobody was due, behind which no failing is looked for.
const QUIET_MAX: u32 = 3;
/// What a request may take on top of what is usual before it counts as not succeeding.
const PATIENCE: Duration = Duration::from_secs(1);

/// The last seconds of all populations.
#[derive(Debug, Clone)]
pub(super) struct Seconds {
    populations: usize,
    seconds: BTreeMap<u64, Vec<Second>>,
    /// By population: the newest second that was told of.
    told: Vec<Option<u64>>,
}

/// One second of one population.
#[derive(Debug, Clone, Default)]
struct Second {
    started: u64,
    in_flight: u64,
    failed: u64,
    /// Successes by region.
    served: Vec<(Option<usize>, u64)>,
    failures: BTreeMap<Outcome, u64>,
    response: Histogram,
}

/// How the requests of one second ended.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Answers {
    /// Response times of successes.
    pub response: Histogram,
    /// Failures.
    pub failed: u64,
}

/// What a second says of whether a population is served.
enum Said {
    /// At least half succeeded.
    Good,
    /// Less than half did.
    Bad,
    /// Nothing has ended yet.
    Open,
    /// Nothing was to be done.
    Quiet,
}

impl Second {
    fn ok(&self) -> u64 {
        self.served.iter().map(|(_, count)| count).sum()
    }

    fn said(&self) -> Said {
        let ok = self.ok();
        match (ok, self.failed, self.started) {
            (0, 0, 0) => Said::Quiet,
            (0, 0, _) => Said::Open,
            _ if ok < self.failed => Said::Bad,
            _ => Said::Good,
        }
    }
}

impl Seconds {
    pub(super) fn of(populations: usize) -> Self {
        Self { populations, seconds: BTreeMap::new(), told: vec![None; populations] }
    }

    pub(super) fn interval(&mut self, interval: &Interval) {
        let Some(second) = self.second(interval.second, interval.population) else { return };
        let count = interval.count();
        if !interval.outcome.is_ok() {
            second.failed += count;
            *second.failures.entry(interval.outcome).or_default() += count;
            return;
        }
        second.response = Histogram::merged([&second.response, &interval.response]);
        match second.served.iter_mut().find(|(region, _)| *region == interval.served_by) {
            Some((_, sum)) => *sum += count,
            None => second.served.push((interval.served_by, count)),
        }
    }

    pub(super) fn arrivals(&mut self, arrivals: &ArrivalCounts) {
        if let Some(second) = self.second(arrivals.second, arrivals.population) {
            second.started += arrivals.started;
            second.in_flight += arrivals.in_flight;
        }
    }

    /// The second of a population, which is told of now; `None`: it is too old to matter.
    fn second(&mut self, second: u64, population: usize) -> Option<&mut Second> {
        self.told[population] = self.told[population].max(Some(second));
        let newest = self.seconds.last_key_value().map_or(second, |(newest, _)| *newest);
        if second + HISTORY + WINDOW < newest {
            return None;
        }
        if second > newest {
            self.seconds = self.seconds.split_off(&second.saturating_sub(HISTORY + WINDOW));
        }
        let all = self.seconds.entry(second).or_insert_with(|| vec![Second::default(); self.populations]);
        Some(&mut all[population])
    }

    fn get(&self, population: usize, second: u64) -> Option<&Second> {
        self.seconds.get(&second).map(|all| &all[population])
    }

    /// The newest second that was told of a population.
    pub(super) fn told(&self, population: usize) -> Option<u64> {
        self.told[population]
    }

    /// Its last five seconds before `now`.
    pub(super) fn window(&self, population: usize, home: Option<usize>, now: RunTime) -> Window {
        let end = now.second();
        let told_until = self.told(population).map(|second| RunTime::from(Duration::from_secs(second + 1)));
        let mut window = self.counted(population, home, end.saturating_sub(WINDOW), end);
        window.silent_for = told_until.map_or(now.since_start(), |until| now.saturating_since(until));
        window.failing_for = self.failing_for(population, now);
        window
    }

    /// The last `seconds` seconds before `now`, without how long it has been silent or failing.
    pub(super) fn last(&self, population: usize, home: Option<usize>, now: RunTime, seconds: u64) -> Window {
        self.counted(population, home, now.second().saturating_sub(seconds), now.second())
    }

    fn counted(&self, population: usize, home: Option<usize>, from: u64, to: u64) -> Window {
        let mut window = Window::default();
        let seconds = || self.seconds.range(from..to).map(|(_, all)| &all[population]);
        for second in seconds() {
            window.failed += second.failed;
            for (region, count) in &second.served {
                // Who answered without a name was not seen to be elsewhere.
                let is_elsewhere = region.is_some() && *region != home;
                *if is_elsewhere { &mut window.ok_elsewhere } else { &mut window.ok_home } += count;
            }
        }
        window.p99 = Histogram::merged(seconds().map(|second| &second.response)).percentile(99.0);
        window
    }

    /// State and p99 of each of the last 60 seconds, oldest first.
    pub(super) fn history(
        &self,
        population: usize,
        home: Option<usize>,
        now: RunTime,
        limits: &Limits,
    ) -> Vec<(State, Option<Duration>)> {
        let end = now.second();
        let one = |second: u64| {
            let mut window = self.counted(population, home, second, second + 1);
            let at = RunTime::from(Duration::from_secs(second + 1));
            window.failing_for = self.failing_for(population, at);
            (window.state(limits), window.p99)
        };
        (end.saturating_sub(HISTORY)..end).map(one).collect()
    }

    /// How the requests of each of the last 60 seconds ended that anybody knows something of, oldest first; `None`: of this population
    /// nothing is known of that second.
    pub(super) fn answers(&self, population: usize, now: RunTime) -> Vec<Option<Answers>> {
        let known = self.told.iter().flatten().max().map_or(0, |newest| newest + 1);
        let told = self.told(population).map_or(0, |newest| newest + 1);
        let end = known.min(now.second());
        let one = |second: u64| {
            let answers = |second: &Second| Answers { response: second.response.clone(), failed: second.failed };
            (second < told).then(|| self.get(population, second).map(answers).unwrap_or_default())
        };
        (end.saturating_sub(HISTORY)..end).map(one).collect()
    }

    /// The first second of the window from which on this holds for every second up to `now`.
    pub(super) fn since(&self, now: RunTime, holds: impl Fn(u64) -> bool) -> u64 {
        let end = now.second();
        let start = end.saturating_sub(WINDOW);
        (start..end).rev().take_while(|second| holds(*second)).last().unwrap_or(end)
    }

    /// For how long, up to `now`, less than half of its requests have succeeded.
    pub(super) fn failing_for(&self, population: usize, now: RunTime) -> Duration {
        let end = now.second();
        let mut first_failing = None;
        let mut quiet = 0;
        let mut usual = None;
        for second in (end.saturating_sub(HISTORY + WINDOW)..end).rev() {
            match self.get(population, second).map_or(Said::Quiet, Second::said) {
                Said::Good => break,
                Said::Bad => (first_failing, quiet) = (Some(second), 0),
                Said::Open => {
                    let age = now.saturating_since(RunTime::from(Duration::from_secs(second + 1)));
                    let usual = *usual.get_or_insert_with(|| self.usual(population));
                    if usual.is_some_and(|usual| age >= usual.max(PATIENCE)) {
                        (first_failing, quiet) = (Some(second), 0);
                    }
                }
                Said::Quiet => {
                    quiet += 1;
                    if quiet > QUIET_MAX {
                        break;
                    }
                }
            }
        }
        first_failing.map_or(Duration::ZERO, |first| Duration::from_secs(end - first))
    }

    /// What hardly any success of the last minute took longer than; `None`: there was none.
    fn usual(&self, population: usize) -> Option<Duration> {
        Histogram::merged(self.seconds.values().map(|all| &all[population].response)).value_at(99.0)
    }

    /// Who served it in the last `seconds` seconds, with the part of its successes, largest first; an unknown one is `None`.
    pub(super) fn served(&self, population: usize, now: RunTime, seconds: u64) -> Vec<(Option<usize>, f64)> {
        let mut sums: BTreeMap<Option<usize>, u64> = BTreeMap::new();
        let from = now.second().saturating_sub(seconds);
        for (_, all) in self.seconds.range(from..now.second()) {
            for (region, count) in &all[population].served {
                *sums.entry(*region).or_default() += count;
            }
        }
        let all: u64 = sums.values().sum();
        let mut served: Vec<_> =
            sums.into_iter().filter_map(|(region, count)| Some((region, share(count, all)?))).collect();
        served.sort_by(|one, other| other.1.total_cmp(&one.1));
        served
    }

    /// The most frequent kind of failure in the last five seconds.
    pub(super) fn usual_failure(&self, population: usize, now: RunTime) -> Option<Outcome> {
        let mut sums: BTreeMap<Outcome, u64> = BTreeMap::new();
        for (_, all) in self.seconds.range(now.second().saturating_sub(WINDOW)..now.second()) {
            for (outcome, count) in &all[population].failures {
                *sums.entry(*outcome).or_default() += count;
            }
        }
        sums.into_iter()
            .max_by_key(|(outcome, count)| (*count, std::cmp::Reverse(*outcome)))
            .map(|(outcome, _)| outcome)
    }

    /// Requests under way at the end of the newest second that was told of.
    pub(super) fn in_flight(&self, population: usize) -> u64 {
        self.told(population).and_then(|second| self.get(population, second)).map_or(0, |second| second.in_flight)
    }

    /// The state of one second alone.
    pub(super) fn state_of(&self, population: usize, home: Option<usize>, second: u64, limits: &Limits) -> State {
        let mut window = self.counted(population, home, second, second + 1);
        // One second is told by its own counts.
        if window.failed > window.ok_home + window.ok_elsewhere {
            window.failing_for = Duration::from_secs(2);
        }
        window.state(limits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seconds of one population of which so many started, succeeded at home and failed; 200 ms each.
    fn seconds(told: &[(u64, u32, u32)]) -> Seconds {
        let mut seconds = Seconds::of(1);
        for (second, (started, ok, failed)) in (0..).zip(told) {
            let counts = ArrivalCounts { second, started: *started, in_flight: *started, ..ArrivalCounts::default() };
            seconds.arrivals(&counts);
            for (count, outcome) in [(*ok, Outcome::Ok), (*failed, Outcome::Refused)] {
                let mut interval = Interval::empty(second, 0, (count > 0).then_some(0), 0, outcome);
                interval.tenths[0] = count;
                (0..count).for_each(|_| interval.response.record(Duration::from_millis(200)));
                seconds.interval(&interval);
            }
        }
        seconds
    }

    fn at(seconds: u64) -> RunTime {
        RunTime::from(Duration::from_secs(seconds))
    }

    #[test]
    fn failing_is_counted_back_to_the_last_second_that_was_good() {
        let calm = (10, 10, 0);
        type Case<'a> = (&'a str, &'a [(u64, u32, u32)], u64);
        let table: [Case<'_>; 7] = [
            ("all is well", &[calm, calm, calm], 0),
            ("exactly half succeed", &[calm, (10, 5, 5), (10, 5, 5)], 0),
            ("two seconds of failing", &[calm, calm, (10, 0, 10), (10, 1, 9)], 2),
            ("well again", &[calm, (10, 0, 10), (10, 0, 10), calm], 0),
            ("a second in which nobody was due is no recovery", &[calm, (10, 0, 10), (0, 0, 0), (10, 0, 10)], 3),
            ("nothing is answered any more: the newest second may still be", &[calm, (10, 0, 0), (10, 0, 0)], 2),
            ("nothing was ever answered, so nobody knows what is usual", &[(10, 0, 0), (10, 0, 0), (10, 0, 0)], 0),
        ];
        for (sentence, told, expected) in table {
            let now = at(told.len() as u64);
            assert_eq!(seconds(told).failing_for(0, now), Duration::from_secs(expected), "{sentence}");
        }
    }

    #[test]
    fn a_window_ends_with_the_last_whole_second_and_knows_how_old_it_is() {
        let seconds = seconds(&[(10, 10, 0); 4]);
        let window = seconds.window(0, Some(0), at(4));
        assert_eq!((window.ok_home, window.silent_for), (40, Duration::ZERO));
        assert_eq!(seconds.window(0, Some(1), at(4)).ok_elsewhere, 40, "another home");
        let later = seconds.window(0, Some(0), at(8));
        assert_eq!((later.ok_home, later.silent_for), (10, Duration::from_secs(4)));
    }
}
