//! The marks that were told, so that only news is: new ones, those that moved, and those that hold no more.

use super::plan::micros;
use crate::wire::{MarkNews, Message};
use plan::resolved::ResolvedPlan;
use std::collections::BTreeMap;
use units::RunTime;
use verdict::{
    Findings,
    findings::{FaultFinding, Mark, MarkKind, RecoveryState},
    live::MarkNow,
};

/// Fault, turn, population, which.
type Key = (usize, u32, Option<usize>, MarkKind);

/// Every mark as it was told last.
#[derive(Debug, Clone, Default)]
pub(super) struct Marks(BTreeMap<Key, MarkNews>);

impl Marks {
    /// What changed, these being all that hold now.
    pub(super) fn now(&mut self, marks: &[MarkNow]) -> Vec<Message> {
        let held = marks.iter().map(|mark| ((mark.fault, mark.turn, mark.population, mark.kind), told(mark))).collect();
        self.replace(held)
    }

    /// What changed by the verdict. Marks that it does not have of a population (it tells of the one that was hit worst) were found by
    /// its rules on everything that was recorded, and stay; those that it contradicts go.
    pub(super) fn judged(&mut self, findings: &Findings, plan: &ResolvedPlan) -> Vec<Message> {
        let mut held: BTreeMap<Key, MarkNews> =
            self.0.iter().map(|(key, mark)| (*key, MarkNews { is_final: true, ..mark.clone() })).collect();
        for finding in &findings.faults {
            if let Some(fault) = plan.faults.iter().position(|fault| fault.name.as_str() == finding.fault) {
                judged(&mut held, fault, finding);
            }
        }
        self.replace(held)
    }

    fn replace(&mut self, held: BTreeMap<Key, MarkNews>) -> Vec<Message> {
        let gone = self.0.iter().filter(|(key, _)| !held.contains_key(key));
        let gone = gone.map(|(_, mark)| Message::Mark(MarkNews { at_us: None, ..mark.clone() }));
        let news = held.iter().filter(|(key, mark)| self.0.get(key) != Some(mark));
        let messages = gone.chain(news.map(|(_, mark)| Message::Mark(mark.clone()))).collect();
        self.0 = held;
        messages
    }

    /// Every mark.
    pub(super) fn all(&self) -> impl Iterator<Item = Message> + '_ {
        self.0.values().cloned().map(Message::Mark)
    }
}

fn told(mark: &MarkNow) -> MarkNews {
    MarkNews {
        fault: mark.fault,
        turn: mark.turn,
        population: mark.population,
        mark: mark.kind.as_str().to_owned(),
        number: mark.kind.number(),
        at_us: Some(mark.at.as_micros()),
        error_us: mark.error.map(micros),
        source: mark.source.clone(),
        is_final: false,
    }
}

/// Puts the verdict's marks of one outage in the place of what was told of it.
fn judged(held: &mut BTreeMap<Key, MarkNews>, fault: usize, finding: &FaultFinding) {
    let turn = finding.outage - 1;
    let mut set = |population: Option<usize>, kind: MarkKind, mark: Option<MarkNews>| {
        let key = (fault, turn, population, kind);
        match mark {
            Some(mark) => {
                held.insert(key, mark);
            }
            None => {
                held.remove(&key);
            }
        }
    };
    let news = |population, kind: MarkKind, at: Option<RunTime>, error_us, source: &str| {
        at.map(|at| MarkNews {
            fault,
            turn,
            population,
            mark: kind.as_str().to_owned(),
            number: kind.number(),
            at_us: Some(at.as_micros()),
            error_us,
            source: source.to_owned(),
            is_final: true,
        })
    };
    // Of every population that was hit: when, and when it was well again. Response times are in it now.
    for one in &finding.recovery {
        let its: Vec<_> = finding.recovery.iter().filter(|other| other.population == one.population).collect();
        let population = Some(one.population);
        let impact = its.iter().filter_map(|one| one.impact).min();
        let is_well = its.iter().all(|one| matches!(one.state, RecoveryState::Recovered | RecoveryState::NotAffected));
        let recovered = its.iter().max_by_key(|one| one.recovered).filter(|_| is_well);
        let error = recovered.and_then(|one| one.error).map(|error| micros(error.0));
        let at = recovered.and_then(|one| one.recovered);
        set(population, MarkKind::Impact, news(population, MarkKind::Impact, impact, Some(100_000), "load"));
        set(population, MarkKind::Recovered, news(population, MarkKind::Recovered, at, error, "load"));
    }
    for mark in &finding.marks {
        let is_of_all = matches!(
            mark.kind,
            MarkKind::Injecting | MarkKind::Active | MarkKind::Detected | MarkKind::Healing | MarkKind::Healed
        );
        let population = finding.focus.filter(|_| !is_of_all);
        let Mark { kind, at, error, source, .. } = mark;
        let error = error.map(|error| micros(error.0));
        // What belongs to one population has no place where there is none.
        if is_of_all || population.is_some() {
            set(population, *kind, news(population, *kind, *at, error, source.as_deref().unwrap_or_default()));
        }
    }
}
