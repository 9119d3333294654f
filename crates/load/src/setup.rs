//! What a run knows and a plan can't: where the target is now, which network lies before it, and where entries go.

use crate::{addresses::TargetAddresses, arrivals::Parts};
use record::Entry;
use std::time::{Duration, Instant, SystemTime};
use tokio::sync::mpsc;

/// The facts of one run.
#[derive(Debug)]
pub struct Setup {
    /// Where the target is.
    pub addresses: TargetAddresses,
    /// The links between populations and regions.
    pub network: wan::Network,
    /// Zero of the run's clock: every time in an entry counts from here. May lie in the past or in the future.
    pub start_at: Instant,
    /// When the load begins on the run's clock: plan time 0.
    pub load_offset: Duration,
    /// Where entries go. Entries that find it full stay with their thread, add up, and are sent in a later second.
    pub output: mpsc::Sender<Entry>,
    /// Threads to generate load on; `None`: what the plan says, else one per core.
    pub threads: Option<usize>,
    /// What of the load is generated here; [`Parts::whole`] unless a fleet shares it.
    pub parts: Parts,
    /// What of that was generated elsewhere until now; `None`: nothing.
    pub take_over: Option<TakeOver>,
    /// Tells this run's unique values from those of another run against the same target: the same for all processes that share
    /// a run, for their values differ by their numbers. See [`stamp`].
    pub stamp: String,
}

/// A load that somebody else began and this process goes on with: what is due before `from` is not its own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TakeOver {
    /// When it goes on, after the start of the load.
    pub from: Duration,
    /// Threads of this process that generate load already: those of this one are numbered after them.
    pub threads_before: usize,
    /// What this process generates already. Both need its descriptors.
    pub beside: Vec<Parts>,
}

/// A stamp for a run that begins now: milliseconds since 1970, in base 36.
#[must_use]
pub fn stamp() -> String {
    let mut millis = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_millis());
    let mut digits = Vec::new();
    while millis > 0 {
        digits.push(b"0123456789abcdefghijklmnopqrstuvwxyz"[(millis % 36) as usize]);
        millis /= 36;
    }
    digits.iter().rev().map(|digit| char::from(*digit)).collect()
}
