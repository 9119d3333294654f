//! Everything that an agent generates: its own share, and what it goes on with for agents that were lost or gave it; but for what it
//! gave away.
//!
//! Each is a load of its own with threads of its own: arrivals are pure functions of a part and a number, so a load that begins in the
//! middle generates exactly the rest of that part, and nothing has to be moved. Together they are told to stop, to read and to end,
//! and are as far as the slowest of them.

use super::{
    assigned,
    driver::{Driver, Progress},
};
use crate::{message::Assignment, with_sources};
use load::{FinalReads, Hold, Parts, PreparedLoad, Setup, TakeOver, TargetAddresses};
use plan::resolved::ResolvedPlan;
use record::Entry;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::mpsc;
use wan::Network;

/// All loads of an agent.
pub(super) struct Loads {
    making: Making,
    own: Own,
    taken: Vec<Driver>,
    /// What is generated, or will be.
    parts: Vec<Parts>,
    threads: usize,
}

enum Own {
    Prepared(Box<PreparedLoad>),
    Running(Driver),
    /// It could not be started.
    None,
}

/// What a further load is made of.
struct Making {
    plan: Arc<ResolvedPlan>,
    network: Network,
    addresses: TargetAddresses,
    start_at: Instant,
    threads: Option<usize>,
    stamp: String,
    /// Since when the load is held, and until when.
    holds: Vec<Hold>,
    /// Where entries go; `None`: nothing begins any more.
    output: Option<mpsc::Sender<Entry>>,
}

impl Loads {
    /// Makes the agent's own load ready; `start_at` is the zero of the run's clock here.
    pub(super) fn new(
        assignment: &Assignment,
        plan: Arc<ResolvedPlan>,
        network: Network,
        output: mpsc::Sender<Entry>,
        start_at: Instant,
    ) -> Result<Self, String> {
        let making = Making {
            plan,
            network,
            addresses: assigned::addresses(&assignment.addresses)?,
            start_at,
            threads: assignment.threads,
            stamp: assignment.stamp.clone(),
            holds: Vec::new(),
            output: Some(output),
        };
        let parts = assigned::parts(&assignment.shares)?;
        let prepared = making.prepare(parts.clone(), None)?;
        let threads = prepared.threads();
        Ok(Self { making, own: Own::Prepared(Box::new(prepared)), taken: Vec::new(), parts: vec![parts], threads })
    }

    /// Zero of the run's clock.
    pub(super) fn start_at(&self) -> Instant {
        self.making.start_at
    }

    /// Load threads of all loads.
    pub(super) fn threads(&self) -> usize {
        self.threads
    }

    /// Whether the own load is ready and has not begun.
    pub(super) fn is_prepared(&self) -> bool {
        matches!(self.own, Own::Prepared(_))
    }

    /// Whether the own load could not be started.
    pub(super) fn is_none(&self) -> bool {
        matches!(self.own, Own::None)
    }

    /// Starts the own load, so long after the zero of the run's clock.
    pub(super) fn begin(&mut self, offset: Duration) -> Result<(), load::LoadError> {
        if let Own::Prepared(prepared) = std::mem::replace(&mut self.own, Own::None) {
            self.own = Own::Running(Driver::start(*prepared, offset)?);
        }
        Ok(())
    }

    /// Goes on with `parts` when the load, which began at `offset`, is `from` old. Gives how many threads that takes.
    pub(super) fn take_over(&mut self, parts: Parts, from: Duration, offset: Duration) -> Result<usize, String> {
        let take_over = TakeOver { from, threads_before: self.threads, beside: self.parts.clone() };
        let prepared = self.making.prepare(parts.clone(), Some(take_over))?;
        let threads = prepared.threads();
        self.taken.push(Driver::start(prepared, offset).map_err(|error| with_sources(&error))?);
        self.parts.push(parts);
        self.threads += threads;
        Ok(threads)
    }

