//! Reads that keep what readers are promised: "consistency level X within Y ms for Z % of reads" (`science.md` §4, after Pileus,
//! Terry and others, SOSP 2013).
//!
//! Counted are the reads of a register or a list by the sessions of users while load goes on (the final ones come later): those that a
//! prober makes next to a region are nobody's, and where a list is delivered to is another place. A read keeps the promise when it was answered, in time, and
//! showed no less than its level:
//!
//! | level | it shows less when |
//! | --- | --- |
//! | strong | it lacks something that was acknowledged before it began (`history::staleness`) |
//! | bounded staleness | what it lacks had been acknowledged for longer than the bound |
//! | read your writes, monotonic reads | it breaks that guarantee (`history::sessions`) |
//! | eventual | never |
//!
//! A read that could not break its level keeps it (nobody had written anything: Pileus counts so as well), but how many *could* is
//! counted, for those are what shows anything. Reads are held against each level one by one: that no order at all explains them
//! (linearizability), or that an effect is seen without its cause (causality), takes several reads to tell, and is a property of the
//! histories.

use crate::{
    evidence::Evidence,
    findings::PhaseName,
    history::{sessions, staleness},
};
use plan::resolved::ConsistencyLevel;
use record::{Entry, LedgerAction, LedgerEntry, LedgerOperation, Reader, WriteOutcome};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

/// What became of the reads of one population's users.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Reads {
    pub(crate) all: u64,
    /// Without a definite answer.
    pub(crate) failed: u64,
    /// Answered, and too late.
    pub(crate) late: u64,
    /// Answered in time, with less than was promised.
    pub(crate) less: u64,
    /// Answered ones that could have shown less.
    pub(crate) tested: u64,
}

impl Reads {
    /// Those that kept the promise.
    pub(crate) fn kept(&self) -> u64 {
        self.all - self.failed - self.late - self.less
    }
}

/// The reads of each population's users in a part of the run.
pub(crate) fn reads(
    evidence: &Evidence<'_>,
    level: ConsistencyLevel,
    within: Duration,
    phase: PhaseName,
) -> BTreeMap<usize, Reads> {
    let reader = |one: &LedgerOperation| {
        let Reader::Population(population) = one.by else { return None };
        let measured = evidence.timeline.phase_of(one.sent?.second())?;
        let is_wanted = is_read(one) && (phase == PhaseName::Whole || phase == measured);
        is_wanted.then_some(population)
    };
    let mut found: BTreeMap<usize, Reads> = BTreeMap::new();
    let mut less: BTreeSet<(usize, u64, u32)> = BTreeSet::new();
    let mut say = |read: &LedgerOperation, is_tested: bool, is_less: bool| {
        let Some(population) = reader(read).filter(|_| is_tested) else { return };
        found.entry(population).or_default().tested += 1;
        if is_less {
            less.insert(place(read));
        }
    };
    let history = &evidence.history;
    match level {
        ConsistencyLevel::Strong => {
            staleness::check(history, |lack| say(lack.read, lack.is_tested, lack.versions > 0));
        }
        ConsistencyLevel::BoundedStaleness { max } => {
            staleness::check(history, |lack| say(lack.read, lack.is_tested, lack.age > max));
        }
        ConsistencyLevel::ReadYourWrites => sessions::each(history, |one| {
            say(one.read, one.read_your_writes.is_some(), matches!(one.read_your_writes, Some(Err(_))));
        }),
        ConsistencyLevel::MonotonicReads => sessions::each(history, |one| {
            say(one.read, one.monotonic_reads.is_some(), matches!(one.monotonic_reads, Some(Err(_))));
        }),
        ConsistencyLevel::Eventual => history.operations().for_each(|one| say(one, true, false)),
    }
    for entry in &evidence.recording.entries {
        let Entry::Ledger(LedgerEntry::Operation(one)) = entry else { continue };
        let (Some(population), Some(sent)) = (reader(one), one.sent) else { continue };
        let reads = found.entry(population).or_default();
        reads.all += 1;
        if one.outcome != WriteOutcome::Acknowledged {
            reads.failed += 1;
        } else if one.done.saturating_since(sent) > within {
            reads.late += 1;
        } else if less.contains(&place(one)) {
            reads.less += 1;
        }
    }
    found
}

/// Whether it reads a register or a list itself.
fn is_read(one: &LedgerOperation) -> bool {
    matches!(one.action, LedgerAction::Read { .. } | LedgerAction::List { delivered: false, .. })
}

/// Which operation of the run it is.
fn place(one: &LedgerOperation) -> (usize, u64, u32) {
    (one.agent, one.session, one.turn)
}
