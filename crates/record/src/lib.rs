//! The recording: what happened, kept so that it can be judged again, also after a crash.
//!
//! Map: [`Entry`] is one thing that happened ([`Event`], [`Interval`], [`PhaseInterval`], [`ArrivalCounts`],
//! [`GeneratorSecond`], [`LedgerEntry`]); [`Histogram`] holds latencies.
//!
//! Populations, regions and steps are indices into the resolved plan. Steps are numbered through all journeys in order.
//!
//! Invariants: entries only add, nothing is ever rewritten; two [`Interval`]s of one key are summed; every instant is a
//! [`units::RunTime`]; requests are filed under the second in which they were *intended*.

mod entry;
mod histogram;

pub use entry::{
    ArrivalCounts, Entry, Event, EventKind, GeneratorSecond, Interval, LedgerEntry, LedgerRead, LedgerWrite, Outcome,
    Phase, PhaseInterval, ReadResult, Reader, WriteOutcome,
};
pub use histogram::{Histogram, HistogramError};
