//! How old what readers saw was: in time and in versions (t-visibility and k-staleness of PBS, Bailis et al., VLDB 2012).
//!
//! A read of a register lacks every acknowledged change that was done before it began and whose state is newer than the one that
//! it showed; a read of a list lacks every append that was acknowledged before it began and that it doesn't show. Its **age** is
//! how long the first of them had been acknowledged when it began, its **versions behind** is how many they are. A read that lacks
//! nothing has age zero.
//!
//! By one clock, the agent's: whoever wrote had the acknowledgement before the reader asked. What no final read of its key shows is
//! lost and not late, and isn't counted here; and the final reads themselves come after quiet, and are judged by `updates`. Where a
//! list is delivered to is read, too: there the age is that of the delivery.

use super::{
    History, begun, is_acknowledged, is_list, is_register,
    register::{Register, seen},
    sessions::appended,
};
use record::{LedgerAction, LedgerOperation};
use std::{collections::BTreeSet, time::Duration};
use units::RunTime;

/// What a read lacked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lack<'a> {
    pub(crate) read: &'a LedgerOperation,
    /// Since when the first of what it lacked had been acknowledged; zero: it lacked nothing.
    pub(crate) age: Duration,
    pub(crate) versions: u64,
    /// Whether anything was acknowledged before it began: else there was nothing to lack.
    pub(crate) is_tested: bool,
}

/// What every read lacked that isn't final, key by key.
pub(crate) fn check<'a>(history: &History<'a>, mut tell: impl FnMut(Lack<'a>)) {
    for key in history.keys() {
        if is_list(key) {
            list(key, &mut tell);
        } else if is_register(key) {
            register(key, &mut tell);
        }
    }
}

fn register<'a>(key: &[&'a LedgerOperation], tell: &mut impl FnMut(Lack<'a>)) {
    let register = Register::of(key);
    let finals = || register.reads.iter().filter(|read| read.is_final);
    // What the end shows an older state than, in all final reads, is lost.
    let end = finals()
        .filter(|read| seen(read).is_some())
        .map(|read| register.settled(read))
        .max_by_key(|settled| settled.map_or(RunTime::from_micros(u64::MAX), |at| at));
    let is_lost = |change: &LedgerOperation| matches!(end, Some(Some(end)) if end < begun(change));
    let mut changes: Vec<&LedgerOperation> =
        register.acknowledged().map(|change| change.operation).filter(|change| !is_lost(change)).collect();
    changes.sort_by_key(|change| (change.done, begun(change)));
    for &read in register.reads.iter().filter(|read| !read.is_final && seen(read).is_some()) {
        let known = &changes[..changes.partition_point(|change| change.done < begun(read))];
        let settled = register.settled(read);
        let is_newer = |change: &&&LedgerOperation| settled.is_some_and(|settled| settled < begun(change));
        // Changes end in almost the order in which they begin: from the end backwards few are looked at.
        let mut versions = 0;
        let mut first: Option<RunTime> = None;
        for change in known.iter().rev().take_while(|change| settled.is_some_and(|settled| settled < change.done)) {
            if is_newer(&change) {
                versions += 1;
                first = Some(change.done);
            }
        }
        let age = first.map_or(Duration::ZERO, |first| begun(read).saturating_since(first));
        tell(Lack { read, age, versions, is_tested: !known.is_empty() });
    }
}

fn list<'a>(key: &[&'a LedgerOperation], tell: &mut impl FnMut(Lack<'a>)) {
    let survived = survivors(key);
    let is_lost = |value: u64, delivered: bool| {
        survived[usize::from(delivered)].as_ref().is_some_and(|values| !values.contains(&value))
    };
    let mut appends: Vec<(RunTime, u64)> =
        key.iter().filter(|one| is_acknowledged(one)).filter_map(|one| Some((one.done, appended(one)?))).collect();
    appends.sort_unstable();
    for &read in key.iter().filter(|read| !read.is_final) {
        let LedgerAction::List { values, delivered } = &read.action else { continue };
        let shown: BTreeSet<u64> = values.iter().copied().collect();
        let known = &appends[..appends.partition_point(|(done, _)| *done < begun(read))];
        let lacked = || known.iter().filter(|(_, value)| !shown.contains(value) && !is_lost(*value, *delivered));
        let age = lacked().next().map_or(Duration::ZERO, |(done, _)| begun(read).saturating_since(*done));
        tell(Lack { read, age, versions: lacked().count() as u64, is_tested: !known.is_empty() });
    }
}

/// What final reads show: of the list itself, and of where it is delivered to. `None`: there are none.
fn survivors(key: &[&LedgerOperation]) -> [Option<BTreeSet<u64>>; 2] {
    let mut survivors = [None, None];
    for one in key.iter().filter(|one| one.is_final) {
        if let LedgerAction::List { values, delivered } = &one.action {
            survivors[usize::from(*delivered)].get_or_insert_with(BTreeSet::new).extend(values);
        }
    }
    survivors
}

#[cfg(test)]
#[path = "staleness_tests.rs"]
mod tests;
