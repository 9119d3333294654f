//! A register's states, and which of them is known to be older than which write.
//!
//! A read that shows a value shows the state that this value's write made. A read that shows none shows the state before all
//! writes, or that after any delete that was begun before the read had ended. So a read's state is *older* than a write when
//! everything that may have made it had taken effect before that write was begun.

use super::{begun, is_acknowledged, may_have_changed};
use record::{LedgerAction, LedgerOperation};
use std::collections::BTreeMap;
use units::RunTime;

/// A write or a delete of a register.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Change<'a> {
    pub(crate) operation: &'a LedgerOperation,
    /// When it had taken effect; `None`: perhaps never.
    pub(crate) effect: Option<RunTime>,
}

/// One register.
#[derive(Debug)]
pub(crate) struct Register<'a> {
    /// Writes by their value.
    writes: BTreeMap<u64, Change<'a>>,
    /// In order of their beginning.
    deletes: Vec<Change<'a>>,
    /// Reads with a definite answer, in order of their beginning.
    pub(crate) reads: Vec<&'a LedgerOperation>,
}

/// Which state a read showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Seen {
    Value(u64),
    Nothing,
}

impl<'a> Register<'a> {
    /// The register of a key's operations, in order of their beginning.
    pub(crate) fn of(key: &[&'a LedgerOperation]) -> Self {
        let mut register = Self { writes: BTreeMap::new(), deletes: Vec::new(), reads: Vec::new() };
        for &operation in key {
            let effect = is_acknowledged(operation).then_some(operation.done);
            let change = Change { operation, effect };
            match operation.action {
                LedgerAction::Write { value } if may_have_changed(operation) => {
                    register.writes.entry(value).or_insert(change);
                }
                LedgerAction::Delete if may_have_changed(operation) => register.deletes.push(change),
                LedgerAction::Read { .. } => register.reads.push(operation),
                _ => {}
            }
        }
        for read in &register.reads {
            let LedgerAction::Read { value: Some(value) } = read.action else { continue };
            if let Some(write) = register.writes.get_mut(&value) {
                write.effect = Some(write.effect.map_or(read.done, |effect| effect.min(read.done)));
            }
        }
        register
    }

    /// Writes and deletes that are acknowledged, in no order.
    pub(crate) fn acknowledged(&self) -> impl Iterator<Item = Change<'a>> + '_ {
        self.writes.values().chain(&self.deletes).copied().filter(|change| is_acknowledged(change.operation))
    }

    pub(crate) fn deletes(&self) -> &[Change<'a>] {
        &self.deletes
    }

    pub(crate) fn writes(&self) -> impl Iterator<Item = Change<'a>> + '_ {
        self.writes.values().copied()
    }

    /// When everything that may have made a read's state had taken effect: its state is older than whatever was begun later.
    /// `None`: perhaps never.
    pub(crate) fn settled(&self, read: &LedgerOperation) -> Option<RunTime> {
        match seen(read) {
            // A value that nobody wrote is no state of this register, and so not older than anything.
            Some(Seen::Value(value)) => self.writes.get(&value)?.effect,
            Some(Seen::Nothing) => {
                let may_be = self.deletes.iter().take_while(|delete| begun(delete.operation) < read.done);
                may_be.map(|delete| delete.effect).try_fold(RunTime::START, |latest, effect| Some(latest.max(effect?)))
            }
            None => None,
        }
    }

    /// The operation that made the state which a read showed, where it is known.
    pub(crate) fn made_by(&self, read: &LedgerOperation) -> Option<&'a LedgerOperation> {
        match seen(read)? {
            Seen::Value(value) => Some(self.writes.get(&value)?.operation),
            Seen::Nothing => None,
        }
    }
}

/// What a read of a register showed; `None`: it is no such read.
pub(crate) fn seen(read: &LedgerOperation) -> Option<Seen> {
    match read.action {
        LedgerAction::Read { value: Some(value) } => Some(Seen::Value(value)),
        LedgerAction::Read { value: None } => Some(Seen::Nothing),
        _ => None,
    }
}
