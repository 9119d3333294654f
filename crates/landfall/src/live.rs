//! What a person is shown while a run goes on: events as they happen, above a block that says who is well and who isn't.
//! Without a terminal: one line per event and a sign of life every ten seconds. Nothing here is judged; the verdict comes
//! from the recording.

use crate::cli::Talk;
use fleet::Observation;
use plan::resolved::{ObjectiveKind, ResolvedPlan};
use record::{ArrivalCounts, Entry, Event, EventKind, Histogram, Interval};
use report::{
    Clock,
    terminal::{
        self, Beat, Drawing, LiveBlock, LiveLimits, LivePopulation, LiveState, LiveView, LiveWindow, Style,
        Surroundings,
    },
};
use std::{
    collections::{BTreeMap, BTreeSet},
    io::{IsTerminal, Stderr, stderr},
    sync::Arc,
    time::Duration,
};
use units::{FaultName, RunTime};
use verdict::live::Servers;

/// The window that states are computed over.
const WINDOW: u64 = 5;
/// Seconds kept for drawing.
const HISTORY: u64 = 60;
const BEAT_EVERY: Duration = Duration::from_secs(10);

/// How the terminal on standard error is talked to.
pub(crate) fn style(talk: Talk) -> Style {
    with_surroundings(talk, Style::fitting)
}

/// Whether something can be drawn in place on standard error.
pub(crate) fn drawing(talk: Talk) -> Drawing {
    with_surroundings(talk, Drawing::fitting)
}

