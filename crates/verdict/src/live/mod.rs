//! What can be said while a run goes on: states, phase, marks, one sentence, and the scorecard so far.
//!
//! ```text
//!   plan ──▶ Live ◀── entries, as they come          Live::now(when) ──▶ Now ──▶ terminal, page
//! ```
//!
//! Map: `state` has the rules for how a population fares, `seconds` counts its last minute for them; `faults` finds the marks with the
//! verdict's own rules on what is known so far; `generators` says whether to trust the measurement, `coverage` what of it is known; `phase` says where the run is;
//! `servers` when it is worth a line that others serve a population; `templates` has every sentence; `score` the scorecard, also that of a judged run.
//!
//! Nothing here is a verdict: that comes from the whole recording ([`crate::judge()`]), and it replaces what was said.
//!
//! Invariants: no I/O, no clock; time comes in with [`Live::now`]. The same entries and times give the same words. No data is never
//! fine. What isn't measured says so.

mod coverage;
mod faults;
mod generators;
mod phase;
mod score;
mod seconds;
mod servers;
mod state;
mod templates;

pub use coverage::{CoverageNow, MissingSeconds};
pub use faults::MarkNow;
pub use generators::{GeneratorNow, SILENCE_MAX};
pub use phase::Phase;
pub use score::{Mark, PromiseRow, ScoreRow, judged, promises};
pub use seconds::Answers;
pub use servers::Servers;
pub use state::{Limits, State, Window};
pub use templates::{SECOND_LINE_MAX, SENTENCE_MAX};

use faults::{Faults, Found};
use generators::Generators;
use phase::Course;
use plan::resolved::{ObjectiveKind, ResolvedPlan};
use record::{Entry, Event, EventKind};
use score::SoFar;
use seconds::{Seconds, WINDOW};
use std::time::Duration;
use templates::{Told, Who};
use units::RunTime;

/// A second counts as complete when it is this old, where nobody says that it is.
pub const FINAL_DELAY: Duration = Duration::from_secs(3);

/// Follows a run.
#[derive(Debug, Clone)]
pub struct Live {
    started_unix_us: Option<u64>,
    faults: Faults,
    seconds: Seconds,
    generators: Generators,
    course: Course,
    populations: Vec<Fares>,
    found: Found,
    /// The second that the findings are of; `None`: none were made, or something happened since.
    found_at: Option<u64>,
}

/// How a population fares, and since when.
#[derive(Debug, Clone, Copy, Default)]
struct Fares {
    state: Option<State>,
    since: RunTime,
}

/// What can be said at an instant.
#[derive(Debug, Clone, PartialEq)]
pub struct Now {
    /// Up to when this holds.
    pub at: RunTime,
    /// Since the start of load; zero before it.
    pub elapsed: Duration,
    /// Where the run is.
    pub phase: Phase,
    /// In words, for the head: `fault lose-europe 0:11 of 0:22`, `fault in 0:50`.
    pub phase_text: String,
    /// Whether somebody holds the load.
    pub is_held: bool,
    /// The worst of all populations.
    pub state: State,
    /// Who, what, since when, where now. At most [`SENTENCE_MAX`] characters.
    pub sentence: String,
    /// The others, and whether the measurement is trusted.
    pub second_line: String,
    /// Whether the measurement is trusted, so far.
    pub is_trusted: bool,
    /// Requests that ended, a second, over the last five.
    pub rate: f64,
    /// What counts as fine.
    pub limits: Limits,
    /// Each population, in the plan's order.
    pub populations: Vec<PopulationNow>,
    /// The generators in one line: `3/3 trusted · CPU at most 41 % · clock ±4 ms · complete`.
    pub generators_line: String,
    /// Each generator.
    pub generators: Vec<GeneratorNow>,
    /// Marks of all faults that began.
    pub marks: Vec<MarkNow>,
    /// The scorecard.
    pub score: Vec<ScoreRow>,
    /// The promises.
    pub promises: Vec<PromiseRow>,
}

