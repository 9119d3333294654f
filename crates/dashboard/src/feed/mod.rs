//! The messages of a run, made from its entries as they come.
//!
//! ```text
//!   plan ──▶ Feed ◀── entries            tick(now) ──▶ messages, once a second or more often
//!              ▲                         catch_up() ──▶ what a late viewer has missed, but for the seconds
//!              └── findings              series(from, to, step) ──▶ the seconds
//! ```
//!
//! Map: `plan` says what is going to happen; `seconds` counts and keeps the seconds of the whole run, [`latency`] has its bins;
//! `staleness` counts what probes see; `samples` keeps requests that are worth a look; `marks`, `gaps`, `doubts` and `fine` keep what was said of each, so that only news is sent; `state` turns
//! what `verdict::live` says, and later the findings, into what the page draws.
//!
//! A second is told once it is complete: when every generator said so, or when it is [`verdict::live::FINAL_DELAY`] old. What comes
//! later restates it: the second is sent again and replaces. The messages of one tick are in this order: log lines, gaps, seconds,
//! tenths, marks, samples, doubts, generators, state.

mod doubts;
mod fine;
mod gaps;
pub mod latency;
mod log;
mod marks;
mod plan;
mod samples;
mod seconds;
mod staleness;
mod state;

use crate::wire::{End, Fine, Generators, Message, PlanNews, Seconds, Series, State};
use ::plan::resolved::ResolvedPlan;
use doubts::Doubts;
use fine::FineTenths;
use gaps::Gaps;
use log::Log;
use marks::Marks;
use record::Entry;
use samples::Kept;
use seconds::WholeRun;
use staleness::Probes;
use std::collections::BTreeSet;
use units::RunTime;
use verdict::{
    Findings,
    live::{Live, Now},
};

/// Makes the messages of a run.
#[derive(Debug, Clone)]
pub struct Feed {
    live: Live,
    plan: PlanNews,
    log: Log,
    run: WholeRun,
    probes: Probes,
    samples: Kept,
    fine: FineTenths,
    gaps: Gaps,
    doubts: Doubts,
    marks: Marks,
    /// The first second that was not told yet.
    told_until: Option<u64>,
    /// Seconds that were told, and of which more came in.
    restated: BTreeSet<u64>,
    state: Option<State>,
    generators: Option<Generators>,
    /// The second of the last state.
    stated_at: Option<u64>,
    end: Option<End>,
}

impl Feed {
    /// That of a run which began so many microseconds after 1970 UTC.
    #[must_use]
    pub fn new(resolved: ResolvedPlan, started_unix_us: Option<u64>) -> Self {
        let live = Live::new(resolved, started_unix_us);
        let populations = live.plan().populations.len();
        Self {
            plan: plan::news(live.plan(), &live.limits()),
            log: Log::of(populations),
            run: WholeRun::of(populations),
            probes: Probes::default(),
            samples: Kept::of(live.plan()),
            fine: FineTenths::default(),
            gaps: Gaps::default(),
            doubts: Doubts::default(),
            marks: Marks::default(),
            told_until: None,
            restated: BTreeSet::new(),
            state: None,
            generators: None,
            stated_at: None,
            end: None,
            live,
        }
    }

    /// What is going to happen.
    #[must_use]
    pub fn plan(&self) -> &PlanNews {
        &self.plan
    }

    /// Something happened. What there is to say of it comes with the next [`Self::tick`].
    pub fn take(&mut self, entry: &Entry) {
        self.live.take(entry);
        let touched = match entry {
            Entry::Event(event) => {
                self.log.event(event);
                if matches!(event.kind, record::EventKind::FaultGiven(_)) {
                    self.plan = plan::news(self.live.plan(), &self.live.limits());
                }
                None
            }
            Entry::Interval(interval) => {
                self.log.interval(interval);
                self.run.interval(interval);
                self.samples.interval(interval);
                Some(interval.second)
            }
            Entry::Arrivals(arrivals) => {
                self.run.arrivals(arrivals);
                Some(arrivals.second)
            }
            Entry::Ledger(entry) => self.probes.take(entry),
            Entry::Agent(entry) => {
                self.gaps.news(entry);
                self.log.agent(entry);
                None
            }
            Entry::Phase(phase) => self.run.phase(phase),
            Entry::Generator(_) => None,
        };
        let late = touched.filter(|second| self.told_until.is_some_and(|until| *second < until));
        self.restated.extend(late);
    }

