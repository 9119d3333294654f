//! Tenths of seconds near faults: of the populations whose home is hit, and of the one that fares worst.
//!
//! They are told from ten seconds before a fault until its users have been well for a quarter of a minute, and again around the return
//! to the home; so panel C can be drawn in bars of a quarter of a second without a second of the whole run being ten times as long.

use super::seconds::WholeRun;
use crate::wire::Fine;
use plan::resolved::ResolvedPlan;
use std::collections::{BTreeMap, BTreeSet};
use verdict::{
    findings::MarkKind,
    live::{MarkNow, Now},
};

/// Seconds before a fault.
const BEFORE: u64 = 10;
/// Seconds behind a recovery or a failback.
const BEHIND: u64 = 15;
/// Seconds that a return to the home may take before it is no longer waited for.
const RETURN_MAX: u64 = 60;

/// The tenths that were told.
#[derive(Debug, Clone, Default)]
pub(super) struct FineTenths {
    told: BTreeMap<(u64, usize), Fine>,
    homes: Vec<Option<usize>>,
}

impl FineTenths {
    /// Those that are wanted and were not told, before the second `until`.
    pub(super) fn wanted(&mut self, now: &Now, plan: &ResolvedPlan, until: u64, run: &WholeRun) -> Vec<Fine> {
        self.homes = now.populations.iter().map(|one| one.home).collect();
        let mut news = Vec::new();
        for outage in outages(&now.marks) {
            let Some((from, to)) = window(&outage, until) else { continue };
            for population in populations(&outage, now, plan, to == until) {
                for second in from..to.min(until) {
                    if !self.told.contains_key(&(second, population)) {
                        news.extend(self.tell(second, population, run));
                    }
                }
            }
        }
        news
    }

    /// Those of a second that were told and are not so any more.
    pub(super) fn again(&mut self, second: u64, run: &WholeRun) -> Vec<Fine> {
        let told: Vec<usize> = self.told.range((second, 0)..(second + 1, 0)).map(|((_, of), _)| *of).collect();
        told.into_iter().filter_map(|population| self.tell(second, population, run)).collect()
    }

    fn tell(&mut self, second: u64, population: usize, run: &WholeRun) -> Option<Fine> {
        let home = self.homes.get(population).copied().flatten();
        let [home, elsewhere, failed] = run.tenths(second, population, home)?;
        let fine = Fine { second, population, home, elsewhere, failed };
        self.told.insert((second, population), fine.clone());
        Some(fine)
    }

    /// Those of that time.
    pub(super) fn between(&self, from: u64, to: u64) -> Vec<Fine> {
        self.told.range((from, 0)..(to.max(from), 0)).map(|(_, fine)| fine.clone()).collect()
    }
}

/// The marks by fault and turn.
fn outages(marks: &[MarkNow]) -> Vec<Vec<&MarkNow>> {
    let mut outages: BTreeMap<(usize, u32), Vec<&MarkNow>> = BTreeMap::new();
    for mark in marks {
        outages.entry((mark.fault, mark.turn)).or_default().push(mark);
    }
    outages.into_values().collect()
}

/// From when and until when tenths are wanted, `now` being the first second that is not known.
fn window(marks: &[&MarkNow], now: u64) -> Option<(u64, u64)> {
    let first = |kinds: &[MarkKind]| marks.iter().filter(|mark| kinds.contains(&mark.kind)).map(|mark| mark.at).min();
    let last = |kind| marks.iter().filter(|mark| mark.kind == kind).map(|mark| mark.at.second()).max();
    let began = first(&[MarkKind::Injecting, MarkKind::Active])?.second();
    let recovered = last(MarkKind::Recovered).map(|second| second + BEHIND);
    let until = match (last(MarkKind::Healed), last(MarkKind::FailedBack)) {
        (Some(_), Some(home)) => Some(home + BEHIND),
        (Some(healed), None) => Some(healed + RETURN_MAX),
        (None, _) => None,
    };
    // While it goes on everything is wanted: whether users fail again is not known before.
    let until = if until.is_some() { until.max(recovered) } else { None };
    Some((began.saturating_sub(BEFORE), until.unwrap_or(now).min(now)))
}

/// Those whose home is hit, and while it goes on the one that fares worst.
fn populations(marks: &[&MarkNow], now: &Now, plan: &ResolvedPlan, goes_on: bool) -> BTreeSet<usize> {
    let regions = marks.first().and_then(|mark| plan.faults.get(mark.fault)).map(|fault| fault.kind.regions());
    let targets: Vec<usize> = regions.into_iter().flatten().filter_map(|name| plan.region_index(name)).collect();
    let each = now.populations.iter().enumerate();
    let hit = each.clone().filter(|(_, one)| one.home.is_some_and(|home| targets.contains(&home)));
    let worst =
        each.filter(|(_, one)| goes_on && !one.state.is_well()).max_by_key(|(_, one)| (one.state, one.affected));
    hit.chain(worst).map(|(population, _)| population).collect()
}
