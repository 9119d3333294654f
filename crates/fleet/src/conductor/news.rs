//! What the agents' news mean for the run: who joins, who is lost, what shares move, what is recorded of it.

use super::{Conductor, Observation, take};
use crate::{
    controller::{Admitted, AssembleError, Failed, Found, HandedOver},
    with_sources,
};
use plan::resolved::AgentLoss;
use record::{Entry, EventKind};
use tokio::time::Instant;

impl Conductor<'_> {
    /// What the agents' news mean for the run.
    pub(super) fn look(&mut self) {
        if let (false, Some((agents, spread))) = (self.said.spread, self.agents.spread()) {
            self.said.spread = true;
            let spread = spread.as_secs_f64() * 1_000.0;
            self.event(EventKind::Note, format!("{agents} agents began within {spread:.1} ms of each other"));
        }
        for lost in self.agents.lost().split_off(self.said.lost) {
            self.said.lost += 1;
            self.mourn(lost);
        }
        if let (None, Some(unfit)) = (&self.trouble, self.agents.unfit()) {
            self.trouble = Some(unfit);
        }
        for trouble in self.agents.troubles().split_off(self.said.trouble) {
            self.said.trouble += 1;
            self.mourn(trouble);
        }
    }

    /// Somebody is ready to join, or can't.
    pub(super) fn welcome(&mut self, admitted: Result<Admitted, AssembleError>) {
        let is_over = Instant::now() >= self.load_start + self.plan.load_duration();
        let text = match admitted {
            // It is let go, as everybody is who comes when there is nothing left to do.
            Ok(admitted) if self.closing || self.trouble.is_some() || is_over => {
                format!("{} came too late to join", admitted.name())
            }
            Ok(admitted) if self.agents.has(admitted.name()) => {
                format!("{} can't join: an agent of that name was in the run", admitted.name())
            }
            Ok(admitted) => {
                let (found, text) = self.agents.join(admitted, self.now());
                self.found(found);
                text
            }
            Err(error) => format!("an agent that was there could not join: {}", with_sources(&error)),
        };
        self.event(EventKind::Note, text);
    }

    /// Shares move to those who joined, as soon as all have agreed.
    pub(super) fn hand_over(&mut self) {
        let HandedOver { found, said, gone } = self.agents.hand_over(self.now());
        self.found(found);
        said.into_iter().for_each(|text| self.event(EventKind::Note, text));
        gone.into_iter().for_each(|failed| self.mourn(failed));
    }

    /// An agent can't go on: what the plan wants then.
    fn mourn(&mut self, failed: Failed) {
        let Failed { agent, text: what } = failed;
        if self.closing {
            self.event(EventKind::Note, what);
            return;
        }
        match self.plan.fleet.on_agent_loss {
            AgentLoss::TakeOver => match self.agents.take_over(agent, self.now()) {
                Ok((found, how)) => {
                    self.found(found);
                    self.event(EventKind::Note, format!("{what}; {how}"));
                }
                Err(why) => self.trouble = self.trouble.take().or(Some(format!("{what}; {why}"))),
            },
            AgentLoss::CarryOn if !self.agents.none_left() => {
                self.event(EventKind::Note, format!("{what}; the run goes on without its users"));
            }
            AgentLoss::CarryOn | AgentLoss::End => self.trouble = self.trouble.take().or(Some(what)),
        }
    }

    pub(super) fn found(&mut self, found: Vec<Found>) {
        for found in found {
            match found {
                Found::Entry(entry) => {
                    self.watch(&entry);
                    take(&self.recorder, self.observe, entry);
                }
                Found::Line(entry, line) => {
                    self.watch(&entry);
                    (self.observe)(Observation::Entry(&entry));
                    self.recorder.record_line(entry, line);
                }
                Found::Mark(agent, batch) => self.recorder.mark(agent, batch),
            }
        }
    }

    /// The stop guard looks at what agents tell.
    fn watch(&mut self, entry: &Entry) {
        let now = self.now();
        self.guard.iter_mut().for_each(|guard| guard.take(entry, now));
    }
}
