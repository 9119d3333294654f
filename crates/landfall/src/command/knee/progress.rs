//! What a person sees while the knee, or the headroom, is looked for: a line for each step that is over, and below them what goes on. Without a
//! terminal: the lines only.

use crate::{
    cli::Talk,
    live::{Follow, drawing, style},
};
use fleet::Observation;
use knee::{Made, Step};
use record::{Entry, Event, EventKind};
use report::terminal::{LiveBlock, Style};
use std::{
    io::{Stderr, stderr},
    time::Duration,
};
use units::RunTime;
use verdict::words;

/// Follows a search.
pub(super) struct Progress {
    block: LiveBlock<Stderr>,
    style: Style,
    step: String,
    phase: String,
    load_started: Option<RunTime>,
    load: Duration,
}

impl Progress {
    /// Of steps whose load lasts so long.
    pub(super) fn new(talk: Talk, load: Duration) -> Self {
        Self {
            block: LiveBlock::new(stderr(), drawing(talk)),
            style: style(talk),
            step: String::new(),
            phase: String::new(),
            load_started: None,
            load,
        }
    }

    /// The next step begins.
    pub(super) fn begin(&mut self, step: &Made) {
        let again = if step.repeats { ", again" } else { "" };
        let without = step.lost.as_ref().map(|region| format!(", without {region}")).unwrap_or_default();
        self.step = format!("step {}: ×{}, {}{without}{again}", step.number, step.factor, step.load);
        self.load_started = None;
        "starting".clone_into(&mut self.phase);
        self.draw();
    }

    /// The target rests.
    pub(super) fn rest(&mut self) {
        "the target rests until it is well again".clone_into(&mut self.step);
        self.load_started = None;
        self.phase.clear();
        self.draw();
    }

    /// A step is over.
    pub(super) fn end(&mut self, step: &Step) {
        self.line(&report::knee::step_line(step, &self.style));
    }

    /// Takes the block away.
    pub(super) fn finish(self) {
        // A terminal that is gone is no reason to fail.
        let _ = self.block.finish();
    }

    fn event(&mut self, event: &Event) {
        match event.kind {
            EventKind::LoadStarted => self.load_started = Some(event.at),
            EventKind::LoadEnded | EventKind::Aborted => {
                self.load_started = None;
                "waiting for what is under way".clone_into(&mut self.phase);
            }
            EventKind::QuietStarted => "quiet".clone_into(&mut self.phase),
            EventKind::FinalReadsStarted => "final reads".clone_into(&mut self.phase),
            _ => {}
        }
    }

    /// A line of talk above the block.
    pub(super) fn line(&mut self, text: &str) {
        let _ = self.block.line_above(text);
    }

    fn draw(&mut self) {
        let phase = if self.phase.is_empty() { String::new() } else { format!(": {}", self.phase) };
        let line: String = format!("  {}{phase}", self.step);
        let line: String = line.chars().take(self.style.columns().saturating_sub(1)).collect();
        let _ = self.block.draw(vec![line]);
    }
}

impl Follow for Progress {
    fn say(&mut self, text: &str) {
        text.clone_into(&mut self.phase);
        self.draw();
    }

    fn observe(&mut self, observation: &Observation<'_>) {
        match observation {
            Observation::Entry(Entry::Event(event)) => self.event(event),
            Observation::Tick(now) => {
                if let Some(started) = self.load_started {
                    let whole = |duration: Duration| words::duration(Duration::from_secs(duration.as_secs()));
                    let at = now.saturating_since(started).min(self.load);
                    self.phase = format!("{} of {}", whole(at), whole(self.load));
                }
                self.draw();
            }
            _ => {}
        }
    }
}
