//! Both sides of a cut take writes of the same key: split brain. "Same key, two acknowledged values from two regions in
//! overlapping time" (`definitions.md`).
//!
//! For each stretch in which regions can't reach each other, and for two of them that can't:
//!
//! ```text
//!   one ──a──────────a──        each acknowledged a change that was begun after one of the other's had been acknowledged:
//!   other ────b────b────        they took turns without hearing of each other                                      split
//!
//!   one ──a──a───────────       the one stopped before the other began: a lease ran out, and the key was taken over
//!   other ───────b────b──                                                                                      no split
//! ```
//!
//! Who hands over once may do so during a cut; so may a write that was under way then. A service that merges what both took may
//! take turns and lose nothing; one that claims a single writer may not. What became of both sides' writes is for `updates` to
//! say.
//!
//! `checked` counts the keys that any region of a cut acknowledged a change of during it.

use super::{Breach, History, Tested, begun, is_acknowledged, may_have_changed};
use record::LedgerOperation;
use std::collections::BTreeMap;
use units::RunTime;

/// A stretch in which some regions were cut off from the others.
#[derive(Debug, Clone)]
pub(crate) struct Cut {
    /// When the effect was proven.
    pub(crate) from: RunTime,
    /// When mending began.
    pub(crate) to: RunTime,
    /// Indices of the regions of the side that is cut off.
    pub(crate) side: Vec<usize>,
    /// Pairs of regions that can't reach each other.
    pub(crate) apart: Vec<(usize, usize)>,
}

/// Puts every key to the test in every cut.
pub(crate) fn check<'a>(history: &History<'a>, cuts: &[Cut]) -> Tested<'a> {
    let mut found = Tested::default();
    for key in history.keys() {
        for cut in cuts {
            let during = |one: &&&LedgerOperation| {
                may_have_changed(one) && is_acknowledged(one) && begun(one) >= cut.from && one.done < cut.to
            };
            let mut taken: BTreeMap<usize, Vec<&'a LedgerOperation>> = BTreeMap::new();
            for &change in key.iter().filter(during) {
                taken.entry(change.served_by.unwrap_or(usize::MAX)).or_default().push(change);
            }
            let by = |region: usize| taken.get(&region).map_or(&[][..], Vec::as_slice);
            let is_of_cut = cut.apart.iter().any(|(one, other)| !by(*one).is_empty() || !by(*other).is_empty());
            found.checked += u64::from(is_of_cut);
            if let Some(turns) = cut.apart.iter().find_map(|(one, other)| turns(by(*one), by(*other))) {
                let text = "regions that can't reach each other took turns in acknowledging changes of one key";
                found.breach(Breach::new(text, turns));
            }
        }
    }
    found
}

/// Changes that show that neither of two regions had stopped when the other began.
fn turns<'a>(one: &[&'a LedgerOperation], other: &[&'a LedgerOperation]) -> Option<Vec<&'a LedgerOperation>> {
    let first = |of: &[&'a LedgerOperation]| of.iter().copied().min_by_key(|change| change.done);
    let last = |of: &[&'a LedgerOperation]| of.iter().copied().max_by_key(|change| begun(change));
    let turn = |before: &[&'a LedgerOperation], after: &[&'a LedgerOperation]| {
        first(before).zip(last(after)).filter(|(before, after)| before.done < begun(after))
    };
    let ((a, b), (c, d)) = (turn(one, other)?, turn(other, one)?);
    let mut turns = vec![a, b];
    turns.extend([c, d].into_iter().filter(|change| !std::ptr::eq(*change, a) && !std::ptr::eq(*change, b)));
    Some(turns)
}

/// Acknowledged changes that the cut-off side took.
pub(crate) fn taken_inside(history: &History<'_>, cuts: &[Cut]) -> u64 {
    let is_inside = |one: &&LedgerOperation| {
        may_have_changed(one)
            && is_acknowledged(one)
            && cuts.iter().any(|cut| cut.has(begun(one), one.done, one.served_by))
    };
    history.operations().filter(|one| is_inside(one)).count() as u64
}

impl Cut {
    /// Whether its side answered something that was begun and ended during it.
    pub(crate) fn has(&self, begun: RunTime, done: RunTime, served_by: Option<usize>) -> bool {
        begun >= self.from && done < self.to && served_by.is_some_and(|region| self.side.contains(&region))
    }
}

#[cfg(test)]
#[path = "split_tests.rs"]
mod tests;
