//! What a person is shown while a run goes on: events as they happen, above a block that says who is well and who isn't.
//! Without a terminal: one line per event and a sign of life every ten seconds. Nothing here is judged; the verdict comes
//! from the recording.

use crate::{
    cli::Talk,
    hold_key::{Door, HoldKey},
    keys::Keys,
};
use fleet::Observation;
use plan::resolved::ResolvedPlan;
use record::{ArrivalCounts, Entry, Event};
use report::{
    Clock,
    terminal::{self, Beat, Drawing, HeatMap, LiveBlock, LiveView, Style, Surroundings},
};
use std::{
    io::{IsTerminal, Stderr, stderr},
    sync::Arc,
    time::Duration,
};
use units::RunTime;
use verdict::live::{self, Phase, Servers, Window};

/// What can be done without any key.
const HINT: &str = "Ctrl-C heals, judges, and ends";
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
    talk: Talk,
    style: Style,
    clock: Clock,
    block: LiveBlock<Stderr>,
    in_place: bool,
    said: live::Live,
    servers: Servers,
    /// How far the final reads are, in words.
    final_reads: Option<String>,
    counts: Totals,
    last_beat: RunTime,
    hint: &'static str,
    keys: Option<Keys>,
    /// Where the load can be held by a key.
    hold: Option<HoldKey>,
    shown: Shown,
    /// `q` was pressed.
    is_left: bool,
}

/// What the block shows under its sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Shown {
    /// Who is not fine, and the others in one row.
    #[default]
    NotFine,
    /// As many populations as there is room for.
    All,
    /// The latency of the population that is so many-th, the worst first.
    Latency(usize),
}