    /// What is new by that time.
    pub fn tick(&mut self, now: RunTime) -> Vec<Message> {
        let complete = self.live.complete_until(now);
        let mut messages = self.log.news();
        messages.extend(self.gaps.news_since());
        messages.extend(self.seconds(complete));
        if self.stated_at == Some(now.second()) || self.end.is_some() {
            return messages;
        }
        self.stated_at = Some(now.second());
        let said = self.live.now(now);
        let tenths = self.fine.wanted(&said, self.live.plan(), self.told_until.unwrap_or(0), &self.run);
        messages.extend(tenths.into_iter().map(Message::Fine));
        messages.extend(self.marks.now(&said.marks));
        messages.extend(self.samples.now());
        messages.extend(self.doubts.now(&said));
        messages.extend(self.generators(&said));
        messages.extend(self.say(state::of(&said)));
        messages
    }

    /// The entries are over, and no verdict is there (yet): tells what was not told. Of a recording that a crash cut off it is said
    /// that it was aborted.
    pub fn over(&mut self, at: RunTime) -> Vec<Message> {
        // The last of all may lie in a second of which something was said.
        self.stated_at = None;
        let mut messages = self.tick(at);
        messages.extend(self.seconds(self.run.end().max(at.second())));
        messages.extend(self.samples.rest());
        if let Some(cut) = self.state.clone().and_then(|state| state::cut(state, at)) {
            messages.extend(self.say(cut));
        }
        messages
    }

    /// The verdict is there: final marks, rows and sentence. `report` is where the report can be fetched; empty: nowhere.
    pub fn judged(&mut self, findings: &Findings, report: &str) -> Vec<Message> {
        let mut messages = self.seconds(self.run.end());
        messages.extend(self.log.judged(findings));
        messages.extend(self.marks.judged(findings, self.live.plan()));
        let before = self.state.take();
        messages.extend(self.say(state::judged(findings, before)));
        let end = End { verdict_line: report::verdict_line(findings), report: report.to_owned() };
        self.end = Some(end.clone());
        messages.push(Message::End(end));
        messages
    }

    /// What somebody who comes now has missed, but for the seconds: plan, state, generators, marks, log, gaps, doubts, samples, end.
    #[must_use]
    pub fn catch_up(&self) -> Vec<Message> {
        let mut messages = vec![Message::Plan(self.plan.clone())];
        messages.extend(self.state.clone().map(Message::State));
        messages.extend(self.generators.clone().map(Message::Generators));
        messages.extend(self.marks.all());
        messages.extend(self.log.all());
        messages.extend(self.gaps.all());
        messages.extend(self.doubts.all());
        messages.extend(self.samples.all());
        messages.extend(self.end.clone().map(Message::End));
        messages
    }

    /// The seconds that were told, from one to another (exclusive), `step` added up in each; and the tenths of that time. Seconds of
    /// more than an hour ago are kept as 15 added up, and come so whatever the step.
    #[must_use]
    pub fn series(&self, from: u64, to: u64, step: u32) -> Series {
        let to = to.min(self.told_until.unwrap_or(0));
        Series { seconds: self.run.series(from, to, step, &self.probes), fine: self.fine.between(from, to) }
    }

    /// The seconds that became complete, and those that have to be told again.
    fn seconds(&mut self, complete: u64) -> Vec<Message> {
        let from = self.told_until.or_else(|| self.run.first()).unwrap_or(complete);
        let again = std::mem::take(&mut self.restated);
        let mut told: Vec<Seconds> = again.iter().filter_map(|second| self.run.second(*second, &self.probes)).collect();
        told.extend((from..complete).filter_map(|second| self.run.second(second, &self.probes)));
        if self.run.first().is_some() {
            self.told_until = Some(complete.max(from));
        }
        let fine: Vec<Fine> = again.iter().flat_map(|second| self.fine.again(*second, &self.run)).collect();
        self.run.fold(&mut self.probes);
        told.into_iter().map(Message::Second).chain(fine.into_iter().map(Message::Fine)).collect()
    }

    /// Their numbers change every second and are told every other one; whether they are trusted, at once.
    fn generators(&mut self, said: &Now) -> Option<Message> {
        let now = state::generators(said, &self.live);
        let is_due = said.at.second().is_multiple_of(2);
        let is_trust_same = self.state.as_ref().is_some_and(|last| last.is_trusted == said.is_trusted);
        let is_news = self.generators.as_ref().is_none_or(|last| {
            let is_each_same =
                || last.generators.iter().map(|one| &one.distrust).eq(now.generators.iter().map(|one| &one.distrust));
            !is_trust_same || !is_each_same() || (is_due && *last != now)
        });
        is_news.then(|| {
            self.generators = Some(now.clone());
            Message::Generators(now)
        })
    }

    /// The state, if anything in it changed but the time.
    fn say(&mut self, state: State) -> Option<Message> {
        let at_us = state.at_us;
        let is_news = self.state.as_ref().is_none_or(|last| State { at_us, ..last.clone() } != state);
        is_news.then(|| {
            self.state = Some(state.clone());
            Message::State(state)
        })
    }
}