/// How one population fares.
#[derive(Debug, Clone, PartialEq)]
pub struct PopulationNow {
    /// Its name.
    pub name: String,
    /// In one word.
    pub state: State,
    /// Since when.
    pub since: RunTime,
    /// Why it is in that state; empty for fine.
    pub why: String,
    /// Why its generators can't be trusted, whatever state it is in; `None`: they can.
    pub distrust: Option<String>,
    /// Its home; `None`: not known.
    pub home: Option<usize>,
    /// Its last five seconds.
    pub window: Window,
    /// For how long it has been affected in this run.
    pub affected: Duration,
}

impl Live {
    /// Follows a run of that plan from its start, which is so many microseconds after 1970 UTC; `None`: nobody knows, and times are told
    /// from the load's start.
    #[must_use]
    pub fn new(plan: ResolvedPlan, started_unix_us: Option<u64>) -> Self {
        let populations = plan.populations.len();
        Self {
            started_unix_us,
            seconds: Seconds::of(populations),
            generators: Generators::default(),
            course: Course::default(),
            populations: vec![Fares::default(); populations],
            found: Found { homes: vec![None; populations], ..Found::default() },
            found_at: None,
            faults: Faults::of(plan),
        }
    }

    /// Something happened.
    pub fn take(&mut self, entry: &Entry) {
        match entry {
            Entry::Event(event) => self.event(event),
            Entry::Interval(interval) => {
                self.seconds.interval(interval);
                self.faults.interval(interval);
            }
            Entry::Arrivals(arrivals) => {
                self.seconds.arrivals(arrivals);
                self.generators.arrivals(arrivals);
            }
            Entry::Generator(health) => self.generators.health(health),
            Entry::Agent(news) => self.generators.news(news),
            Entry::Phase(_) | Entry::Ledger(_) => {}
        }
    }

    fn event(&mut self, event: &Event) {
        self.course.event(event);
        self.faults.event(event);
        self.found_at = None;
        match &event.kind {
            EventKind::GeneratorSaturated(is_saturated) => self.generators.saturated(*is_saturated),
            EventKind::FaultUnproven(fault) => self.generators.doubt(&format!("the effect of {fault} is not proven")),
            EventKind::FaultFailed(fault) => self.generators.doubt(&format!("{fault} failed")),
            EventKind::FaultNotHealed(fault) => self.generators.doubt(&format!("the removal of {fault} is not proven")),
            EventKind::LoadHeld { how, .. } => self.generators.doubt(&format!("the load was held {how}")),
            EventKind::Aborted => self.generators.doubt("the run was stopped before its end"),
            _ => {}
        }
    }

    /// The plan, with the faults that were given behind its own.
    #[must_use]
    pub fn plan(&self) -> &ResolvedPlan {
        self.faults.plan()
    }

    /// The first second of which not everything is known at that time.
    #[must_use]
    pub fn complete_until(&self, now: RunTime) -> u64 {
        let by_age = now.second().saturating_sub(FINAL_DELAY.as_secs());
        self.generators.complete_until().map_or(by_age, |said| said.max(by_age)).min(now.second())
    }

    /// How far what a generator did under load is known by that time; `None`: nobody keeps account of it, as in recordings before 1.1.
    #[must_use]
    pub fn coverage(&self, agent: usize, now: RunTime) -> Option<CoverageNow> {
        let from = self.course.load_started.unwrap_or(now).second();
        let until = self.heard(now).second().min(self.complete_until(now)).max(from);
        self.generators.coverage(agent, from..until)
    }

    /// What counts as fine.
    #[must_use]
    pub fn limits(&self) -> Limits {
        let plan = self.plan();
        let p99_max = plan.objectives.iter().filter_map(|objective| match objective.kind {
            ObjectiveKind::ResponseTime { max, step: None, .. } => Some(max),
            _ => None,
        });
        Limits { success_min: plan.trust.recovered_success_min.fraction(), p99_max: p99_max.min() }
    }