/// What is known of the terminal on standard error.
fn with_surroundings<T>(talk: Talk, decide: impl FnOnce(&Surroundings<'_>) -> T) -> T {
    let no_color = std::env::var("NO_COLOR").ok();
    let term = std::env::var("TERM").ok();
    let size = rustix::termios::tcgetwinsize(stderr()).ok().map(|size| (size.ws_col, size.ws_row));
    decide(&Surroundings {
        is_terminal: stderr().is_terminal(),
        size: size.filter(|(columns, rows)| *columns > 0 && *rows > 0),
        no_color: no_color.as_deref(),
        term: term.as_deref(),
        wants_ascii: talk.ascii,
    })
}

/// Somebody who is told what goes on in a run.
pub(crate) trait Follow {
    /// A line of talk.
    fn say(&mut self, text: &str);
    /// Something happened.
    fn observe(&mut self, observation: &Observation<'_>);
}

/// Two who follow the same run.
pub(crate) struct Both<'a>(pub(crate) &'a mut dyn Follow, pub(crate) &'a mut dyn Follow);

impl Follow for Both<'_> {
    fn say(&mut self, text: &str) {
        self.0.say(text);
        self.1.say(text);
    }

    fn observe(&mut self, observation: &Observation<'_>) {
        self.0.observe(observation);
        self.1.observe(observation);
    }
}

/// Follows a run.
pub(crate) struct Live {
    plan: Arc<ResolvedPlan>,
    style: Style,
    clock: Clock,
    block: LiveBlock<Stderr>,
    in_place: bool,
    seconds: BTreeMap<u64, Vec<Second>>,
    servers: Servers,
    load_started: Option<RunTime>,
    phase: String,
    active: BTreeSet<FaultName>,
    saturated: bool,
    counts: Totals,
    last_beat: RunTime,
    hint: &'static str,
}

/// One second of one population.
#[derive(Default, Clone)]
struct Second {
    ok_home: u64,
    ok_elsewhere: u64,
    failed: u64,
    response: Histogram,
}

#[derive(Default)]
struct Totals {
    sent: u64,
    intended: u64,
    late: u64,
}

impl Live {
    pub(crate) fn new(plan: Arc<ResolvedPlan>, talk: Talk, started_unix_us: u64) -> Self {
        let drawing = drawing(talk);
        Self {
            style: style(talk),
            clock: Clock::new(Some(started_unix_us)),
            block: LiveBlock::new(stderr(), drawing),
            in_place: drawing == Drawing::InPlace,
            seconds: BTreeMap::new(),
            servers: Servers::of(plan.populations.len()),
            load_started: None,
            phase: "booting".to_owned(),
            active: BTreeSet::new(),
            saturated: false,
            counts: Totals::default(),
            last_beat: RunTime::START,
            hint: "Ctrl-C heals, judges what there is, and ends",
            plan,
        }
    }

    /// With another line on what the keys do.
    pub(crate) fn with_hint(self, hint: &'static str) -> Self {
        Self { hint, ..self }
    }

    /// Takes the block away.
    pub(crate) fn finish(self) {
        let _ = self.block.finish();
    }

    fn event(&mut self, event: &Event) {
        match &event.kind {
            EventKind::LoadStarted => {
                self.load_started = Some(event.at);
                "warm-up".clone_into(&mut self.phase);
            }
            EventKind::BaselineStarted => "baseline".clone_into(&mut self.phase),
            EventKind::FaultInjecting(fault) => {
                self.active.insert(fault.clone());
                self.phase = format!("FAULT {fault}");
            }
            EventKind::FaultHealed(fault) | EventKind::FaultNotHealed(fault) => {
                self.active.remove(fault);
                if self.active.is_empty() {
                    "healed".clone_into(&mut self.phase);
                }
            }
            EventKind::LoadEnded => "load over".clone_into(&mut self.phase),
            EventKind::QuietStarted => "quiet".clone_into(&mut self.phase),
            EventKind::FinalReadsStarted => "final reads".clone_into(&mut self.phase),
            EventKind::Aborted => "stopping: healing".clone_into(&mut self.phase),
            EventKind::GeneratorSaturated(saturated) => self.saturated = *saturated,
            _ => {}
        }
        if let Some(event) = self.servers.take(event) {
            self.tell(event);
        }
    }

    fn tell(&mut self, event: &Event) {
        let line = terminal::event_line(event, self.clock, &self.style);
        self.say(&line);
    }

    fn interval(&mut self, interval: &Interval) {
        self.servers.count(interval);
        let populations = self.plan.populations.len();
        let home = self.plan.populations[interval.population].nearest.first().copied();
        let second = self.seconds.entry(interval.second).or_insert_with(|| vec![Second::default(); populations]);
        let second = &mut second[interval.population];
        let count = interval.count();
        self.counts.sent += count;
        if !interval.outcome.is_ok() {
            second.failed += count;
            return;
        }
        second.response.merge(&interval.response);
        if interval.served_by.is_some() && interval.served_by != home {
            second.ok_elsewhere += count;
        } else {
            second.ok_home += count;
        }
    }

    fn arrivals(&mut self, counts: &ArrivalCounts) {
        self.counts.intended += counts.intended;
        self.counts.late +=
            counts.send_lag.count_above(self.plan.trust.send_lag_p99_max) + counts.dropped + counts.unsent;
    }

    fn tick(&mut self, now: RunTime) {
        let oldest = now.second().saturating_sub(HISTORY + WINDOW);
        self.seconds = self.seconds.split_off(&oldest);
        self.servers.changes().iter().for_each(|event| self.tell(event));
        if self.in_place {
            let lines = terminal::live(&self.view(now), &self.style);
            let _ = self.block.draw(lines);
        } else if now.saturating_since(self.last_beat) >= BEAT_EVERY {
            self.last_beat = now;
            let beat = self.beat(now);
            self.say(&terminal::beat_line(&beat, self.clock, &self.style));
        }
    }

    fn view(&self, now: RunTime) -> LiveView {
        let limits = self.limits();
        let populations: Vec<_> =
            (0..self.plan.populations.len()).map(|index| self.population(index, now, &limits)).collect();
        let ended: u64 = populations.iter().map(|population| population.window.ended()).sum();
        LiveView {
            name: self.plan.name.clone(),
            elapsed: self.load_started.map_or(Duration::ZERO, |started| now.saturating_since(started)),
            phase: self.phase.clone(),
            rate: ended as f64 / WINDOW as f64,
            generators: if self.saturated { "generator SATURATED" } else { "generator ok" }.to_owned(),
            sentence: sentence(&populations, &limits),
            limits,
            populations,
            hint: self.hint.to_owned(),
        }
    }

    /// What the objectives call fine.
    fn limits(&self) -> LiveLimits {
        let mut limits = LiveLimits { success_min: self.plan.trust.recovered_success_min.fraction(), p99_max: None };
        for objective in &self.plan.objectives {
            if let ObjectiveKind::ResponseTime { max, step: None, .. } = objective.kind {
                limits.p99_max = Some(limits.p99_max.map_or(max, |known| known.min(max)));
            }
        }
        limits
    }

    fn population(&self, index: usize, now: RunTime, limits: &LiveLimits) -> LivePopulation {
        let end = now.second();
        let history = (end.saturating_sub(HISTORY)..end).map(|second| self.window(index, second, 1));
        let (history, p99_history) = history.map(|window| (window.state(limits), window.p99)).unzip();
        LivePopulation {
            name: self.plan.populations[index].name.to_string(),
            window: self.window(index, end.saturating_sub(WINDOW), WINDOW),
            history,
            p99_history,
        }
    }

    /// `length` seconds from `start`.
    fn window(&self, population: usize, start: u64, length: u64) -> LiveWindow {
        let mut window = LiveWindow::default();
        let mut response = Histogram::new();
        for second in (start..start + length).filter_map(|second| self.seconds.get(&second)) {
            let second = &second[population];
            window.ok_home += second.ok_home;
            window.ok_elsewhere += second.ok_elsewhere;
            window.failed += second.failed;
            response.merge(&second.response);
        }
        window.p99 = response.percentile(99.0);
        let failing = |second: &u64| {
            let second = self.seconds.get(second).map(|all| &all[population]);
            second.is_some_and(|second| second.failed > second.ok_home + second.ok_elsewhere)
        };
        let failing = (0..start + length).rev().take_while(failing).count();
        window.failing_for = Duration::from_secs(failing as u64);
        window
    }

    fn beat(&self, now: RunTime) -> Beat {
        let seconds = BEAT_EVERY.as_secs();
        let start = now.second().saturating_sub(seconds);
        let windows: Vec<_> =
            (0..self.plan.populations.len()).map(|index| self.window(index, start, seconds)).collect();
        let (failed, ended) = windows.iter().fold((0, 0), |(f, e), window| (f + window.failed, e + window.ended()));
        let share = |window: &LiveWindow| window.failed_share().unwrap_or(0.0);
        let worst = windows.iter().enumerate().filter(|(_, window)| window.failed > 0);
        let worst = worst.max_by(|(_, one), (_, other)| share(one).total_cmp(&share(other)));
        Beat {
            at: now,
            sent: self.counts.sent,
            failed: (ended > 0).then(|| failed as f64 / ended as f64),
            worst: worst.map(|(index, window)| (self.plan.populations[index].name.to_string(), share(window))),
            late: (self.counts.intended > 0).then(|| self.counts.late as f64 / self.counts.intended as f64),
        }
    }
}

impl Follow for Live {
    /// A line of talk above the block.
    fn say(&mut self, text: &str) {
        // A terminal that is gone is no reason to end a run.
        let _ = self.block.line_above(text);
    }

    /// Takes in what happened and draws it.
    fn observe(&mut self, observation: &Observation<'_>) {
        match observation {
            Observation::Entry(Entry::Event(event)) => self.event(event),
            Observation::Entry(Entry::Interval(interval)) => self.interval(interval),
            Observation::Entry(Entry::Arrivals(counts)) => self.arrivals(counts),
            Observation::Entry(_) => {}
            Observation::FinalReads(reads) => {
                self.phase = format!("final reads {}/{}: {} of {}", reads.pass, reads.passes, reads.done, reads.total);
            }
            Observation::Tick(now) => self.tick(*now),
        }
    }
}

/// The worst population in words, or that all is well.
fn sentence(populations: &[LivePopulation], limits: &LiveLimits) -> String {
    let worst = populations.iter().max_by_key(|population| population.window.state(limits));
    let Some(worst) = worst else { return String::new() };
    let percent = |share: Option<f64>| (share.unwrap_or(0.0) * 100.0).round();
    let (failed, elsewhere) = (percent(worst.window.failed_share()), percent(worst.window.elsewhere_share()));
    match worst.window.state(limits) {
        LiveState::Fine => "all users are fine".to_owned(),
        LiveState::NoData => String::new(),
        LiveState::Rerouted => format!("{} users are served elsewhere ({elsewhere} %), and fine", worst.name),
        state => format!("{} users {}: {failed} % failing", worst.name, state.word().to_uppercase()),
    }
}
