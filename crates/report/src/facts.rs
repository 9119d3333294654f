//! Looks things up in the findings, so that every rendering names and sorts the same way.
//!
//! Nothing is judged here: a [`PopulationState`] is read off the fields that the verdict has filled in.

use crate::Clock;
use std::borrow::Cow;
use verdict::{
    Findings, Verdict,
    findings::{Conclusion, Experience, ExperiencePhase, Operations, PhaseName, Quantity},
};

/// The exit code of a judged run: 0 pass, 99 fail (as k6), 96 inconclusive.
#[must_use]
pub fn exit_code(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Pass => 0,
        Verdict::Inconclusive => 96,
        Verdict::Fail => 99,
    }
}

/// The last line of every report: `FAIL (1 of 5 objectives failed, 1 inconclusive)`.
#[must_use]
pub fn verdict_line(findings: &Findings) -> String {
    Facts::new(findings).verdict_line()
}

/// What a population went through, in the words of the live page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum PopulationState {
    /// Less than half of its requests succeeded for some time.
    Down,
    /// Affected, but never down.
    Degraded,
    /// It made no requests that count, so nothing is known.
    NoData,
    /// Nobody is known to have been affected, but a comparison with the baseline had too little data to say that nobody was.
    Undecided,
    /// Not affected, and at least half of its answers came from elsewhere while faults were in effect.
    Rerouted,
    /// Not affected.
    Fine,
}

impl PopulationState {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Down => "down",
            Self::Degraded => "degraded",
            Self::NoData => "no data",
            Self::Undecided => "too little data",
            Self::Rerouted => "rerouted",
            Self::Fine => "fine",
        }
    }

    pub(crate) fn glyph(self) -> char {
        match self {
            Self::Down => '✕',
            Self::Degraded => '▲',
            Self::NoData | Self::Undecided => '○',
            Self::Rerouted => '◐',
            Self::Fine => '●',
        }
    }

    /// Whether it belongs into the list of those that had trouble, or of whom nothing is known.
    pub(crate) fn is_not_fine(self) -> bool {
        !matches!(self, Self::Undecided | Self::Rerouted | Self::Fine)
    }
}

/// The findings with their indices resolved.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Facts<'findings> {
    pub(crate) findings: &'findings Findings,
    pub(crate) clock: Clock,
}

impl<'findings> Facts<'findings> {
    pub(crate) fn new(findings: &'findings Findings) -> Self {
        Self { findings, clock: Clock::new(findings.run.started_unix_us) }
    }

