//! The histories of the ledger's keys, and what they prove: from what clients saw, and from nothing else.
//!
//! ```text
//!   operations ──▶ by key     ──▶ register: linear, staleness, updates, deletes
//!        │                    ──▶ list:     list, order, cycles, staleness, updates, delivery
//!        │                    ──▶ counter:  counter
//!        └──────▶ by session  ──▶ sessions: read-your-writes, monotonic reads
//! ```
//!
//! **Which clock.** Sessions, keys and values belong to one agent, and all instants of an agent are of one monotonic clock. So
//! every order claimed here is between two instants of one clock; of two agents' operations no order is claimed at all.
//!
//! **What is known to be older.** Of two writes the first is older when it had taken effect before the second was begun. A write
//! has taken effect when it is acknowledged, and at the latest when a read that saw it has ended. One whose outcome is unknown
//! and that nobody saw may take effect at any later time: it is never older than anything. Writes that overlap have no order, so
//! that no check takes a concurrent write for an old one.
//!
//! Each check is a pure function of a [`History`], in a file of its own, and takes time near-linear in what was recorded.

pub(crate) mod counter;
pub(crate) mod cycles;
pub(crate) mod deletes;
pub(crate) mod delivery;
mod graph;
pub(crate) mod linear;
pub(crate) mod lists;
pub(crate) mod order;
pub(crate) mod register;
pub(crate) mod sessions;
pub(crate) mod split;
pub(crate) mod staleness;
pub(crate) mod updates;

#[cfg(test)]
mod differential;
#[cfg(test)]
mod model;
#[cfg(test)]
mod story;

use record::{LedgerAction, LedgerOperation, WriteOutcome};
use units::RunTime;

/// All operations, by key and by session.
#[derive(Debug, Default)]
pub(crate) struct History<'a> {
    /// By agent and key, then by beginning. Never sent operations and failed reads are left out: they did nothing.
    by_key: Vec<&'a LedgerOperation>,
    /// By agent, session and turn; the same ones.
    by_session: Vec<&'a LedgerOperation>,
}

/// Something that breaks a property: the operations that prove it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Breach<'a> {
    pub(crate) text: String,
    pub(crate) anomaly: Option<&'static str>,
    /// In order of their beginning; the last is the one at which it showed.
    pub(crate) operations: Vec<&'a LedgerOperation>,
}

/// How often a property was put to the test, and what broke it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Tested<'a> {
    pub(crate) checked: u64,
    pub(crate) undecided: u64,
    pub(crate) undecided_reason: String,
    pub(crate) breaches: Vec<Breach<'a>>,
}

impl<'a> Breach<'a> {
    pub(crate) fn new(text: impl Into<String>, operations: impl IntoIterator<Item = &'a LedgerOperation>) -> Self {
        let mut operations: Vec<_> = operations.into_iter().collect();
        operations.sort_by_key(|operation| (begun(operation), operation.done));
        Self { text: text.into(), anomaly: None, operations }
    }

    pub(crate) fn called(self, anomaly: &'static str) -> Self {
        Self { anomaly: Some(anomaly), ..self }
    }
}

impl<'a> Tested<'a> {
    /// What is left when a check crashed.
    pub(crate) fn crashed() -> Self {
        Self { undecided: 1, undecided_reason: "its check crashed".to_owned(), ..Self::default() }
    }

    /// Both together.
    pub(crate) fn and(mut self, other: Self) -> Self {
        self.checked += other.checked;
        self.undecided += other.undecided;
        if self.undecided_reason.is_empty() {
            self.undecided_reason = other.undecided_reason;
        }
        self.breaches.extend(other.breaches);
        self
    }

    pub(crate) fn undecided(&mut self, reason: &str) {
        self.undecided += 1;
        if self.undecided_reason.is_empty() {
            reason.clone_into(&mut self.undecided_reason);
        }
    }

    pub(crate) fn breach(&mut self, breach: Breach<'a>) {
        self.breaches.push(breach);
    }

    /// What was said of one more; `None`: it was not put to the test.
    pub(crate) fn take(&mut self, said: Option<Result<(), Breach<'a>>>) {
        self.checked += u64::from(said.is_some());
        self.breaches.extend(said.and_then(Result::err));
    }
}

impl<'a> History<'a> {
    pub(crate) fn of(operations: impl IntoIterator<Item = &'a LedgerOperation>) -> Self {
        let did = |operation: &&LedgerOperation| {
            operation.sent.is_some() && (operation.outcome == WriteOutcome::Acknowledged || !operation.action.is_read())
        };
        let mut by_key: Vec<_> = operations.into_iter().filter(did).collect();
        let mut by_session = by_key.clone();
        by_key.sort_by_key(|one| (one.agent, one.key, begun(one), one.done, one.session, one.turn));
        by_session.sort_by_key(|one| (one.agent, one.session, one.turn));
        Self { by_key, by_session }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.by_key.is_empty()
    }

    /// All of them.
    pub(crate) fn operations(&self) -> impl Iterator<Item = &'a LedgerOperation> + '_ {
        self.by_key.iter().copied()
    }

    /// The operations of each key, in order of their beginning.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &[&'a LedgerOperation]> {
        self.by_key.chunk_by(|one, other| (one.agent, one.key) == (other.agent, other.key))
    }

    /// The operations of each session, in their order.
    pub(crate) fn sessions(&self) -> impl Iterator<Item = &[&'a LedgerOperation]> {
        self.by_session.chunk_by(|one, other| session_of(one) == session_of(other))
    }
}

/// When it was begun.
pub(crate) fn begun(operation: &LedgerOperation) -> RunTime {
    operation.sent.unwrap_or(operation.done)
}

/// Its session among all of the run.
pub(crate) fn session_of(operation: &LedgerOperation) -> (usize, u64) {
    (operation.agent, operation.session)
}

pub(crate) fn is_acknowledged(operation: &LedgerOperation) -> bool {
    operation.outcome == WriteOutcome::Acknowledged
}

/// Whether it may have changed its key.
pub(crate) fn may_have_changed(operation: &LedgerOperation) -> bool {
    !operation.action.is_read() && operation.outcome != WriteOutcome::Failed
}

/// Whether these operations are of a list; else of a register or a counter.
pub(crate) fn is_list(key: &[&LedgerOperation]) -> bool {
    key.first().is_some_and(|one| matches!(one.action, LedgerAction::Append { .. } | LedgerAction::List { .. }))
}

/// Whether these operations are of a register.
pub(crate) fn is_register(key: &[&LedgerOperation]) -> bool {
    key.first().is_some_and(|one| {
        matches!(one.action, LedgerAction::Write { .. } | LedgerAction::Read { .. } | LedgerAction::Delete)
    })
}
