//! How far what each agent did is known.
//!
//! An agent that drained has told everything. One that was lost is known up to its last complete second: what it generated
//! after that may have been recorded in part, and nobody knows how large the part is. Seconds that an agent could not keep are
//! missing whatever became of it later. What others took over is theirs from that second on: what is missing of it then is missing of
//! them. One that joined in the middle has nothing to do with what came before it generated anything. One that was lost, and told everything
//! after all, is as one that drained. Recordings before 1.1 have no agents: one process, which is known as far as its recording
//! goes.

use record::{AgentEntry, AgentNews, Entry};
use std::{collections::BTreeMap, ops::Range};
use units::RunTime;

/// How far what the agents did is known.
#[derive(Debug, Clone, Default)]
pub(crate) struct Coverage {
    /// By index.
    pub(crate) agents: BTreeMap<usize, AgentCoverage>,
}

/// How far what one agent did is known.
#[derive(Debug, Clone, Default)]
pub(crate) struct AgentCoverage {
    /// The last complete second of the run.
    complete: Option<u64>,
    drained: bool,
    /// The second of the run from which on others generate what it did.
    taken_over: Option<u64>,
    /// It had no share when it joined.
    came_late: bool,
    /// The first second of the run from which on it generated something then.
    from: Option<u64>,
    /// When and why it was lost.
    pub(crate) lost: Option<(RunTime, String)>,
    /// First and last second, and why.
    missing: Vec<(u64, u64, String)>,
}

/// Seconds of which not everything is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Gap {
    pub(crate) agent: usize,
    /// First second of the run.
    pub(crate) from: u64,
    /// Last second of the run.
    pub(crate) to: u64,
    pub(crate) reason: String,
}

impl Coverage {
    pub(crate) fn of(entries: &[Entry]) -> Self {
        let mut coverage = Self::default();
        for entry in entries {
            if let Entry::Agent(entry) = entry {
                coverage.take(entry);
            }
        }
        coverage
    }

    /// What became of an agent, or one of its seconds.
    pub(crate) fn take(&mut self, entry: &AgentEntry) {
        self.agents.entry(entry.agent).or_default().take(entry);
    }

    /// The gaps in those seconds of the run, by agent.
    pub(crate) fn gaps(&self, seconds: Range<u64>) -> Vec<Gap> {
        let within = |gap: Gap| {
            let (from, to) = (gap.from.max(seconds.start), gap.to.min(seconds.end.saturating_sub(1)));
            (from <= to && from < seconds.end).then_some(Gap { from, to, ..gap })
        };
        self.agents.iter().flat_map(|(index, agent)| agent.gaps(*index)).filter_map(within).collect()
    }
}

impl AgentCoverage {
    fn take(&mut self, entry: &AgentEntry) {
        match &entry.news {
            AgentNews::Joined(joined) => self.came_late = joined.shares.iter().all(Option::is_none),
            // Told in any order: what it takes over of one who is gone may begin before what it was given when it joined.
            AgentNews::Shares { second, .. } => self.from = Some(self.from.map_or(*second, |from| from.min(*second))),
            AgentNews::Began { .. } | AgentNews::Batch { .. } => {}
            AgentNews::Complete { second, .. } => self.complete = self.complete.max(Some(*second)),
            AgentNews::Missing { from, to, reason } => self.missing.push((*from, *to, reason.clone())),
            AgentNews::Lost { reason } => self.lost = Some((entry.at, reason.clone())),
            AgentNews::Drained => self.drained = true,
            AgentNews::TakenOver { second, .. } => self.taken_over = self.taken_over.max(Some(*second)),
        }
    }

    /// Those of the seconds that it has to tell of: since it generated something, until others do or it has told everything.
    pub(crate) fn due(&self, seconds: Range<u64>) -> Range<u64> {
        let from = if self.came_late { self.from.unwrap_or(u64::MAX) } else { 0 };
        let told = self.complete.filter(|_| self.drained).map_or(u64::MAX, |second| second + 1);
        let until = told.min(self.taken_over.unwrap_or(u64::MAX)).min(seconds.end);
        let from = from.clamp(seconds.start, until.max(seconds.start));
        from..until.max(from)
    }

    fn gaps(&self, agent: usize) -> Vec<Gap> {
        let unknown = (!self.drained).then(|| {
            let why = self.lost.as_ref().map(|(_, reason)| format!("it was lost: {reason}"));
            Gap {
                agent,
                from: self.complete.map_or(0, |second| second + 1),
                to: u64::MAX,
                reason: why.unwrap_or_else(|| "the recording ends before it had told everything".to_owned()),
            }
        });
        let missing =
            self.missing.iter().map(|(from, to, reason)| Gap { agent, from: *from, to: *to, reason: reason.clone() });
        let until_others = |gap: Gap| match self.taken_over {
            Some(second) if gap.from >= second => None,
            Some(second) => Some(Gap { to: gap.to.min(second - 1), ..gap }),
            None => Some(gap),
        };
        let since_it_came = |gap: Gap| match (self.came_late, self.from) {
            (true, None) => None,
            (true, Some(from)) if gap.to < from => None,
            (true, Some(from)) => Some(Gap { from: gap.from.max(from), ..gap }),
            (false, _) => Some(gap),
        };
        missing.chain(unknown).filter_map(until_others).filter_map(since_it_came).collect()
    }
}
