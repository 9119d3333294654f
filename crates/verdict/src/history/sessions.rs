//! Read your writes and monotonic reads (Terry et al., PDIS 1994), of each session on its own.
//!
//! **Read your writes.** A read that follows an own acknowledged change of its key must show that change or something that is
//! not older. **Monotonic reads.** A read must not show a state that is older than the write of a value which the same session
//! had seen of this key.
//!
//! ```text
//!   register   own write 7 acknowledged … the read shows 6, whose write had taken effect before 7 was begun    broken
//!              … the read shows 8, whose write overlaps or follows that of 7                                   kept
//!   list       own append 7 acknowledged … the read lacks 7                                                    broken
//!              a read showed 7 … a later one lacks 7                                                           broken
//! ```
//!
//! Only acknowledged writes oblige: of an unknown outcome nothing was promised. The order inside of a session is its own, so
//! nothing depends on a clock but which of two *other* writes is older (see `super`). Reads where a list is delivered to are
//! held to monotonic reads only: a follower's time line promises nothing to the writer.

use super::{Breach, History, Tested, begun, is_acknowledged, may_have_changed, register::Register};
use record::{LedgerAction, LedgerOperation};
use std::collections::{BTreeMap, BTreeSet};

/// Both guarantees.
#[derive(Debug, Default)]
pub(crate) struct Guarantees<'a> {
    pub(crate) read_your_writes: Tested<'a>,
    pub(crate) monotonic_reads: Tested<'a>,
}

/// What a session knows of one key.
#[derive(Debug, Default)]
struct Known<'a> {
    /// Its own acknowledged change that was begun last.
    own: Option<&'a LedgerOperation>,
    /// Own acknowledged appends.
    appended: Vec<&'a LedgerOperation>,
    /// The read whose value's write was begun last, with that write.
    newest: Option<(&'a LedgerOperation, &'a LedgerOperation)>,
    /// Values of lists, with the read that showed them last: of the list itself, and of where it is delivered to.
    seen: [BTreeMap<u64, &'a LedgerOperation>; 2],
}

/// What a guarantee says of one read; `None`: the read didn't put it to the test.
pub(crate) type Said<'a> = Option<Result<(), Breach<'a>>>;

/// A read of a session.
pub(crate) struct Judged<'a> {
    pub(crate) read: &'a LedgerOperation,
    pub(crate) read_your_writes: Said<'a>,
    pub(crate) monotonic_reads: Said<'a>,
}

/// Puts every read of every session to the test.
pub(crate) fn check<'a>(history: &History<'a>) -> Guarantees<'a> {
    let mut found = Guarantees::default();
    each(history, |one| {
        found.read_your_writes.take(one.read_your_writes);
        found.monotonic_reads.take(one.monotonic_reads);
    });
    found
}

/// What is said of every read of every session, one after the other.
pub(crate) fn each<'a>(history: &History<'a>, mut tell: impl FnMut(Judged<'a>)) {
    let registers: BTreeMap<(usize, u64), Register<'a>> = history
        .keys()
        .filter(|key| super::is_register(key))
        .map(|key| ((key[0].agent, key[0].key), Register::of(key)))
        .collect();
    for session in history.sessions() {
        let mut known: BTreeMap<u64, Known<'a>> = BTreeMap::new();
        for &operation in session {
            let known = known.entry(operation.key).or_default();
            match &operation.action {
                LedgerAction::Read { .. } => {
                    if let Some(register) = registers.get(&(operation.agent, operation.key)) {
                        tell(register_read(operation, register, known));
                    }
                }
                LedgerAction::List { values, delivered } => tell(list_read(operation, values, *delivered, known)),
                _ => known.change(operation),
            }
        }
    }
}

impl<'a> Known<'a> {
    fn change(&mut self, operation: &'a LedgerOperation) {
        if !is_acknowledged(operation) || !may_have_changed(operation) {
            return;
        }
        self.own = Some(operation);
        if matches!(operation.action, LedgerAction::Append { .. }) {
            self.appended.push(operation);
        }
    }
}

fn register_read<'a>(read: &'a LedgerOperation, register: &Register<'a>, known: &mut Known<'a>) -> Judged<'a> {
    let settled = register.settled(read);
    let is_older = |write: &LedgerOperation| settled.is_some_and(|settled| settled < begun(write));
    let shown = register.made_by(read);
    let read_your_writes = known.own.map(|own| {
        let text = "a session read a state older than its own acknowledged write";
        if is_older(own) { Err(Breach::new(text, [own, read].into_iter().chain(shown))) } else { Ok(()) }
    });
    let monotonic_reads = known.newest.map(|(earlier, newest)| {
        let text = "a session read a state older than what it had seen";
        if is_older(newest) { Err(Breach::new(text, [newest, earlier, read].into_iter().chain(shown))) } else { Ok(()) }
    });
    if let Some(write) = shown
        && known.newest.is_none_or(|(_, newest)| begun(newest) < begun(write))
    {
        known.newest = Some((read, write));
    }
    Judged { read, read_your_writes, monotonic_reads }
}

fn list_read<'a>(read: &'a LedgerOperation, values: &[u64], delivered: bool, known: &mut Known<'a>) -> Judged<'a> {
    let shown: BTreeSet<u64> = values.iter().copied().collect();
    let read_your_writes = (!delivered && !known.appended.is_empty()).then(|| {
        let lacks = known.appended.iter().find(|append| appended(append).is_some_and(|value| !shown.contains(&value)));
        lacks.map_or(Ok(()), |append| {
            let text = "a session read a list without its own acknowledged append";
            Err(Breach::new(text, [*append, read]))
        })
    });
    let seen = &mut known.seen[usize::from(delivered)];
    let monotonic_reads = (!seen.is_empty()).then(|| {
        let lacked = seen.iter().find(|(value, _)| !shown.contains(value));
        lacked.map_or(Ok(()), |(value, earlier)| {
            let text = format!("a session read a list without {value}, which it had seen there");
            Err(Breach::new(text, [*earlier, read]))
        })
    });
    seen.extend(shown.into_iter().filter(|value| *value != 0).map(|value| (value, read)));
    Judged { read, read_your_writes, monotonic_reads }
}

/// The value that an append appends.
pub(crate) fn appended(operation: &LedgerOperation) -> Option<u64> {
    match operation.action {
        LedgerAction::Append { value } => Some(value),
        _ => None,
    }
}

#[cfg(test)]
#[path = "sessions_tests.rs"]
mod tests;
