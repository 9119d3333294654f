//! What a person sees while deployments are compared: a line for each that is done, and below them what goes on and how
//! long it will take. Without a terminal: the lines only, and one at the beginning of each.

use crate::{
    cli::Talk,
    live::{drawing, style},
};
use compare::{Candidate, Row};
use fleet::Observation;
use plan::resolved::ResolvedPlan;
use record::{Entry, EventKind};
use report::terminal::LiveBlock;
use std::{
    io::{Stderr, stderr},
    time::{Duration, Instant},
};
use units::RunTime;
use verdict::words;

/// What a run takes besides its load: boot, quiet, final reads, collisions.
const BESIDES_LOAD: Duration = Duration::from_secs(15);

/// Follows a comparison.
pub(super) struct Progress {
    block: LiveBlock<Stderr>,
    columns: usize,
    all: usize,
    done: usize,
    name: String,
    phase: String,
    began: Instant,
    /// How long one takes: expected for the first, then as measured.
    each: Duration,
    load_started: Option<RunTime>,
    load: Duration,
}

impl Progress {
    pub(super) fn new(talk: Talk, all: usize) -> Self {
        Self {
            block: LiveBlock::new(stderr(), drawing(talk)),
            columns: style(talk).columns(),
            all,
            done: 0,
            name: String::new(),
            phase: String::new(),
            began: Instant::now(),
            each: Duration::ZERO,
            load_started: None,
            load: Duration::ZERO,
        }
    }

    /// The next one begins.
    pub(super) fn begin(&mut self, candidate: &Candidate, plan: &ResolvedPlan) {
        self.name = candidate.name();
        self.load = plan.load_duration();
        self.load_started = None;
        self.began = Instant::now();
        if self.each.is_zero() {
            self.each = self.load + BESIDES_LOAD;
        }
        let left = words::duration(whole(self.left()));
        self.line(&format!("{}/{} {}, about {left} left", self.done + 1, self.all, self.name));
        self.phase("booting");
    }

    /// What goes on now.
    pub(super) fn phase(&mut self, phase: &str) {
        phase.clone_into(&mut self.phase);
        self.draw();
    }

    /// Takes in what happened.
    pub(super) fn observe(&mut self, observation: &Observation<'_>) {
        match observation {
            Observation::Entry(Entry::Event(event)) => match &event.kind {
                EventKind::LoadStarted => self.load_started = Some(event.at),
                EventKind::BaselineStarted => self.phase("baseline"),
                EventKind::FaultActive(_) => self.phase("region lost"),
                EventKind::FaultHealed(_) => self.phase("region back"),
                EventKind::QuietStarted => self.phase("quiet"),
                EventKind::FinalReadsStarted => self.phase("final reads"),
                EventKind::Aborted => self.phase("stopping: healing"),
                _ => {}
            },
            Observation::Tick(now) => {
                if let Some(started) = self.load_started.filter(|_| self.phase != "quiet") {
                    let at = now.saturating_since(started).min(self.load);
                    let phase = self.phase.split(',').next().unwrap_or_default().to_owned();
                    self.phase = format!("{phase}, {} of {}", words::duration(whole(at)), words::duration(self.load));
                }
                self.draw();
            }
            _ => {}
        }
    }

    /// One is done.
    pub(super) fn end(&mut self, row: &Row) {
        self.done += 1;
        self.each = if self.done == 1 { self.began.elapsed() } else { (self.each + self.began.elapsed()) / 2 };
        let text = |key: &str| row.figure(key).map_or("–", |figure| figure.text.as_str());
        let line = match &row.not_measured {
            Some(why) => format!("    {}: not measured: {why}", row.name),
            None => format!(
                "    {}: reads {}, writes {}; back after {} and {}; lost {}",
                row.name,
                text("read_p50"),
                text("write_p50"),
                text("read_recovery"),
                text("write_recovery"),
                text("lost_writes"),
            ),
        };
        self.line(&line);
    }

    /// Takes the block away.
    pub(super) fn finish(self) {
        // A terminal that is gone is no reason to fail.
        let _ = self.block.finish();
    }

    fn left(&self) -> Duration {
        let others = u32::try_from(self.all - self.done - 1).unwrap_or(u32::MAX);
        self.each.saturating_sub(self.began.elapsed()) + self.each * others
    }

    fn line(&mut self, text: &str) {
        let _ = self.block.line_above(text);
    }

    fn draw(&mut self) {
        let left = words::duration(whole(self.left()));
        let line = format!("  {}/{} {}: {}; about {left} left", self.done + 1, self.all, self.name, self.phase);
        let line: String = line.chars().take(self.columns.saturating_sub(1)).collect();
        let _ = self.block.draw(vec![line]);
    }
}

/// To the second.
fn whole(duration: Duration) -> Duration {
    Duration::from_secs(duration.as_secs())
}