impl Shown {
    /// What a key makes of it, with so many populations.
    fn after(self, key: char, populations: usize) -> Self {
        match (key, self) {
            ('l', Self::Latency(rank)) => Self::Latency((rank + 1) % populations.max(1)),
            ('l', _) => Self::Latency(0),
            ('r', Self::NotFine) => Self::All,
            ('r', _) => Self::NotFine,
            _ => self,
        }
    }
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
            talk,
            style: style(talk),
            clock: Clock::new(Some(started_unix_us)),
            block: LiveBlock::new(stderr(), drawing),
            in_place: drawing == Drawing::InPlace,
            said: live::Live::new(ResolvedPlan::clone(&plan), Some(started_unix_us)),
            servers: Servers::of(plan.populations.len()),
            final_reads: None,
            counts: Totals::default(),
            last_beat: RunTime::START,
            hint: HINT,
            keys: (drawing == Drawing::InPlace).then(Keys::read).flatten(),
            hold: None,
            shown: Shown::default(),
            is_left: false,
            plan,
        }
    }

    /// With other lines on what can be done: where keys are read, and where they are not.
    pub(crate) fn with_hint(self, [keys, none]: [&'static str; 2]) -> Self {
        Self { hint: if self.keys.is_some() { keys } else { none }, ..self }
    }

    /// With a key that holds the load of the run behind that door, where keys are read and the plan's load can be held.
    pub(crate) fn with_hold(self, door: Door) -> Self {
        let hold = if self.keys.is_some() { HoldKey::of(&self.plan, door) } else { None };
        Self { hold, ..self }
    }

    /// Whether somebody has pressed `q`.
    pub(crate) fn is_left(&self) -> bool {
        self.is_left
    }

    /// Takes the block away.
    pub(crate) fn finish(self) {
        let _ = self.block.finish();
    }

    fn take(&mut self, entry: &Entry) {
        self.said.take(entry);
        match entry {
            Entry::Event(event) => {
                if let Some(event) = self.servers.take(event) {
                    self.tell(event);
                }
            }
            Entry::Interval(interval) => {
                self.servers.count(interval);
                self.counts.sent += interval.count();
            }
            Entry::Arrivals(counts) => self.arrivals(counts),
            _ => {}
        }
    }

    fn tell(&mut self, event: &Event) {
        let line = terminal::event_line(event, self.clock, &self.style);
        self.say(&line);
    }

    fn arrivals(&mut self, counts: &ArrivalCounts) {
        self.counts.intended += counts.intended;
        self.counts.late +=
            counts.send_lag.count_above(self.plan.trust.send_lag_p99_max) + counts.dropped + counts.unsent;
    }

    fn tick(&mut self, now: RunTime) {
        self.servers.changes().iter().for_each(|event| self.tell(event));
        while let Some(key) = self.keys.as_ref().and_then(Keys::next) {
            self.shown = self.shown.after(key, self.plan.populations.len());
            self.is_left |= key == 'q';
            if key == 'h' {
                self.press_hold(now);
            }
        }
        while let Some(answer) = self.hold.as_mut().and_then(HoldKey::answer) {
            self.say(&answer);
        }
        if self.in_place {
            // The terminal may have another size by now.
            self.style = style(self.talk);
            let lines = terminal::live(&self.view(now), &self.style);
            let _ = self.block.draw(lines);
        } else if now.saturating_since(self.last_beat) >= BEAT_EVERY {
            self.last_beat = now;
            let beat = self.beat(now);
            self.say(&terminal::beat_line(&beat, self.clock, &self.style));
        }
    }

    fn press_hold(&mut self, at: RunTime) {
        let is_held = self.said.now(at).is_held;
        if let Some(warning) = self.hold.as_mut().and_then(|hold| hold.press(is_held, at)) {
            self.say(warning);
        }
    }

    fn view(&mut self, at: RunTime) -> LiveView {
        let mut now = self.said.now(at);
        if let (Phase::Settling, Some(reads)) = (now.phase, &self.final_reads) {
            now.phase_text.clone_from(reads);
        }
        let history = (0..now.populations.len()).map(|index| self.said.history(index, at)).collect();
        let map = self.map(&now, at);
        let lists_all = self.shown == Shown::All;
        let keys = if self.keys.is_some() { "[l] latency  [r] regions  " } else { "" };
        let hold = self.hold.as_ref().map_or("", |hold| hold.hint(now.is_held));
        let hint = format!("{keys}{hold}{}", self.hint);
        LiveView { name: self.plan.name.clone(), now, history, map, lists_all, hint }
    }

    /// The latency of the population that is asked for.
    fn map(&self, now: &live::Now, at: RunTime) -> Option<HeatMap> {
        let Shown::Latency(rank) = self.shown else { return None };
        let mut worst_first: Vec<usize> = (0..now.populations.len()).collect();
        worst_first.sort_by_key(|index| std::cmp::Reverse(now.populations[*index].state));
        let index = *worst_first.get(rank)?;
        let population = now.populations[index].name.clone();
        Some(HeatMap { population, seconds: self.said.answers(index, at) })
    }

    fn beat(&self, now: RunTime) -> Beat {
        let seconds = BEAT_EVERY.as_secs();
        let windows: Vec<_> =
            (0..self.plan.populations.len()).map(|index| self.said.last(index, now, seconds)).collect();
        let (failed, ended) = windows.iter().fold((0, 0), |(f, e), window| (f + window.failed, e + window.ended()));
        let share = |window: &Window| window.failed_share().unwrap_or(0.0);
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
            Observation::Entry(entry) => self.take(entry),
            Observation::FinalReads(reads) => {
                let (pass, passes, done, total) = (reads.pass, reads.passes, reads.done, reads.total);
                self.final_reads = Some(format!("final reads {pass}/{passes}: {done} of {total}"));
            }
            Observation::Tick(now) => self.tick(*now),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_choose_what_is_shown_and_lead_back() {
        let shown = |keys: &str| keys.chars().fold(Shown::default(), |shown, key| shown.after(key, 3));
        let table = [
            ("", Shown::NotFine),
            ("l", Shown::Latency(0)),
            ("ll", Shown::Latency(1)),
            ("llll", Shown::Latency(0)),
            ("r", Shown::All),
            ("rr", Shown::NotFine),
            ("lr", Shown::NotFine),
            ("lx\u{1b}q", Shown::Latency(0)),
        ];
        for (keys, expected) in table {
            assert_eq!(shown(keys), expected, "{keys:?}");
        }
        assert_eq!(Shown::Latency(0).after('l', 0), Shown::Latency(0), "a plan without populations");
    }
}