    /// A population's home: who served it in the baseline; until that is known the region that is nearest to it.
    #[must_use]
    pub fn home(&self, population: usize) -> Option<usize> {
        self.found.homes[population].or_else(|| self.plan().populations[population].nearest.first().copied())
    }

    /// State and p99 of each of the last 60 seconds of a population, oldest first.
    #[must_use]
    pub fn history(&self, population: usize, now: RunTime) -> Vec<(State, Option<Duration>)> {
        self.seconds.history(population, self.home(population), self.heard(now), &self.limits())
    }

    /// How the requests of each of the last 60 seconds ended, oldest first; `None`: nothing is known of that second.
    #[must_use]
    pub fn answers(&self, population: usize, now: RunTime) -> Vec<Option<Answers>> {
        self.seconds.answers(population, self.heard(now))
    }

    /// A population's last `seconds` seconds, at most 60.
    #[must_use]
    pub fn last(&self, population: usize, now: RunTime, seconds: u64) -> Window {
        self.seconds.last(population, self.home(population), now, seconds)
    }

    /// Until when users are looked at: there are none behind the load's end.
    fn heard(&self, now: RunTime) -> RunTime {
        self.course.load_ended.map_or(now, |ended| now.min(ended))
    }

    /// What can be said at that time, which is not before any that was asked for.
    pub fn now(&mut self, now: RunTime) -> Now {
        if self.found_at != Some(now.second()) {
            self.found = self.faults.find(now, self.complete_until(now));
            self.found_at = Some(now.second());
        }
        let limits = self.limits();
        let has_load = self.course.load_started.is_some() && self.course.load_ended.is_none();
        let generators = self.generators.now(now, has_load, &self.plan().trust);
        let populations: Vec<PopulationNow> =
            (0..self.populations.len()).map(|index| self.population(index, now, &limits, &generators)).collect();
        let is_well = populations.iter().all(|one| one.state.is_well());
        let since = self.course.fault_since();
        let was_hit = self.found.impact.iter().flatten().any(|impact| since.is_some_and(|since| *impact >= since));
        let phase = self.course.phase(is_well, was_hit);
        let doubt = self.doubt(&generators);
        let (sentence, second_line) = self.words(now, phase, &populations, doubt.as_deref());
        let so_far = SoFar {
            plan: self.plan(),
            found: &self.found,
            until: self.found.measured.map_or(now, |measured| measured.to),
            doubts: doubt.as_slice(),
            is_reading_back: phase == Phase::Settling,
        };
        let ended: u64 = populations.iter().map(|one| one.window.ended()).sum();
        Now {
            at: now,
            elapsed: self.course.load_started.map_or(Duration::ZERO, |started| now.saturating_since(started)),
            phase,
            phase_text: self.course.text(phase, now, &self.faults),
            is_held: self.course.is_held(now),
            state: populations.iter().map(|one| one.state).max().unwrap_or(State::NoData),
            sentence,
            second_line,
            is_trusted: doubt.is_none(),
            #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
            rate: ended as f64 / WINDOW as f64,
            limits,
            generators_line: generators::line(&generators, self.generators.doubts()),
            marks: self.found.outages.iter().flat_map(|outage| outage.marks.clone()).collect(),
            score: so_far.rows(),
            promises: so_far.promises(),
            populations,
            generators,
        }
    }

    /// Why the measurement can't be trusted: by what it is now, or by what the run has against it.
    fn doubt(&self, generators: &[GeneratorNow]) -> Option<String> {
        let kept = self.generators.doubts().first().cloned();
        kept.or_else(|| {
            let bad = generators.iter().find(|one| !one.distrust.is_empty())?;
            Some(format!("{}: {}", bad.name, bad.distrust))
        })
    }

