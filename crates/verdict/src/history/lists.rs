//! What must never be in a list.
//!
//! - **Duplicates**: one append, two entries. A retry that made the entry a second time, in another region or in the same.
//! - **Aborted reads** (G1a): an entry whose append was definitely refused. A client was told that it isn't there.
//! - **Values from nowhere**: an entry that no append ever wrote. What isn't the ledger's own is told apart at recording (0) and
//!   counts as nothing here, for a list may hold what others wrote.
//!
//! Each is told once per key and value, at the first read that showed it, however many show it afterwards. G1b (a state in the
//! middle of a transaction) takes transactions of several appends to one key: a request here is one, so it can't be seen.

use super::{Breach, History, Tested, is_list, sessions::appended};
use record::{LedgerAction, LedgerOperation, WriteOutcome};
use std::collections::{BTreeMap, BTreeSet};

/// What lists showed that can't be.
#[derive(Debug, Default)]
pub(crate) struct Entries<'a> {
    pub(crate) duplicates: Tested<'a>,
    /// G1a, and values from nowhere.
    pub(crate) impossible: Tested<'a>,
}

/// Puts every read of a list to the test; `refused` are appends that were definitely not done.
pub(crate) fn check<'a>(history: &History<'a>) -> Entries<'a> {
    let mut found = Entries::default();
    for key in history.keys().filter(|key| is_list(key)) {
        let appends: BTreeMap<u64, &LedgerOperation> =
            key.iter().filter_map(|one| Some((appended(one)?, *one))).collect();
        let mut told = BTreeSet::new();
        for &read in key.iter() {
            let LedgerAction::List { values, .. } = &read.action else { continue };
            found.duplicates.checked += 1;
            found.impossible.checked += 1;
            let mut shown = BTreeSet::new();
            for &value in values.iter().filter(|value| **value != 0) {
                if !shown.insert(value) && told.insert((value, true)) {
                    let text = format!("{value} was appended once and is there twice");
                    let append = appends.get(&value).copied();
                    found.duplicates.breach(Breach::new(text, [read].into_iter().chain(append)));
                }
                let breach = match appends.get(&value) {
                    Some(append) if append.outcome == WriteOutcome::Failed => {
                        let text = format!("{value} is there, and its append was refused");
                        Some(Breach::new(text, [*append, read]).called("G1a"))
                    }
                    Some(_) => None,
                    None => Some(Breach::new(format!("{value} is there, and nobody ever appended it"), [read])),
                };
                if let Some(breach) = breach.filter(|_| told.insert((value, false))) {
                    found.impossible.breach(breach);
                }
            }
        }
    }
    found
}

#[cfg(test)]
#[path = "lists_tests.rs"]
mod tests;
