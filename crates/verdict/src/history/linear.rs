//! Linearizability of each register: is there one order of its operations, each at some instant between its beginning and its
//! end, in which every read shows what was written last? (Wing and Gong 1993; Lowe's just-in-time linearization 2017; per key by
//! Horn and Kroening's P-compositionality.)
//!
//! ```text
//!   configuration = (the register's state, which operations under way have taken effect)
//!   an operation ends ──▶ every configuration in which it hasn't taken effect lets operations under way take effect, one after
//!                         the other, until it has; configurations that are equal are kept once (the memo)
//!   no configuration left ──▶ not linearizable, and what came before that end proves it
//! ```
//!
//! Operations that ended take no memory: a configuration holds those under way only, so that the cost is linear in the history and
//! exponential in how many overlap at most.
//!
//! **Unknown outcomes stay open for ever**: such a write may take effect at any instant after its beginning, or never. One whose
//! value nobody ever read is left out: where there is an order with it, there is one without it. Refused writes and reads without
//! an answer did nothing and aren't in the history.
//!
//! **The budget** is counted in steps (an operation that takes effect in a configuration), not in time: the same recording gets
//! the same answer everywhere. When it is used up the answer is *unknown*, never *yes*.

use super::{Breach, History, Tested, begun, is_acknowledged, is_register, may_have_changed};
use record::{LedgerAction, LedgerOperation};
use std::collections::{BTreeSet, HashSet};
use units::RunTime;

/// Steps for one key.
pub(crate) const STEPS_MAX: u64 = 200_000;
/// Steps for all keys together.
const ALL_STEPS_MAX: u64 = 100_000_000;
/// Histories up to this long are made as short as they can be.
const SHORTENED_MAX: usize = 120;
/// Keys whose histories are made short: it takes a search per operation.
const SHORTENED_KEYS_MAX: usize = 20;

/// Whether a history is linearizable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    Yes,
    /// No: so many operations, in order of their beginning, prove it.
    No {
        ended: usize,
    },
    /// The budget was used up.
    Unknown,
}

/// Puts every register to the test.
pub(crate) fn check<'a>(history: &History<'a>) -> Tested<'a> {
    let mut found = Tested::default();
    let mut left = ALL_STEPS_MAX;
    for key in history.keys().filter(|key| is_register(key)) {
        let operations = relevant(key);
        found.checked += 1;
        let mut steps = STEPS_MAX.min(left);
        let budget = steps;
        match linearizable(&operations, &mut steps) {
            Answer::Yes => {}
            Answer::Unknown => found.undecided("the search ended with its budget of steps used up"),
            Answer::No { ended } => {
                let shorten = found.breaches.len() < SHORTENED_KEYS_MAX;
                let proof = proof(&operations, ended, shorten);
                let text = format!("no order of these {} operations explains what they saw", proof.len());
                found.breach(Breach::new(text, proof));
            }
        }
        left -= budget - steps;
    }
    found
}

/// What can matter: no write whose outcome is unknown and that nobody read.
fn relevant<'a>(key: &[&'a LedgerOperation]) -> Vec<&'a LedgerOperation> {
    let seen: HashSet<u64> =
        key.iter().filter_map(|one| if let LedgerAction::Read { value } = one.action { value } else { None }).collect();
    let matters = |one: &&&LedgerOperation| match one.action {
        LedgerAction::Write { value } => is_acknowledged(one) || (may_have_changed(one) && seen.contains(&value)),
        LedgerAction::Delete => may_have_changed(one),
        _ => true,
    };
    key.iter().filter(matters).copied().collect()
}

/// A register's state with the operations under way that have taken effect, by their place.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Configuration {
    state: Option<u64>,
    done: Vec<u32>,
}

