//! The event log: the terminal's lines, and after the run those that follow from the verdict.

use crate::wire::{LogLine, Message};
use record::{AgentEntry, AgentNews, Event, Interval};
use units::RunTime;
use verdict::{Findings, findings::EventTag, live::Servers};

/// The longest text of a line, in characters: an event is a sentence, not a page.
const TEXT_MAX: usize = 1_000;

/// All lines, and how many of them were told.
#[derive(Debug, Clone)]
pub(super) struct Log {
    lines: Vec<LogLine>,
    told: usize,
    servers: Servers,
}

impl Log {
    pub(super) fn of(populations: usize) -> Self {
        Self { lines: Vec::new(), told: 0, servers: Servers::of(populations) }
    }

    pub(super) fn event(&mut self, event: &Event) {
        if let Some(event) = self.servers.take(event) {
            self.add(event.at, EventTag::of(&event.kind), &event.text, &event.source);
        }
    }

    pub(super) fn interval(&mut self, interval: &Interval) {
        self.servers.count(interval);
    }

    /// An agent that is lost or could not keep something is news, as the rest of what becomes of agents is not.
    pub(super) fn agent(&mut self, entry: &AgentEntry) {
        let text = match &entry.news {
            AgentNews::Lost { reason } => format!("generator {} was lost: {reason}", entry.agent + 1),
            AgentNews::Missing { from, to, reason } => {
                format!("seconds {from} to {to} of generator {} are missing: {reason}", entry.agent + 1)
            }
            AgentNews::TakenOver { .. } => format!("others take over from generator {}", entry.agent + 1),
            _ => return,
        };
        self.add(entry.at, EventTag::Gen, &text, "fleet");
    }

    fn add(&mut self, at: RunTime, tag: EventTag, text: &str, source: &str) {
        self.lines.push(LogLine {
            id: self.lines.len() as u64,
            at_us: at.as_micros(),
            tag: tag.as_str().to_owned(),
            text: text.chars().take(TEXT_MAX).collect(),
            source: source.to_owned(),
        });
    }

    /// Lines that were not told.
    pub(super) fn news(&mut self) -> Vec<Message> {
        let changes = self.servers.changes();
        changes.iter().for_each(|event| self.add(event.at, EventTag::of(&event.kind), &event.text, &event.source));
        let from = std::mem::replace(&mut self.told, self.lines.len());
        self.lines[from..].iter().cloned().map(Message::Log).collect()
    }

    /// Lines that follow from the verdict.
    pub(super) fn judged(&mut self, findings: &Findings) -> Vec<Message> {
        for line in findings.events.iter().filter(|line| line.source == "verdict") {
            self.add(line.at, line.tag, &line.text, &line.source);
        }
        self.news()
    }

    /// Every line that was told.
    pub(super) fn all(&self) -> impl Iterator<Item = Message> + '_ {
        self.lines[..self.told].iter().cloned().map(Message::Log)
    }
}