    /// Others go on with `parts` when the load is `from` old: with all of it that is generated here until now. What is taken over later is
    /// generated, even where it is the same again.
    pub(super) fn give(&self, parts: &Parts, from: Duration) {
        self.running().for_each(|load| load.give(parts.clone(), from));
    }

    /// These are all holds of the load so far: of what is generated here, and of what will be.
    pub(super) fn hold(&mut self, holds: Vec<Hold>) {
        if let Own::Prepared(prepared) = &self.own {
            prepared.hold(&holds);
        }
        self.running().for_each(|load| load.hold(&holds));
        self.making.holds = holds;
    }

    pub(super) fn stop(&mut self) {
        self.making.output = None;
        self.running().for_each(Driver::stop);
    }

    pub(super) fn final_reads(&self) {
        self.running().for_each(Driver::final_reads);
    }

    pub(super) fn close(&mut self) {
        self.making.output = None;
        self.running().for_each(Driver::close);
    }

    /// How far all are; `None`: none is running.
    pub(super) fn progress(&self) -> Option<Progress> {
        let Own::Running(own) = &self.own else { return None };
        Some(self.taken.iter().fold(own.progress(), |all, taken| slower(all, &taken.progress())))
    }

    fn running(&self) -> impl Iterator<Item = &Driver> {
        let own = if let Own::Running(driver) = &self.own { Some(driver) } else { None };
        own.into_iter().chain(&self.taken)
    }
}

impl Making {
    fn prepare(&self, parts: Parts, take_over: Option<TakeOver>) -> Result<PreparedLoad, String> {
        let output = self.output.clone().ok_or("its load is stopped")?;
        let setup = Setup {
            addresses: self.addresses.clone(),
            network: self.network.clone(),
            start_at: self.start_at,
            load_offset: Duration::ZERO,
            output,
            threads: self.threads,
            parts,
            take_over,
            stamp: self.stamp.clone(),
        };
        let prepared = load::prepare(Arc::clone(&self.plan), setup).map_err(|error| with_sources(&error))?;
        prepared.hold(&self.holds);
        Ok(prepared)
    }
}

/// Both together. How late the load began is the own one's: what is taken over begins in its middle.
fn slower(one: Progress, other: &Progress) -> Progress {
    Progress {
        late: one.late,
        over: both(one.over, other.over.as_ref()),
        reads: match (one.reads, other.reads) {
            (Some(one), Some(other)) => Some(sum(one, other)),
            (one, other) => one.or(other),
        },
        read: both(one.read, other.read.as_ref()),
        closed: one.closed && other.closed,
    }
}

/// Over when both are; well when both are.
fn both(one: Option<Result<(), String>>, other: Option<&Result<(), String>>) -> Option<Result<(), String>> {
    one.zip(other).map(|(one, other)| one.and(other.clone()))
}

fn sum(one: FinalReads, other: FinalReads) -> FinalReads {
    FinalReads {
        pass: one.pass.max(other.pass),
        passes: one.passes.max(other.passes),
        done: one.done + other.done,
        total: one.total + other.total,
        unseen: one.unseen + other.unseen,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_loads_are_as_far_as_the_slowest() {
        let over = |over: Option<Result<(), String>>| Progress { over, ..Progress::default() };
        let failed = || Some(Err("it died".to_owned()));
        assert_eq!(slower(over(Some(Ok(()))), &over(None)).over, None);
        assert_eq!(slower(over(Some(Ok(()))), &over(failed())).over, failed());
        assert_eq!(slower(over(failed()), &over(Some(Ok(())))).over, failed());
        let reads = |done, total| Progress {
            reads: Some(FinalReads { pass: 1, passes: 2, done, total, unseen: total }),
            closed: done > 0,
            ..Progress::default()
        };
        let all = slower(reads(3, 5), &reads(0, 7));
        assert_eq!(all.reads, Some(FinalReads { pass: 1, passes: 2, done: 3, total: 12, unseen: 12 }));
        assert!(!all.closed);
    }
}