    /// The population's name, or its number where the findings name no such population.
    pub(crate) fn population(&self, index: usize) -> Cow<'findings, str> {
        match self.findings.run.populations.get(index) {
            Some(population) => Cow::Borrowed(&population.name),
            None => Cow::Owned(format!("population {index}")),
        }
    }

    /// The region's name; "unknown" where nobody knows who it was.
    pub(crate) fn region(&self, index: Option<usize>) -> Cow<'findings, str> {
        match index {
            None => Cow::Borrowed("unknown"),
            Some(index) => match self.findings.run.regions.get(index) {
                Some(region) => Cow::Borrowed(&region.name),
                None => Cow::Owned(format!("region {index}")),
            },
        }
    }

    pub(crate) fn home(&self, population: usize) -> Option<usize> {
        self.findings.run.populations.get(population).and_then(|population| population.home)
    }

    pub(crate) fn experience(&self, population: usize, operations: Operations) -> Option<&'findings Experience> {
        let wanted =
            |experience: &&Experience| experience.population == population && experience.operations == operations;
        self.findings.experience.iter().find(wanted)
    }

    pub(crate) fn phase(&self, population: usize, phase: PhaseName) -> Option<&'findings ExperiencePhase> {
        self.experience(population, Operations::All)?.phases.iter().find(|candidate| candidate.phase == phase)
    }

    /// The phase that shows what happened: while faults were in effect, or all of it where there was no fault.
    pub(crate) fn telling_phase(&self, population: usize) -> Option<&'findings ExperiencePhase> {
        self.phase(population, PhaseName::Fault).or_else(|| self.phase(population, PhaseName::Whole))
    }

    /// The part of a phase's successes that was not served by the population's home; `None` where the home is not known
    /// or nothing succeeded.
    pub(crate) fn served_elsewhere(&self, phase: &ExperiencePhase, population: usize) -> Option<f64> {
        let home = self.home(population)?;
        if phase.served_by.is_empty() {
            return None;
        }
        Some(phase.served_by.iter().filter(|served| served.region != Some(home)).map(|served| served.share).sum())
    }

    pub(crate) fn state(&self, population: usize) -> PopulationState {
        let Some(experience) = self.experience(population, Operations::All) else { return PopulationState::NoData };
        if experience.phases.iter().all(|phase| phase.requests == 0) {
            return PopulationState::NoData;
        }
        if !experience.down.0.is_zero() {
            return PopulationState::Down;
        }
        let neighbour = self.findings.neighbours.iter().find(|neighbour| neighbour.population == population);
        let conclusion = neighbour.map(|found| found.conclusion);
        if experience.affected.is_some() || conclusion == Some(Conclusion::Affected) {
            return PopulationState::Degraded;
        }
        if conclusion == Some(Conclusion::NotEnoughData) {
            return PopulationState::Undecided;
        }
        let elsewhere =
            self.phase(population, PhaseName::Fault).and_then(|phase| self.served_elsewhere(phase, population));
        if elsewhere.is_some_and(|share| share >= 0.5) { PopulationState::Rerouted } else { PopulationState::Fine }
    }

    /// Every population with its state: worst first, then by share of the load, then in the plan's order.
    pub(crate) fn populations_by_state(&self) -> Vec<(usize, PopulationState)> {
        let populations = &self.findings.run.populations;
        let mut ordered: Vec<_> = (0..populations.len()).map(|index| (index, self.state(index))).collect();
        ordered.sort_by(|left, right| {
            let by_share = || populations[right.0].share.total_cmp(&populations[left.0].share);
            left.1.cmp(&right.1).then_with(by_share).then(left.0.cmp(&right.0))
        });
        ordered
    }

    /// How the objectives ended: failed, inconclusive, all.
    pub(crate) fn objective_counts(&self) -> (usize, usize, usize) {
        let count = |verdict| self.findings.objectives.iter().filter(|objective| objective.verdict == verdict).count();
        (count(Verdict::Fail), count(Verdict::Inconclusive), self.findings.objectives.len())
    }

    /// The last line of every report: `FAIL (1 of 5 objectives failed, 1 inconclusive)`.
    pub(crate) fn verdict_line(&self) -> String {
        let (failed, inconclusive, all) = self.objective_counts();
        let noun = if all == 1 { "objective" } else { "objectives" };
        let untrusted = self.findings.trust.iter().filter(|rule| rule.verdict != Verdict::Pass).count();
        let mut parts = Vec::new();
        match (failed, inconclusive, all) {
            (_, _, 0) => parts.push("no objectives".to_owned()),
            (0, 0, _) => parts.push(format!("{all} of {all} {noun} kept")),
            (0, _, _) => parts.push(format!("{inconclusive} of {all} {noun} inconclusive")),
            (_, 0, _) => parts.push(format!("{failed} of {all} {noun} failed")),
            _ => parts.push(format!("{failed} of {all} {noun} failed, {inconclusive} inconclusive")),
        }
        if untrusted > 0 {
            let noun = if untrusted == 1 { "trust rule" } else { "trust rules" };
            parts.push(format!("{untrusted} {noun} not met"));
        }
        format!("{} ({})", self.findings.summary.verdict.as_str(), parts.join(", "))
    }
}

/// A limit as a promise: `at most 60 s`, `at least 99 %`.
pub(crate) fn limit_text(limit: &Quantity, is_most: bool) -> String {
    format!("{} {}", if is_most { "at most" } else { "at least" }, limit.text)
}

/// The first six digits of the plan's hash, as people quote it.
pub(crate) fn plan_short(sha256: &str) -> &str {
    sha256.get(..6).unwrap_or(sha256)
}
