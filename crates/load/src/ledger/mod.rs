//! The ledger's prober: writes with unique values, sent as users send, and reads that show who can see them.
//!
//! ```text
//!   while load is offered:  write ──▶ acknowledged? ──▶ reads by every reader at doubling distances, until each saw it
//!   after quiet:            every write that is not certainly undone ──▶ every reader, up to `final_passes` times
//! ```
//!
//! Beside that, where the plan has `sessions`: somebody makes several operations one after the other on a key that others use at
//! the same time (`sessions`, `keys`), and every key is read in the end.
//!
//! On a thread of its own, with the client that users have: so the probes neither disturb the load's timing nor are disturbed by
//! it, and what they meet on the way (steering, links, time-outs) is what users meet.
//!
//! **What a write's end means.** *Acknowledged*: all its checks held. *Failed*: certainly not done, because no attempt was ever
//! sent, or each that was sent got a 4xx. *Unknown*: everything else, such as a time-out or a reset after it was sent, a 5xx, or a
//! good status with a wrong body. An attempt of unknown end makes the whole write unknown, even if a later attempt was refused.

mod final_reads;
mod keys;
mod prober;
mod reads;
mod sessions;
mod thread;
mod writes;

pub(crate) use prober::IN_FLIGHT_MAX;
pub(crate) use thread::{Assignment, Command, run};

/// The name of its thread.
pub(crate) const THREAD: &str = "load-ledger";

/// How far the final reads are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FinalReads {
    /// The pass under way, from 1; 0 before the first.
    pub pass: u32,
    /// Passes at most.
    pub passes: u32,
    /// Reads of this pass that are done.
    pub done: u64,
    /// Reads of this pass.
    pub total: u64,
    /// Writes (by reader) that were not seen so far.
    pub unseen: u64,
}
