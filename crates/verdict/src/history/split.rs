//! Both sides of a cut take writes of the same key: split brain. "Same key, two acknowledged values from two regions in
//! overlapping time" (`definitions.md`).
//!
//! For each stretch in which regions are cut off from others, a key is split when a region of one side acknowledged a change of
//! it that was begun in that stretch, and so did a region of the other side. A service that merges both may do so and lose nothing;
//! one that claims a single writer may not. What became of both sides' writes is for `updates` to say.
//!
//! `checked` counts the keys that any region acknowledged a change of during a cut.

use super::{Breach, History, Tested, begun, is_acknowledged, may_have_changed};
use record::LedgerOperation;
use units::RunTime;

/// A stretch in which some regions were cut off from the others.
#[derive(Debug, Clone)]
pub(crate) struct Cut {
    /// When the effect was proven.
    pub(crate) from: RunTime,
    /// When mending began.
    pub(crate) to: RunTime,
    /// Indices of the regions of one side.
    pub(crate) side: Vec<usize>,
}

/// Puts every key to the test in every cut.
pub(crate) fn check<'a>(history: &History<'a>, cuts: &[Cut]) -> Tested<'a> {
    let mut found = Tested::default();
    for key in history.keys() {
        for cut in cuts {
            let during = |one: &&&LedgerOperation| {
                may_have_changed(one) && is_acknowledged(one) && begun(one) >= cut.from && one.done < cut.to
            };
            let side = |wanted: bool| {
                let served =
                    |one: &&&LedgerOperation| one.served_by.is_some_and(|region| cut.side.contains(&region) == wanted);
                key.iter().filter(during).find(served).copied()
            };
            let (inside, outside) = (side(true), side(false));
            found.checked += u64::from(inside.is_some() || outside.is_some());
            if let (Some(inside), Some(outside)) = (inside, outside) {
                let text = "both sides of a cut acknowledged changes of one key";
                found.breach(Breach::new(text, [inside, outside]));
            }
        }
    }
    found
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
