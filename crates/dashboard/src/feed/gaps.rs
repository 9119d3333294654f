//! Seconds that nothing is known of, because a generator was lost or could not keep them.
//!
//! A gap that goes on is told with an open end, and again with its end when others have taken over: the same populations and the same
//! first second, so the second message replaces the first.

use crate::wire::{Gap, Message};
use record::{AgentEntry, AgentNews};
use std::collections::BTreeMap;

/// What is known of gaps.
#[derive(Debug, Clone, Default)]
pub(super) struct Gaps {
    agents: BTreeMap<usize, Agent>,
    gaps: Vec<Gap>,
    news: Vec<Gap>,
}

#[derive(Debug, Clone, Default)]
struct Agent {
    populations: Vec<usize>,
    complete: Option<u64>,
    /// Its gap that goes on, by its place in the list.
    open: Option<usize>,
}

impl Gaps {
    pub(super) fn news(&mut self, entry: &AgentEntry) {
        let agent = self.agents.entry(entry.agent).or_default();
        match &entry.news {
            AgentNews::Joined(joined) => agent.populations = generated(&joined.shares),
            AgentNews::Shares { shares, .. } => agent.populations = generated(shares),
            AgentNews::Complete { second, .. } => agent.complete = agent.complete.max(Some(*second)),
            AgentNews::Missing { from, to, reason } => {
                let populations = agent.populations.clone();
                self.add(Gap { populations, from: *from, to: Some(to + 1), why: reason.clone() });
            }
            AgentNews::Lost { reason } => {
                let from = agent.complete.map_or(0, |second| second + 1);
                agent.open = Some(self.gaps.len());
                let (populations, why) = (agent.populations.clone(), format!("its generator was lost: {reason}"));
                self.add(Gap { populations, from, to: None, why });
            }
            AgentNews::TakenOver { second, .. } => {
                if let Some(index) = agent.open.take() {
                    let gap = Gap { to: Some((*second).max(self.gaps[index].from)), ..self.gaps[index].clone() };
                    self.gaps[index] = gap.clone();
                    self.news.push(gap);
                }
            }
            // It told everything after all.
            AgentNews::Drained => {
                if let Some(index) = agent.open.take() {
                    let gap = Gap { to: Some(self.gaps[index].from), ..self.gaps[index].clone() };
                    self.gaps[index] = gap.clone();
                    self.news.push(gap);
                }
            }
            AgentNews::Began { .. } | AgentNews::Batch { .. } => {}
        }
    }

    fn add(&mut self, gap: Gap) {
        self.gaps.push(gap.clone());
        self.news.push(gap);
    }

    /// Gaps that were not told, or not so.
    pub(super) fn news_since(&mut self) -> impl Iterator<Item = Message> + use<> {
        std::mem::take(&mut self.news).into_iter().map(Message::Gap)
    }

    /// Every gap.
    pub(super) fn all(&self) -> impl Iterator<Item = Message> + '_ {
        self.gaps.iter().cloned().map(Message::Gap)
    }
}

fn generated<T>(shares: &[Option<T>]) -> Vec<usize> {
    shares.iter().enumerate().filter(|(_, share)| share.is_some()).map(|(population, _)| population).collect()
}
