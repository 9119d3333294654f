//! Acknowledged updates that the end doesn't show, and the two session guarantees that only the end can refute.
//!
//! After quiet, when nothing may be on its way any more, a register must show a state that isn't older than any acknowledged
//! change of it. Where a final read shows an older one, that change is lost; by whose order it had to win says which promise is
//! broken:
//!
//! | the older state was made | broken |
//! |---|---|
//! | by the same session, before | **monotonic writes**: the session's writes took effect in the wrong order |
//! | by another, and the writer had read it before | **writes follow reads**: the effect is gone, the cause is there |
//! | by another, whose write had ended before | **lost update** (as with last-write-wins under a skewed clock) |
//!
//! A list must show every acknowledged append in some final read of the list itself: else it is a lost update. Monotonic writes
//! and writes-follow-reads of lists are judged in every read: see `order`.
//!
//! Undecided: a key with acknowledged changes and no final read with a definite answer.

use super::{
    Breach, History, Tested, begun, is_acknowledged, is_list, is_register,
    register::{Register, seen},
    session_of,
    sessions::appended,
};
use record::{LedgerAction, LedgerOperation};
use std::collections::{BTreeMap, BTreeSet};

/// What the final reads say of acknowledged changes.
#[derive(Debug, Default)]
pub(crate) struct Updates<'a> {
    pub(crate) lost_updates: Tested<'a>,
    pub(crate) monotonic_writes: Tested<'a>,
    pub(crate) writes_follow_reads: Tested<'a>,
}

const NO_FINAL_READ: &str = "no final read of the key had a definite answer";

/// What a session had read of a register, and when.
type Reads<'a> = BTreeMap<(usize, u64), Vec<&'a LedgerOperation>>;

/// Holds the final reads of every key against its acknowledged changes.
pub(crate) fn check<'a>(history: &History<'a>) -> Updates<'a> {
    let mut found = Updates::default();
    for key in history.keys() {
        if is_list(key) {
            found.list(key);
        } else if is_register(key) {
            found.register(key);
        }
    }
    found
}

impl<'a> Updates<'a> {
    fn list(&mut self, key: &[&'a LedgerOperation]) {
        let appends = key.iter().filter(|one| is_acknowledged(one) && appended(one).is_some());
        let finals = || key.iter().filter_map(|one| final_list(one).map(|values| (*one, values)));
        let Some((last, _)) = finals().next_back() else {
            appends.for_each(|_| {
                self.lost_updates.checked += 1;
                self.lost_updates.undecided(NO_FINAL_READ);
            });
            return;
        };
        let shown: BTreeSet<u64> = finals().flat_map(|(_, values)| values).copied().collect();
        for append in appends {
            self.lost_updates.checked += 1;
            if appended(append).is_some_and(|value| !shown.contains(&value)) {
                let text = "an acknowledged append is in no final read of its list";
                self.lost_updates.breach(Breach::new(text, [*append, last]));
            }
        }
    }

    fn register(&mut self, key: &[&'a LedgerOperation]) {
        let register = Register::of(key);
        let mut changes: Vec<&LedgerOperation> = register.acknowledged().map(|change| change.operation).collect();
        if changes.is_empty() {
            return;
        }
        changes.sort_by_key(|change| (begun(change), change.done));
        self.lost_updates.checked += 1;
        let finals: Vec<_> = register.reads.iter().copied().filter(|read| read.is_final).collect();
        if finals.is_empty() {
            self.lost_updates.undecided(NO_FINAL_READ);
            return;
        }
        let reads = by_session(&register);
        let mut judged = BTreeSet::new();
        for read in finals {
            let state = register.made_by(read).map(|write| (session_of(write), write.turn));
            if seen(read).is_none() || !judged.insert(state) {
                continue;
            }
            self.final_read(read, &register, &changes, &reads);
        }
    }

    /// Holds one final state of a register against its acknowledged changes, those begun first first.
    fn final_read(
        &mut self,
        read: &'a LedgerOperation,
        register: &Register<'a>,
        changes: &[&'a LedgerOperation],
        reads: &Reads<'a>,
    ) {
        let shown = register.made_by(read);
        let newer = register
            .settled(read)
            .map_or(changes.len(), |settled| changes.partition_point(|change| begun(change) <= settled));
        let newer = &changes[newer..];
        let own = shown.and_then(|write| newer.iter().find(|change| session_of(change) == session_of(write)));
        let caused =
            || shown.and_then(|write| newer.iter().find_map(|change| Some((*change, cause(change, write, reads)?))));
        if shown.is_some_and(is_acknowledged) {
            self.monotonic_writes.checked += 1;
            self.writes_follow_reads.checked += 1;
        }
        if let Some(later) = own {
            let text = "of two acknowledged writes of one session the earlier one is there in the end";
            self.monotonic_writes.breach(Breach::new(text, [*later, read].into_iter().chain(shown)));
        } else if let Some((effect, cause)) = caused() {
            let text = "what a session wrote after it had read a value is gone in the end, and that value is there";
            self.writes_follow_reads.breach(Breach::new(text, [cause, effect, read].into_iter().chain(shown)));
        } else if let Some(lost) = newer.last() {
            let text = "the end shows a state older than an acknowledged write";
            self.lost_updates.breach(Breach::new(text, [*lost, read].into_iter().chain(shown)));
        }
    }
}

/// The values of a final read of the list itself.
fn final_list(operation: &LedgerOperation) -> Option<&[u64]> {
    match &operation.action {
        LedgerAction::List { values, delivered: false } if operation.is_final => Some(values),
        _ => None,
    }
}

/// Reads that aren't final, by session and in its order.
fn by_session<'a>(register: &Register<'a>) -> Reads<'a> {
    let mut reads: Reads<'a> = BTreeMap::new();
    for read in register.reads.iter().filter(|read| !read.is_final) {
        reads.entry(session_of(read)).or_default().push(read);
    }
    reads
}

/// The read in which the session of `change` had seen what `write` wrote, before it made its change.
fn cause<'a>(change: &LedgerOperation, write: &LedgerOperation, reads: &Reads<'a>) -> Option<&'a LedgerOperation> {
    let LedgerAction::Write { value } = write.action else { return None };
    let showed = |read: &&&LedgerOperation| {
        read.turn < change.turn && matches!(read.action, LedgerAction::Read { value: Some(shown) } if shown == value)
    };
    reads.get(&session_of(change))?.iter().find(showed).copied()
}

#[cfg(test)]
#[path = "updates_tests.rs"]
mod tests;