    fn population(
        &mut self,
        index: usize,
        now: RunTime,
        limits: &Limits,
        generators: &[GeneratorNow],
    ) -> PopulationNow {
        let home = self.home(index);
        let heard = self.heard(now);
        let window = self.seconds.window(index, home, heard);
        let distrust = self.generators.distrust(generators, index);
        let bare = window.state(limits);
        let state = if distrust.is_some() { bare.in_doubt() } else { bare };
        if self.populations[index].state != Some(state) {
            let since = self.since(index, state, heard, limits, &window);
            self.populations[index] = Fares { state: Some(state), since };
        }
        PopulationNow {
            name: self.plan().populations[index].name.to_string(),
            state,
            // Who has had no data since before there was load has had none since then.
            since: self.populations[index].since.max(self.course.load_started.unwrap_or_default()),
            why: self.why(index, state, heard, limits, &window, distrust.as_deref()),
            distrust,
            home,
            window,
            affected: self.found.affected.get(index).copied().unwrap_or_default(),
        }
    }

    /// Since when a population is in a state that it was not in before.
    fn since(&self, population: usize, state: State, now: RunTime, limits: &Limits, window: &Window) -> RunTime {
        let start = |second: u64| RunTime::from(Duration::from_secs(second));
        let first_of = |states: &[State]| {
            let holds =
                |second| states.contains(&self.seconds.state_of(population, self.home(population), second, limits));
            start(self.seconds.since(now, holds))
        };
        let found = match state {
            State::Down => start(now.second()) - window.failing_for,
            State::NoData => self.seconds.told(population).map_or(RunTime::START, |second| start(second + 1)).min(now),
            State::NotTrusted => now,
            State::Degraded => first_of(&[State::Degraded, State::Down]),
            State::Rerouted => first_of(&[State::Rerouted]),
            State::Fine => first_of(&[State::Fine]),
        };
        // A state doesn't begin before the one that it follows, nor before there was load.
        found.max(self.populations[population].since).max(self.course.load_started.unwrap_or_default())
    }

    fn why(
        &self,
        population: usize,
        state: State,
        now: RunTime,
        limits: &Limits,
        window: &Window,
        distrust: Option<&str>,
    ) -> String {
        let failed = window.failed_share();
        match state {
            State::Fine => String::new(),
            State::NotTrusted => distrust.unwrap_or_default().to_owned(),
            State::NoData if window.silent_for >= FINAL_DELAY => templates::silent(window.silent_for),
            State::NoData => templates::NOTHING_ENDED.to_owned(),
            State::Rerouted => self.served_text(population, now),
            State::Degraded => match (window.p99, limits.p99_max) {
                (Some(p99), Some(max))
                    if p99 > max && failed.is_none_or(|failed| 1.0 - failed >= limits.success_min) =>
                {
                    templates::slow(p99, max)
                }
                _ => {
                    // Right after an outage the last seconds say more than the five that it is told from.
                    let recent = self.seconds.last(population, self.home(population), now, 2).failed_share();
                    let still = recent.filter(|failed| 1.0 - failed < limits.success_min).or(failed);
                    templates::succeed(1.0 - still.unwrap_or(0.0), limits.success_min)
                }
            },
            State::Down => {
                let recent = self.seconds.last(population, self.home(population), now, 2);
                match recent.failed_share() {
                    Some(failed) => {
                        let kind = self.seconds.usual_failure(population, now).map(record::Outcome::as_str);
                        templates::failing(failed, kind)
                    }
                    None => templates::unanswered(self.seconds.in_flight(population)),
                }
            }
        }
    }

    fn served_text(&self, population: usize, now: RunTime) -> String {
        let served = self.served(population, now, WINDOW);
        let text = |(region, share): &(String, f64)| format!("{region} ({})", crate::words::share(*share));
        format!("served by {}", crate::words::list(&served.iter().take(3).map(text).collect::<Vec<_>>()))
    }