/// Whether these operations, in order of their beginning, are linearizable. Takes steps off the budget.
pub(crate) fn linearizable(operations: &[&LedgerOperation], budget: &mut u64) -> Answer {
    let mut configurations = HashSet::from([Configuration { state: None, done: Vec::new() }]);
    let mut pending: BTreeSet<u32> = BTreeSet::new();
    for event in events(operations) {
        match event {
            Event::Begin(place) => {
                pending.insert(place);
            }
            Event::End(place) => {
                let Some(next) = after_end(&configurations, place, &pending, operations, budget) else {
                    return Answer::Unknown;
                };
                pending.remove(&place);
                if next.is_empty() {
                    return Answer::No { ended: place as usize };
                }
                configurations = next;
            }
        }
    }
    Answer::Yes
}

/// An operation begins or ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Begin(u32),
    End(u32),
}

/// What happens, in order of time; what begins at the very instant at which something ends overlaps it.
fn events(operations: &[&LedgerOperation]) -> impl Iterator<Item = Event> {
    let mut events: Vec<(RunTime, Event)> = Vec::with_capacity(operations.len() * 2);
    for (place, operation) in (0_u32..).zip(operations) {
        events.push((begun(operation), Event::Begin(place)));
        if is_acknowledged(operation) {
            events.push((operation.done, Event::End(place)));
        }
    }
    events.sort_unstable();
    events.into_iter().map(|(_, event)| event)
}

/// All configurations in which that operation has taken effect, without it. `None`: the budget is used up.
fn after_end(
    configurations: &HashSet<Configuration>,
    ending: u32,
    pending: &BTreeSet<u32>,
    operations: &[&LedgerOperation],
    budget: &mut u64,
) -> Option<HashSet<Configuration>> {
    let mut next = HashSet::new();
    let mut known: HashSet<Configuration> = configurations.clone();
    let mut open: Vec<Configuration> = configurations.iter().cloned().collect();
    while let Some(configuration) = open.pop() {
        *budget = budget.checked_sub(1)?;
        if let Ok(place) = configuration.done.binary_search(&ending) {
            let mut without = configuration;
            without.done.remove(place);
            next.insert(without);
            continue;
        }
        for &place in pending {
            let Err(at) = configuration.done.binary_search(&place) else { continue };
            let Some(state) = effect(operations[place as usize], configuration.state) else { continue };
            let mut done = configuration.done.clone();
            done.insert(at, place);
            let reached = Configuration { state, done };
            if known.insert(reached.clone()) {
                open.push(reached);
            }
        }
    }
    Some(next)
}

/// The state after an operation took effect in `state`; `None`: it can't have.
fn effect(operation: &LedgerOperation, state: Option<u64>) -> Option<Option<u64>> {
    match operation.action {
        LedgerAction::Write { value } => Some(Some(value)),
        LedgerAction::Delete => Some(None),
        LedgerAction::Read { value } => (value == state).then_some(state),
        _ => Some(state),
    }
}

/// The operations that prove that there is no order: none that began after the end of the one that fits in nowhere; and, where
/// asked for, none that can be left out. A write stays as long as a read shows its value.
fn proof<'a>(operations: &[&'a LedgerOperation], ended: usize, shorten: bool) -> Vec<&'a LedgerOperation> {
    let last = operations[ended];
    let mut kept: Vec<&LedgerOperation> = operations.iter().copied().filter(|one| begun(one) <= last.done).collect();
    if !shorten || kept.len() > SHORTENED_MAX {
        return kept.split_off(kept.len().saturating_sub(SHORTENED_MAX));
    }
    let mut place = 0;
    while place < kept.len() {
        let removed = kept.remove(place);
        let needed = match removed.action {
            LedgerAction::Write { value } => {
                kept.iter().any(|one| matches!(one.action, LedgerAction::Read { value: Some(shown) } if shown == value))
            }
            _ => false,
        };
        if needed || !matches!(linearizable(&kept, &mut STEPS_MAX.clone()), Answer::No { .. }) {
            kept.insert(place, removed);
            place += 1;
        } else if !matches!(removed.action, LedgerAction::Write { .. }) {
            // A read that went may let its write go, too.
            place = 0;
        }
    }
    kept
}

#[cfg(test)]
#[path = "linear_tests.rs"]
mod tests;