    fn served(&self, population: usize, now: RunTime, seconds: u64) -> Vec<(String, f64)> {
        let named = |(region, share): (Option<usize>, f64)| {
            let name =
                region.map_or_else(|| "an unknown region".to_owned(), |at| self.plan().regions[at].name.to_string());
            (name, share)
        };
        self.seconds.served(population, now, seconds).into_iter().map(named).collect()
    }

    /// The sentence and the second line.
    fn words(
        &self,
        now: RunTime,
        phase: Phase,
        populations: &[PopulationNow],
        doubt: Option<&str>,
    ) -> (String, String) {
        let worst = (0..populations.len())
            .max_by_key(|index| (populations[*index].state, populations[*index].affected, std::cmp::Reverse(*index)));
        let is_told = (0..populations.len()).any(|index| self.seconds.told(index).is_some());
        let worst = worst.filter(|_| is_told);
        let told = Told {
            phase,
            populations: populations.len(),
            generators: self.generators.count(),
            has_begun: self.course.load_started.is_some(),
            worst: worst.map(|index| self.who(index, &populations[index], now)).unwrap_or_default(),
            all_fine: populations.iter().map(|one| now.saturating_since(one.since)).min().unwrap_or_default(),
            next: self.course.next(now, &self.faults).map(|(name, left)| (name.to_owned(), left)),
            aborted: self.course.aborted.as_ref().map(|(_, text)| text.clone()).unwrap_or_default(),
        };
        let sentence = templates::sentence(&told);
        let others = || populations.iter().enumerate().filter(|(index, _)| Some(*index) != worst).map(|(_, one)| one);
        let mut not_well: Vec<&PopulationNow> = others().filter(|one| !one.state.is_well()).collect();
        not_well.sort_by_key(|one| std::cmp::Reverse(one.state));
        let named: Vec<(String, State, String)> =
            not_well.into_iter().map(|one| (one.name.clone(), one.state, one.why.clone())).collect();
        // A sentence that says that all are fine has told of the others.
        let is_all = phase != Phase::Aborted && told.worst.state == Some(State::Fine) && told.worst.affected.is_zero();
        let is_told = worst.is_some() && !is_all;
        let well = |state| others().filter(move |one| is_told && one.state == state);
        let mut rerouted: Vec<(String, Duration)> =
            well(State::Rerouted).map(|one| (one.name.clone(), one.affected)).collect();
        rerouted.sort_by_key(|(_, affected)| std::cmp::Reverse(*affected));
        let not_well = if worst.is_some() { named } else { Vec::new() };
        let others = templates::Others { not_well, rerouted, fine: well(State::Fine).count() };
        (sentence, templates::second_line(&others, doubt))
    }

    fn who(&self, index: usize, one: &PopulationNow, now: RunTime) -> Who {
        let impact = self.found.impact.get(index).copied().flatten();
        Who {
            name: one.name.clone(),
            state: Some(one.state),
            lasts: self.heard(now).saturating_since(one.since),
            since: self.clock(one.since),
            why: one.why.clone(),
            // Who is down was served by its home a moment ago, which is no news.
            served: self.served(index, self.heard(now), if one.state == State::Down { 2 } else { WINDOW }),
            home: one.home.map(|home| self.plan().regions[home].name.to_string()).unwrap_or_default(),
            affected: one.affected,
            down: self.found.down.get(index).copied().unwrap_or_default(),
            affected_since: impact.map(|impact| self.clock(impact)).unwrap_or_default(),
        }
    }

    /// The time of day in UTC, or the time since the load began.
    fn clock(&self, at: RunTime) -> String {
        match self.started_unix_us {
            Some(started) => {
                let seconds = (started + at.as_micros()) / 1_000_000 % 86_400;
                format!("{:02}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60)
            }
            None => crate::words::load_clock(at, self.course.load_started.unwrap_or_default()),
        }
    }
}
